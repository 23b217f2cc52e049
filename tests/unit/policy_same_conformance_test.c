// SPDX-License-Identifier: Apache-2.0
#include "policy_same.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

/* Everything is declared, so that every member is compared. */
static struct xhm_policy policy;
static struct xhm_policy other;

static int declare(void **state) {
    struct xhm_partition_policy *partition = &policy.partitions[0];

    (void)state;
    memset(&policy, 0, sizeof(policy));
    policy.partition_count = 2;
    strcpy(policy.partitions[0].name, "brake");
    strcpy(policy.partitions[1].name, "net");
    partition->vcpu_count = 2;
    partition->cpupool_number = 1;
    partition->device_count = 1;
    partition->devices[0].backend_number = 2;
    partition->assigned_count = 1;
    policy.cpupool_count = 2;
    strcpy(policy.cpupools[0].name, "rt");
    strcpy(policy.cpupools[1].name, "rest");
    policy.cpupools[0].frame_count = 1;
    policy.cpupools[0].frames[0].partition_number = 1;
    policy.platform.facts_period_ns = 10;
    policy.platform.option_count = 1;
    policy.platform.service_count = 1;
    other = policy;
    return 0;
}

static bool placement(void) {
    return policy_same_placement(&policy, &policy.partitions[0], &other, &other.partitions[0]);
}

static bool devices(void) {
    return policy_same_devices(&policy, &policy.partitions[0], &other, &other.partitions[0]);
}

static bool host(void) {
    return policy_same_host(&policy, &other);
}

#define IN_PARTITION(member) offsetof(struct xhm_policy, partitions[0].member)
#define IN_HOST(member)      offsetof(struct xhm_policy, member)

static const size_t places[] = {
    IN_PARTITION(vcpu_count),
    IN_PARTITION(credit2.weight),
    IN_PARTITION(credit2.cap),
    IN_PARTITION(cache.l3_mask),
    IN_PARTITION(cache.exclusive),
    IN_PARTITION(cache.bandwidth_percent),
    IN_PARTITION(cpupool_number),
    IN_PARTITION(vcpus[1].pcpus),
    IN_PARTITION(vcpus[1].exclusive),
    IN_PARTITION(vcpus[1].whole_core),
    IN_PARTITION(vcpus[1].rtds.period_ns),
    IN_PARTITION(vcpus[1].rtds.budget_ns),
    IN_PARTITION(vcpus[1].rtds.extratime),
    IN_HOST(cpupools[0].name),
};

static const size_t of_devices[] = {
    IN_PARTITION(devices_declared),
    IN_PARTITION(device_count),
    IN_PARTITION(assigned_declared),
    IN_PARTITION(assigned_count),
    IN_PARTITION(assigned[0]),
    IN_PARTITION(devices[0].kind),
    IN_PARTITION(devices[0].id),
    IN_PARTITION(devices[0].error_window_ns),
    IN_PARTITION(devices[0].error_limit),
    IN_HOST(partitions[1].name),
};

static const size_t of_host[] = {
    IN_HOST(platform.xen_version_min),
    IN_HOST(platform.xen_version_max),
    IN_HOST(platform.capabilities),
    IN_HOST(platform.pcpus_online),
    IN_HOST(platform.free_memory_kib),
    IN_HOST(platform.claims_forbidden),
    IN_HOST(platform.option_count),
    IN_HOST(platform.service_count),
    IN_HOST(platform.options[0].forbidden),
    IN_HOST(platform.options[0].text),
    IN_HOST(platform.services[0]),
    IN_HOST(cpupool_count),
    IN_HOST(cpupools[0].name),
    IN_HOST(cpupools[1].scheduler),
    IN_HOST(cpupools[1].pcpus),
    IN_HOST(cpupools[0].major_frame_ns),
    IN_HOST(cpupools[0].frame_count),
    IN_HOST(cpupools[0].frames[0].vcpu),
    IN_HOST(cpupools[0].frames[0].duration_ns),
    IN_HOST(cpupools[0].frames[0].partition_number),
    IN_HOST(partitions[0].name),
};

static void each_change_counts(const size_t *offsets, size_t count, bool (*same)(void)) {
    assert_true(same());
    for (size_t i = 0; i < count; i++) {
        ((unsigned char *)&other)[offsets[i]] ^= 1u;
        assert_false(same());
        ((unsigned char *)&other)[offsets[i]] ^= 1u;
    }
    assert_true(same());
}

static void placement_is_pcpus_shares_and_cpupool(void **state) {
    (void)state;
    each_change_counts(places, sizeof(places) / sizeof(places[0]), placement);
    other.partitions[0].vcpus[2].exclusive = true;
    assert_true(placement());
}

static void devices_are_what_they_are_and_where_their_backends_are(void **state) {
    (void)state;
    each_change_counts(of_devices, sizeof(of_devices) / sizeof(of_devices[0]), devices);
    other.partitions[0].devices[0].backend_number = 0;
    assert_false(devices());
}

static void the_host_is_platform_and_cpupools(void **state) {
    (void)state;
    each_change_counts(of_host, sizeof(of_host) / sizeof(of_host[0]), host);
    other.platform.facts_period_ns = 20;
    assert_true(host());
    other.platform.facts_period_ns = 0;
    assert_false(host());
}

/* The same cpupool and the same backend, declared in another order. */
static void a_number_counts_by_its_name(void **state) {
    (void)state;
    strcpy(other.cpupools[0].name, "rest");
    strcpy(other.cpupools[1].name, "rt");
    other.partitions[0].cpupool_number = 2;
    assert_true(placement());
    other.partitions[2] = other.partitions[1];
    strcpy(other.partitions[1].name, "new");
    other.partitions[0].devices[0].backend_number = 3;
    assert_true(devices());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(placement_is_pcpus_shares_and_cpupool, declare),
        cmocka_unit_test_setup(devices_are_what_they_are_and_where_their_backends_are, declare),
        cmocka_unit_test_setup(the_host_is_platform_and_cpupools, declare),
        cmocka_unit_test_setup(a_number_counts_by_its_name, declare),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
