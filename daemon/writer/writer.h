/**
 * The writer thread: everything that is told or kept and may wait for a disk or a peer. It owns the fault memory, the
 * journal (or the sink named at start) and the notifications to the service manager.
 *
 * The supervision thread only puts records into a bounded queue; it never waits. A full queue is a fault of the
 * supervisor, which writer_take_lost() reports.
 */
#ifndef XHM_WRITER_H
#define XHM_WRITER_H

#include "outcome.h"
#include "platform.h"

/** Where events are told besides the fault memory. */
enum xhm_sink {
    XHM_SINK_JOURNAL,
    XHM_SINK_STDERR,
    XHM_SINK_FILE,
};

struct xhm_writer_options {
    enum xhm_sink sink;
    const char *sink_path;         /**< for XHM_SINK_FILE */
    const char *fault_memory_path; /**< created, preallocated, when missing */
    const char *ecu_id;
};

/** An event with everything that a reader needs without the policy. Fixed size: it is copied through the queue. */
struct xhm_record {
    uint64_t sequence;
    uint64_t wall_clock_ns; /**< for display only */
    struct xhm_event event;
    char partition[XHM_NAME_SIZE]; /**< empty: the supervisor or the ECU */
    char entity[XHM_NAME_SIZE];    /**< empty: none */
    uint64_t policy_hash;
};

struct xhm_writer;

/** What the fault memory tells at start. */
struct xhm_writer_memory {
    uint64_t last_sequence;   /**< of the last event recorded ever, 0: none */
    uint64_t last_task_id;    /**< highest delegated task id given out */
    uint64_t starts;          /**< starts of the supervisor, this one included */
    bool clean;               /**< the last life ended with writer_close() after a stop */
    bool recovered;           /**< damage was found and what could be read was kept */
    bool degraded;            /**< it cannot be opened or written: memory only */
};

/** Opens fault memory and sink, starts the thread. @return NULL with a sentence in @p error when that is impossible. */
struct xhm_writer *writer_open(const struct xhm_writer_options *options, struct xhm_writer_memory *memory,
                               char error[XHM_ERROR_SIZE]);

/** Queues a record. @return false when the queue is full: the record is lost and counted. Never waits. */
bool writer_record(struct xhm_writer *writer, const struct xhm_record *record);

/** Queues that delegated task ids up to @p task_id were given out. Never waits. */
void writer_task_id(struct xhm_writer *writer, uint64_t task_id);

/**
 * Queues a notification to the service manager (sd_notify), for example "READY=1". Never waits; at most 127 characters.
 * A queued WATCHDOG=1 replaces an earlier one that was not sent yet.
 */
void writer_notify(struct xhm_writer *writer, const char *state);

/** Records lost since the last call. */
uint32_t writer_take_lost(struct xhm_writer *writer);

/** True while the fault memory cannot be written. */
bool writer_degraded(const struct xhm_writer *writer);

/** One record of the fault memory, for the API. */
struct xhm_fault_record {
    uint32_t number; /**< of the fault catalogue */
    char partition[XHM_NAME_SIZE];
    char entity[XHM_NAME_SIZE];
    bool active;
    uint32_t occurrences;
    uint64_t first_sequence;
    uint64_t last_sequence;
    uint64_t first_wall_clock_ns;
    uint64_t last_wall_clock_ns;
};

/**
 * Copies up to @p capacity records of the fault memory, newest first, as last published by the writer thread. Never
 * waits for storage. @return their number
 */
uint32_t writer_faults(struct xhm_writer *writer, struct xhm_fault_record *records, uint32_t capacity);

/** Writes what is queued, marks a clean end, ends the thread. NULL is allowed. */
void writer_close(struct xhm_writer *writer);

#endif
