/**
 * Private to the loop: its state, and what its parts call of each other. loop_open.c sets it up and takes it down,
 * loop.c runs the supervision step, loop_requests.c does what API peers ask for.
 */
#ifndef XHM_LOOP_STATE_H
#define XHM_LOOP_STATE_H

#include "keeping.h"
#include "loop.h"
#include "notifier.h"
#include "policy_file.h"
#include "records.h"
#include <systemd/sd-event.h>
#include <time.h>

/** The whole loop. */
struct xhm_loop {
    struct sd_event *event;
    sd_event_source *timer_source;
    sd_event_source *urgent_source; /**< looks again soon whether urgent records can be told */
    int timer;
    uint64_t due_ns; /**< when the next expiration is due */

    struct xhm_policy_trust trust;
    struct xhm_policy_reader *policy_reader;
    struct xhm_policy policies[2]; /**< the running one and room for its successor */
    struct xhm_core core;
    struct xhm_core scratch;
    struct xhm_plan plan;
    struct xhm_observation observation;
    struct xhm_outcome outcome;

    struct xhm_platform *platform;
    struct xhm_writer *writer;
    struct xhm_control *control;
    struct xhm_control_figures figures;
    struct xhm_records records;
    struct xhm_notifier notifier;
    struct xhm_keeping keeping;
    char boot_id[40];
    bool action_failed;
};

/** Reads a clock. @return 0 when it cannot be read */
uint64_t loop_clock_now_ns(clockid_t clock);

/** Carries out and tells what the core's outcome says; partitions of its events are named by @p named_by. */
void loop_perform(struct xhm_loop *loop, const struct xhm_policy *named_by);

/** Starts the cycle timer. @return 0 or a negative errno */
int loop_start_timer(struct xhm_loop *loop);

/** sd-event's callbacks: the cycle, and a second look at what is urgent. @p context is the loop. */
int loop_on_timer(sd_event_source *source, int descriptor, uint32_t revents, void *context);
int loop_on_urgent(sd_event_source *source, uint64_t time_us, void *context);

/** Records an event that is not the core's. @p context is the loop. */
void loop_record_own(void *context, const struct xhm_event *event, const struct xhm_policy *named_by);
void loop_record_life(struct xhm_loop *loop, enum xhm_event_kind kind, uint64_t value0, uint64_t value1);

/** The API's handler, see control.h. @p context is the loop. */
enum xhm_order_answer loop_on_order(void *context, const struct xhm_order *order);
enum xhm_policy_refusal loop_on_apply(void *context, const uint8_t *data, size_t size, char error[XHM_ERROR_SIZE]);
uint64_t loop_on_state_generation(void *context);
uint64_t loop_on_state_stored(void *context);

#endif
