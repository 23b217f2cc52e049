// SPDX-License-Identifier: Apache-2.0
#include "control.h"

#include "state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S UINT64_C(1000000000)

void control_record_former(struct xhm_control *control, const struct xhm_policy *named_by, enum xhm_event_kind kind,
                           uint32_t partition, uint64_t value0, uint64_t value1) {
    const struct xhm_event event = {.kind = kind,
                                    .fault = XHM_FAULT_COUNT,
                                    .partition = partition,
                                    .entity = XHM_NONE,
                                    .domid = XHM_NONE,
                                    .values = {value0, value1}};

    control->options.handler.record(control->options.handler.context, &event, named_by);
}

void control_record(struct xhm_control *control, enum xhm_event_kind kind, uint32_t partition, uint64_t value0,
                    uint64_t value1) {
    control_record_former(control, control_policy(control), kind, partition, value0, value1);
}

void control_make_plain(char *text) {
    for (; *text != '\0'; text++) {
        if (*text < ' ' || *text > '~') {
            *text = '?';
        }
    }
}

uint32_t control_find_partition(const struct xhm_control *control, const char *name) {
    const struct xhm_policy *policy = control_policy(control);

    for (uint32_t i = 0; i < policy->partition_count; i++) {
        if (strcmp(policy->partitions[i].name, name) == 0) {
            return i;
        }
    }
    return XHM_NONE;
}

bool control_latch_is_stored(const struct xhm_control *control) {
    return strcmp(control->latch.name, core_safe_state_name(control->options.core)) == 0 &&
           awaited_is_stored(control, control->latch.generation);
}

/* Whatever entered or left a safe state handed the state over in the same step. */
static void watch_latch(struct xhm_control *control) {
    const struct xhm_control_handler *handler = &control->options.handler;
    const char *name = core_safe_state_name(control->options.core);

    if (strcmp(control->latch.name, name) != 0) {
        control->latch.generation = handler->state_generation(handler->context);
        snprintf(control->latch.name, sizeof(control->latch.name), "%s", name);
    }
}

void control_event(struct xhm_control *control, const struct xhm_record *record) {
    held_events_add(&control->held, record);
    for (uint32_t i = 0; i < PEER_COUNT; i++) {
        if (control->peers[i].state == PEER_OPEN && control->peers[i].stream.active) {
            peer_wake(&control->peers[i]);
        }
    }
}

void control_hurry(struct xhm_control *control) {
    for (uint32_t i = 0; i < PEER_COUNT; i++) {
        peer_hurry(&control->peers[i]);
    }
}

void control_plan(struct xhm_control *control, struct xhm_plan *plan) {
    if (facts_link_is_wanted(control)) {
        running_plan(&control->running, facts_link_current(control), plan);
    }
}

static void refill_refusals(struct xhm_control *control, uint64_t now_ns) {
    if (now_ns - control->refusal_refill_ns >= NS_PER_S) {
        control->refusal_refill_ns = now_ns;
        control->refusal_budget += control->refusal_budget < CONTROL_REFUSAL_BUDGET;
        control->heartbeat_budget += control->heartbeat_budget < CONTROL_HEARTBEAT_BUDGET;
        control->limit_was_told = false;
    }
}

void control_observe(struct xhm_control *control, uint64_t now_ns, struct xhm_observation *observation) {
    agent_link_observe(control, now_ns, observation);
    facts_link_observe(control, now_ns, observation);
    running_observe(&control->running, observation);
    watch_latch(control);
    vchan_listener_observe(control);
    for (uint32_t i = 0; i < PEER_COUNT; i++) {
        awaited_age(&control->peers[i], now_ns);
    }
    /* Without a clock nobody is late. */
    if (now_ns == 0) {
        return;
    }
    injections_age(control, now_ns);
    refill_refusals(control, now_ns);
    listener_resume(&control->listener);
    for (uint32_t i = 0; i < PEER_COUNT; i++) {
        peer_age(&control->peers[i], now_ns);
    }
}

static void renumber(struct credentials *credentials, const uint32_t origin[XHM_MAX_PARTITIONS]) {
    const uint32_t before = credentials->partition;

    credentials->partition = XHM_NONE;
    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        if (before != XHM_NONE && origin[i] == before) {
            credentials->partition = i;
        }
    }
}

void control_policy_changed(struct xhm_control *control, const struct xhm_policy *former,
                            const uint32_t origin[XHM_MAX_PARTITIONS]) {
    vchan_listener_renumber(control, origin);
    agent_link_renumber(control, origin);
    facts_link_policy_changed(control);
    injections_renumber(control, former, origin);
    for (uint32_t i = 0; i < PEER_COUNT; i++) {
        struct peer *peer = &control->peers[i];

        renumber(&peer->credentials, origin);
        peer->roles = roles_of(control_policy(control), &peer->credentials);
        if (peer->roles == 0 || (control->agent.peer == peer && !(peer->roles & XHM_ROLE_AGENT))) {
            peer_leave(peer);
        }
    }
}

static int on_nothing(sd_event_source *source, void *context) {
    (void)source;
    (void)context;
    return 0;
}

/*
 * sd-event keeps the pending sources in a queue that grows when it must. It never shrinks, so that having as many
 * pending now as there ever can be means that it will not allocate in the supervision thread later.
 */
static int grow_pending_queue(struct sd_event *event) {
    sd_event_source *sources[2 * PEER_COUNT + 8] = {NULL};
    int result = 0;

    for (size_t i = 0; result >= 0 && i < sizeof(sources) / sizeof(sources[0]); i++) {
        result = sd_event_add_defer(event, &sources[i], on_nothing, NULL);
    }
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        sd_event_source_disable_unref(sources[i]);
    }
    return result;
}

/* Event sources need a descriptor from the beginning; this one never has an event. */
static int open_sources(struct xhm_control *control) {
    const int placeholder = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    int result;

    if (placeholder < 0) {
        return -errno;
    }
    result = peers_open(control, placeholder);
    close(placeholder);
    return result < 0 ? result : grow_pending_queue(control->event);
}

static uint64_t monotonic_now_ns(void) {
    struct timespec now = {0};

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

struct xhm_control *control_open(struct sd_event *event, const struct xhm_control_options *options,
                                 char error[XHM_ERROR_SIZE]) {
    struct xhm_control *control = aligned_alloc(_Alignof(struct xhm_control), sizeof(*control));
    int result;

    if (!control) {
        snprintf(error, XHM_ERROR_SIZE, "making room for the API: %s", strerror(ENOMEM));
        return NULL;
    }
    memset(control, 0, sizeof(*control));
    control->options = *options;
    control->event = sd_event_ref(event);
    control->listener.descriptor = -1;
    control->refusal_budget = CONTROL_REFUSAL_BUDGET;
    control->heartbeat_budget = CONTROL_HEARTBEAT_BUDGET;
    held_events_init(&control->held, options->last_sequence);
    injections_init(&control->injections, monotonic_now_ns());
    facts_link_init(control);
    arena_init(&control->arena, control->arena_memory, sizeof(control->arena_memory));
    result = open_sources(control);
    if (result < 0) {
        snprintf(error, XHM_ERROR_SIZE, "adding the API's peers to the event loop: %s", strerror(-result));
    }
    if (result < 0 || !listener_open(control, options->socket_path, error) ||
        (options->over_vchan && !vchan_listener_open(control, error))) {
        control_close(control);
        return NULL;
    }
    return control;
}

void control_close(struct xhm_control *control) {
    if (!control) {
        return;
    }
    listener_close(&control->listener);
    peers_close(control);
    vchan_listener_close(&control->vchan_listener);
    sd_event_unref(control->event);
    free(control);
}
