/**
 * The fault memory of the supervisor: survives the process, as far as it can the ECU's power, and degrades to plain
 * memory when its file cannot be used. docs/fault-memory.md says what is guaranteed.
 *
 * One thread works on it. Recording can wait for storage: never call it from the supervision thread.
 */
#ifndef XHM_FAULTLOG_H
#define XHM_FAULTLOG_H

#include "fault_memory.h"
#include "platform.h"

/** An opened fault memory. */
struct xhm_faultlog;

/** What opening found, and what is remembered. */
struct xhm_faultlog_state {
    uint64_t last_sequence; /**< of the last event ever, 0: none */
    uint64_t last_task_id;
    uint64_t starts;                     /**< this one included */
    bool clean;                          /**< the life before ended with faultlog_close(…, true), or there was none */
    bool recovered;                      /**< damage was found and what could be read was kept */
    bool degraded;                       /**< the file cannot be used: memory only */
    enum xhm_persistent_reading reading; /**< of `persistent` */
    struct xhm_persistent persistent;    /**< what the life before left, valid when READ */
    char note[XHM_ERROR_SIZE];           /**< a sentence when there is something to tell, else empty */
};

/**
 * Opens the fault memory at @p path, creates it when there is none, and begins a new life in it. A memory that belongs
 * to another ECU or has another format is kept beside it as "<path>.aside".
 * @return NULL only when there is no memory left
 */
struct xhm_faultlog *faultlog_open(const char *path, const char *ecu_id, struct xhm_faultlog_state *state);

/** Records an event. @return false when it was recorded before, or is none */
bool faultlog_record(struct xhm_faultlog *log, const struct xhm_record *record);

/** Keeps the state for the next life; it is on storage after the next sync that succeeds. */
void faultlog_state(struct xhm_faultlog *log, const struct xhm_persistent *state);

/** Remembers that delegated task ids up to @p task_id were given out. */
void faultlog_task_id(struct xhm_faultlog *log, uint64_t task_id);

/** Waits until everything recorded is on storage. @return false while that is not possible: see faultlog_problem() */
bool faultlog_sync(struct xhm_faultlog *log);

/** Why the memory is degraded; an empty sentence when it is not. */
const char *faultlog_problem(const struct xhm_faultlog *log);

/** See fault_memory_faults(). */
uint32_t faultlog_faults(const struct xhm_faultlog *log, struct xhm_fault_record *records, uint32_t capacity);

/** See fault_memory_events(). */
uint32_t faultlog_events(const struct xhm_faultlog *log, struct xhm_record *records, uint32_t capacity);

/**
 * Closes. With @p clean everything is synced before, and the next life learns that this one ended as it should;
 * without, it never waits. NULL is allowed.
 */
void faultlog_close(struct xhm_faultlog *log, bool clean);

#endif
