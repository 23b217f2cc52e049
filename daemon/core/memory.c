#include "conformance_parts.h"
#include "debounce.h"

/* Distance from the declared size, whichever way. */
static uint64_t deviation(uint64_t size_kib, uint64_t declared_kib) {
    return size_kib > declared_kib ? size_kib - declared_kib : declared_kib - size_kib;
}

/* The fault is debounced, and the verdict says what the fault says. */
static void tell(const struct xhm_step *step, uint32_t partition, enum xhm_partition_check check, int32_t counter,
                 struct xhm_fault_details details) {
    const enum xhm_fault fault = conformance_partition_fault(check);

    fault_state_debounced(step, partition, fault, XHM_SCOPE_WHOLE, counter, details);
    conformance_tell_partition(
        step, partition, check, XHM_SCOPE_WHOLE,
        conformance_judge(true, XHM_FACTS_KNOWN, step_state(step, partition)->fault_scopes[fault] != 0), details);
}

static void check_size(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_memory_policy *policy = &step_policy(step, partition)->memory;
    struct xhm_partition_state *state = step_state(step, partition);
    const struct xhm_fault_details details = {{state->domain.memory_kib, policy->size_kib}};
    const enum xhm_measured measured = debounce_measure(deviation(state->domain.memory_kib, policy->size_kib),
                                                        policy->slack_kib, policy->clear_slack_kib);

    debounce_step(&policy->debounce, measured, &state->measures.memory_size_counter);
    tell(step, partition, XHM_CHECK_MEMORY_SIZE, state->measures.memory_size_counter, details);
}

static void check_limit(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_memory_policy *policy = &step_policy(step, partition)->memory;
    struct xhm_partition_state *state = step_state(step, partition);
    const uint64_t most_kib = policy->size_kib + XHM_TOOLSTACK_MEMORY_KIB;
    const struct xhm_fault_details details = {{state->domain.memory_limit_kib, policy->size_kib}};
    const enum xhm_measured measured = debounce_measure(state->domain.memory_limit_kib, most_kib + policy->slack_kib,
                                                        most_kib + policy->clear_slack_kib);

    debounce_step(&policy->debounce, measured, &state->measures.memory_limit_counter);
    tell(step, partition, XHM_CHECK_MEMORY_LIMIT, state->measures.memory_limit_counter, details);
}

static void tell_unknown(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_fault_details none = {{0, 0}};

    conformance_tell_partition(step, partition, XHM_CHECK_MEMORY_SIZE, XHM_SCOPE_WHOLE, XHM_VERDICT_UNKNOWN, none);
    conformance_tell_partition(step, partition, XHM_CHECK_MEMORY_LIMIT, XHM_SCOPE_WHOLE, XHM_VERDICT_UNKNOWN, none);
}

void memory_step(const struct xhm_step *step) {
    if (step->observation->domains_sight != XHM_SIGHT_KNOWN) {
        return;
    }
    for (uint32_t partition = 0; partition < step->core->policy->partition_count; partition++) {
        if (step_policy(step, partition)->memory.size_kib == 0) {
            continue;
        }
        if (conformance_is_judged(step, partition)) {
            check_size(step, partition);
            check_limit(step, partition);
        } else {
            tell_unknown(step, partition);
        }
    }
}
