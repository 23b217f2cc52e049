// SPDX-License-Identifier: Apache-2.0
#include "conformance_parts.h"

/** The worst that was found. */
struct finding {
    enum xhm_verdict verdict;
    struct xhm_fault_details details;
};

/* What deviates is worst, what is not known comes before what the host has not. */
static unsigned rank(enum xhm_verdict verdict) {
    static const unsigned ranks[XHM_VERDICT_COUNT] = {[XHM_VERDICT_CONFORMS] = 1,
                                                      [XHM_VERDICT_NOT_AVAILABLE] = 2,
                                                      [XHM_VERDICT_UNKNOWN] = 3,
                                                      [XHM_VERDICT_DEVIATES] = 4};
    return ranks[verdict];
}

static void note(struct finding *finding, enum xhm_verdict verdict, const struct xhm_domain_facts *facts) {
    if (rank(verdict) > rank(finding->verdict)) {
        finding->verdict = verdict;
        finding->details = (struct xhm_fault_details){{facts->l3_mask[0], facts->bandwidth_percent}};
    }
}

static const struct xhm_domain_facts *find(const struct xhm_step *step, uint16_t domid) {
    const struct xhm_facts *facts = step->observation->facts;

    for (uint32_t i = 0; i < facts->domain_count; i++) {
        if (facts->domain[i].domid == domid) {
            return &facts->domain[i];
        }
    }
    return NULL;
}

/* Of every domain that can run it must be known that it stays away. */
static void check_exclusivity(const struct xhm_step *step, uint32_t partition, uint64_t mask, struct finding *finding) {
    static const struct xhm_domain_facts nobody;

    for (uint32_t i = 0; i < step->core->roll.count; i++) {
        const uint16_t domid = step->core->roll.domains[i].domid;
        const struct xhm_domain_facts *other = find(step, domid);
        if (domid == step_state(step, partition)->domid) {
            continue;
        }
        if (other == NULL) {
            note(finding, XHM_VERDICT_UNKNOWN, &nobody);
        } else {
            const bool overlaps = ((other->l3_mask[0] | other->l3_mask[1]) & mask) != 0;
            note(finding, conformance_judge(true, other->cache, overlaps), other);
        }
    }
}

void cache_take_facts(const struct xhm_step *step, uint32_t partition, const struct xhm_domain_facts *facts) {
    const struct xhm_cache_policy *policy = &step_policy(step, partition)->cache;
    const bool mask_deviates = facts->l3_mask[0] != policy->l3_mask || facts->l3_mask[1] != policy->l3_mask;
    struct finding finding = {.verdict = XHM_VERDICT_UNDECLARED};

    note(&finding, conformance_judge(policy->l3_mask > 0, facts->cache, mask_deviates), facts);
    note(&finding,
         conformance_judge(policy->bandwidth_percent > 0, facts->bandwidth,
                           facts->bandwidth_percent != policy->bandwidth_percent),
         facts);
    if (policy->exclusive && facts->cache == XHM_FACTS_KNOWN) {
        check_exclusivity(step, partition, policy->l3_mask, &finding);
    }
    conformance_tell_partition(step, partition, XHM_CHECK_CACHE_ALLOCATION, XHM_SCOPE_WHOLE, finding.verdict,
                               finding.details);
}
