// SPDX-License-Identifier: Apache-2.0
#include "injections.h"

#include "injection_targets.h"
#include "state.h"

#include <string.h>

#define NS_PER_MS       UINT64_C(1000000)
#define MS_PER_S        1000u
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

/* True for the places of the running policy's partitions, and of the ECU. */
static bool is_place(const struct xhm_control *control, uint32_t place) {
    return place < control_policy(control)->partition_count || place == INJECTION_ECU;
}

static uint32_t partition_of(uint32_t place) {
    return place == INJECTION_ECU ? XHM_NONE : place;
}

/* An injection of unknown kind is what an earlier life of the supervisor may have left: that one recorded its
 * beginning, nobody knows whether there is an end. */
static void end(struct xhm_control *control, uint32_t place, uint64_t how) {
    struct injection *injection = &control->injections.of[place];

    if (injection->kind != KIND(UNSPECIFIED)) {
        control_record(control, XHM_EVENT_INJECTION_ENDED, partition_of(place), injection->kind, how);
    }
    *injection = (struct injection){.state = INJECTION_NONE};
}

/* --- requests ------------------------------------------------------------------------------------------------------
 */

/* Whether the policy lets injections into the place be; refuses with the reason. */
static bool is_permitted(struct peer *peer, uint64_t request_id, uint32_t place, const char *name) {
    const struct xhm_policy *policy = control_policy(peer->control);

    if (place == XHM_NONE) {
        peer_refuse(peer, request_id, REASON(NOT_FOUND), "inject: the policy names no partition %.31s", name);
        return false;
    }
    if (!policy->injection_allowed || (place != INJECTION_ECU && !policy->partitions[place].injection_allowed)) {
        peer_refuse(peer, request_id, REASON(NOT_PERMITTED), "inject: the policy allows no injection into %.31s", name);
        return false;
    }
    return true;
}

static bool is_possible(struct peer *peer, uint64_t request_id, uint32_t place, const char *name) {
    const struct xhm_control *control = peer->control;

    if (!control->agent.peer || !control->agent.injection_supported) {
        peer_refuse(peer, request_id, REASON(NOT_AVAILABLE), "inject: %s",
                    control->agent.peer ? "the agent was built without fault injection" : "no agent is connected");
        return false;
    }
    if (control->injections.of[place].state != INJECTION_NONE) {
        peer_refuse(peer, request_id, REASON(BUSY), "inject: an injection into %.31s is under way, clear it first",
                    name);
        return false;
    }
    return true;
}

static bool is_sound(struct peer *peer, uint64_t request_id, const Xhm__V1__InjectRequest *request) {
    const struct injection_rule *rule = injection_targets_rule((int)request->kind);

    if (!rule) {
        peer_refuse(peer, request_id, REASON(BAD_REQUEST), "inject: kind %d is not known here", (int)request->kind);
        return false;
    }
    if (rule->of_ecu && request->partition[0] != '\0') {
        peer_refuse(peer, request_id, REASON(BAD_REQUEST), "inject: kind %d is into the ECU, not into a partition",
                    (int)request->kind);
        return false;
    }
    if (request->duration_ms > rule->maximum_ms) {
        peer_refuse(peer, request_id, REASON(BAD_REQUEST), "inject: the duration must be at most %u seconds",
                    (unsigned)(rule->maximum_ms / MS_PER_S));
        return false;
    }
    return true;
}

static uint32_t instance_of(const struct xhm_control *control, uint32_t partition) {
    const struct xhm_partition_state *state = &control->options.core->partitions[partition];

    return state->instance_known ? state->domid : XHM_NONE;
}

static const char *aim(const struct xhm_control *control, uint32_t place, const char *entity,
                       struct injection *injection) {
    if (place == INJECTION_ECU) {
        injection->domid = XHM_NONE;
        return NULL;
    }
    injection->domid = instance_of(control, place);
    return injection_targets_choose(control_policy(control), place, entity, injection);
}

void injections_request(struct peer *peer, uint64_t request_id, const Xhm__V1__InjectRequest *request) {
    struct xhm_control *control = peer->control;
    const struct injection_rule *rule = injection_targets_rule((int)request->kind);
    struct injection injection = {.kind = request->kind, .uid = credentials_peer(&peer->credentials)};
    const char *name = request->partition;
    const char *reason;
    uint32_t place;

    if (!is_sound(peer, request_id, request)) {
        return;
    }
    place = rule->of_ecu ? INJECTION_ECU : control_find_partition(control, request->partition);
    name = rule->of_ecu ? "the ECU" : request->partition;
    if (!is_permitted(peer, request_id, place, name) || !is_possible(peer, request_id, place, name)) {
        return;
    }
    reason = aim(control, place, request->entity, &injection);
    if (reason) {
        peer_refuse(peer, request_id, REASON(NOT_AVAILABLE), "inject: %s %.31s", reason, name);
        return;
    }
    injection.duration_ns = (request->duration_ms ? request->duration_ms : rule->default_ms) * NS_PER_MS;
    control->injections.of[place] = injection;
    new_task(control, &control->injections.of[place], INJECTION_STARTING);
    control->injections.of[place].begin_task_id = control->injections.of[place].task_id;
    control_record(control, XHM_EVENT_INJECTION_ORDERED, partition_of(place), injection.kind, injection.uid);
    peer_accept(peer, request_id);
}

static void clear(struct xhm_control *control, uint32_t place) {
    struct injection *injection = &control->injections.of[place];

    if (injection->state != INJECTION_CLEARING) {
        new_task(control, injection, INJECTION_CLEARING);
    }
}

static bool may_be_cleared(const struct xhm_control *control, uint32_t place) {
    return is_place(control, place) &&
           (place == INJECTION_ECU || control_policy(control)->partitions[place].injection_allowed);
}

void injections_clear(struct peer *peer, uint64_t request_id, const Xhm__V1__InjectClearRequest *request) {
    struct xhm_control *control = peer->control;
    const uint32_t one = control_find_partition(control, request->partition);

    if (request->partition[0] != '\0') {
        if (!is_permitted(peer, request_id, one, request->partition)) {
            return;
        }
        clear(control, one);
    }
    for (uint32_t i = 0; request->partition[0] == '\0' && i < INJECTION_COUNT; i++) {
        if (control_policy(control)->injection_allowed && may_be_cleared(control, i)) {
            clear(control, i);
        }
    }
    peer_accept(peer, request_id);
}

/* --- what becomes of them ------------------------------------------------------------------------------------------
 */

/* What was injected into an instance ends with it; only an overload by another partition goes on. A crash is over when
 * it was seen. */
static bool has_outlived_its_instance(const struct xhm_control *control, uint32_t place) {
    const struct injection *injection = &control->injections.of[place];
    const uint32_t domid = place == INJECTION_ECU ? injection->domid : instance_of(control, place);

    if (domid == XHM_NONE) {
        return injection->kind == KIND(CRASH);
    }
    return injection->kind != KIND(DEADLINE) && domid != injection->domid;
}

void injections_age(struct xhm_control *control, uint64_t now_ns) {
    for (uint32_t i = 0; i < INJECTION_COUNT; i++) {
        struct injection *injection = &control->injections.of[i];

        if (!is_place(control, i) || injection->state != INJECTION_ACTIVE) {
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

static void record_effect(struct xhm_control *control, uint32_t place) {
    const struct injection *injection = &control->injections.of[place];

    control_record(control, XHM_EVENT_INJECTION_STARTED, partition_of(place), injection->kind, injection->uid);
}

static void take_report(struct xhm_control *control, uint32_t place, bool done) {
    struct injection *injection = &control->injections.of[place];

    if (!done) {
        end(control, place, ENDED_FAILED);
    } else if (injection->state == INJECTION_CLEARING) {
        end(control, place, ENDED_UNDONE);
    } else {
        injection->state = INJECTION_ACTIVE;
        record_effect(control, place);
    }
}

/* What is being undone may have taken effect before that was asked for, and the agent's word is on its way then. */
static bool is_late_effect(const struct injection *injection, const Xhm__V1__AgentReport *report) {
    return report->done && injection->state == INJECTION_CLEARING && injection->begin_task_id != 0 &&
           injection->begin_task_id == report->task_id;
}

bool injections_report(struct xhm_control *control, const Xhm__V1__AgentReport *report) {
    for (uint32_t i = 0; i < INJECTION_COUNT; i++) {
        const struct injection *injection = &control->injections.of[i];

        if (injection->task_id == report->task_id &&
            (injection->state == INJECTION_STARTING || injection->state == INJECTION_CLEARING)) {
            take_report(control, i, report->done);
            return true;
        }
        if (is_late_effect(injection, report)) {
            control->injections.of[i].begin_task_id = 0;
            record_effect(control, i);
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
    for (uint32_t i = 0; i < INJECTION_COUNT; i++) {
        if (is_place(control, i) && is_due(&control->injections.of[i])) {
            return true;
        }
    }
    return false;
}

static bool send_task(struct xhm_control *control, uint32_t place, const struct injection *injection) {
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
    task.duration_ms = injection->duration_ns / NS_PER_MS;
    return agent_link_send(control, partition_of(place), &task);
}

void injections_fill(struct xhm_control *control) {
    for (uint32_t i = 0; i < INJECTION_COUNT; i++) {
        struct injection *injection = &control->injections.of[i];

        if (is_place(control, i) && is_due(injection)) {
            injection->sent = send_task(control, i, injection);
        }
    }
}

void injections_unsend(struct xhm_control *control) {
    for (uint32_t i = 0; i < INJECTION_COUNT; i++) {
        control->injections.of[i].sent = false;
    }
}

void injections_renumber(struct xhm_control *control, const struct xhm_policy *former,
                         const uint32_t origin[XHM_MAX_PARTITIONS]) {
    struct injections *injections = &control->injections;

    memset(injections->renumbered, 0, sizeof(injections->renumbered));
    injections->renumbered[INJECTION_ECU] = injections->of[INJECTION_ECU];
    for (uint32_t i = 0; i < control_policy(control)->partition_count; i++) {
        if (origin[i] < XHM_MAX_PARTITIONS) {
            injections->renumbered[i] = injections->of[origin[i]];
            injections->of[origin[i]] = (struct injection){.state = INJECTION_NONE};
        }
    }
    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        if (injections->of[i].state != INJECTION_NONE && injections->of[i].kind != KIND(UNSPECIFIED)) {
            control_record_former(control, former, XHM_EVENT_INJECTION_ENDED, i, injections->of[i].kind, ENDED_FAILED);
        }
    }
    memcpy(injections->of, injections->renumbered, sizeof(injections->of));
}
