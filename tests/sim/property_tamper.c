// SPDX-License-Identifier: Apache-2.0
#include "property_parts.h"
#include "sim_policy.h"

#include <string.h>

static void tamper_with_domains(struct xhm_sim_runner *runner) {
    struct xhm_observation *observation = &runner->observation;
    uint64_t *random = &runner->random;

    if (observation->domain_count < XHM_MAX_DOMAINS && property_draw(random, 2) == 0) {
        struct xhm_domain_reading *added = &observation->domains[observation->domain_count++];
        memset(added, 0, sizeof(*added));
        added->domid = (uint16_t)property_draw(random, 12);
        memset(added->uuid.bytes, (int)property_draw(random, 5), sizeof(added->uuid.bytes));
        added->vcpu_slots = property_draw(random, 5);
    }
    for (uint32_t i = 0; i < observation->domain_count; i++) {
        struct xhm_domain_reading *domain = &observation->domains[i];
        domain->cpu_time_ns = property_draw(random, 20) == 0 ? property_draw(random, UINT32_MAX) : domain->cpu_time_ns;
        domain->dying ^= property_draw(random, 20) == 0;
        domain->shutdown ^= property_draw(random, 20) == 0;
        domain->paused ^= property_draw(random, 20) == 0;
        domain->reason = property_draw(random, 20) == 0 ? (uint8_t)property_draw(random, 256) : domain->reason;
        domain->online_vcpus ^= property_draw(random, 20) == 0;
    }
}

static void tamper_with_vcpus(struct xhm_sim_runner *runner) {
    struct xhm_observation *observation = &runner->observation;
    uint64_t *random = &runner->random;

    if (observation->vcpu_count == XHM_MAX_VCPU_READINGS) {
        return;
    }
    observation->vcpus[observation->vcpu_count++] =
        (struct xhm_vcpu_reading){.sight = (enum xhm_sight)property_draw(random, 3),
                                  .domid = (uint16_t)property_draw(random, 12),
                                  .vcpu = (uint16_t)property_draw(random, property_draw(random, 2) == 0 ? 2 : 65536),
                                  .online = property_draw(random, 2) == 0,
                                  .pcpu = property_draw(random, property_draw(random, 2) == 0 ? 8 : UINT32_MAX),
                                  .hard_affinity = {{property_draw(random, 256)}}};
}

static void tamper_with_pages(struct xhm_sim_runner *runner) {
    uint64_t *random = &runner->random;
    const uint32_t partition = property_draw(random, 3);
    struct xhm_probe_page *copy = &runner->ecu.links[partition].copies[0];
    struct xhm_page_observation *page = &runner->observation.pages[partition][0];

    switch (property_draw(random, 3)) {
    case 0:
        *page = (struct xhm_page_observation){XHM_PAGE_DETACHED, NULL};
        break;
    case 1:
        *page = (struct xhm_page_observation){XHM_PAGE_REFUSED, NULL};
        break;
    default:
        ((uint8_t *)copy)[property_draw(random, sizeof(*copy))] ^= (uint8_t)(1u << property_draw(random, 8));
        *page = (struct xhm_page_observation){XHM_PAGE_COPIED, copy};
        break;
    }
}

static void tamper_with_reports(struct xhm_sim_runner *runner) {
    struct xhm_observation *observation = &runner->observation;
    const uint64_t next = runner->core.next_task_id;

    if (observation->agent_report_count < XHM_MAX_AGENT_REPORTS) {
        observation->agent_reports[observation->agent_report_count++] =
            (struct xhm_agent_report){.task_id = next - property_draw(&runner->random, next > 5 ? 5 : (uint32_t)next),
                                      .result = (enum xhm_agent_result)(1 + property_draw(&runner->random, 2))};
    }
}

static void tamper_with_means(struct xhm_sim_runner *runner) {
    struct xhm_observation *observation = &runner->observation;

    observation->ticks = 1 + property_draw(&runner->random, 4);
    observation->xenstore_silent_ns = property_draw(&runner->random, 10) * XHM_SIM_S;
    observation->agent_silent_ns = property_draw(&runner->random, 10) * XHM_SIM_S;
    observation->agent_connected = property_draw(&runner->random, 2) == 0;
    observation->events_lost = property_draw(&runner->random, 2) == 0;
    observation->action_failed = property_draw(&runner->random, 2) == 0;
}

void property_tamper(struct xhm_sim_runner *runner) {
    static void (*const ways[])(struct xhm_sim_runner * runner) = {
        tamper_with_domains, tamper_with_vcpus, tamper_with_pages,
        tamper_with_reports, tamper_with_means, property_tamper_with_facts,
    };

    if (property_draw(&runner->random, 10) == 0) {
        ways[property_draw(&runner->random, sizeof(ways) / sizeof(ways[0]))](runner);
    }
}
