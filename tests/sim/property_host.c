// SPDX-License-Identifier: Apache-2.0
#include "property_parts.h"

#include "sim_policy.h"

/* Knuth's MMIX generator; the low bits are poor. */
uint32_t property_draw(uint64_t *random, uint32_t below) {
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((*random >> 33) % below);
}

const char *property_host_command(uint32_t number) {
    static const char *const commands[] = {
        "facts stall",
        "facts resume",
        "facts resume",
        "facts host unknown",
        "facts host known",
        "facts topology not-available",
        "facts topology known",
        "facts cpupools unknown",
        "facts cpupools known",
        "facts domains unknown",
        "facts domains known",
        "facts services not-available",
        "facts services known",
        "host threads 2",
        "host threads 2",
        "host threads 2",
        "host threads 1",
        "host free 1MiB",
        "host free 1GiB",
        "host claimed 4KiB",
        "host claimed 0KiB",
        "host service 0 no",
        "host service 0 yes",
        "host options sched=null",
        "host options sched=credit2",
        "host version 4 18",
        "host version 4 17",
        "host pcpus N",
        "host capabilities N",
        "pool rt pcpus 1-2",
        "pool rt pcpus 1",
        "pool rt scheduler arinc653",
        "pool rt scheduler rtds",
        "pool rt rename gone",
        "pool gone rename rt",
        "pool ui frame 0 3ms",
        "pool ui frame 0 5ms",
        "move P mid",
        "move P rt",
        "move dom0 rt",
        "move dom0 mid",
        "rtds P 0 10ms Nms",
        "rtds P 0 10ms 4ms",
        "credit2 P N 0",
        "credit2 P 128 0",
        "device P vif 0 attach",
        "device P vif 0 detach",
        "device brake vif 0 detach",
        "device brake vif 0 detach",
        "device brake vif 0 detach",
        "device brake vif 0 attach",
        "device brake vif 0 attach",
        "device brake vif 0 errors 9",
        "device brake vif 0 errors 19",
        "device brake vif 0 errors 99",
        "device brake vif 0 errors 500",
        "device brake vif 0 errors 700",
        "device brake vif 0 errors 900",
        "device infotainment vif 0 errors 99",
        "device infotainment vif 0 errors 9",
        "device infotainment vif 0 detach",
        "device brake vif 1 attach",
        "device brake vif 1 attach",
        "device brake vif 1 detach",
        "device infotainment vif 1 attach",
        "device infotainment vif 1 detach",
        "pool mid scheduler null",
        "pool mid scheduler credit2",
        "device P vif 0 states 1 2",
        "device P vif 0 states 4 4",
        "device P vif 0 errors N",
        "assigned P N",
        "assigned P",
        "cache P N N",
        "cache P 15 50",
        "cache P not-available",
        "memory-shared brake 1MiB",
        "memory-shared brake 0KiB",
        "memory-on-demand brake 1MiB",
        "memory-on-demand brake 0KiB",
        "memory-claimed brake 1MiB",
        "memory-claimed brake 0KiB",
        "memory-shared P NMiB",
        "memory-paged P NMiB",
        "memory-claimed P 0KiB",
        "memory-on-demand P NMiB",
        "policy member P rt",
        "policy no-devices P",
        "policy device P vif 0 dom0 2s 3",
        "policy facts 500ms 2s",
        "policy host pcpus N",
    };

    return commands[number % (sizeof(commands) / sizeof(commands[0]))];
}

void property_declare_host(struct xhm_sim_runner *runner, uint64_t seed) {
    static const char *const declarations[] = {
        "policy facts 500ms 2s",
        "policy pool rt rtds 1",
        "policy pool mid credit2 2",
        "policy pool ui arinc653 3 major 10ms",
        "policy frame ui infotainment 0 5ms",
        "policy frame ui idle 0 5ms",
        "policy member brake rt",
        "policy member fusion mid",
        "policy member infotainment ui",
        "policy rtds brake 0 10ms 4ms",
        "policy credit2 fusion 128 0",
        "policy whole-core brake",
        "policy whole-core fusion",
        "policy brake clear_slack 0KiB",
        "policy brake slack 0KiB",
        "policy up-front brake",
        "policy device brake vif 0 infotainment 2s 3",
        "policy device infotainment vif 0 dom0 2s 3",
        "policy assigned fusion 24",
        "policy assigned infotainment",
        "policy cache brake 15 exclusive 50",
        "policy cache infotainment 240 shared",
        "policy host version 4 17",
        "policy host option sched=credit2",
        "policy host forbid iommu=off",
        "policy host capabilities 7",
        "policy host pcpus 4",
        "policy host free 512MiB",
        "policy host no-claims",
        "policy host service xenstored",
    };

    for (size_t i = 0; seed % 4 == 3 && i < sizeof(declarations) / sizeof(declarations[0]); i++) {
        property_command(runner, declarations[i]);
    }
}

static enum xhm_availability any_availability(uint64_t *random) {
    return (enum xhm_availability)property_draw(random, XHM_FACTS_NOT_AVAILABLE + 1);
}

static void tamper_with_domain_facts(struct xhm_domain_facts *facts, uint64_t *random) {
    facts->uuid.bytes[0] ^= property_draw(random, 4) == 0;
    facts->pod = any_availability(random);
    facts->devices = any_availability(random);
    facts->device_count = property_draw(random, XHM_MAX_DEVICES + 1);
    facts->more_devices = property_draw(random, 4) == 0;
    facts->device[0].backend_domid = (uint16_t)property_draw(random, 12);
    facts->device[0].counters = any_availability(random);
    facts->device[0].errors = property_draw(random, UINT32_MAX);
    facts->assigned = any_availability(random);
    facts->assigned_count = property_draw(random, XHM_MAX_ASSIGNED + 1);
    facts->cache = any_availability(random);
    facts->l3_mask[property_draw(random, 2)] = property_draw(random, 65536);
    facts->bandwidth = any_availability(random);
}

void property_tamper_with_facts(struct xhm_sim_runner *runner) {
    uint64_t *random = &runner->random;
    struct xhm_facts *facts = &runner->ecu.host.told;

    runner->observation.facts = facts;
    facts->number = property_draw(random, 3) == 0 ? property_draw(random, 5) : ++runner->ecu.host.number;
    facts->gathered_ns =
        runner->observation.now_ns - property_draw(random, 4) * XHM_SIM_S + property_draw(random, 2) * XHM_SIM_S;
    facts->domain_count = property_draw(random, XHM_MAX_FACT_DOMAINS + 1);
    tamper_with_domain_facts(&facts->domain[property_draw(random, 4)], random);
    facts->topology.pcpu_count = property_draw(random, XHM_MAX_PCPUS + 1);
    facts->cpupools.count = property_draw(random, XHM_MAX_CPUPOOLS + 1);
    facts->cpupools.more = property_draw(random, 2) == 0;
    facts->cpupools.pools[property_draw(random, 2)].id = property_draw(random, 3);
    facts->cpupools.pools[property_draw(random, 2)].scheduler = (enum xhm_scheduler)property_draw(random, 12);
    facts->cpupools.pools[1].frame_count = property_draw(random, 40);
    facts->services.count = property_draw(random, XHM_MAX_SERVICES + 1);
}
