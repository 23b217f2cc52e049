// SPDX-License-Identifier: Apache-2.0
#include "chain.h"

#include "daemon/domain/chain_bounds.h"
#include "timing.h"

#define NS_PER_MS UINT64_C(1000000)
#define MS(ms)    ((ms)*NS_PER_MS)
#define SECOND    MS(1000)

/* WatchdogSec, RestartSec and TimeoutStartSec's default of xhmd.service. */
#define UNIT_WATCHDOG_NS (10 * SECOND)
#define UNIT_RESTART_NS  (MS(500) + 90 * SECOND)

/* The agent looks once more after what ended the domain, has START for destroying and creating, and START for the new
   instance to be heard. */
#define LOOK_NS     MS(XHM_CHAIN_LOOK_MS)
#define RECREATE_NS MS(2 * XHM_CHAIN_START_MS)
#define WATCHDOG_NS (XHM_CHAIN_WATCHDOG_S * SECOND)

static const struct xhm_chain_link dedicated[] = {
    {"xhmd ends", "supervisor-init", 0, MS(XHM_CHAIN_PAUSE_MS + XHM_CHAIN_READY_MS), "started again; ready in time"},
    {"xhmd completes no step", "supervisor-init", MS(XHM_CHAIN_SILENCE_MS), MS(XHM_CHAIN_PAUSE_MS + XHM_CHAIN_READY_MS),
     "ended, started again"},
    {"xhmd is not ready in time", "supervisor-init", MS(XHM_CHAIN_READY_MS),
     MS(XHM_CHAIN_PAUSE_MS + XHM_CHAIN_READY_MS), "ended, started again"},
    {"xhmd does not come back", "Xen's watchdog of the domain, xhm-agent", WATCHDOG_NS + LOOK_NS, RECREATE_NS,
     "Xen ends the domain"},
    {"supervisor-init or its kernel hangs", "Xen's watchdog of the domain, xhm-agent", WATCHDOG_NS + LOOK_NS,
     RECREATE_NS, "Xen ends the domain"},
    {"domain is paused", "Xen's watchdog of the domain, xhm-agent", WATCHDOG_NS + LOOK_NS, RECREATE_NS,
     "Xen ends the domain"},
    {"domain crashed, shut down or destroyed", "xhm-agent", LOOK_NS, RECREATE_NS, "destroyed, created again"},
    {"domain answers dom0 no more", "xhm-agent", MS(XHM_CHAIN_AGENT_SILENCE_MS) + LOOK_NS, RECREATE_NS,
     "destroyed, created again"},
    {"xhm-agent hangs", "dom0's service manager", MS(XHM_CHAIN_AGENT_WATCHDOG_MS), MS(XHM_CHAIN_AGENT_PAUSE_MS),
     "ended, started again"},
    {"dom0 hangs", "watchdog of the machine", XHM_TIMING_NONE, XHM_TIMING_NONE, "the integrator's; resets the ECU"},
};

static const struct xhm_chain_link in_dom0[] = {
    {"xhmd ends", "dom0's service manager", 0, UNIT_RESTART_NS, "started again"},
    {"xhmd completes no step", "dom0's service manager", UNIT_WATCHDOG_NS, UNIT_RESTART_NS, "ended, started again"},
    {"xhm-agent hangs", "dom0's service manager", MS(XHM_CHAIN_AGENT_WATCHDOG_MS), MS(XHM_CHAIN_AGENT_PAUSE_MS),
     "ended, started again"},
    {"dom0 hangs", "watchdog of the machine", XHM_TIMING_NONE, XHM_TIMING_NONE, "the integrator's; resets the ECU"},
};

uint32_t chain_links(const struct xhm_policy *policy, const struct xhm_chain_link **links) {
    if (policy->supervisor.deployment == XHM_DEPLOYMENT_DEDICATED) {
        *links = dedicated;
        return sizeof(dedicated) / sizeof(dedicated[0]);
    }
    *links = in_dom0;
    return sizeof(in_dom0) / sizeof(in_dom0[0]);
}

uint64_t chain_longest_ns(const struct xhm_policy *policy) {
    const struct xhm_chain_link *links;
    const uint32_t count = chain_links(policy, &links);
    uint64_t longest_ns = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (links[i].detection_ns != XHM_TIMING_NONE && links[i].detection_ns + links[i].restart_ns > longest_ns) {
            longest_ns = links[i].detection_ns + links[i].restart_ns;
        }
    }
    return longest_ns;
}
