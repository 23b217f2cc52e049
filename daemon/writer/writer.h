/**
 * The writer: everything that is told or kept and may wait for a disk or a peer. It owns the fault memory, the journal
 * (or the sink named at start) and the notifications to the service manager, with a thread for each, so that a stall of
 * one holds up no other (docs/fault-memory.md).
 *
 * The supervision thread only puts records into a bounded queue; it never waits. A full queue is a fault of the
 * supervisor, which writer_take_lost() reports.
 */
#ifndef XHM_WRITER_H
#define XHM_WRITER_H

#include "persistent.h"
#include "platform.h"
#include "record.h"

/** Where events are told besides the fault memory. */
enum xhm_sink {
    XHM_SINK_JOURNAL,
    XHM_SINK_STDERR,
    XHM_SINK_FILE,
};

/** What the writer is given. Strings live as long as it. */
struct xhm_writer_options {
    enum xhm_sink sink;
    const char *sink_path;         /**< for XHM_SINK_FILE */
    const char *fault_memory_path; /**< created, preallocated, when missing */
    const char *ecu_id;
};

struct xhm_writer;

/** What the fault memory tells at start. */
struct xhm_writer_memory {
    uint64_t last_sequence;              /**< of the last event recorded ever, 0: none */
    uint64_t last_task_id;               /**< highest delegated task id given out */
    uint64_t starts;                     /**< starts of the supervisor, this one included */
    bool clean;                          /**< the last life ended with writer_close() after a stop */
    bool recovered;                      /**< damage was found and what could be read was kept */
    bool degraded;                       /**< it cannot be opened or written: memory only */
    enum xhm_persistent_reading reading; /**< of `persistent` */
    struct xhm_persistent persistent;    /**< what the life before left, valid when READ */
};

/** Opens fault memory and sink, starts the thread. @return NULL with a sentence in @p error when that is impossible. */
struct xhm_writer *writer_open(const struct xhm_writer_options *options, struct xhm_writer_memory *memory,
                               char error[XHM_ERROR_SIZE]);

/**
 * Copies the newest events recorded before this life of the supervisor, up to @p capacity, oldest first. Their indices
 * into a policy are XHM_NONE: the names count. To be called at start, and once: the copy is given back then.
 * @return their number, at most XHM_WRITER_PAST_EVENTS
 */
uint32_t writer_past_events(struct xhm_writer *writer, struct xhm_record *records, uint32_t capacity);

/** Events that the fault memory holds. */
#define XHM_WRITER_PAST_EVENTS 1024

/** Queues a record. @return false when the queue is full: the record is lost and counted. Never waits. */
bool writer_record(struct xhm_writer *writer, const struct xhm_record *record);

/** Queues that delegated task ids up to @p task_id were given out. Never waits. */
void writer_task_id(struct xhm_writer *writer, uint64_t task_id);

/**
 * Hands over the state that the next life must begin with; the latest one counts. Never waits.
 * @return its generation, see writer_state_stored()
 */
uint64_t writer_state(struct xhm_writer *writer, const struct xhm_persistent *state);

/** Generation of the latest state that is on storage, 0: none of this life. Stands still while memory is degraded. */
uint64_t writer_state_stored(const struct xhm_writer *writer);

/**
 * Queues a notification to the service manager (sd_notify), for example "READY=1". Never waits; at most 127 characters.
 * A queued WATCHDOG=1 replaces an earlier one that was not sent yet.
 */
void writer_notify(struct xhm_writer *writer, const char *state);

/**
 * Queues a sentence about something that went wrong and is no event, for the journal (or the sink named at start).
 * Never waits; at most XHM_ERROR_SIZE - 1 characters; when there is no room it is dropped and counted as lost.
 */
void writer_say(struct xhm_writer *writer, const char *sentence);

/**
 * Sequence of the last record that is in the fault memory, where a killed supervisor cannot lose it any more (or, while
 * the memory is degraded, the last that was handled). What is told to API peers must not be ahead of this.
 */
uint64_t writer_recorded(const struct xhm_writer *writer);

/** Records lost since the last call: not recorded, or recorded but not told because the sink did not keep up. */
uint32_t writer_take_lost(struct xhm_writer *writer);

/** True while the fault memory cannot be written. */
bool writer_degraded(const struct xhm_writer *writer);

/**
 * Copies up to @p capacity records of the fault memory, newest first, as last published by the writer thread. Never
 * waits for storage. @return their number
 */
uint32_t writer_faults(struct xhm_writer *writer, struct xhm_fault_record *records, uint32_t capacity);

/**
 * Says that this is no life of the supervisor: it could not start. Its clean end will not hide that the life before had
 * none. Before writer_close().
 */
void writer_no_life(struct xhm_writer *writer);

/**
 * Writes what is queued, marks a clean end, ends the threads. Takes at most XHM_WRITER_CLOSE_MS, whatever a disk or the
 * journal does: what was not told then is in the fault memory. NULL is allowed.
 */
void writer_close(struct xhm_writer *writer);

/** Bound of writer_close(). */
#define XHM_WRITER_CLOSE_MS 2000

#endif
