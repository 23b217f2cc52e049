/**
 * Debounce: the counter-based algorithm of AUTOSAR Dem, without any state but the counter.
 */
#ifndef XHM_CORE_DEBOUNCE_H
#define XHM_CORE_DEBOUNCE_H

#include "policy.h"

/** Fault detection counter (ISO 14229-1): here the fault is there. */
#define XHM_DEBOUNCE_FAILED 127
/** Here it is not. */
#define XHM_DEBOUNCE_PASSED (-128)

/** What one measurement says. */
enum xhm_measured {
    XHM_MEASURED_BETWEEN, /**< between the thresholds: the counter stays */
    XHM_MEASURED_FAILED,  /**< beyond the raise threshold: PREFAILED */
    XHM_MEASURED_PASSED,  /**< within the clear threshold: PREPASSED */
};

/** Compares a value that must not be high: above @p raise is failed, at most @p clear is passed. */
enum xhm_measured debounce_measure(uint64_t value, uint64_t raise, uint64_t clear);

/**
 * Steps @p counter, which begins at 0 with an instance, by one measurement. It never leaves -128 to +127.
 * @return the counter's new value
 */
int32_t debounce_step(const struct xhm_debounce_policy *policy, enum xhm_measured measured, int32_t *counter);

#endif
