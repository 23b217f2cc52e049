/**
 * What the loop does so that the next life knows what it must: the core's state goes to the writer whenever it changes,
 * and a last resort waits, for a while, until it is on storage.
 */
#ifndef XHM_KEEPING_H
#define XHM_KEEPING_H

#include "core.h"
#include "writer.h"

/** Steps that a last resort waits for storage: one that hangs must not keep the ECU from its last resort. */
#define XHM_KEEPING_PATIENCE_STEPS 20u

/** How the event loop is to end. */
enum xhm_loop_end {
    XHM_LOOP_GOES_ON = 0,
    XHM_LOOP_RESTART, /**< with an error, so that the service manager starts xhmd again */
    XHM_LOOP_REBOOT,  /**< likewise, after the ECU was told to reboot */
};

/** All zero but `writer` and `boot_id` is a valid start. */
struct xhm_keeping {
    struct xhm_writer *writer;
    const char *boot_id;         /**< of the ECU */
    struct xhm_persistent state; /**< its `policy` is the caller's, see policy_trust.h */
    uint64_t generation;         /**< of the state that was handed over last */
    enum xhm_loop_end wanted;    /**< a last resort that waits for storage */
    uint64_t wanted_generation;  /**< the state that it waits for */
    uint32_t waited_steps;
};

/** Gives the core what the life before left, and the loop what is to be told and done about it. */
void keeping_restore(struct xhm_keeping *keeping, const struct xhm_writer_memory *memory, struct xhm_core *core,
                     struct xhm_outcome *outcome);

/** To be called after every outcome, before its actions: hands the state over when it changed. */
void keeping_take(struct xhm_keeping *keeping, const struct xhm_core *core, const struct xhm_outcome *outcome);

/** Hands the state over as it is: at the end, so that windows go on where they stood. */
void keeping_store(struct xhm_keeping *keeping, const struct xhm_core *core);

/** A last resort was decided: XHM_ACTION_REBOOT_ECU or XHM_ACTION_RESTART_SUPERVISOR. */
void keeping_last_resort(struct xhm_keeping *keeping, enum xhm_action_kind kind);

/** To be called every step. @return how the loop is to end now, or XHM_LOOP_GOES_ON */
enum xhm_loop_end keeping_step(struct xhm_keeping *keeping);

#endif
