#include "injection_marks.h"

#include <string.h>

/* Index of the injection into @p partition, or `count`. */
static uint32_t place_of(const struct xhm_injection_marks *marks, const char *partition) {
    uint32_t place = 0;

    while (place < marks->count && strncmp(marks->under_way[place].partition, partition, XHM_NAME_SIZE) != 0) {
        place++;
    }
    return place;
}

/* There is one injection into a partition at a time: another one takes its place. */
static void note(struct xhm_injection_marks *marks, const struct xhm_held_event *event,
                 const struct xhm_fault_moment *effect) {
    const uint32_t place = place_of(marks, event->record.partition);

    if (place == XHM_MAX_INJECTIONS) {
        return;
    }
    memcpy(marks->under_way[place].partition, event->record.partition, XHM_NAME_SIZE);
    marks->under_way[place].effect = *effect;
    marks->count += place == marks->count;
}

static void end(struct xhm_injection_marks *marks, const struct xhm_held_event *event) {
    const uint32_t place = place_of(marks, event->record.partition);

    if (place < marks->count) {
        marks->count--;
        marks->under_way[place] = marks->under_way[marks->count];
    }
}

void injection_marks_take(struct xhm_injection_marks *marks, const struct xhm_held_event *event) {
    const struct xhm_fault_moment not_yet = {.sequence = 0};
    const struct xhm_fault_moment effect = layout_moment_of(event);

    if (marks->start != event->start) {
        marks->start = event->start;
        marks->count = 0;
    }
    if (event->record.event.kind == XHM_EVENT_INJECTION_ORDERED) {
        note(marks, event, &not_yet);
    } else if (event->record.event.kind == XHM_EVENT_INJECTION_STARTED) {
        note(marks, event, &effect);
    } else if (event->record.event.kind == XHM_EVENT_INJECTION_ENDED) {
        end(marks, event);
    }
}

const struct xhm_injection_mark *injection_marks_find(const struct xhm_injection_marks *marks, const char *partition) {
    const uint32_t place = place_of(marks, partition);

    return place < marks->count ? &marks->under_way[place] : NULL;
}
