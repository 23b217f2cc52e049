/**
 * How often something happened within a sliding window.
 *
 * The window moves in parts of a sixteenth: what happened within the window always counts together, and what lies
 * further apart than the window and one part never does.
 */
#ifndef XHM_CORE_COUNTED_WINDOW_H
#define XHM_CORE_COUNTED_WINDOW_H

#include <stdint.h>

/** Parts kept of a window: it moves in sixteenths, and one more part covers it at any moment. */
#define XHM_WINDOW_PARTS 17

/** All zero: nothing happened. */
struct xhm_counted_window {
    uint32_t parts[XHM_WINDOW_PARTS]; /**< a ring; each saturates */
    uint64_t part_index;              /**< supervised time / part length of the newest part */
};

/**
 * Moves the window to supervised time @p now_ns, at which something happened @p fresh times. @p window_ns is at least
 * 16.
 * @return how often it happened in the window
 */
uint64_t counted_window_add(struct xhm_counted_window *window, uint64_t window_ns, uint64_t fresh, uint64_t now_ns);

#endif
