#include "conformance_parts.h"
#include "policy_same.h"
#include <string.h>

static uint32_t find_origin(const struct xhm_policy *old_policy, const struct xhm_partition_policy *wanted) {
    for (uint32_t i = 0; i < old_policy->partition_count; i++) {
        const struct xhm_partition_policy *candidate = &old_policy->partitions[i];
        if (strcmp(candidate->name, wanted->name) == 0 && candidate->partition_id == wanted->partition_id &&
            candidate->page_count == wanted->page_count &&
            policy_same_identity(&candidate->identity, &wanted->identity)) {
            return i;
        }
    }
    return XHM_NONE;
}

static bool is_kept(const struct xhm_policy *old_policy, uint32_t partition, const struct xhm_policy *policy) {
    for (uint32_t i = 0; i < policy->partition_count; i++) {
        if (find_origin(old_policy, &policy->partitions[i]) == partition) {
            return true;
        }
    }
    return false;
}

uint32_t core_paused_and_dropped(const struct xhm_core *core, const struct xhm_policy *policy) {
    for (uint32_t i = 0; i < core->policy->partition_count; i++) {
        if (core->partitions[i].owns_pause && !is_kept(core->policy, i, policy)) {
            return i;
        }
    }
    return XHM_NONE;
}

static uint32_t find_entity(const struct xhm_partition_policy *partition, const struct xhm_entity_policy *wanted) {
    for (uint32_t i = 0; i < partition->entity_count; i++) {
        if (policy_same_entity(&partition->entities[i], wanted)) {
            return i;
        }
    }
    return XHM_NONE;
}

static void move_entity_faults(const struct xhm_partition_state *from, uint32_t old_entity,
                               struct xhm_partition_state *to, uint32_t new_entity) {
    for (unsigned fault = 0; fault < XHM_FAULT_COUNT; fault++) {
        if (fault_state_is_of_entity((enum xhm_fault)fault)) {
            to->fault_scopes[fault] |= (from->fault_scopes[fault] >> old_entity & 1u) << new_entity;
        }
    }
}

/* What is measured goes on; what a changed declaration makes of it begins anew. */
static void carry_counters(const struct xhm_partition_policy *old_policy, const struct xhm_partition_policy *policy,
                           struct xhm_instance_measures *measures) {
    if (!policy_same_memory(&old_policy->memory, &policy->memory)) {
        measures->memory_size_counter = 0;
        measures->memory_limit_counter = 0;
    }
    if (!policy_same_load(&old_policy->load, &policy->load)) {
        measures->load_counter = 0;
    }
}

static void carry_over(const struct xhm_partition_policy *old_policy, const struct xhm_partition_state *from,
                       const struct xhm_partition_policy *policy, struct xhm_partition_state *to, uint64_t now_ns) {
    *to = *from;
    to->halted_by_ladder = false; /* the ladder may be another one */
    carry_counters(old_policy, policy, &to->measures);
    for (unsigned fault = 0; fault < XHM_FAULT_COUNT; fault++) {
        if (fault_state_is_of_entity((enum xhm_fault)fault)) {
            to->fault_scopes[fault] = 0;
        }
    }
    for (uint32_t entity = 0; entity < XHM_MAX_ENTITIES; entity++) {
        const uint32_t origin =
            entity < policy->entity_count ? find_entity(old_policy, &policy->entities[entity]) : XHM_NONE;
        if (origin == XHM_NONE) {
            memset(&to->entities[entity], 0, sizeof(to->entities[entity]));
            to->entities[entity].status = XHM_STATUS_DEACTIVATED;
            to->entities[entity].expected_since_ns = entity < policy->entity_count ? now_ns : 0;
        } else {
            to->entities[entity] = from->entities[origin];
            move_entity_faults(from, origin, to, entity);
        }
    }
}

static void clear_entity(const struct xhm_step *step, uint32_t partition, uint32_t entity) {
    const struct xhm_fault_details none = {{0, 0}};

    for (unsigned fault = 0; fault < XHM_FAULT_COUNT; fault++) {
        if (fault_state_is_of_entity((enum xhm_fault)fault)) {
            fault_state_set(step, partition, (enum xhm_fault)fault, entity, false, none);
        }
    }
}

/* A fault against a declaration ends with that declaration, visibly. */
static void clear_what_changed(const struct xhm_step *step, uint32_t partition, const struct xhm_policy *new_policy,
                               const struct xhm_partition_policy *policy) {
    const struct xhm_partition_policy *old_policy = step_policy(step, partition);

    if (!policy_same_placement(step->core->policy, old_policy, new_policy, policy)) {
        fault_state_clear_class(step, partition, XHM_CLASS_PLACEMENT);
    }
    if (!policy_same_devices(step->core->policy, old_policy, new_policy, policy)) {
        fault_state_clear_class(step, partition, XHM_CLASS_DEVICE);
    }
    if (!policy_same_memory(&old_policy->memory, &policy->memory)) {
        fault_state_clear_class(step, partition, XHM_CLASS_MEMORY);
    }
    if (!policy_same_load(&old_policy->load, &policy->load)) {
        fault_state_clear_class(step, partition, XHM_CLASS_LOAD);
    }
    if (policy->optional) {
        fault_state_clear(step, partition, XHM_FAULT_PARTITION_MISSING);
        fault_state_clear(step, partition, XHM_FAULT_PARTITION_STOPPED);
    }
    for (uint32_t entity = 0; entity < old_policy->entity_count; entity++) {
        if (find_entity(policy, &old_policy->entities[entity]) == XHM_NONE) {
            clear_entity(step, partition, entity);
        }
    }
}

static void drop_partition(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_partition_state *state = step_state(step, partition);

    for (unsigned fault = 0; fault < XHM_FAULT_COUNT; fault++) {
        fault_state_clear(step, partition, (enum xhm_fault)fault);
    }
    if (state->following) {
        const struct xhm_action action = {
            .kind = XHM_ACTION_RELEASE, .partition = partition, .domid = state->domid, .uuid = state->uuid};
        outcome_action(step->outcome, &action);
    }
}

static uint32_t find_successor(const uint32_t origin[XHM_MAX_PARTITIONS], uint32_t count, uint32_t old_partition) {
    for (uint32_t i = 0; i < count; i++) {
        if (origin[i] == old_partition) {
            return i;
        }
    }
    return XHM_NONE;
}

static struct xhm_first_expired successor_of_first(const struct xhm_core *core, const struct xhm_policy *policy,
                                                   const uint32_t origin[XHM_MAX_PARTITIONS]) {
    const struct xhm_first_expired none = {XHM_NONE, XHM_NONE, ~XHM_NONE, ~XHM_NONE};
    const struct xhm_first_expired *first = &core->first_expired;

    if (first->partition == XHM_NONE) {
        return none;
    }
    const uint32_t partition = find_successor(origin, policy->partition_count, first->partition);
    if (partition == XHM_NONE) {
        return none;
    }
    const uint32_t entity = find_entity(&policy->partitions[partition],
                                        &core->policy->partitions[first->partition].entities[first->entity]);
    if (entity == XHM_NONE) {
        return none;
    }
    return (struct xhm_first_expired){partition, entity, ~partition, ~entity};
}

/* A partner that is declared no more took the fail over with it; the next step tells who is excused. */
static void renumber(struct xhm_partition_state *state, const uint32_t origin[XHM_MAX_PARTITIONS], uint32_t count) {
    state->excused_by_number = 0;
    if (state->fail_over_from_number != 0) {
        state->fail_over_from_number = 1 + find_successor(origin, count, state->fail_over_from_number - 1);
    }
}

static bool is_compared_alike(const struct xhm_policy *policy_a, const struct xhm_partition_policy *a,
                              const struct xhm_policy *policy_b, const struct xhm_partition_policy *b) {
    return policy_same_placement(policy_a, a, policy_b, b) && policy_same_memory(&a->memory, &b->memory) &&
           policy_same_devices(policy_a, a, policy_b, b);
}

/* What was compared with another declaration is not known of this one. */
static void compare_anew(struct xhm_core *core, const struct xhm_policy *old_policy,
                         const uint32_t origin[XHM_MAX_PARTITIONS], bool same_host) {
    for (uint32_t i = 0; i < core->policy->partition_count; i++) {
        if (origin[i] == XHM_NONE || !is_compared_alike(old_policy, &old_policy->partitions[origin[i]], core->policy,
                                                        &core->policy->partitions[i])) {
            conformance_forget(core, i);
            conformance_forget_facts(core, i);
            memset(core->partitions[i].measures.devices, 0, sizeof(core->partitions[i].measures.devices));
        }
    }
    if (!same_host) {
        facts_await(core);
    }
}

void core_apply_policy(struct xhm_core *core, const struct xhm_policy *policy, struct xhm_core *scratch,
                       uint32_t origin[XHM_MAX_PARTITIONS], struct xhm_outcome *outcome) {
    const struct xhm_policy *old_policy = core->policy;
    const struct xhm_step step = {core, NULL, outcome, false};
    const bool latched = safe_state_is_latched(core);
    const bool same_host = policy_same_host(old_policy, policy);
    char safe_state[XHM_NAME_SIZE];

    outcome_clear(outcome);
    step_copy_name(safe_state, core_safe_state_name(core));
    core_init(scratch, policy, core->next_task_id);
    if (!same_host) {
        fault_state_clear_class(&step, XHM_NONE, XHM_CLASS_PLATFORM);
    }
    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        origin[i] = i < policy->partition_count ? find_origin(old_policy, &policy->partitions[i]) : XHM_NONE;
        scratch->partitions[i].instance_since_ns = core->supervised_ns;
        scratch->partitions[i].standby_seen_ns = core->supervised_ns;
        if (origin[i] != XHM_NONE) {
            const struct xhm_partition_policy *before = &old_policy->partitions[origin[i]];
            clear_what_changed(&step, origin[i], policy, &policy->partitions[i]);
            carry_over(before, &core->partitions[origin[i]], &policy->partitions[i], &scratch->partitions[i],
                       core->supervised_ns);
        }
    }
    for (uint32_t i = 0; i < old_policy->partition_count; i++) {
        if (find_successor(origin, policy->partition_count, i) == XHM_NONE) {
            drop_partition(&step, i);
        }
    }
    core->first_expired = successor_of_first(core, policy, origin);
    for (uint32_t i = 0; i < policy->partition_count; i++) {
        renumber(&scratch->partitions[i], origin, policy->partition_count);
    }
    memcpy(core->partitions, scratch->partitions, sizeof(core->partitions));
    core->policy = policy;
    fail_over_settle(core);
    if (latched) {
        safe_state_policy_changed(core, safe_state);
    }
    compare_anew(core, old_policy, origin, same_host);
    sweep_restart(core);
    step_event(&step, XHM_EVENT_POLICY_APPLIED, XHM_NONE, XHM_NONE, policy->hash, 0);
    outcome->persistent_changed = true; /* partitions came, went or moved */
    persistent_watch(&step);
}
