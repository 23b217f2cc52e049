#include "guest_clock.h"

static void begin_window(struct xhm_guest_clock_state *state, const struct xhm_guest_clock_reading *reading) {
    state->based = true;
    state->guest_ns = reading->guest_ns;
    state->earliest_ns = state->read_ns;
    state->latest_ns = reading->now_ns + reading->lateness_ns;
}

/* Percentages are taken of whole hundreds, rounded in the guest's favour: no product can overflow. */
static bool is_plausible(const struct xhm_clock_policy *policy, const struct xhm_guest_clock_state *state,
                         const struct xhm_guest_clock_reading *reading) {
    const uint64_t longest_ns = reading->now_ns + reading->lateness_ns - state->earliest_ns;
    const uint64_t shortest_ns = state->read_ns > state->latest_ns ? state->read_ns - state->latest_ns : 0;
    const uint64_t guest_ns = reading->guest_ns - state->guest_ns;

    return reading->guest_ns >= state->guest_ns && guest_ns >= shortest_ns / 100 * (100 - policy->tolerance_percent) &&
           guest_ns <= (longest_ns / 100 + 1) * (100 + policy->tolerance_percent);
}

static struct xhm_guest_clock_finding judge_write(const struct xhm_clock_policy *policy,
                                                  struct xhm_guest_clock_state *state,
                                                  const struct xhm_guest_clock_reading *reading) {
    struct xhm_guest_clock_finding finding = {.guest_ns = reading->guest_ns - state->guest_ns,
                                              .supervised_ns = reading->now_ns - state->latest_ns};

    if (state->based && reading->now_ns < state->latest_ns + policy->window_ns) {
        return finding;
    }
    if (state->based) {
        finding.verdict = is_plausible(policy, state, reading) ? XHM_GUEST_CLOCK_GOOD : XHM_GUEST_CLOCK_BAD;
    }
    begin_window(state, reading);
    return finding;
}

struct xhm_guest_clock_finding guest_clock_read(const struct xhm_clock_policy *policy,
                                                struct xhm_guest_clock_state *state,
                                                const struct xhm_guest_clock_reading *reading) {
    struct xhm_guest_clock_finding finding = {XHM_GUEST_CLOCK_OPEN, 0, 0};

    if (state->read && reading->written) {
        finding = judge_write(policy, state, reading);
    }
    state->read = true;
    state->read_ns = reading->now_ns;
    return finding;
}
