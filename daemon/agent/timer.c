// SPDX-License-Identifier: Apache-2.0
#include "timer.h"
#include "log.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define US_PER_MS   1000u
#define ACCURACY_US 1000u

int timer_start(sd_event *event, sd_event_source **timer, uint64_t delay_ms, sd_event_time_handler_t on_due,
                void *context) {
    *timer = sd_event_source_disable_unref(*timer);

    const int result =
        sd_event_add_time_relative(event, timer, CLOCK_MONOTONIC, delay_ms * US_PER_MS, ACCURACY_US, on_due, context);

    return result < 0 ? result : 0;
}

void timer_start_or_end(sd_event *event, sd_event_source **timer, uint64_t delay_ms, sd_event_time_handler_t on_due,
                        void *context) {
    const int result = timer_start(event, timer, delay_ms, on_due, context);

    if (result < 0) {
        log_record(LOG_PROBLEM, NULL, "cannot go on: cannot start a timer: %s", strerror(-result));
        (void)sd_event_exit(event, EXIT_FAILURE);
    }
}
