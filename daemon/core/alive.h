/**
 * Alive supervision: the arithmetic of AUTOSAR WdgM, without any state.
 */
#ifndef XHM_CORE_ALIVE_H
#define XHM_CORE_ALIVE_H

#include "policy.h"
#include "status.h"

/** Verdict on one reference cycle. */
enum xhm_alive_verdict {
    XHM_ALIVE_GOOD,
    XHM_ALIVE_LOW,  /**< fewer indications than expected - min_margin */
    XHM_ALIVE_HIGH, /**< more indications than expected + max_margin */
};

/**
 * Judges @p indications that came within @p elapsed_ns. For exactly one reference cycle this is WdgM's
 * -min_margin <= indications - expected <= +max_margin. When the supervisor's step came early or late, `expected` is
 * scaled by the time that really passed: rounded down against LOW, up against HIGH. Silence is never good: where the
 * margin leaves one indication, a cycle that is a microsecond short would otherwise ask for none.
 * @p elapsed_ns is at most 2 hours.
 */
enum xhm_alive_verdict alive_judge(const struct xhm_alive_policy *policy, uint64_t indications, uint64_t elapsed_ns);

/**
 * The local status after one reference cycle. @p failed_cycles is the failed counter, updated. EXPIRED stays. One that
 * is @p excused does not pass FAILED: its failed counter stays at the tolerance.
 */
enum xhm_status alive_next_status(enum xhm_status status, enum xhm_alive_verdict verdict, uint32_t failed_tolerance,
                                  bool excused, uint32_t *failed_cycles);

#endif
