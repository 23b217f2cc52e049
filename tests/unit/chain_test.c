// SPDX-License-Identifier: Apache-2.0
/* Worst-case times of the watchdog chain: each is the sum that docs/dedicated-domain.md says, and each link leaves the
   one below it the time to act first. */
#include "chain.h"
#include "timing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define MS UINT64_C(1000000)
#define S  (1000 * MS)

static struct xhm_policy policy;

static const struct xhm_chain_link *find(enum xhm_deployment deployment, const char *lost) {
    const struct xhm_chain_link *links;

    policy.supervisor.deployment = deployment;
    const uint32_t count = chain_links(&policy, &links);
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(links[i].lost, lost) == 0) {
            return &links[i];
        }
    }
    fail_msg("no link \"%s\"", lost);
    return NULL;
}

static void expect(enum xhm_deployment deployment, const char *lost, uint64_t detection_ns, uint64_t restart_ns) {
    const struct xhm_chain_link *link = find(deployment, lost);

    if (link->detection_ns != detection_ns || link->restart_ns != restart_ns) {
        fail_msg("%s: detection %llu ms, restart %llu ms", lost, (unsigned long long)(link->detection_ns / MS),
                 (unsigned long long)(link->restart_ns / MS));
    }
}

static void each_link_of_the_dedicated_domain(void **state) {
    const enum xhm_deployment dedicated = XHM_DEPLOYMENT_DEDICATED;

    (void)state;
    expect(dedicated, "xhmd ends", 0, 30500 * MS);
    expect(dedicated, "xhmd completes no step", 10 * S, 30500 * MS);
    expect(dedicated, "xhmd is not ready in time", 30 * S, 30500 * MS);
    expect(dedicated, "xhmd does not come back", 45500 * MS, 180 * S);
    expect(dedicated, "supervisor-init or its kernel hangs", 45500 * MS, 180 * S);
    expect(dedicated, "domain is paused", 45500 * MS, 180 * S);
    expect(dedicated, "domain crashed, shut down or destroyed", 500 * MS, 180 * S);
    expect(dedicated, "domain answers dom0 no more", 60500 * MS, 180 * S);
    expect(dedicated, "xhm-agent hangs", 10 * S, 200 * MS);
    expect(dedicated, "dom0 hangs", XHM_TIMING_NONE, XHM_TIMING_NONE);
    assert_int_equal(chain_longest_ns(&policy), 240500 * MS);
}

static void each_link_in_dom0(void **state) {
    const enum xhm_deployment dom0 = XHM_DEPLOYMENT_DOM0;

    (void)state;
    expect(dom0, "xhmd ends", 0, 90500 * MS);
    expect(dom0, "xhmd completes no step", 10 * S, 90500 * MS);
    expect(dom0, "xhm-agent hangs", 10 * S, 200 * MS);
    expect(dom0, "dom0 hangs", XHM_TIMING_NONE, XHM_TIMING_NONE);
    assert_int_equal(chain_longest_ns(&policy), 100500 * MS);
}

static void what_is_nearer_to_the_loss_acts_first(void **state) {
    const struct xhm_chain_link *silent = find(XHM_DEPLOYMENT_DEDICATED, "xhmd completes no step");
    const struct xhm_chain_link *hung = find(XHM_DEPLOYMENT_DEDICATED, "supervisor-init or its kernel hangs");
    const struct xhm_chain_link *unheard = find(XHM_DEPLOYMENT_DEDICATED, "domain answers dom0 no more");

    (void)state;
    assert_true(silent->detection_ns + silent->restart_ns < hung->detection_ns);
    assert_true(hung->detection_ns < unheard->detection_ns);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_link_of_the_dedicated_domain),
        cmocka_unit_test(each_link_in_dom0),
        cmocka_unit_test(what_is_nearer_to_the_loss_acts_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
