#include "debounce.h"

enum xhm_measured debounce_measure(uint64_t value, uint64_t raise, uint64_t clear) {
    if (value > raise) {
        return XHM_MEASURED_FAILED;
    }
    return value <= clear ? XHM_MEASURED_PASSED : XHM_MEASURED_BETWEEN;
}

static int32_t up(int32_t counter, uint32_t step) {
    return (int64_t)counter + step < XHM_DEBOUNCE_FAILED ? counter + (int32_t)step : XHM_DEBOUNCE_FAILED;
}

static int32_t down(int32_t counter, uint32_t step) {
    return (int64_t)counter - step > XHM_DEBOUNCE_PASSED ? counter - (int32_t)step : XHM_DEBOUNCE_PASSED;
}

int32_t debounce_step(const struct xhm_debounce_policy *policy, enum xhm_measured measured, int32_t *counter) {
    if (measured == XHM_MEASURED_FAILED) {
        *counter = up(*counter, policy->up_step);
    } else if (measured == XHM_MEASURED_PASSED) {
        *counter = down(*counter, policy->down_step);
    }
    return *counter;
}
