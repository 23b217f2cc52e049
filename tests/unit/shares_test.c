// SPDX-License-Identifier: Apache-2.0
/* What the declared schedulers have to give, and what is asked of them: one row for each set of pCPUs. */
#include "full_policy.h"
#include "policy_share.h"
#include "shares.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static struct xhm_policy policy;
static struct xhm_share_row rows[XHM_MAX_SHARE_ROWS];

static int set_up(void **state) {
    (void)state;
    full_policy(&policy);
    return 0;
}

static void expect_row(uint32_t row, uint32_t cpupool, uint64_t pcpus, uint32_t vcpu_count, uint64_t needed,
                       uint64_t bound) {
    assert_int_equal(rows[row].cpupool, cpupool);
    assert_int_equal(rows[row].pcpus.words[0], pcpus);
    assert_int_equal(rows[row].vcpu_count, vcpu_count);
    assert_int_equal(rows[row].needed, needed);
    assert_int_equal(rows[row].bound, bound);
}

static void servers_and_frames_have_rows(void **state) {
    (void)state;
    assert_int_equal(shares_compute(&policy, rows), 2);
    expect_row(0, FULL_RT, 1u << 2, 1, 400000000, XHM_SHARE_WHOLE);
    expect_row(1, FULL_ARINC, 1u << 1, 1, 800000000, XHM_SHARE_WHOLE);
}

static void servers_on_the_same_pcpus_have_one_row(void **state) {
    struct xhm_partition_policy *fusion = &policy.partitions[SAMPLE_FUSION];
    struct xhm_partition_policy *driver = &policy.partitions[FULL_DRIVER];
    (void)state;

    policy.cpupools[FULL_RT].pcpus.words[0] = 0x1c4;
    fusion->vcpu_count = 2;
    fusion->vcpus[1] =
        (struct xhm_vcpu_policy){.pcpus = {{0xc0}}, .rtds = {.period_ns = 10 * SAMPLE_MS, .budget_ns = 5 * SAMPLE_MS}};
    driver->cpupool_number = 1 + FULL_RT;
    driver->vcpus[0] = fusion->vcpus[1];
    assert_int_equal(shares_compute(&policy, rows), 3);
    expect_row(0, FULL_RT, 1u << 2, 1, 400000000, XHM_SHARE_WHOLE);
    expect_row(1, FULL_RT, 0xc0, 2, XHM_SHARE_WHOLE, 2 * XHM_SHARE_WHOLE - 500000000);
}

static void under_null_each_vcpu_needs_a_whole_pcpu(void **state) {
    (void)state;
    policy.cpupools[FULL_RT].scheduler = XHM_SCHEDULER_NULL;
    assert_int_equal(shares_compute(&policy, rows), 2);
    expect_row(0, FULL_RT, 1u << 2, 1, XHM_SHARE_WHOLE, XHM_SHARE_WHOLE);
}

static void what_is_not_declared_has_no_row(void **state) {
    (void)state;
    policy.cpupools[FULL_ARINC].frame_count = 0;
    policy.partitions[SAMPLE_FUSION].cpupool_number = 0;
    assert_int_equal(shares_compute(&policy, rows), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(servers_and_frames_have_rows, set_up),
        cmocka_unit_test_setup(servers_on_the_same_pcpus_have_one_row, set_up),
        cmocka_unit_test_setup(under_null_each_vcpu_needs_a_whole_pcpu, set_up),
        cmocka_unit_test_setup(what_is_not_declared_has_no_row, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
