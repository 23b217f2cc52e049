// SPDX-License-Identifier: Apache-2.0
#include "timing.h"

#include "timing_sum.h"

#include <stdio.h>
#include <string.h>

const char *timing_class_name(enum xhm_fault_class fault_class) {
    static const char *const names[XHM_CLASS_COUNT] = {
        [XHM_CLASS_PRESENCE] = "presence", [XHM_CLASS_ENTITY] = "entity",       [XHM_CLASS_PROBE] = "probe",
        [XHM_CLASS_DEADLINE] = "deadline", [XHM_CLASS_PLACEMENT] = "placement", [XHM_CLASS_MEMORY] = "memory",
        [XHM_CLASS_LOAD] = "load",         [XHM_CLASS_DEVICE] = "device",
    };
    return names[fault_class];
}

/* A lateness of a cycle or more skips steps, and with them look-ups. */
uint64_t timing_vcpu_capacity(const struct xhm_policy *policy) {
    const struct xhm_supervisor_policy *supervisor = &policy->supervisor;
    const uint64_t lateness_ns = timing_lateness(policy);
    const uint64_t apart_ns = timing_add(supervisor->cycle_ns, lateness_ns >= supervisor->cycle_ns ? lateness_ns : 0);

    return timing_multiply(supervisor->conformance_period_ns / apart_ns, supervisor->conformance_checks_per_cycle);
}

static void find_slowest(const struct xhm_policy *policy, uint32_t partition, enum xhm_fault_class fault_class,
                         struct xhm_timing *timing) {
    for (unsigned i = 0; i < XHM_DETECTION_COUNT; i++) {
        struct xhm_timing_sum sum;
        if (timing_detection_info((enum xhm_detection)i)->fault_class != fault_class ||
            !timing_detection(policy, partition, (enum xhm_detection)i, &sum)) {
            continue;
        }
        if (!timing->supervised || timing_sum_is_longer(&sum, &timing->fdti)) {
            timing->fdti = sum;
            timing->slowest = (enum xhm_detection)i;
        }
        timing->supervised = true;
    }
}

static uint64_t restart_timeout(const struct xhm_partition_policy *partition, enum xhm_fault_class fault_class) {
    const struct xhm_ladder *ladder = &partition->reactions[fault_class];

    for (uint32_t i = 0; i < ladder->count; i++) {
        if (ladder->rungs[i] == XHM_REACTION_RESTART) {
            return partition->restart.timeout_ns;
        }
    }
    return XHM_TIMING_NONE;
}

void timing_compute(const struct xhm_policy *policy, uint32_t partition, enum xhm_fault_class fault_class,
                    struct xhm_timing *timing) {
    memset(timing, 0, sizeof(*timing));
    timing->allocated_ns = policy->partitions[partition].allocated_fhti_ns[fault_class];
    timing->restart_ns = restart_timeout(&policy->partitions[partition], fault_class);
    timing_sum_begin(&timing->fdti);
    timing_sum_unbounded(&timing->fdti, "nothing of this class is supervised");
    find_slowest(policy, partition, fault_class, timing);
    timing_reaction(policy, partition, fault_class, &timing->frti);
    timing->fhti_ns = timing_add(timing->fdti.total_ns, timing->frti.total_ns);
    if (timing->fdti.why_not != NULL || timing->frti.why_not != NULL) {
        timing->fhti_ns = XHM_TIMING_NONE;
    }
    timing->fits = timing->allocated_ns == 0 || timing->fhti_ns < timing->allocated_ns;
}

/* Term i of both sums. */
static const struct xhm_timing_term *term_at(const struct xhm_timing *timing, uint32_t i) {
    return i < timing->fdti.term_count ? &timing->fdti.terms[i] : &timing->frti.terms[i - timing->fdti.term_count];
}

static bool is_same_key(const struct xhm_timing_term *a, const struct xhm_timing_term *b) {
    return a->partition == b->partition && a->entity == b->entity && strcmp(a->key, b->key) == 0;
}

void timing_advise(const struct xhm_timing *timing, struct xhm_timing_advice *advice) {
    const uint32_t count = timing->fdti.term_count + timing->frti.term_count;

    *advice = (struct xhm_timing_advice){.excess_ns = timing->fhti_ns - timing->allocated_ns};
    for (uint32_t i = 0; i < count; i++) {
        const struct xhm_timing_term *term = term_at(timing, i);
        uint64_t adds_ns = 0;
        for (uint32_t j = 0; j < count; j++) {
            const struct xhm_timing_term *other = term_at(timing, j);
            adds_ns += is_same_key(term, other) ? other->ns : 0;
        }
        if (!term->measured && adds_ns > advice->adds_ns) {
            advice->term = term;
            advice->adds_ns = adds_ns;
        }
    }
    advice->enough = advice->adds_ns > advice->excess_ns;
}

void timing_write_key(const struct xhm_timing_term *term, char path[XHM_TIMING_KEY_SIZE]) {
    if (term->partition == XHM_TIMING_NOWHERE) {
        snprintf(path, XHM_TIMING_KEY_SIZE, "supervisor.%s", term->key);
    } else if (term->partition == XHM_TIMING_WHOLE) {
        snprintf(path, XHM_TIMING_KEY_SIZE, "%s", term->key);
    } else if (term->entity == XHM_TIMING_NOWHERE) {
        snprintf(path, XHM_TIMING_KEY_SIZE, "partitions[%u].%s", term->partition, term->key);
    } else {
        snprintf(path, XHM_TIMING_KEY_SIZE, "partitions[%u].entities[%u].%s", term->partition, term->entity, term->key);
    }
}
