// SPDX-License-Identifier: Apache-2.0
/** One-shot timers of the event loop that are started again and again. */
#ifndef XHM_AGENT_TIMER_H
#define XHM_AGENT_TIMER_H

#include <stdint.h>
#include <systemd/sd-event.h>

/**
 * Calls @p on_due once, @p delay_ms from now or a millisecond later. A call by the same @p timer that is not due yet is
 * given up. The caller unreferences *@p timer, which is NULL or a timer's at first, when it is no longer wanted.
 * @return 0, or a negative errno value: nothing is called then
 */
int timer_start(sd_event *event, sd_event_source **timer, uint64_t delay_ms, sd_event_time_handler_t on_due,
                void *context);

/**
 * The same for what must go round for ever: where it fails, that is recorded and the loop ends with a failure, so that
 * the service manager starts the agent again. An agent that no longer looks must not go on as if it did.
 */
void timer_start_or_end(sd_event *event, sd_event_source **timer, uint64_t delay_ms, sd_event_time_handler_t on_due,
                        void *context);

#endif
