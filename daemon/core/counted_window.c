#include "counted_window.h"

static void advance(struct xhm_counted_window *window, uint64_t window_ns, uint64_t now_ns) {
    const uint64_t part = now_ns / (window_ns / (XHM_WINDOW_PARTS - 1));

    for (unsigned step = 0; step < XHM_WINDOW_PARTS && window->part_index < part; step++) {
        window->part_index++;
        window->parts[window->part_index % XHM_WINDOW_PARTS] = 0;
    }
    window->part_index = part;
}

uint64_t counted_window_add(struct xhm_counted_window *window, uint64_t window_ns, uint64_t fresh, uint64_t now_ns) {
    uint64_t sum = 0;

    advance(window, window_ns, now_ns);
    uint32_t *part = &window->parts[window->part_index % XHM_WINDOW_PARTS];
    *part = fresh > UINT32_MAX - *part ? UINT32_MAX : *part + (uint32_t)fresh;
    for (unsigned i = 0; i < XHM_WINDOW_PARTS; i++) {
        sum += window->parts[i];
    }
    return sum;
}
