/**
 * The teller: the thread that waits for the journal, or for whatever else the events are told to.
 */
#ifndef XHM_WRITER_TELLER_H
#define XHM_WRITER_TELLER_H

#include "queue.h"
#include "sink.h"
#include "worker.h"

/** Sentences that can wait at a time. */
#define XHM_HELD_SENTENCES 8
/** Events that can wait at a time. */
#define XHM_QUEUED_RECORDS 1024

/** A sentence in a queue. */
struct xhm_sentence {
    char text[XHM_ERROR_SIZE];
};

/** The teller. Each queue has one thread that fills it. */
struct xhm_teller {
    struct xhm_worker worker;
    struct xhm_queue records;   /**< filled by the recorder */
    struct xhm_queue remarks;   /**< sentences of the recorder */
    struct xhm_queue sentences; /**< sentences of the supervision thread */
    struct xhm_sink_port sink;
    uint64_t untold; /**< since the sink began to refuse */
};

/** Opens the sink and the queues. @return false with a sentence in @p error */
bool teller_open(struct xhm_teller *teller, const struct xhm_writer_options *options, char error[XHM_ERROR_SIZE]);

/** Starts the thread. @return false with a sentence in @p error */
bool teller_start(struct xhm_teller *teller, char error[XHM_ERROR_SIZE]);

/** Queues a record. @return false when there is no room. Never waits. */
bool teller_tell(struct xhm_teller *teller, const struct xhm_record *record);

/** Queues a sentence to @p queue, one of the teller's. @return false when there is no room. Never waits. */
bool teller_say(struct xhm_teller *teller, struct xhm_queue *queue, const char *sentence);

/** Frees what is left when the thread has ended. */
void teller_close(struct xhm_teller *teller);

#endif
