// SPDX-License-Identifier: Apache-2.0
#include "sim_command.h"

#include "sim_policy.h"

#include <stdlib.h>
#include <string.h>

static const char no_domain[] = "no such domain";
static const char no_room[] = "no room for another domain";

/* The domid after the word `domid`, or 0. */
static uint16_t domid_word(const struct xhm_sim_call *call) {
    for (unsigned i = 1; i + 1 < call->word_count; i++) {
        if (strcmp(call->words[i], "domid") == 0) {
            return (uint16_t)strtoul(call->words[i + 1], NULL, 10);
        }
    }
    return 0;
}

/* start P [domid N] [building DURATION] */
const char *command_start(const struct xhm_sim_call *call) {
    const uint32_t partition = command_partition(call);
    uint64_t build_ns = 0;

    if (partition == XHM_NONE) {
        return "no such partition";
    }
    for (unsigned i = 2; i + 1 < call->word_count; i++) {
        if (strcmp(call->words[i], "building") == 0 && !trace_duration(call->words[i + 1], &build_ns)) {
            return "needs a duration";
        }
    }
    return ecu_start(&call->runner->ecu, partition, domid_word(call), build_ns) != NULL ? NULL : no_room;
}

/* foreign NAME pcpus LIST [domid N] [paused] */
const char *command_foreign(const struct xhm_sim_call *call) {
    struct xhm_sim_domain *domain = ecu_add_domain(&call->runner->ecu, call->words[1], domid_word(call));
    struct xhm_pcpu_set pcpus;

    if (domain == NULL || !sim_policy_pcpus(call->words[3], &pcpus)) {
        return domain == NULL ? no_room : "needs pCPUs";
    }
    guest_pin(domain, 0, &pcpus);
    domain->paused = command_has(call, call->word_count - 1, "paused");
    return NULL;
}

static struct xhm_sim_domain *add_with_uuid_of(const struct xhm_sim_call *call) {
    const uint32_t partition = command_partition(call);
    struct xhm_sim_domain *domain = ecu_add_domain(&call->runner->ecu, call->words[2], domid_word(call));

    if (partition == XHM_NONE || domain == NULL) {
        return NULL;
    }
    domain->uuid = call->runner->ecu.policy->partitions[partition].identity.uuid;
    return domain;
}

/* twin P NAME [domid N]: a second live domain with the partition's identity */
const char *command_twin(const struct xhm_sim_call *call) {
    return add_with_uuid_of(call) != NULL ? NULL : no_room;
}

/* shadow P NAME [domid N] [shutdown]: a dying (or only shut down) domain with the partition's identity */
const char *command_shadow(const struct xhm_sim_call *call) {
    struct xhm_sim_domain *domain = add_with_uuid_of(call);

    if (domain == NULL) {
        return no_room;
    }
    domain->shutdown = true;
    domain->reason = XHM_SHUTDOWN_CRASH;
    domain->dying = !command_has(call, call->word_count - 1, "shutdown");
    return NULL;
}

static bool find_reason(const char *word, uint8_t *reason) {
    static const char *const names[] = {
        [XHM_SHUTDOWN_POWEROFF] = "poweroff", [XHM_SHUTDOWN_REBOOT] = "reboot",     [XHM_SHUTDOWN_SUSPEND] = "suspend",
        [XHM_SHUTDOWN_CRASH] = "crash",       [XHM_SHUTDOWN_WATCHDOG] = "watchdog",
    };

    for (uint8_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], word) == 0) {
            *reason = i;
            return true;
        }
    }
    return false;
}

/* crash|poweroff|reboot|suspend|watchdog D */
const char *command_shut_down(const struct xhm_sim_call *call) {
    struct xhm_sim_domain *domain = command_domain(call);
    uint8_t reason = 0;

    if (domain == NULL || !find_reason(call->words[0], &reason)) {
        return no_domain;
    }
    guest_shut_down(domain, reason);
    return NULL;
}

/* prelatch D REASON: whatever shuts it down later, this reason will show */
const char *command_prelatch(const struct xhm_sim_call *call) {
    struct xhm_sim_domain *domain = command_domain(call);

    if (domain == NULL || !find_reason(call->words[2], &domain->reason)) {
        return no_domain;
    }
    domain->prelatched = true;
    return NULL;
}

const char *command_destroy(const struct xhm_sim_call *call) {
    struct xhm_sim_domain *domain = command_domain(call);

    if (domain == NULL) {
        return no_domain;
    }
    ecu_destroy(&call->runner->ecu, domain);
    return NULL;
}

/* pause|unpause D */
const char *command_pause(const struct xhm_sim_call *call) {
    struct xhm_sim_domain *domain = command_domain(call);

    if (domain == NULL) {
        return no_domain;
    }
    domain->paused = command_has(call, 0, "pause");
    return NULL;
}

/* steal-pause D: somebody takes back the pauses that the supervisor made */
const char *command_steal_pause(const struct xhm_sim_call *call) {
    struct xhm_sim_domain *domain = command_domain(call);

    if (domain == NULL) {
        return no_domain;
    }
    domain->supervisor_pauses = 0;
    return NULL;
}

/* stubborn D: a remote shutdown, or a pause, has no effect */
const char *command_stubborn(const struct xhm_sim_call *call) {
    struct xhm_sim_domain *domain = command_domain(call);

    if (domain == NULL) {
        return no_domain;
    }
    domain->stubborn = true;
    return NULL;
}

/* blind D yes|no: look-ups of its vCPUs stay unanswered */
const char *command_blind(const struct xhm_sim_call *call) {
    struct xhm_sim_domain *domain = command_domain(call);

    if (domain == NULL) {
        return no_domain;
    }
    domain->blind = command_has(call, 2, "yes");
    return NULL;
}

static struct xhm_sim_vcpu *vcpu_of(const struct xhm_sim_call *call, uint32_t *index) {
    struct xhm_sim_domain *domain = command_domain(call);
    uint64_t vcpu;

    if (domain == NULL || !trace_number(call->words[2], &vcpu) || vcpu >= XHM_MAX_VCPUS) {
        return NULL;
    }
    *index = (uint32_t)vcpu;
    return &domain->vcpus[vcpu];
}

/* pin D VCPU PCPUS */
const char *command_pin(const struct xhm_sim_call *call) {
    struct xhm_pcpu_set pcpus;
    uint32_t vcpu;

    if (vcpu_of(call, &vcpu) == NULL || !sim_policy_pcpus(call->words[3], &pcpus)) {
        return "needs a domain, a vCPU and pCPUs";
    }
    guest_pin(command_domain(call), vcpu, &pcpus);
    return NULL;
}

/* place D VCPU PCPU: where it runs, whatever its affinity says */
const char *command_place(const struct xhm_sim_call *call) {
    uint32_t index;
    struct xhm_sim_vcpu *vcpu = vcpu_of(call, &index);
    uint64_t pcpu;

    if (vcpu == NULL || !trace_number(call->words[3], &pcpu)) {
        return "needs a domain, a vCPU and a pCPU";
    }
    vcpu->pcpu = (uint32_t)pcpu;
    return NULL;
}

/* online|offline D VCPU */
const char *command_online(const struct xhm_sim_call *call) {
    uint32_t index;
    struct xhm_sim_vcpu *vcpu = vcpu_of(call, &index);

    if (vcpu == NULL) {
        return "needs a domain and a vCPU";
    }
    vcpu->online = command_has(call, 0, "online");
    if (index >= command_domain(call)->vcpu_count) {
        command_domain(call)->vcpu_count = index + 1;
    }
    return NULL;
}

static uint64_t *find_memory(struct xhm_sim_domain *domain, const char *word) {
    const struct {
        const char *name;
        uint64_t *size_kib;
    } kinds[] = {
        {"memory", &domain->memory_kib},          {"memory-limit", &domain->memory_limit_kib},
        {"memory-shared", &domain->shared_kib},   {"memory-paged", &domain->paged_kib},
        {"memory-claimed", &domain->claimed_kib}, {"memory-on-demand", &domain->facts.pod_kib},
    };
    unsigned i = 0;

    while (strcmp(kinds[i].name, word) != 0) {
        i++;
    }
    return kinds[i].size_kib;
}

/* memory|memory-limit|memory-shared|memory-paged|memory-claimed|memory-on-demand D SIZE */
const char *command_memory(const struct xhm_sim_call *call) {
    struct xhm_sim_domain *domain = command_domain(call);
    uint64_t size_kib;

    if (domain == NULL || !trace_size(call->words[2], &size_kib)) {
        return "needs a domain and a size";
    }
    *find_memory(domain, call->words[0]) = size_kib;
    return NULL;
}

/* load D PERCENT: CPU time that it consumes, of one pCPU */
const char *command_load(const struct xhm_sim_call *call) {
    struct xhm_sim_domain *domain = command_domain(call);

    return domain != NULL && trace_number(call->words[2], &domain->load_percent) ? NULL : no_domain;
}

/* guest-clock D runs PERCENT, or guest-clock D ahead|back DURATION */
const char *command_guest_clock(const struct xhm_sim_call *call) {
    struct xhm_sim_domain *domain = command_domain(call);
    const uint64_t now_ns = call->runner->ecu.now_ns;
    uint64_t value;

    if (domain == NULL) {
        return no_domain;
    }
    if (command_has(call, 2, "runs")) {
        if (!trace_number(call->words[3], &value)) {
            return "needs a rate in percent";
        }
        guest_set_clock(domain, now_ns, guest_time(domain, now_ns), value);
        return NULL;
    }
    if (!trace_duration(call->words[3], &value)) {
        return "needs a duration";
    }
    guest_set_clock(domain, now_ns, guest_time(domain, now_ns) + (command_has(call, 2, "back") ? -value : value),
                    domain->clock_percent);
    return NULL;
}
