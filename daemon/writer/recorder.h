/**
 * The recorder: the thread that waits for the fault memory's storage. What it has recorded it hands to the teller.
 */
#ifndef XHM_WRITER_RECORDER_H
#define XHM_WRITER_RECORDER_H

#include "faultlog.h"
#include "published.h"
#include "teller.h"

/** A state on its way to the fault memory. */
struct xhm_given_state {
    uint64_t generation; /**< counts in one life of the supervisor, from 1 on */
    struct xhm_persistent state;
};

/** The recorder. */
struct xhm_recorder {
    struct xhm_worker worker;
    struct xhm_queue records; /**< filled by the supervision thread */
    struct xhm_faultlog *log; /**< the thread's alone while it runs */
    struct xhm_teller *teller;
    struct xhm_published published;
    struct xhm_exchange state_exchange;
    struct xhm_given_state states[XHM_EXCHANGE_PLACES]; /**< handed over by the supervision thread */
    uint64_t state_given;                               /**< generation of the last one, that thread's own */
    uint64_t state_kept;                                /**< generation in the fault memory, the recorder's own */
    _Atomic uint64_t state_stored;                      /**< generation on storage */
    _Atomic uint64_t task_id;                           /**< highest given out */
    _Atomic uint64_t recorded;                          /**< sequence of the last record in the fault memory */
    _Atomic uint32_t lost;                              /**< records since the last look */
    _Atomic bool degraded;
    bool life_before_clean; /**< how the life before ended, as it was found */
    _Atomic bool no_life;   /**< this is no life of the supervisor */
};

/** Opens the fault memory and the queue. @return false with a sentence in @p error */
bool recorder_open(struct xhm_recorder *recorder, struct xhm_teller *teller, const struct xhm_writer_options *options,
                   struct xhm_faultlog_state *state, char error[XHM_ERROR_SIZE]);

/** Starts the thread. @return false with a sentence in @p error */
bool recorder_start(struct xhm_recorder *recorder, char error[XHM_ERROR_SIZE]);

/** Queues a record. @return false when there is no room: it is counted as lost. Never waits. */
bool recorder_record(struct xhm_recorder *recorder, const struct xhm_record *record);

/** Hands a state over; an earlier one that was not stored yet is replaced. Never waits. @return its generation */
uint64_t recorder_state(struct xhm_recorder *recorder, const struct xhm_persistent *state);

/** Queues a task id. Never waits. */
void recorder_task_id(struct xhm_recorder *recorder, uint64_t task_id);

/** See writer_no_life(). */
void recorder_no_life(struct xhm_recorder *recorder);

/** Frees what is left when the thread has ended. */
void recorder_close(struct xhm_recorder *recorder);

#endif
