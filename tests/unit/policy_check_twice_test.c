// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-POLICY-1 */
/* A mistake that is made twice is found once, and what is supervised in one way only is supervised. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "full_policy.h"
#include "policy_check.h"

static struct xhm_policy policy;
static struct xhm_finding findings[64];

static uint32_t count_of(enum xhm_finding_kind kind) {
    const uint32_t count = policy_check(&policy, findings, 64);
    uint32_t found = 0;

    for (uint32_t i = 0; i < count; i++) {
        found += findings[i].kind == kind;
    }
    return found;
}

static int prepare(void **state) {
    (void)state;
    full_policy(&policy);
    return 0;
}

static void ends_of_a_graph(void **state) {
    struct xhm_logical_policy *logical = &policy.partitions[SAMPLE_BRAKE].entities[0].logical;

    (void)state;
    logical->final_count = 3;
    logical->finals[1] = 77;
    logical->finals[2] = 78;
    assert_int_equal(count_of(XHM_FINDING_LOGICAL_UNREACHED), 1);
    full_policy(&policy);
    logical->initial_count = 4;
    logical->initial[2] = 87;
    logical->initial[3] = 88;
    assert_int_equal(count_of(XHM_FINDING_LOGICAL_DEAD_END), 1);
}

static void dispositions(void **state) {
    struct xhm_safe_state_policy *safe_state = &policy.safe_states[1];

    (void)state;
    safe_state->dispositions[SAMPLE_BRAKE] = XHM_DISPOSITION_END;
    safe_state->dispositions[SAMPLE_FUSION] = XHM_DISPOSITION_END;
    assert_int_equal(count_of(XHM_FINDING_DISPOSITION_WORD), 1);
    full_policy(&policy);
    policy.partitions[SAMPLE_BRAKE].identity.kind = XHM_IDENTITY_DOM0;
    assert_int_equal(count_of(XHM_FINDING_SAFE_STATE_DOM0), 1);
    full_policy(&policy);
    policy.partitions[SAMPLE_BRAKE].identity = (struct xhm_identity){.kind = XHM_IDENTITY_STATIC_DOMID, .domid = 7};
    policy.partitions[SAMPLE_FUSION].identity = (struct xhm_identity){.kind = XHM_IDENTITY_STATIC_DOMID, .domid = 8};
    safe_state->dispositions[SAMPLE_BRAKE] = XHM_DISPOSITION_START;
    safe_state->dispositions[SAMPLE_FUSION] = XHM_DISPOSITION_START;
    assert_int_equal(count_of(XHM_FINDING_SAFE_STATE_START), 1);
}

static void names_with_signs_beyond_the_letters(void **state) {
    (void)state;
    strcpy(policy.partitions[SAMPLE_FUSION].name, "fusion~");
    assert_int_equal(count_of(XHM_FINDING_PARTITION_NAME), 1);
}

static void entities_without_a_number(void **state) {
    struct xhm_partition_policy *fusion = &policy.partitions[SAMPLE_FUSION];

    (void)state;
    fusion->entity_count = 2;
    sample_entity(&fusion->entities[1], "second", 1);
    fusion->entities[0].id = 0;
    fusion->entities[1].id = 0;
    assert_int_equal(count_of(XHM_FINDING_ENTITY_ID_ZERO), 2);
    assert_int_equal(count_of(XHM_FINDING_ENTITY_ID_TWICE), 0);
}

/* Each kind of supervision alone is one. */
static void one_supervision_is_enough(void **state) {
    struct xhm_entity_policy *entity = &policy.partitions[SAMPLE_INFOTAINMENT].entities[0];
    struct xhm_entity_policy full;

    (void)state;
    memset(&full, 0, sizeof(full));
    full_entity(&full);
    entity->alive.reference_cycle_ns = 0;
    entity->deadline_miss.window_ns = 0;
    assert_int_equal(count_of(XHM_FINDING_ENTITY_UNSUPERVISED), 1);
    entity->logical = full.logical;
    assert_int_equal(count_of(XHM_FINDING_ENTITY_UNSUPERVISED), 0);
    entity->logical.initial_count = 0;
    entity->latency = full.latency;
    assert_int_equal(count_of(XHM_FINDING_ENTITY_UNSUPERVISED), 0);
    entity->latency.raise_ns = 0;
    entity->clock = full.clock;
    assert_int_equal(count_of(XHM_FINDING_ENTITY_UNSUPERVISED), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(ends_of_a_graph, prepare),
        cmocka_unit_test_setup(dispositions, prepare),
        cmocka_unit_test_setup(names_with_signs_beyond_the_letters, prepare),
        cmocka_unit_test_setup(entities_without_a_number, prepare),
        cmocka_unit_test_setup(one_supervision_is_enough, prepare),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
