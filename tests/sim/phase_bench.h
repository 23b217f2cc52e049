// SPDX-License-Identifier: Apache-2.0
/*
 * A fault at every millisecond of the periods that matter, in virtual time: it is never detected later than the FDTI
 * that client/analysis derives from the policy, and at least once later than that less one cycle, in which the step
 * itself happens. Each phase is tried with steps in time, with late steps, and, where the sum has such a term, with a
 * step that finds the slot in the middle of a write.
 */
#ifndef XHM_PHASE_BENCH_H
#define XHM_PHASE_BENCH_H

#include "sim_policy.h"
#include "sim_runner.h"
#include "timing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

/* "Right after" a step, or an activation. */
#define PHASE_GRAIN_NS UINT64_C(1000)

/* One ECU with one partition, brake, that has one entity, control-loop; every reaction is to report. Further partitions
   of the built-in policy are there when the test raises the count. */
struct phase_bench {
    struct xhm_trace trace;
    struct xhm_policy *policy; /* of the runner; to be changed before phase_settle() */
    struct xhm_partition_policy *brake;
    struct xhm_entity_policy *loop;
    struct xhm_sim_runner runner;
    unsigned domain_count; /* domains of the settled ECU */
    struct xhm_sim_ecu settled_ecu;
    struct xhm_core settled_core;
    struct xhm_invariants settled_invariants;
    uint64_t settled_ns;
};

/* Owned by the caller, ended by phase_free(). */
struct phase_bench *phase_make(void);
void phase_free(struct phase_bench *bench);

/*
 * brake becomes healthy; then its task is activated every period_ns, first offset_ns after a step in which a reference
 * cycle of its entity began, with so many reports each. That step is the settled moment: phases are counted from it.
 */
void phase_settle(struct phase_bench *bench, uint64_t period_ns, uint32_t reports, uint64_t offset_ns);

/* Likewise, with the task as the policy makes it. */
void phase_settle_plainly(struct phase_bench *bench);

/* The present moment becomes the settled one. */
void phase_keep(struct phase_bench *bench);

/* What is done to the ECU, and how its detection is seen. */
struct phase_fault {
    enum xhm_detection detection; /* whose bound counts */
    void (*inject)(struct phase_bench *bench);
    bool (*is_detected)(const struct xhm_core *core);
};

/* What was measured. */
struct phase_extremes {
    uint64_t least_ns;
    uint64_t most_ns;
};

/* Nothing yet. */
extern const struct phase_extremes phase_nothing;

/* Tries every phase from 0 up to period_ns. */
void phase_try(struct phase_bench *bench, const struct phase_fault *fault, uint64_t period_ns,
               struct phase_extremes *extremes);

/* The bound holds. */
void phase_holds(struct phase_bench *bench, const struct phase_fault *fault, const struct phase_extremes *extremes);

/* The bound holds, and is used up but for one cycle and slack_ns. */
void phase_is_tight_within(struct phase_bench *bench, const struct phase_fault *fault,
                           const struct phase_extremes *extremes, uint64_t slack_ns);

/* Likewise, without slack. */
void phase_is_tight(struct phase_bench *bench, const struct phase_fault *fault, const struct phase_extremes *extremes);

/* phase_try() and phase_is_tight(). */
void phase_check(struct phase_bench *bench, const struct phase_fault *fault, uint64_t period_ns);

/* How one run is disturbed, by the number of the step after the fault, from 1 on. */
struct phase_disturbance {
    unsigned late_once; /* this step is late; 0: none */
    unsigned late_from; /* and all from this one on; 0: none */
    unsigned busy;      /* the step that finds slot 0 in the middle of a write; 0: none */
};

/*
 * One run: the time from the fault, phase_ns after the settled moment, to its detection, and in which step that is. The
 * runner is left right after that step.
 */
uint64_t phase_measure(struct phase_bench *bench, const struct phase_fault *fault, uint64_t phase_ns,
                       const struct phase_disturbance *disturbance, unsigned *detected);

/* A lateness of more than two cycles: steps are skipped. To be set before phase_settle(). */
void phase_skip_steps(struct phase_bench *bench);

/* phase_try() and phase_holds(). */
void phase_check_holds(struct phase_bench *bench, const struct phase_fault *fault, uint64_t period_ns);

struct xhm_sim_domain *phase_brake(struct phase_bench *bench);
struct xhm_sim_task *phase_loop(struct phase_bench *bench);

/* Whether brake has that fault in any scope. */
bool phase_has(const struct xhm_core *core, enum xhm_fault fault);

#endif
