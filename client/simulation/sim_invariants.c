// SPDX-License-Identifier: Apache-2.0
#include "sim_invariants.h"

#include "conformance_parts.h"

#include <string.h>

#define SUPERVISOR XHM_MAX_PARTITIONS

void invariants_begin(struct xhm_invariants *invariants, const struct xhm_core *core) {
    memset(invariants, 0, sizeof(*invariants));
    invariants->last_task_id = core->next_task_id - 1;
}

void invariants_before(struct xhm_invariants *invariants, const struct xhm_core *core) {
    for (uint32_t i = 0; i < core->policy->partition_count; i++) {
        const struct xhm_partition_state *state = &core->partitions[i];
        memcpy(invariants->fault_scopes[i], state->fault_scopes, sizeof(state->fault_scopes));
        invariants->known[i] = state->instance_known;
        invariants->domid[i] = state->domid;
        /* An instance that ended before it was followed took our pause with it, and was not released. */
        invariants->pauses[i].owned &= state->instance_known || state->owns_pause;
        for (uint32_t entity = 0; entity < XHM_MAX_ENTITIES; entity++) {
            invariants->expired[i][entity] = state->entities[entity].status == XHM_STATUS_EXPIRED;
        }
    }
    invariants->latched = safe_state_is_latched(core);
    memcpy(invariants->fault_scopes[SUPERVISOR], core->fault_scopes, sizeof(core->fault_scopes));
}

static bool any_fault(const uint64_t scopes[XHM_FAULT_COUNT]) {
    for (unsigned fault = 0; fault < XHM_FAULT_COUNT; fault++) {
        if (scopes[fault] != 0) {
            return true;
        }
    }
    return false;
}

/* A ready standby, and what is not there or not supervised by declaration, are as they should be. */
static bool is_as_declared(const struct xhm_core *core, uint32_t partition) {
    const struct xhm_partition_state *state = &core->partitions[partition];
    const struct xhm_partition_policy *policy = &core->policy->partitions[partition];

    return state->status == XHM_STATUS_DEACTIVATED && (state->life == XHM_LIFE_STANDBY || policy->supervision_off ||
                                                       (policy->optional && state->life == XHM_LIFE_ABSENT));
}

static const char *check_statuses(const struct xhm_core *core) {
    bool all_ok = !safe_state_is_latched(core);

    for (uint32_t i = 0; i < core->policy->partition_count; i++) {
        const struct xhm_partition_state *state = &core->partitions[i];
        if (state->status != XHM_STATUS_OK) {
            all_ok = all_ok && is_as_declared(core, i);
            continue;
        }
        if (any_fault(state->fault_scopes)) {
            return "a partition is OK while a fault of it is active";
        }
        if (state->life != XHM_LIFE_RUNNING || !state->instance_known) {
            return "a partition is OK without a running instance";
        }
        for (uint32_t entity = 0; entity < core->policy->partitions[i].entity_count; entity++) {
            if (state->entities[entity].status != XHM_STATUS_OK) {
                return "a partition is OK while an entity is not";
            }
        }
    }
    if (core->status == XHM_STATUS_OK && (!all_ok || any_fault(core->fault_scopes))) {
        return "the ECU is OK while a partition is not, the supervisor is not, or a safe state is latched";
    }
    return NULL;
}

/* An entity that is OK has no fault of its class, whatever is the matter with the others of its partition. */
static const char *check_entities(const struct xhm_core *core) {
    for (uint32_t i = 0; i < core->policy->partition_count; i++) {
        const struct xhm_partition_state *state = &core->partitions[i];
        for (unsigned fault = XHM_FAULT_ENTITY_ALIVE_LOW; fault <= XHM_FAULT_ENTITY_LOGICAL; fault++) {
            for (uint32_t entity = 0; entity < core->policy->partitions[i].entity_count; entity++) {
                if ((state->fault_scopes[fault] >> entity & 1u) != 0 &&
                    state->entities[entity].status == XHM_STATUS_OK) {
                    return "an entity is OK while a fault of it is active";
                }
            }
        }
    }
    return NULL;
}

/* Raised and cleared events alternate when, for each fault, they add up to the change of its scopes. */
static const char *check_fault_events(const struct xhm_invariants *invariants, const struct xhm_core *core,
                                      const struct xhm_outcome *outcome) {
    int balance[XHM_MAX_PARTITIONS + 1][XHM_FAULT_COUNT];

    if (outcome->events_dropped > 0) {
        return NULL;
    }
    memset(balance, 0, sizeof(balance));
    for (uint32_t i = 0; i < outcome->event_count; i++) {
        const struct xhm_event *event = &outcome->events[i];
        const uint32_t row = event->partition == XHM_NONE ? SUPERVISOR : event->partition;
        if (event->kind == XHM_EVENT_FAULT_RAISED || event->kind == XHM_EVENT_FAULT_CLEARED) {
            balance[row][event->fault] += event->kind == XHM_EVENT_FAULT_RAISED ? 1 : -1;
        }
    }
    for (uint32_t row = 0; row <= SUPERVISOR; row++) {
        if (row != SUPERVISOR && row >= core->policy->partition_count) {
            continue;
        }
        const uint64_t *after = row == SUPERVISOR ? core->fault_scopes : core->partitions[row].fault_scopes;
        for (unsigned fault = 0; fault < XHM_FAULT_COUNT; fault++) {
            if (__builtin_popcountll(after[fault]) - __builtin_popcountll(invariants->fault_scopes[row][fault]) !=
                balance[row][fault]) {
                return "fault events do not tell what changed";
            }
        }
    }
    return NULL;
}

/* What is withdrawn from supervision (by mode, maintenance or declaration) begins anew with it. */
static const char *check_expired(const struct xhm_invariants *invariants, const struct xhm_core *core,
                                 const bool followed[XHM_MAX_PARTITIONS]) {
    for (uint32_t i = 0; i < core->policy->partition_count; i++) {
        for (uint32_t entity = 0; entity < XHM_MAX_ENTITIES; entity++) {
            if (invariants->expired[i][entity] && !followed[i] && core->partitions[i].following &&
                core->partitions[i].judged && core->partitions[i].entities[entity].status != XHM_STATUS_EXPIRED) {
                return "an expired entity recovered without a new instance";
            }
        }
    }
    return NULL;
}

/* dom0 is never stopped or paused. */
static bool is_of_identity(const struct xhm_identity *identity, const struct xhm_action *action) {
    return (identity->kind == XHM_IDENTITY_UUID && memcmp(&identity->uuid, &action->uuid, sizeof(action->uuid)) == 0) ||
           (identity->kind == XHM_IDENTITY_STATIC_DOMID && identity->domid == action->domid);
}

static const char *check_target(const struct xhm_invariants *invariants, const struct xhm_core *core,
                                const struct xhm_action *action) {
    const struct xhm_partition_state *state = &core->partitions[action->partition];
    const struct xhm_identity *identity = &core->policy->partitions[action->partition].identity;

    if (!(invariants->known[action->partition] && action->domid == invariants->domid[action->partition]) &&
        !(state->instance_known && action->domid == state->domid)) {
        return "a domain is stopped or paused that is not the partition's instance";
    }
    if (!is_of_identity(identity, action)) {
        return "a domain of another identity is stopped or paused";
    }
    return NULL;
}

/* A pause that is ours already is only made again when the domain list has shown that somebody took it back. */
static const char *check_pause(struct xhm_invariants *invariants, const struct xhm_core *core,
                               const struct xhm_action *action) {
    struct xhm_invariants_pause *pause = &invariants->pauses[action->partition];
    const bool ours = pause->owned && pause->domid == action->domid;

    if (action->kind == XHM_ACTION_UNPAUSE) {
        pause->owned = false;
        return ours ? NULL : "a pause is taken back that is not ours";
    }
    if (ours && core->partitions[action->partition].domain.paused) {
        return "a domain is paused twice";
    }
    *pause = (struct xhm_invariants_pause){true, action->domid};
    return NULL;
}

static const char *check_action(struct xhm_invariants *invariants, const struct xhm_core *core,
                                const struct xhm_action *action, bool followed[XHM_MAX_PARTITIONS]) {
    bool *following = &invariants->following[action->partition];

    switch (action->kind) {
    case XHM_ACTION_FOLLOW:
        if (*following) {
            return "a FOLLOW without a RELEASE of the instance before";
        }
        *following = true;
        followed[action->partition] = true;
        return NULL;
    case XHM_ACTION_RELEASE:
        if (!*following) {
            return "a RELEASE without a FOLLOW";
        }
        *following = false;
        invariants->pauses[action->partition].owned = false;
        return NULL;
    case XHM_ACTION_STOP:
        return check_target(invariants, core, action);
    case XHM_ACTION_RECREATE:
        if (invariants->latched && !core->partitions[action->partition].start_wanted) {
            return "a partition is recreated behind a latched safe state's back";
        }
        if (action->task_id <= invariants->last_task_id) {
            return "a task id that does not grow";
        }
        invariants->last_task_id = action->task_id;
        return NULL;
    case XHM_ACTION_PAUSE:
    case XHM_ACTION_UNPAUSE: {
        const char *violated = check_target(invariants, core, action);
        return violated == NULL ? check_pause(invariants, core, action) : violated;
    }
    case XHM_ACTION_REBOOT_ECU:
    case XHM_ACTION_RESTART_SUPERVISOR:
        return NULL;
    }
    return "an unknown action";
}

static bool is_terminal(enum xhm_action_kind kind) {
    return kind == XHM_ACTION_STOP || kind == XHM_ACTION_PAUSE || kind == XHM_ACTION_UNPAUSE;
}

static const char *check_actions(struct xhm_invariants *invariants, const struct xhm_core *core,
                                 const struct xhm_outcome *outcome, bool followed[XHM_MAX_PARTITIONS]) {
    unsigned per_partition[XHM_MAX_PARTITIONS] = {0};
    unsigned terminal[XHM_MAX_PARTITIONS] = {0};

    if (outcome->action_count > XHM_MAX_ACTIONS || outcome->event_count > XHM_MAX_EVENTS) {
        return "more than an outcome can hold";
    }
    for (uint32_t i = 0; i < outcome->action_count; i++) {
        const struct xhm_action *action = &outcome->actions[i];
        if (action->partition == XHM_NONE) {
            continue;
        }
        const char *violated = check_action(invariants, core, action, followed);
        if (violated != NULL) {
            return violated;
        }
        terminal[action->partition] += is_terminal(action->kind);
        if (terminal[action->partition] > 1) {
            return "two terminal actions for one partition in one step";
        }
        if (++per_partition[action->partition] > XHM_MAX_ACTIONS / XHM_MAX_PARTITIONS) {
            return "more actions for one partition than the outcome has room for";
        }
    }
    return NULL;
}

static unsigned count_restarts(const struct xhm_invariants_window *window, uint64_t now_ns, uint64_t length_ns) {
    unsigned count = 0;

    for (unsigned i = 0; i < window->count; i++) {
        count += now_ns - window->times_ns[i] < length_ns;
    }
    return count;
}

static void note_restart(struct xhm_invariants_window *window, uint64_t now_ns) {
    const unsigned room = sizeof(window->times_ns) / sizeof(window->times_ns[0]);

    if (window->count == room) {
        memmove(&window->times_ns[0], &window->times_ns[1], (room - 1) * sizeof(window->times_ns[0]));
        window->count--;
    }
    window->times_ns[window->count++] = now_ns;
}

static const char *check_restarts(struct xhm_invariants *invariants, const struct xhm_core *core,
                                  const struct xhm_outcome *outcome) {
    for (uint32_t i = 0; i < outcome->event_count; i++) {
        const struct xhm_event *event = &outcome->events[i];
        if (event->kind != XHM_EVENT_RESTART_DECIDED) {
            continue;
        }
        if (invariants->latched) {
            return "a restart is decided while a safe state is latched";
        }
        const struct xhm_restart_policy *policy = &core->policy->partitions[event->partition].restart;
        struct xhm_invariants_window *window = &invariants->restarts[event->partition];
        if (count_restarts(window, core->supervised_ns, policy->window_ns) >= policy->limit) {
            return "a restart beyond the limit";
        }
        note_restart(window, core->supervised_ns);
    }
    return NULL;
}

/* Every declared scope of a check has one verdict, and the fault says nothing else. */
static const char *check_verdicts_of(const struct xhm_verdicts *verdicts, uint64_t declared, uint64_t faulty) {
    uint64_t seen = 0;

    for (unsigned i = 0; i < XHM_VERDICT_COUNT; i++) {
        if ((seen & verdicts->scopes[i]) != 0) {
            return "one scope of a check has two verdicts";
        }
        seen |= verdicts->scopes[i];
    }
    if (seen != declared) {
        return "what is declared has no verdict, or what is not has one";
    }
    if ((verdicts->scopes[XHM_VERDICT_DEVIATES] & ~faulty) != 0) {
        return "something deviates without a fault";
    }
    return (verdicts->scopes[XHM_VERDICT_CONFORMS] & faulty) != 0 ? "something conforms while its fault is active"
                                                                  : NULL;
}

static const char *check_verdicts(const struct xhm_core *core) {
    const char *violated = NULL;

    for (unsigned i = 0; i < XHM_PLATFORM_CHECK_COUNT && violated == NULL; i++) {
        const enum xhm_platform_check check = (enum xhm_platform_check)i;
        violated = check_verdicts_of(&core->verdicts[i], conformance_declared_of_host(core->policy, check),
                                     core->fault_scopes[conformance_platform_fault(check)]);
    }
    for (uint32_t k = 0; k < core->policy->partition_count * XHM_PARTITION_CHECK_COUNT && violated == NULL; k++) {
        const uint32_t partition = k / XHM_PARTITION_CHECK_COUNT;
        const enum xhm_partition_check check = (enum xhm_partition_check)(k % XHM_PARTITION_CHECK_COUNT);
        const struct xhm_partition_state *state = &core->partitions[partition];
        violated = check_verdicts_of(&state->verdicts[check], conformance_declared(core->policy, partition, check),
                                     state->fault_scopes[conformance_partition_fault(check)]);
    }
    return violated;
}

const char *invariants_after_step(struct xhm_invariants *invariants, const struct xhm_core *core,
                                  const struct xhm_outcome *outcome) {
    bool followed[XHM_MAX_PARTITIONS] = {false};
    const char *violated = check_actions(invariants, core, outcome, followed);

    violated = violated == NULL ? check_fault_events(invariants, core, outcome) : violated;
    violated = violated == NULL ? check_expired(invariants, core, followed) : violated;
    violated = violated == NULL ? check_restarts(invariants, core, outcome) : violated;
    violated = violated == NULL ? check_entities(core) : violated;
    violated = violated == NULL ? check_verdicts(core) : violated;
    return violated == NULL ? check_statuses(core) : violated;
}

const char *invariants_after_order(struct xhm_invariants *invariants, const struct xhm_core *core,
                                   const struct xhm_outcome *outcome, const struct xhm_order *order,
                                   enum xhm_life life) {
    bool followed[XHM_MAX_PARTITIONS] = {false};

    if (order->kind == XHM_ORDER_SAFE_STATE_CONFIRM) {
        invariants->latched = safe_state_is_latched(core);
    }
    const char *violated = check_actions(invariants, core, outcome, followed);
    if (order->kind == XHM_ORDER_RESTART && life == XHM_LIFE_LIMITED) {
        invariants->restarts[order->partition].count = 0;
    }
    for (uint32_t i = 0; i < outcome->event_count; i++) {
        if (outcome->events[i].kind == XHM_EVENT_RESTART_DECIDED) {
            note_restart(&invariants->restarts[order->partition], core->supervised_ns);
        }
    }
    return violated == NULL ? check_fault_events(invariants, core, outcome) : violated;
}

const char *invariants_restarted(struct xhm_invariants *invariants, const struct xhm_core *core, bool remembers,
                                 bool latched) {
    const struct xhm_invariants before = *invariants;

    invariants_begin(invariants, core);
    for (uint32_t i = 0; remembers && i < core->policy->partition_count; i++) {
        invariants->restarts[i] = before.restarts[i];
        invariants->pauses[i] = before.pauses[i];
        invariants->pauses[i].owned = before.pauses[i].owned && core->partitions[i].owns_pause;
    }
    return remembers && latched && !safe_state_is_latched(core) ? "a latch is lost with the supervisor" : NULL;
}

void invariants_after_policy(struct xhm_invariants *invariants, const struct xhm_core *core,
                             const struct xhm_outcome *outcome, const uint32_t origin[XHM_MAX_PARTITIONS]) {
    bool following[XHM_MAX_PARTITIONS] = {false};
    struct xhm_invariants_window restarts[XHM_MAX_PARTITIONS];
    struct xhm_invariants_pause pauses[XHM_MAX_PARTITIONS];

    memset(restarts, 0, sizeof(restarts));
    memset(pauses, 0, sizeof(pauses));
    for (uint32_t i = 0; i < outcome->action_count; i++) {
        if (outcome->actions[i].kind == XHM_ACTION_RELEASE) {
            invariants->following[outcome->actions[i].partition] = false;
        }
    }
    for (uint32_t i = 0; i < core->policy->partition_count; i++) {
        if (origin[i] != XHM_NONE) {
            following[i] = invariants->following[origin[i]];
            restarts[i] = invariants->restarts[origin[i]];
            pauses[i] = invariants->pauses[origin[i]];
        }
    }
    memcpy(invariants->following, following, sizeof(following));
    memcpy(invariants->restarts, restarts, sizeof(restarts));
    memcpy(invariants->pauses, pauses, sizeof(pauses));
}
