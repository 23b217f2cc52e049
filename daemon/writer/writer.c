#include "writer.h"
#include "manager.h"
#include "recorder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(XHM_WRITER_PAST_EVENTS == XHM_EVENT_SLOTS, "the fault memory's ring is what can be read back");

/* What closing needs beside waiting. */
#define MARGIN_MS 200

struct xhm_writer {
    struct xhm_recorder recorder;
    struct xhm_teller teller;
    struct xhm_manager manager;
    uint32_t past_count;
    struct xhm_record *past; /* given back by writer_past_events() */
};

/* A thread of it still waits in the kernel: its memory goes with the process, and is no leak. */
static struct xhm_writer *volatile abandoned;

/* Frees everything; every thread has ended, or was never started. */
static void free_writer(struct xhm_writer *writer) {
    recorder_close(&writer->recorder);
    teller_close(&writer->teller);
    manager_close(&writer->manager);
    free(writer->past);
    free(writer);
}

static void keep_past_events(struct xhm_writer *writer) {
    writer->past = calloc(XHM_WRITER_PAST_EVENTS, sizeof(*writer->past));
    if (writer->past != NULL) {
        writer->past_count = faultlog_events(writer->recorder.log, writer->past, XHM_WRITER_PAST_EVENTS);
    }
}

static bool open_parts(struct xhm_writer *writer, const struct xhm_writer_options *options,
                       struct xhm_faultlog_state *state, char error[XHM_ERROR_SIZE]) {
    if (!teller_open(&writer->teller, options, error) ||
        !recorder_open(&writer->recorder, &writer->teller, options, state, error)) {
        return false;
    }
    keep_past_events(writer);
    return teller_start(&writer->teller, error) && recorder_start(&writer->recorder, error) &&
           manager_open(&writer->manager, error);
}

struct xhm_writer *writer_open(const struct xhm_writer_options *options, struct xhm_writer_memory *memory,
                               char error[XHM_ERROR_SIZE]) {
    struct xhm_writer *writer = aligned_alloc(_Alignof(struct xhm_writer), sizeof(*writer));
    struct xhm_faultlog_state state = {.note = ""};

    if (writer == NULL) {
        snprintf(error, XHM_ERROR_SIZE, "cannot allocate the writer");
        return NULL;
    }
    memset(writer, 0, sizeof(*writer));
    if (!open_parts(writer, options, &state, error)) {
        writer_close(writer);
        return NULL;
    }
    *memory = (struct xhm_writer_memory){
        .last_sequence = state.last_sequence,
        .last_task_id = state.last_task_id,
        .starts = state.starts,
        .clean = state.clean,
        .recovered = state.recovered,
        .degraded = state.degraded,
        .reading = state.reading,
        .persistent = state.persistent,
    };
    return writer;
}

void writer_no_life(struct xhm_writer *writer) {
    recorder_no_life(&writer->recorder);
}

uint32_t writer_past_events(struct xhm_writer *writer, struct xhm_record *records, uint32_t capacity) {
    const uint32_t count = writer->past_count < capacity ? writer->past_count : capacity;

    if (count > 0) {
        memcpy(records, writer->past + (writer->past_count - count), count * sizeof(*records));
    }
    free(writer->past);
    writer->past = NULL;
    writer->past_count = 0;
    return count;
}

bool writer_record(struct xhm_writer *writer, const struct xhm_record *record) {
    return recorder_record(&writer->recorder, record);
}

void writer_task_id(struct xhm_writer *writer, uint64_t task_id) {
    recorder_task_id(&writer->recorder, task_id);
}

uint64_t writer_state(struct xhm_writer *writer, const struct xhm_persistent *state) {
    return recorder_state(&writer->recorder, state);
}

uint64_t writer_state_stored(const struct xhm_writer *writer) {
    return atomic_load_explicit(&writer->recorder.state_stored, memory_order_acquire);
}

void writer_notify(struct xhm_writer *writer, const char *state) {
    manager_notify(&writer->manager, state);
}

void writer_say(struct xhm_writer *writer, const char *sentence) {
    if (!teller_say(&writer->teller, &writer->teller.sentences, sentence)) {
        atomic_fetch_add_explicit(&writer->recorder.lost, 1, memory_order_relaxed);
    }
}

uint64_t writer_recorded(const struct xhm_writer *writer) {
    return atomic_load_explicit(&writer->recorder.recorded, memory_order_acquire);
}

uint32_t writer_take_lost(struct xhm_writer *writer) {
    return atomic_exchange_explicit(&writer->recorder.lost, 0, memory_order_relaxed);
}

bool writer_degraded(const struct xhm_writer *writer) {
    return atomic_load_explicit(&writer->recorder.degraded, memory_order_acquire);
}

uint32_t writer_faults(struct xhm_writer *writer, struct xhm_fault_record *records, uint32_t capacity) {
    const struct xhm_published_view *view = published_read(&writer->recorder.published);
    const uint32_t count = view->count < capacity ? view->count : capacity;

    memcpy(records, view->records, count * sizeof(*records));
    return count;
}

void writer_close(struct xhm_writer *writer) {
    const uint64_t deadline_ms = worker_clock_ms() + XHM_WRITER_CLOSE_MS - MARGIN_MS;
    bool ended;

    if (writer == NULL) {
        return;
    }
    worker_stop(&writer->manager.worker);
    worker_stop(&writer->recorder.worker);
    ended = worker_join(&writer->recorder.worker, deadline_ms);
    /* Not before the recorder has ended: it hands over what it recorded last. */
    worker_stop(&writer->teller.worker);
    ended = worker_join(&writer->teller.worker, deadline_ms) && ended;
    ended = worker_join(&writer->manager.worker, deadline_ms) && ended;
    if (ended) {
        free_writer(writer);
    } else {
        abandoned = writer;
    }
}
