#include "debounce.h"
#include "step.h"

void load_rebaseline(struct xhm_partition_state *state) {
    state->measures.load_based = false;
}

static void set_base(const struct xhm_step *step, struct xhm_partition_state *state) {
    state->measures.load_based = true;
    state->measures.load_base_ns = step->core->supervised_ns;
    state->measures.load_base_cpu_ns = state->domain.cpu_time_ns;
}

/* Supervised time is the measure of a load only where it was read from the clock. */
static bool is_time_measured(const struct xhm_step *step) {
    return !step->overrun && step->core->fault_scopes[XHM_FAULT_CLOCK_FAILED] == 0;
}

static bool is_interval(const struct xhm_step *step, const struct xhm_partition_state *state) {
    const struct xhm_instance_measures *measures = &state->measures;

    return measures->load_based && step->core->supervised_ns > measures->load_base_ns &&
           state->domain.cpu_time_ns >= measures->load_base_cpu_ns;
}

/* No pCPU gives more than a nanosecond a nanosecond; what is more than all of them together is no measurement. */
static uint32_t percent(uint64_t cpu_ns, uint64_t elapsed_ns) {
    const uint64_t most_ns = elapsed_ns * XHM_MAX_PCPUS;

    return (uint32_t)((cpu_ns < most_ns ? cpu_ns : most_ns) * 100 / elapsed_ns);
}

static void judge(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_load_policy *policy = &step_policy(step, partition)->load;
    struct xhm_instance_measures *measures = &step_state(step, partition)->measures;
    const struct xhm_fault_details details = {{measures->load_percent, policy->raise_percent}};
    const enum xhm_measured measured =
        debounce_measure(measures->load_percent, policy->raise_percent, policy->clear_percent);

    if (policy->raise_percent > 0 && conformance_is_judged(step, partition)) {
        fault_state_debounced(step, partition, XHM_FAULT_LOAD_HIGH, XHM_SCOPE_WHOLE,
                              debounce_step(&policy->debounce, measured, &measures->load_counter), details);
    }
}

static void measure(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);
    struct xhm_instance_measures *measures = &state->measures;

    if (is_interval(step, state)) {
        measures->load_known = true;
        measures->load_percent = percent(state->domain.cpu_time_ns - measures->load_base_cpu_ns,
                                         step->core->supervised_ns - measures->load_base_ns);
        judge(step, partition);
    }
    set_base(step, state);
}

void load_step(const struct xhm_step *step) {
    for (uint32_t partition = 0; partition < step->core->policy->partition_count; partition++) {
        struct xhm_partition_state *state = step_state(step, partition);
        if (!is_time_measured(step)) {
            load_rebaseline(state);
        } else if (step->observation->domains_sight == XHM_SIGHT_KNOWN && state->instance_known) {
            measure(step, partition);
        }
    }
}
