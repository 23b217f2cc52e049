/**
 * The supervision loop: one periodic timer drives observe, decide, act; everything else of the supervision thread (the
 * control API, signals) comes after it in priority.
 *
 * The timer is a timerfd on CLOCK_MONOTONIC with absolute expirations: a late step does not shift the later ones. After
 * loop_open() the supervision thread allocates nothing.
 */
#ifndef XHM_LOOP_H
#define XHM_LOOP_H

#include "control.h"
#include "core.h"
#include "keeping.h"
#include "platform.h"
#include "policy_trust.h"
#include "writer.h"

struct xhm_loop;

/** What the command line says. Strings live as long as the loop. */
struct xhm_loop_options {
    const char *policy_path;                      /**< compiled policy, signed where `policy_keys` are given */
    const char *policy_keys[XHM_MAX_POLICY_KEYS]; /**< files with public keys: policies must be signed by one of them */
    uint32_t policy_key_count;
    const char *ecu_id;      /**< this ECU: no other ECU's policy is taken; with keys, else NULL */
    const char *socket_path; /**< of the control API */
    struct xhm_writer_options writer;
    bool lock_memory;      /**< keep all memory resident; a failure is a start-up error */
    int realtime_priority; /**< SCHED_FIFO priority of the supervision thread, 0: leave the scheduler as it is */
};

/**
 * Loads and validates the policy, opens fault memory, platform and API. SIGTERM and SIGINT must be blocked before.
 * @return NULL with a sentence in @p error, nothing left behind
 */
struct xhm_loop *loop_open(const struct xhm_loop_options *options, char error[XHM_ERROR_SIZE]);

/**
 * Supervises until SIGTERM or SIGINT (@p end is XHM_LOOP_GOES_ON then), or until a last resort.
 * @return 0, or a negative errno of the event loop itself
 */
int loop_run(struct xhm_loop *loop, enum xhm_loop_end *end);

/** Records the end, closes everything. NULL is allowed. */
void loop_close(struct xhm_loop *loop);

#endif
