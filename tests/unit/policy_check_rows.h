// SPDX-License-Identifier: Apache-2.0
/* What the tests of policy_check() share: a policy, what is found in it, and what was ever found. */
#ifndef XHM_POLICY_CHECK_ROWS_H
#define XHM_POLICY_CHECK_ROWS_H

#include "full_policy.h"
#include "policy_check.h"

#define NOWHERE  XHM_FINDING_NOWHERE
#define CAPACITY 64

extern struct xhm_policy policy;
extern struct xhm_finding findings[CAPACITY];
extern const struct xhm_finding nowhere;

/* A place as the tables write it: indices one higher, so that those that are not named are nowhere. */
struct place {
    uint32_t partition, entity, vcpu, deadline, transition, fault_class, group, safe_state, other, device, option,
        cpupool, frame, fault;
};

struct xhm_finding at(struct place place);

/** Takes away all that only dom0 can tell. */
void without_facts(void);

/** Fails unless the policy has nothing wrong with it. */
void expect_sound(void);

/** Fails unless the policy has exactly one finding, which is @p kind at @p place. */
void expect(enum xhm_finding_kind kind, const char *what, struct xhm_finding place);

/** Whether expect() has ever met @p kind. */
bool is_seen(enum xhm_finding_kind kind);

/* Tests of the policy that declares everything. */
void what_needs_no_agent_needs_none(void **state);
void a_standby_may_fail_over_to_its_primary(void **state);
void one_kind_of_supervision_is_enough(void **state);
void a_partition_of_fixed_domid_can_be_halted(void **state);
void each_fault_of_complete_supervision_is_found_alone(void **state);

/* Tests of what is declared of the host. */
void each_fault_of_the_host_is_found_alone(void **state);
void each_kind_of_fact_needs_the_agent(void **state);
void an_affinity_to_the_whole_host_is_none(void **state);
void servers_that_fit_are_sound(void **state);
void names_have_all_their_characters(void **state);
void a_supervisor_that_waits_but_not_for_too_long_is_sound(void **state);
void masks_that_are_not_exclusive_may_overlap(void **state);
void under_null_each_vcpu_may_have_its_own(void **state);

#endif
