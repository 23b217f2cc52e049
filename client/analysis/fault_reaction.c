// SPDX-License-Identifier: Apache-2.0
/* FRTI: what the direct rungs of a ladder take. docs/timing.md says which rungs count, and why. */
#include "timing_sum.h"

static void add_direct_actions(const struct xhm_policy *policy, struct xhm_timing_sum *sum, const char *name,
                               uint64_t count) {
    timing_sum_add_measured(sum, name, "direct_action", count, policy->supervisor.direct_action_ns);
}

/* The other side of a pair, or XHM_TIMING_NOWHERE. */
static uint32_t partner_of(const struct xhm_policy *policy, uint32_t partition) {
    for (uint32_t i = 0; i < policy->partition_count; i++) {
        if (policy->partitions[i].standby_for_number == partition + 1) {
            return i;
        }
    }
    return policy->partitions[partition].standby_for_number != 0 ? policy->partitions[partition].standby_for_number - 1
                                                                 : XHM_TIMING_NOWHERE;
}

static void add_first_reference_cycle(const struct xhm_policy *policy, uint32_t partition, struct xhm_timing_sum *sum) {
    const struct xhm_partition_policy *declared = &policy->partitions[partition];
    uint32_t slowest = 0;

    for (uint32_t i = 1; i < declared->entity_count; i++) {
        if (declared->entities[i].alive.reference_cycle_ns > declared->entities[slowest].alive.reference_cycle_ns) {
            slowest = i;
        }
    }
    timing_sum_add(sum, "first good reference cycle of the standby", (struct xhm_timing_owner){partition, slowest},
                   "alive.reference_cycle", 1, declared->entities[slowest].alive.reference_cycle_ns);
}

/* A lateness of a cycle or more skips steps: the reference cycle then begins late, too. */
static void add_fail_over(const struct xhm_policy *policy, uint32_t partner, struct xhm_timing_sum *sum) {
    const struct xhm_supervisor_policy *supervisor = &policy->supervisor;

    add_direct_actions(policy, sum, "stop, and unpause of the standby", 2);
    timing_sum_add(sum, "until the standby is first read", timing_supervisor, "cycle", 1, supervisor->cycle_ns);
    add_first_reference_cycle(policy, partner, sum);
    timing_sum_add(sum, "the step itself", timing_supervisor, "cycle", 1, supervisor->cycle_ns);
    timing_sum_add_lateness(sum, policy, 1, 2);
}

/* A fail over that does not succeed within the standby's start-up grace is over; the next rung is taken then. */
static void add_failed_fail_over(const struct xhm_policy *policy, uint32_t partner, struct xhm_timing_sum *sum) {
    const struct xhm_timing_owner owner = {partner, XHM_TIMING_NOWHERE};
    const struct xhm_supervisor_policy *supervisor = &policy->supervisor;

    add_direct_actions(policy, sum, "stop, and unpause of the standby", 2);
    timing_sum_add(sum, "a fail over that fails", owner, "startup_grace", 1,
                   policy->partitions[partner].startup_grace_ns);
    timing_sum_add(sum, "until the first step after it, and that step", timing_supervisor, "cycle", 2,
                   supervisor->cycle_ns);
    timing_sum_add_lateness(sum, policy, 1, 1);
}

static void add_safe_state(const struct xhm_policy *policy, uint32_t partition, struct xhm_timing_sum *sum) {
    const uint32_t number = policy->partitions[partition].safe_state_number;
    uint32_t count = 0;

    if (number == 0) {
        timing_sum_unbounded(sum, "no safe state is declared for the partition");
        return;
    }
    for (uint32_t i = 0; i < policy->partition_count; i++) {
        const enum xhm_disposition disposition = policy->safe_states[number - 1].dispositions[i];
        count += disposition != XHM_DISPOSITION_LEAVE;
        if (disposition == XHM_DISPOSITION_START && policy->partitions[i].standby_for_number == 0) {
            timing_sum_unbounded(sum, "the safe state starts a partition that is no standby: delegated, without bound");
        }
    }
    add_direct_actions(policy, sum, "pauses, stops and starts of the safe state", count);
    add_direct_actions(policy, sum, "telling connected peers", 1);
}

/* While a partition is EXPIRED, and not yet STOPPED, it may clean up: the ladder waits. */
static void add_clean_up(const struct xhm_policy *policy, uint32_t partition, enum xhm_fault_class fault_class,
                         struct xhm_timing_sum *sum) {
    const struct xhm_partition_policy *declared = &policy->partitions[partition];

    if (fault_class != XHM_CLASS_ENTITY || declared->expired_tolerance == 0) {
        return;
    }
    timing_sum_add(sum, "cycles between EXPIRED and STOPPED", (struct xhm_timing_owner){partition, XHM_TIMING_NOWHERE},
                   "expired_tolerance", declared->expired_tolerance, policy->supervisor.cycle_ns);
    timing_sum_add(sum, "the step itself", timing_supervisor, "cycle", 1, policy->supervisor.cycle_ns);
    timing_sum_add_lateness(sum, policy, 1, 1);
}

/* Of the first rung: why a ladder has no FRTI in which no direct rung can come first. */
static const char *why_nothing_is_claimed(enum xhm_reaction first) {
    static const char *const reasons[XHM_REACTION_END] = {
        [XHM_REACTION_RESTART] = "a restart is recovery by dom0, not a safe state: it is never claimed",
        [XHM_REACTION_FAIL_OVER] = "no standby is declared",
        [XHM_REACTION_LAST_RESORT] = "the last resort is no safe state: it is never claimed",
    };
    return reasons[first] != NULL ? reasons[first] : "the class is only reported";
}

static void take_if_longer(struct xhm_timing_sum *longest, const struct xhm_timing_sum *sum) {
    if (longest->why_not != NULL || timing_sum_is_longer(sum, longest)) {
        *longest = *sum;
    }
}

/* Rungs up to the first one that is always available, or that claims nothing. */
void timing_reaction(const struct xhm_policy *policy, uint32_t partition, enum xhm_fault_class fault_class,
                     struct xhm_timing_sum *sum) {
    const struct xhm_ladder *ladder = &policy->partitions[partition].reactions[fault_class];
    const uint32_t partner = partner_of(policy, partition);
    struct xhm_timing_sum before;

    timing_sum_begin(sum);
    timing_sum_unbounded(sum, why_nothing_is_claimed(ladder->rungs[0]));
    timing_sum_begin(&before);
    add_clean_up(policy, partition, fault_class, &before);
    for (uint32_t i = 0; i < ladder->count; i++) {
        struct xhm_timing_sum rung = before;
        switch (ladder->rungs[i]) {
        case XHM_REACTION_FAIL_OVER:
            if (partner != XHM_TIMING_NOWHERE) {
                add_fail_over(policy, partner, &rung);
                take_if_longer(sum, &rung);
                add_failed_fail_over(policy, partner, &before);
            }
            break;
        case XHM_REACTION_STOP:
        case XHM_REACTION_PAUSE:
            add_direct_actions(policy, &rung, ladder->rungs[i] == XHM_REACTION_STOP ? "stop" : "pause", 1);
            take_if_longer(sum, &rung);
            return;
        case XHM_REACTION_SAFE_STATE:
            add_safe_state(policy, partition, &rung);
            take_if_longer(sum, &rung);
            return;
        case XHM_REACTION_REPORT:
        case XHM_REACTION_RESTART:
        case XHM_REACTION_LAST_RESORT:
        case XHM_REACTION_END:
            return;
        }
    }
}
