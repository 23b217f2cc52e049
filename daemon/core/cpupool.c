// SPDX-License-Identifier: Apache-2.0
#include "conformance_parts.h"
#include <string.h>

static const struct xhm_uuid idle;

/** A declared cpupool, and what is told of it. */
struct subject {
    const struct xhm_step *step;
    uint32_t cpupool;
    const struct xhm_cpupool_policy *policy;
    const struct xhm_cpupool_facts *is; /**< NULL: there is none of that name */
};

/* A cpupool that is not among those that fit may exist all the same. */
static enum xhm_availability existence(const struct xhm_step *step, const struct xhm_cpupool_facts *is) {
    const struct xhm_cpupools_facts *all = &step->observation->facts->cpupools;

    return all->availability == XHM_FACTS_KNOWN && is == NULL && all->more ? XHM_FACTS_UNKNOWN : all->availability;
}

static void tell(const struct subject *subject, enum xhm_platform_check check, enum xhm_verdict verdict,
                 uint64_t value) {
    const struct xhm_fault_details details = {{subject->cpupool, value}};

    if ((conformance_declared_of_host(subject->step->core->policy, check) >> subject->cpupool & 1u) != 0) {
        conformance_tell_platform(subject->step, check, subject->cpupool, verdict, details);
    }
}

/* The handle by which the schedule must name the partition; NULL while that is not known. */
static const struct xhm_uuid *handle_of(const struct xhm_step *step, uint32_t partition_number) {
    if (partition_number == 0) {
        return &idle;
    }
    const struct xhm_identity *identity = &step_policy(step, partition_number - 1)->identity;
    const struct xhm_partition_state *state = step_state(step, partition_number - 1);
    if (identity->kind == XHM_IDENTITY_UUID) {
        return &identity->uuid;
    }
    return state->instance_known ? &state->uuid : NULL;
}

/* Which vCPU it would be is no matter where nobody runs. */
static bool same_frame(const struct xhm_step *step, const struct xhm_frame_policy *declared,
                       const struct xhm_frame_facts *is) {
    return memcmp(handle_of(step, declared->partition_number), &is->uuid, sizeof(is->uuid)) == 0 &&
           is->duration_ns == declared->duration_ns && (declared->partition_number == 0 || is->vcpu == declared->vcpu);
}

static uint32_t first_differing_frame(const struct subject *subject) {
    const struct xhm_cpupool_policy *policy = subject->policy;
    uint32_t i = 0;

    while (i < policy->frame_count && i < subject->is->frame_count &&
           same_frame(subject->step, &policy->frames[i], &subject->is->frames[i])) {
        i++;
    }
    return i;
}

static bool are_handles_known(const struct subject *subject) {
    for (uint32_t i = 0; i < subject->policy->frame_count; i++) {
        if (handle_of(subject->step, subject->policy->frames[i].partition_number) == NULL) {
            return false;
        }
    }
    return true;
}

/* Under another scheduler the declared schedule does not run. */
static void check_schedule(const struct subject *subject) {
    const struct xhm_cpupool_facts *is = subject->is;
    const struct xhm_cpupool_policy *policy = subject->policy;

    if (is->scheduler != XHM_SCHEDULER_ARINC653) {
        tell(subject, XHM_CHECK_SCHEDULE_FRAMES, XHM_VERDICT_DEVIATES, 0);
    } else if (is->schedule != XHM_FACTS_KNOWN || !are_handles_known(subject)) {
        tell(subject, XHM_CHECK_SCHEDULE_FRAMES, XHM_VERDICT_UNKNOWN, 0);
    } else {
        const uint32_t frame = first_differing_frame(subject);
        const bool same = is->major_frame_ns == policy->major_frame_ns && is->frame_count == policy->frame_count &&
                          frame == policy->frame_count;
        tell(subject, XHM_CHECK_SCHEDULE_FRAMES, same ? XHM_VERDICT_CONFORMS : XHM_VERDICT_DEVIATES, frame);
    }
}

static void check_cpupool(const struct subject *subject) {
    const struct xhm_cpupool_facts *is = subject->is;
    const struct xhm_cpupool_policy *policy = subject->policy;

    tell(subject, XHM_CHECK_CPUPOOL_MISSING, XHM_VERDICT_CONFORMS, 0);
    tell(subject, XHM_CHECK_CPUPOOL_PCPUS,
         conformance_judge(true, XHM_FACTS_KNOWN, !pcpu_set_equals(&is->pcpus, &policy->pcpus)), is->pcpus.words[0]);
    tell(subject, XHM_CHECK_SCHEDULER_KIND,
         conformance_judge(true, XHM_FACTS_KNOWN, is->scheduler != policy->scheduler), is->scheduler);
    check_schedule(subject);
}

/* Of a cpupool that does not exist there is nothing else to know. */
static void check_missing(const struct subject *subject, enum xhm_availability known) {
    tell(subject, XHM_CHECK_CPUPOOL_MISSING, conformance_judge(true, known, true), 0);
    tell(subject, XHM_CHECK_CPUPOOL_PCPUS, XHM_VERDICT_UNKNOWN, 0);
    tell(subject, XHM_CHECK_SCHEDULER_KIND, XHM_VERDICT_UNKNOWN, 0);
    tell(subject, XHM_CHECK_SCHEDULE_FRAMES, XHM_VERDICT_UNKNOWN, 0);
}

void cpupools_take_facts(const struct xhm_step *step) {
    for (uint32_t i = 0; i < step->core->policy->cpupool_count; i++) {
        const struct subject subject = {step, i, &step->core->policy->cpupools[i], facts_declared_cpupool(step, i)};
        if (subject.is != NULL) {
            check_cpupool(&subject);
        } else {
            check_missing(&subject, existence(step, NULL));
        }
    }
}

/* Ids are kept: the domain list, which is read more often than facts come, is compared with them. */
void cpupools_take_ids(const struct xhm_step *step) {
    for (uint32_t i = 0; i < step->core->policy->cpupool_count; i++) {
        const struct xhm_cpupool_facts *is = facts_declared_cpupool(step, i);
        step->core->cpupools[i] =
            (struct xhm_cpupool_state){.known = existence(step, is), .id = is != NULL ? is->id : XHM_NONE};
    }
}

static void check_membership(const struct xhm_step *step, uint32_t partition, uint32_t cpupool) {
    const struct xhm_cpupool_state *declared = &step->core->cpupools[cpupool];
    const uint32_t id = step_state(step, partition)->domain.cpupool_id;
    const struct xhm_fault_details details = {{id, 0}};
    const enum xhm_availability known = conformance_is_judged(step, partition) ? declared->known : XHM_FACTS_UNKNOWN;

    conformance_tell_partition(step, partition, XHM_CHECK_CPUPOOL_MEMBERSHIP, XHM_SCOPE_WHOLE,
                               conformance_judge(true, known, id != declared->id), details);
}

void cpupool_step(const struct xhm_step *step) {
    if (step->observation->domains_sight != XHM_SIGHT_KNOWN) {
        return;
    }
    for (uint32_t partition = 0; partition < step->core->policy->partition_count; partition++) {
        const uint32_t number = step_policy(step, partition)->cpupool_number;
        if (number > 0) {
            check_membership(step, partition, number - 1);
        }
    }
}
