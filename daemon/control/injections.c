// SPDX-License-Identifier: Apache-2.0
#include "injections.h"

#include "injection_targets.h"
#include "state.h"

#include <string.h>

#define NS_PER_MS       UINT64_C(1000000)
#define DURATION_MAX_MS UINT64_C(86400000)
#define TASK_TIMEOUT_MS 30000u
#define FIRST_TASK_ID   (UINT64_C(1) << 62)
#define REASON(name)    XHM__V1__REFUSAL_REASON__REFUSAL_##name
#define KIND(name)      XHM__V1__INJECTION_KIND__INJECTION_##name

enum {
    ENDED_UNDONE = 0,
    ENDED_FAILED = 1
};

void injections_init(struct injections *injections, uint64_t monotonic_ns) {
    injections->next_task_id = FIRST_TASK_ID + monotonic_ns;
}

static void wake_agent(const struct xhm_control *control) {
    if (control->agent.peer) {
        peer_wake(control->agent.peer);
    }
}

static void new_task(struct xhm_control *control, struct injection *injection, enum injection_state state) {
    injection->state = state;
    injection->task_id = control->injections.next_task_id++;
    injection->sent = false;
    wake_agent(control);
}

/* An injection of unknown kind is what an earlier life of the supervisor may have left: that one recorded its
 * beginning, nobody knows whether there is an end. */
static void end(struct xhm_control *control, uint32_t partition, uint64_t how) {
    struct injection *injection = &control->injections.of[partition];

    if (injection->kind != KIND(UNSPECIFIED)) {
        control_record(control, XHM_EVENT_INJECTION_ENDED, partition, injection->kind, how);
    }
    *injection = (struct injection){.state = INJECTION_NONE};
}

/* --- requests ------------------------------------------------------------------------------------------------------
 */

/* Whether injections into the partition are possible at all; refuses with the reason. */
static bool is_permitted(struct peer *peer, uint64_t request_id, uint32_t partition, const char *name) {
    const struct xhm_policy *policy = control_policy(peer->control);

    if (partition == XHM_NONE) {
        peer_refuse(peer, request_id, REASON(NOT_FOUND), "inject: the policy names no partition %.31s", name);
        return false;
    }
    if (!policy->injection_allowed || !policy->partitions[partition].injection_allowed) {
        peer_refuse(peer, request_id, REASON(NOT_PERMITTED), "inject: the policy allows no injection into %.31s", name);
        return false;
    }
    return true;
}

static bool is_possible(struct peer *peer, uint64_t request_id, uint32_t partition, const char *name) {
    const struct xhm_control *control = peer->control;

    if (!control->agent.peer || !control->agent.injection_supported) {
        peer_refuse(peer, request_id, REASON(NOT_AVAILABLE), "inject: %s",
                    control->agent.peer ? "the agent was built without fault injection" : "no agent is connected");
        return false;
    }
    if (control->injections.of[partition].state != INJECTION_NONE) {
        peer_refuse(peer, request_id, REASON(BUSY), "inject: an injection into %.31s is under way, clear it first",
                    name);
        return false;
    }
    return true;
}

static bool is_sound(struct peer *peer, uint64_t request_id, const Xhm__V1__InjectRequest *request) {
    if (request->kind < KIND(HANG) || request->kind > KIND(DEADLINE)) {
        peer_refuse(peer, request_id, REASON(BAD_REQUEST), "inject: kind %d is not known here", (int)request->kind);
        return false;
    }
    if (request->duration_ms > DURATION_MAX_MS) {
        peer_refuse(peer, request_id, REASON(BAD_REQUEST), "inject: the duration must be at most 24 hours");
        return false;
    }
    return true;
}

static uint32_t instance_of(const struct xhm_control *control, uint32_t partition) {
    const struct xhm_partition_state *state = &control->options.core->partitions[partition];

    return state->instance_known ? state->domid : XHM_NONE;
}

void injections_request(struct peer *peer, uint64_t request_id, const Xhm__V1__InjectRequest *request) {
    struct xhm_control *control = peer->control;
    const uint32_t partition = control_find_partition(control, request->partition);
    struct injection injection = {.kind = request->kind, .duration_ns = request->duration_ms * NS_PER_MS};
    const char *reason;

    if (!is_sound(peer, request_id, request) || !is_permitted(peer, request_id, partition, request->partition) ||
        !is_possible(peer, request_id, partition, request->partition)) {
        return;
    }
    reason = injection_targets_choose(control_policy(control), partition, request->entity, &injection);
    if (reason) {
        peer_refuse(peer, request_id, REASON(NOT_AVAILABLE), "inject: %s %.31s", reason, request->partition);
        return;
    }
    injection.domid = instance_of(control, partition);
    control->injections.of[partition] = injection;
    new_task(control, &control->injections.of[partition], INJECTION_STARTING);
    control_record(control, XHM_EVENT_INJECTION_STARTED, partition, request->kind, peer->credentials.uid);
    peer_accept(peer, request_id);
}

static void clear(struct xhm_control *control, uint32_t partition) {
    struct injection *injection = &control->injections.of[partition];

    if (injection->state != INJECTION_CLEARING) {
        new_task(control, injection, INJECTION_CLEARING);
    }
}

void injections_clear(struct peer *peer, uint64_t request_id, const Xhm__V1__InjectClearRequest *request) {
    struct xhm_control *control = peer->control;
    const struct xhm_policy *policy = control_policy(control);
    const uint32_t one = control_find_partition(control, request->partition);

    if (request->partition[0] != '\0') {
        if (!is_permitted(peer, request_id, one, request->partition)) {
            return;
        }
        clear(control, one);
    }
    for (uint32_t i = 0; request->partition[0] == '\0' && i < policy->partition_count; i++) {
        if (policy->injection_allowed && policy->partitions[i].injection_allowed) {
            clear(control, i);
        }
    }
    peer_accept(peer, request_id);
}

/* --- what becomes of them ------------------------------------------------------------------------------------------
 */

/* What was injected into an instance ends with it; only an overload by another partition goes on. */
static bool has_outlived_its_instance(const struct xhm_control *control, uint32_t partition) {
    const struct injection *injection = &control->injections.of[partition];
    const uint32_t domid = instance_of(control, partition);

    return injection->kind != KIND(DEADLINE) && domid != XHM_NONE && domid != injection->domid;
}

void injections_age(struct xhm_control *control, uint64_t now_ns) {
    for (uint32_t i = 0; i < control_policy(control)->partition_count; i++) {
        struct injection *injection = &control->injections.of[i];

        if (injection->state != INJECTION_ACTIVE) {
            continue;
        }
        if (has_outlived_its_instance(control, i)) {
            clear(control, i);
        } else if (injection->duration_ns == 0) {
            continue;
        } else if (injection->end_ns == 0) {
            injection->end_ns = now_ns + injection->duration_ns;
        } else if (now_ns >= injection->end_ns) {
            clear(control, i);
        }
    }
}

static void take_report(struct xhm_control *control, uint32_t partition, bool done) {
    struct injection *injection = &control->injections.of[partition];

    if (!done) {
        end(control, partition, ENDED_FAILED);
    } else if (injection->state == INJECTION_CLEARING || injection->kind == KIND(CRASH)) {
        /* A crash is over when it happened: there is nothing to undo. */
        end(control, partition, ENDED_UNDONE);
    } else {
        injection->state = INJECTION_ACTIVE;
    }
}

bool injections_report(struct xhm_control *control, const Xhm__V1__AgentReport *report) {
    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        const struct injection *injection = &control->injections.of[i];

        if (injection->task_id == report->task_id &&
            (injection->state == INJECTION_STARTING || injection->state == INJECTION_CLEARING)) {
            take_report(control, i, report->done);
            return true;
        }
    }
    return false;
}

/* --- tasks ---------------------------------------------------------------------------------------------------------
 */

static bool is_due(const struct injection *injection) {
    return !injection->sent && (injection->state == INJECTION_STARTING || injection->state == INJECTION_CLEARING);
}

bool injections_have_task(const struct xhm_control *control) {
    for (uint32_t i = 0; i < control_policy(control)->partition_count; i++) {
        if (is_due(&control->injections.of[i])) {
            return true;
        }
    }
    return false;
}

static bool send_task(struct xhm_control *control, uint32_t partition, const struct injection *injection) {
    Xhm__V1__AgentTask task = XHM__V1__AGENT_TASK__INIT;

    task.task_id = injection->task_id;
    task.kind = injection->state == INJECTION_STARTING ? XHM__V1__AGENT_TASK_KIND__AGENT_TASK_INJECT
                                                       : XHM__V1__AGENT_TASK_KIND__AGENT_TASK_CLEAR_INJECTION;
    task.injection = injection->kind;
    task.entity_id = injection->entity_id;
    task.timeout_ms = TASK_TIMEOUT_MS;
    task.target_pcpu = injection->target_pcpu;
    task.other_partition = (char *)(uintptr_t)injection->other_partition;
    task.memory_kib = injection->memory_kib;
    return agent_link_send(control, partition, &task);
}

void injections_fill(struct xhm_control *control) {
    for (uint32_t i = 0; i < control_policy(control)->partition_count; i++) {
        struct injection *injection = &control->injections.of[i];

        if (is_due(injection)) {
            injection->sent = send_task(control, i, injection);
        }
    }
}

void injections_unsend(struct xhm_control *control) {
    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        control->injections.of[i].sent = false;
    }
}

void injections_renumber(struct xhm_control *control, const uint32_t origin[XHM_MAX_PARTITIONS]) {
    struct injections *injections = &control->injections;

    memset(injections->renumbered, 0, sizeof(injections->renumbered));
    for (uint32_t i = 0; i < control_policy(control)->partition_count; i++) {
        if (origin[i] < XHM_MAX_PARTITIONS) {
            injections->renumbered[i] = injections->of[origin[i]];
            injections->of[origin[i]] = (struct injection){.state = INJECTION_NONE};
        }
    }
    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        if (injections->of[i].state != INJECTION_NONE && injections->of[i].kind != KIND(UNSPECIFIED)) {
            control_record(control, XHM_EVENT_INJECTION_ENDED, XHM_NONE, injections->of[i].kind, ENDED_FAILED);
        }
    }
    memcpy(injections->of, injections->renumbered, sizeof(injections->of));
}
