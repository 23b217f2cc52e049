// SPDX-License-Identifier: Apache-2.0
/**
 * When the supervisor's domain has to be created, created again, or given up. Pure: what was seen comes in, a verdict
 * comes out; times are the agent's monotonic clock.
 *
 * Time in which the agent itself did not look does not count as silence of the supervisor.
 */
#ifndef XHM_AGENT_SUPERVISOR_KEEPING_H
#define XHM_AGENT_SUPERVISOR_KEEPING_H

#include <stdbool.h>
#include <stdint.h>

/** Highest limit of restarts: the times of that many are kept. */
#define KEEPING_MAX_LIMIT   16u
/** Two looks that are further apart than this: the agent stood still in between. */
#define KEEPING_LOOK_GAP_MS 3000u

/** What is declared. */
struct keeping_limits {
    uint32_t restart_limit; /**< restarts within restart_window_ms, at most KEEPING_MAX_LIMIT */
    uint64_t restart_window_ms;
    uint64_t silence_ms; /**< no completed supervision step is heard of for longer: lost */
    uint64_t start_ms;   /**< the same for an instance that was not heard yet, from its first sight */
};

/** What Xen's list says of the domain. */
enum keeping_presence {
    KEEPING_ABSENT,  /**< no live domain has its UUID */
    KEEPING_THERE,   /**< it runs, waits or is paused: whether it does its job is told by what is heard */
    KEEPING_ENDED,   /**< shut down, for whatever reason, and not yet taken away */
    KEEPING_UNKNOWN, /**< the list cannot be read: nothing is concluded from that */
};

/** One look. */
struct keeping_look {
    uint64_t now_ms;
    enum keeping_presence presence;
    uint16_t domid; /**< when KEEPING_THERE or KEEPING_ENDED */
};

/** What outlives the agent's process. All zero at the boot of dom0. */
struct keeping_record {
    bool is_started;        /**< the domain was there once since the boot: creating it is a restart from now on */
    uint32_t restart_count; /**< number of all restarts; the times of the last ones are a ring */
    uint64_t restarts_ms[KEEPING_MAX_LIMIT];
};

/** All zero: nothing was seen yet. */
struct supervisor_keeping {
    struct keeping_record record;
    uint64_t looked_ms;
    bool is_known;     /**< an instance was seen: */
    uint16_t domid;    /**< the last one */
    bool is_heard;     /**< and a step of it was heard of */
    uint64_t heard_ms; /**< when that was; first sight before that */
    uint64_t steps;    /**< that it had completed then */
    bool is_given_up;  /**< the last resort was taken since it was last heard */
};

/** What is to be done. */
enum keeping_verdict {
    KEEPING_NOTHING,
    KEEPING_CREATE,      /**< for the first time since the boot of dom0 */
    KEEPING_RESTART,     /**< destroy what is left, create again */
    KEEPING_LAST_RESORT, /**< restarts are used up; told once */
};

/** Why. */
enum keeping_reason {
    KEEPING_IS_FINE,
    KEEPING_IS_ABSENT,
    KEEPING_HAS_ENDED,
    KEEPING_IS_SILENT,
    KEEPING_NEVER_HEARD,
};

struct keeping_decision {
    enum keeping_verdict verdict;
    enum keeping_reason reason;
};

/** Takes the supervisor's number of completed steps: a sign of life only when it is another one than before. */
void keeping_hear(struct supervisor_keeping *keeping, uint64_t now_ms, uint64_t steps);

/**
 * Judges a look. Not called while a creation is under way; the first look after one is told of as the first sight of a
 * new instance.
 */
struct keeping_decision keeping_judge(struct supervisor_keeping *keeping, const struct keeping_limits *limits,
                                      const struct keeping_look *look);

/** Notes that @p verdict, KEEPING_CREATE or KEEPING_RESTART, is being carried out. */
void keeping_begin(struct supervisor_keeping *keeping, enum keeping_verdict verdict, uint64_t now_ms);

/** The sentence's end for @p reason: "is gone". */
const char *keeping_reason_text(enum keeping_reason reason);

#endif
