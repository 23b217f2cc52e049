// SPDX-License-Identifier: Apache-2.0
/**
 * When an instrument cluster shows its telltale: while the ECU is in a safe state, and while nothing proves that the
 * supervisor still supervises. Pure: time and what was heard are given.
 */
#ifndef XHM_TELLTALE_H
#define XHM_TELLTALE_H

#include <stdbool.h>
#include <stdint.h>

/** Why the telltale is on. */
enum telltale_reason {
    TELLTALE_OFF,
    TELLTALE_SAFE_STATE,        /**< the ECU is in a safe state */
    TELLTALE_SUPERVISOR_SILENT, /**< no supervision step was proved for longer than the limit */
};

/** What is known of the supervisor. */
struct telltale {
    uint64_t silence_limit_ms;
    bool is_proved;     /**< a step was proved at all */
    uint64_t proved_ms; /**< when the last one was; before that, when listening began */
    uint64_t steps;     /**< the supervisor's count at that time */
    bool is_safe_state;
};

/** Begins to listen at @p now_ms. Nothing is known yet: the telltale is on. */
void telltale_init(struct telltale *telltale, uint64_t silence_limit_ms, uint64_t now_ms);

/**
 * The supervisor answered at @p now_ms: it has completed @p steps supervision steps, and is in a safe state or not.
 * Only a count that changed proves anything: a supervisor that answers and supervises nothing is as good as silent.
 */
void telltale_answered(struct telltale *telltale, uint64_t now_ms, uint64_t steps, bool is_safe_state);

/** An event told that a safe state was entered. It is left when an answer says so. */
void telltale_safe_state_entered(struct telltale *telltale);

/** Whether the supervisor has been silent for longer than the limit at @p now_ms. */
bool telltale_supervisor_is_silent(const struct telltale *telltale, uint64_t now_ms);

/** Whether, and why, the telltale is on at @p now_ms. */
enum telltale_reason telltale_at(const struct telltale *telltale, uint64_t now_ms);

/** Time from @p now_ms on in which telltale_at() cannot change by itself; UINT64_MAX: without limit. */
uint64_t telltale_holds_ms(const struct telltale *telltale, uint64_t now_ms);

#endif
