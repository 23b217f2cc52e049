#include "alive.h"

enum xhm_alive_verdict alive_judge(const struct xhm_alive_policy *policy, uint64_t indications, uint64_t elapsed_ns) {
    const uint64_t reference_ns = policy->reference_cycle_ns;
    const uint64_t product = (uint64_t)policy->expected * elapsed_ns;
    const uint64_t least_expected = product / reference_ns;
    const uint64_t most_expected = (product + reference_ns - 1) / reference_ns;
    const uint64_t least = least_expected > policy->min_margin ? least_expected - policy->min_margin : 0;

    if (indications < least || (indications == 0 && elapsed_ns >= reference_ns / 2)) {
        return XHM_ALIVE_LOW;
    }
    if (indications > most_expected + policy->max_margin) {
        return XHM_ALIVE_HIGH;
    }
    return XHM_ALIVE_GOOD;
}

static enum xhm_status after_bad_cycle(uint32_t failed_tolerance, bool excused, uint32_t *failed_cycles) {
    if (*failed_cycles < failed_tolerance || !excused) {
        (*failed_cycles)++;
    }
    return *failed_cycles > failed_tolerance ? XHM_STATUS_EXPIRED : XHM_STATUS_FAILED;
}

static enum xhm_status after_good_cycle(uint32_t *failed_cycles) {
    if (*failed_cycles > 0) {
        (*failed_cycles)--;
    }
    return *failed_cycles == 0 ? XHM_STATUS_OK : XHM_STATUS_FAILED;
}

enum xhm_status alive_next_status(enum xhm_status status, enum xhm_alive_verdict verdict, uint32_t failed_tolerance,
                                  bool excused, uint32_t *failed_cycles) {
    if (status == XHM_STATUS_EXPIRED) {
        return XHM_STATUS_EXPIRED;
    }
    if (verdict == XHM_ALIVE_GOOD) {
        return after_good_cycle(failed_cycles);
    }
    return after_bad_cycle(failed_tolerance, excused, failed_cycles);
}
