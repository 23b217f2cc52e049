// SPDX-License-Identifier: Apache-2.0
#include "observation.h"
#include "policy_check_parts.h"

static void check_timing(struct policy_check *check) {
    const struct xhm_supervisor_policy *it = &check->policy->supervisor;
    const uint64_t cycle_ns = policy_check_is_within(it->cycle_ns, CHECK_MS, 10 * CHECK_SECOND) ? it->cycle_ns : 0;
    const bool crash_check_sound =
        it->crash_check_period_ns <= 60 * CHECK_SECOND && policy_check_is_multiple(it->crash_check_period_ns, cycle_ns);
    const uint64_t crash_check_ns = crash_check_sound ? it->crash_check_period_ns : 0;
    const bool overrun_sound = policy_check_is_within(it->overrun_tolerance_ns, cycle_ns, 60 * CHECK_SECOND);
    const uint64_t latency_max_ns = overrun_sound ? it->overrun_tolerance_ns : UINT64_MAX;
    const struct policy_check_range ranges[] = {
        {CHECK_FOUND(CONFORMANCE_RANGE), it->conformance_period_ns, cycle_ns, CHECK_HOUR},
        {CHECK_FOUND(CHECKS_RANGE), it->conformance_checks_per_cycle, 1, XHM_MAX_VCPU_READINGS},
        {CHECK_FOUND(OVERRUN_RANGE), it->overrun_tolerance_ns, cycle_ns, 60 * CHECK_SECOND},
        {CHECK_FOUND(BUSY_RANGE), it->probe_busy_tolerance_ns, cycle_ns, 60 * CHECK_SECOND},
        {CHECK_FOUND(VISIBILITY_RANGE), it->visibility_timeout_ns, crash_check_ns, CHECK_HOUR},
        {CHECK_FOUND(AGENT_RANGE), it->agent_timeout_ns, 2 * CHECK_SECOND, CHECK_HOUR},
        {CHECK_FOUND(SCHEDULING_RANGE), it->scheduling_latency_ns, 0, latency_max_ns},
        {CHECK_FOUND(ACTION_RANGE), it->direct_action_ns, 0, 10 * CHECK_SECOND},
    };

    policy_check_require(check, cycle_ns != 0, CHECK_FOUND(CYCLE_RANGE), policy_check_nowhere);
    policy_check_require(check, crash_check_sound, CHECK_FOUND(CRASH_CHECK_MULTIPLE), policy_check_nowhere);
    policy_check_require_ranges(check, ranges, CHECK_COUNT_OF(ranges), policy_check_nowhere);
    check->cycle_ns = cycle_ns;
    check->crash_check_ns = crash_check_ns;
    check->overrun_ns = it->overrun_tolerance_ns <= 60 * CHECK_SECOND ? it->overrun_tolerance_ns : 0;
}

static void check_last_resort(struct policy_check *check) {
    const struct xhm_supervisor_policy *it = &check->policy->supervisor;

    if (it->last_resort == XHM_LAST_RESORT_NONE) {
        return;
    }
    policy_check_require(check, (uint32_t)it->last_resort <= XHM_LAST_RESORT_RESTART_SUPERVISOR,
                         CHECK_FOUND(LAST_RESORT_WORD), policy_check_nowhere);
    policy_check_require(check,
                         it->last_resort != XHM_LAST_RESORT_REBOOT_ECU || it->deployment != XHM_DEPLOYMENT_DEDICATED,
                         CHECK_FOUND(LAST_RESORT_DEPLOYMENT), policy_check_nowhere);
    policy_check_require(check, policy_check_is_within(it->last_resort_limit, 1, 16), CHECK_FOUND(LAST_RESORT_LIMIT),
                         policy_check_nowhere);
}

void policy_check_supervisor(struct policy_check *check) {
    const struct xhm_supervisor_policy *it = &check->policy->supervisor;

    check_timing(check);
    policy_check_require(check, it->deployment == XHM_DEPLOYMENT_DOM0 || it->deployment == XHM_DEPLOYMENT_DEDICATED,
                         CHECK_FOUND(DEPLOYMENT_WORD), policy_check_nowhere);
    policy_check_require(check, it->initial_mode == XHM_MODE_STARTUP || it->initial_mode == XHM_MODE_RUN,
                         CHECK_FOUND(MODE_WORD), policy_check_nowhere);
    policy_check_require(check, it->boot_limit <= 100, CHECK_FOUND(BOOT_LIMIT_RANGE), policy_check_nowhere);
    check_last_resort(check);
}
