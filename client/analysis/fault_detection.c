// SPDX-License-Identifier: Apache-2.0
/* FDTI: one sum for each way of detection. docs/timing.md derives them in the same order. */
#include "host_detection.h"

static void add_reference_cycles(const struct subject *subject, struct xhm_timing_sum *sum) {
    const struct xhm_alive_policy *alive = &subject->entity->alive;

    timing_sum_add(sum, "reference cycles: the running one, failed_tolerance, and one more", subject->owner,
                   "alive.reference_cycle", (uint64_t)alive->failed_tolerance + 2, alive->reference_cycle_ns);
}

static bool of_silence(const struct subject *subject, struct xhm_timing_sum *sum) {
    if (subject->entity->alive.reference_cycle_ns == 0) {
        return false;
    }
    add_reference_cycles(subject, sum);
    add_step(sum, subject, (struct lateness){1, (uint64_t)subject->entity->alive.failed_tolerance + 2});
    return true;
}

static bool of_rate(const struct subject *subject, struct xhm_timing_sum *sum) {
    if (subject->entity->alive.reference_cycle_ns == 0) {
        return false;
    }
    add_reference_cycles(subject, sum);
    add_mid_write(sum, subject);
    add_step(sum, subject, (struct lateness){1, (uint64_t)subject->entity->alive.failed_tolerance + 3});
    return true;
}

/* The keys of an entity's deadlines, by index: the terms point at them. */
static const char *const deadline_keys[XHM_MAX_DEADLINES] = {"deadlines[0].max", "deadlines[1].max", "deadlines[2].max",
                                                             "deadlines[3].max"};

static bool of_deadline_late(const struct subject *subject, struct xhm_timing_sum *sum) {
    const struct xhm_entity_policy *entity = subject->entity;
    uint32_t longest = 0;

    if (entity->deadline_count == 0) {
        return false;
    }
    for (uint32_t i = 1; i < entity->deadline_count; i++) {
        longest = entity->deadlines[i].max_ns > entity->deadlines[longest].max_ns ? i : longest;
    }
    add_cycles(sum, subject, "until the start checkpoint is seen");
    add_mid_write(sum, subject);
    timing_sum_add(sum, "the deadline", subject->owner, deadline_keys[longest], 1, entity->deadlines[longest].max_ns);
    add_cycles(sum, subject, "until the first step after it");
    add_step(sum, subject, (struct lateness){2, 3});
    return true;
}

/* What a sound reading of the slot tells at once. */
static void add_reading(const struct subject *subject, struct xhm_timing_sum *sum) {
    add_wait_for_step(sum, subject);
    add_mid_write(sum, subject);
    add_step(sum, subject, (struct lateness){1, 2});
}

static bool of_deadline_early(const struct subject *subject, struct xhm_timing_sum *sum) {
    for (uint32_t i = 0; i < subject->entity->deadline_count; i++) {
        if (subject->entity->deadlines[i].min_ns != 0) {
            add_reading(subject, sum);
            return true;
        }
    }
    return false;
}

static bool of_logical(const struct subject *subject, struct xhm_timing_sum *sum) {
    add_reading(subject, sum);
    return subject->entity->logical.initial_count != 0;
}

static bool of_checkpoints_lost(const struct subject *subject, struct xhm_timing_sum *sum) {
    add_reading(subject, sum);
    return subject->entity->deadline_count != 0 || subject->entity->logical.initial_count != 0;
}

static bool of_deadline_misses(const struct subject *subject, struct xhm_timing_sum *sum) {
    add_reading(subject, sum);
    return subject->entity->deadline_miss.window_ns != 0;
}

static bool of_latency_budget(const struct subject *subject, struct xhm_timing_sum *sum) {
    add_reading(subject, sum);
    return subject->entity->latency_budget.worst_ns != 0 || subject->entity->latency_budget.late_ns != 0;
}

static bool of_page(const struct subject *subject, struct xhm_timing_sum *sum) {
    add_wait_for_step(sum, subject);
    add_step(sum, subject, (struct lateness){1, 1});
    return subject->partition->page_count != 0;
}

static bool of_stuck_write(const struct subject *subject, struct xhm_timing_sum *sum) {
    add_cycles(sum, subject, "until it is first found mid-write");
    timing_sum_add(sum, "a write may take so long", timing_supervisor, "probe_busy_tolerance", 1,
                   subject->supervisor->probe_busy_tolerance_ns);
    add_cycles(sum, subject, "until the first step after it");
    add_step(sum, subject, (struct lateness){2, 2});
    return subject->partition->page_count != 0;
}

/* Activations of an entity come at worst as seldom as its alive supervision accepts. @return 0 without one */
static uint64_t activation_ns(const struct subject *subject, struct xhm_timing_sum *sum) {
    const struct xhm_alive_policy *alive = &subject->entity->alive;

    if (alive->reference_cycle_ns == 0) {
        timing_sum_unbounded(sum, "how often the entity writes is bounded by alive supervision only");
        return 0;
    }
    return timing_divide_up(alive->reference_cycle_ns, alive->expected - alive->min_margin);
}

static uint64_t and_percent(uint64_t ns, uint32_t percent) {
    return timing_add(ns, timing_divide_up(timing_multiply(ns, percent), 100));
}

/* In the running window the clock can still advance by what the tolerance asks for; the next one is whole. Both end
   with a write that is seen, and of the first and last write only between which steps they came is known. */
static bool of_clock(const struct subject *subject, struct xhm_timing_sum *sum) {
    const struct xhm_clock_policy *clock = &subject->entity->clock;
    const uint64_t cycle_ns = subject->supervisor->cycle_ns;
    const uint64_t period_ns = activation_ns(subject, sum);

    timing_sum_add(sum, "a window, and its tolerance in the running one", subject->owner, "clock.window", 1,
                   and_percent(clock->window_ns, clock->tolerance_percent));
    timing_sum_add(sum, "until something is written, with the same tolerance", subject->owner, "alive.reference_cycle",
                   period_ns > cycle_ns, and_percent(period_ns, clock->tolerance_percent));
    timing_sum_add(sum, "until a write is seen, and what is unknown of the moments of two", timing_supervisor, "cycle",
                   3, cycle_ns);
    add_mid_write(sum, subject);
    add_step(sum, subject, (struct lateness){6, 7});
    return clock->window_ns != 0;
}

/* One reading an activation, and at most one a cycle. */
static bool of_latency(const struct subject *subject, struct xhm_timing_sum *sum) {
    const struct xhm_latency_policy *latency = &subject->entity->latency;
    const uint64_t period_ns = activation_ns(subject, sum);
    const uint64_t readings = debounce_readings(&latency->debounce, sum);

    if (period_ns > subject->supervisor->cycle_ns) {
        timing_sum_add(sum, "debounce: one reading an activation, as seldom as alive supervision accepts",
                       subject->owner, "latency.debounce", readings, period_ns);
    } else {
        timing_sum_add(sum, "debounce: one reading a cycle", subject->owner, "latency.debounce", readings,
                       subject->supervisor->cycle_ns);
    }
    add_wait_for_step(sum, subject);
    add_mid_write(sum, subject);
    add_step(sum, subject, (struct lateness){1, readings + 2});
    return latency->raise_ns != 0;
}

/** One way of detection. */
struct detection {
    struct xhm_detection_info info;
    bool of_each_entity;
    bool (*add)(const struct subject *subject, struct xhm_timing_sum *sum);
};

static const struct detection detections[XHM_DETECTION_COUNT] = {
    [XHM_DETECTION_INSTANCE] = {{"instance", "crash, stop, disappearance, pause", XHM_CLASS_PRESENCE},
                                false,
                                detection_of_instance},
    [XHM_DETECTION_SILENCE] = {{"silence", "an entity reports no more", XHM_CLASS_ENTITY}, true, of_silence},
    [XHM_DETECTION_RATE] = {{"rate", "an entity reports too seldom or too often", XHM_CLASS_ENTITY}, true, of_rate},
    [XHM_DETECTION_DEADLINE_LATE] = {{"deadline-late", "an end checkpoint comes late, or never", XHM_CLASS_ENTITY},
                                     true,
                                     of_deadline_late},
    [XHM_DETECTION_DEADLINE_EARLY] = {{"deadline-early", "an end checkpoint comes too early", XHM_CLASS_ENTITY},
                                      true,
                                      of_deadline_early},
    [XHM_DETECTION_LOGICAL] = {{"logical", "checkpoints in an undeclared order", XHM_CLASS_ENTITY}, true, of_logical},
    [XHM_DETECTION_PAGE] = {{"page", "probe page missing, damaged, foreign or begun anew", XHM_CLASS_PROBE},
                            false,
                            of_page},
    [XHM_DETECTION_STUCK] = {{"stuck", "a write that is never completed", XHM_CLASS_PROBE}, false, of_stuck_write},
    [XHM_DETECTION_CHECKPOINTS_LOST] = {{"checkpoints-lost", "the ring of checkpoints overflowed", XHM_CLASS_PROBE},
                                        true,
                                        of_checkpoints_lost},
    [XHM_DETECTION_CLOCK] = {{"clock", "the guest's clock stands still", XHM_CLASS_PROBE}, true, of_clock},
    [XHM_DETECTION_DEADLINE_MISSES] = {{"deadline-misses", "the miss that is one too many", XHM_CLASS_DEADLINE},
                                       true,
                                       of_deadline_misses},
    [XHM_DETECTION_LATENCY] = {{"latency", "wake-up latency above its threshold", XHM_CLASS_DEADLINE},
                               true,
                               of_latency},
    [XHM_DETECTION_LATENCY_BUDGET] = {{"latency-budget", "the activation that exceeds the budget", XHM_CLASS_DEADLINE},
                                      true,
                                      of_latency_budget},
    [XHM_DETECTION_VCPU_COUNT] = {{"vcpu-count", "vCPUs taken off or put on line", XHM_CLASS_PLACEMENT},
                                  false,
                                  detection_of_vcpu_count},
    [XHM_DETECTION_VCPU_MOVED] = {{"vcpu-moved", "a vCPU's affinity or place changed", XHM_CLASS_PLACEMENT},
                                  false,
                                  detection_of_vcpu_moved},
    [XHM_DETECTION_PCPU_SHARED] = {{"pcpu-shared", "another domain on an exclusive pCPU", XHM_CLASS_PLACEMENT},
                                   false,
                                   detection_of_pcpu_shared},
    [XHM_DETECTION_CPUPOOL] = {{"cpupool", "the partition is in another cpupool", XHM_CLASS_PLACEMENT},
                               false,
                               detection_of_cpupool},
    [XHM_DETECTION_SHARE] = {{"share", "parameters of its scheduler changed", XHM_CLASS_PLACEMENT},
                             false,
                             detection_of_share},
    [XHM_DETECTION_CACHE] = {{"cache", "its share of cache or memory bandwidth changed", XHM_CLASS_PLACEMENT},
                             false,
                             detection_of_cache},
    [XHM_DETECTION_UP_FRONT] = {{"up-front", "memory that is not there from the beginning", XHM_CLASS_MEMORY},
                                false,
                                detection_of_up_front},
    [XHM_DETECTION_DEVICE] = {{"device", "a device that is not as declared", XHM_CLASS_DEVICE},
                              false,
                              detection_of_device},
    [XHM_DETECTION_MEMORY] = {{"memory", "memory outside its declared size", XHM_CLASS_MEMORY},
                              false,
                              detection_of_memory},
    [XHM_DETECTION_LOAD] = {{"load", "more CPU time than declared", XHM_CLASS_LOAD}, false, detection_of_load},
};

const struct xhm_detection_info *timing_detection_info(enum xhm_detection detection) {
    return &detections[detection].info;
}

static bool take_if_longer(enum xhm_detection detection, const struct subject *subject, bool declared,
                           struct xhm_timing_sum *longest) {
    struct xhm_timing_sum sum;

    timing_sum_begin(&sum);
    if (!detections[detection].add(subject, &sum)) {
        return declared;
    }
    if (!declared || timing_sum_is_longer(&sum, longest)) {
        *longest = sum;
    }
    return true;
}

bool timing_detection(const struct xhm_policy *policy, uint32_t partition, enum xhm_detection detection,
                      struct xhm_timing_sum *sum) {
    struct subject subject = {
        policy, &policy->supervisor, &policy->partitions[partition], NULL, {partition, XHM_TIMING_NOWHERE}};
    bool declared = false;

    timing_sum_begin(sum);
    if (subject.partition->supervision_off) {
        return false;
    }
    if (!detections[detection].of_each_entity) {
        return take_if_longer(detection, &subject, false, sum);
    }
    for (uint32_t entity = 0; entity < subject.partition->entity_count; entity++) {
        subject.entity = &subject.partition->entities[entity];
        subject.owner.entity = entity;
        declared = take_if_longer(detection, &subject, declared, sum);
    }
    return declared;
}
