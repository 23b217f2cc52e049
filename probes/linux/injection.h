// SPDX-License-Identifier: Apache-2.0
/*
 * Fault injection inside xhm-rt-task, for test rigs. Only built with -Dinjection=true; otherwise every hook is an empty
 * inline function, so that no branch of it reaches a production build.
 *
 * The rig writes "KIND ENTITY_ID [SECONDS]" to data/xhm/inject in the partition's xenstore subtree. What was carried
 * out is repeated in data/xhm/injected, so that the rig knows when it took effect. "none" undoes everything.
 */
#ifndef XHM_INJECTION_HOOKS_H
#define XHM_INJECTION_HOOKS_H

#include "xhm_probe.h"

#include <stdbool.h>
#include <stdint.h>

#ifndef XHM_INJECTION
#define XHM_INJECTION 0
#endif

#if XHM_INJECTION

/* Starts the thread that watches xenstore. Returns 0 or a negative errno. */
int injection_start(void);

/* Before an activation: does not return while the entity is told to hang. */
void injection_before_activation(uint32_t entity_id);

/* How much CPU work this activation does instead of work_us microseconds. */
uint64_t injection_work_us(uint32_t entity_id, uint64_t work_us);

/* How often this activation reports that it is alive. */
unsigned injection_alive_count(uint32_t entity_id);

/* The wake-up latency to report instead of latency_ns. */
uint64_t injection_latency_ns(uint32_t entity_id, uint64_t latency_ns);

/* How often this activation reports all its checkpoints once more. */
unsigned injection_extra_rounds(uint32_t entity_id);

/* Whether this activation reports its checkpoints in the wrong order. */
bool injection_reverses_checkpoints(uint32_t entity_id);

/* The time to report instead of now_ns. */
uint64_t injection_time_ns(uint32_t entity_id, uint64_t now_ns);

/* After each report: damages the page, if told so. */
void injection_after_report(struct xhm_probe_entity *entity);

/* For --help: what can be injected. */
const char *injection_help(void);

#else

static inline int injection_start(void) {
    return 0;
}

static inline void injection_before_activation(uint32_t entity_id) {
    (void)entity_id;
}

static inline uint64_t injection_work_us(uint32_t entity_id, uint64_t work_us) {
    (void)entity_id;
    return work_us;
}

static inline unsigned injection_alive_count(uint32_t entity_id) {
    (void)entity_id;
    return 1;
}

static inline uint64_t injection_latency_ns(uint32_t entity_id, uint64_t latency_ns) {
    (void)entity_id;
    return latency_ns;
}

static inline unsigned injection_extra_rounds(uint32_t entity_id) {
    (void)entity_id;
    return 0;
}

static inline bool injection_reverses_checkpoints(uint32_t entity_id) {
    (void)entity_id;
    return false;
}

static inline uint64_t injection_time_ns(uint32_t entity_id, uint64_t now_ns) {
    (void)entity_id;
    return now_ns;
}

static inline void injection_after_report(struct xhm_probe_entity *entity) {
    (void)entity;
}

static inline const char *injection_help(void) {
    return "Fault injection: not in this build.\n";
}

#endif

#endif
