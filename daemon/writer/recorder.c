#include "recorder.h"

#include <stdio.h>

/* Storage that failed is tried again after this time even if there is nothing new to record. */
#define RETRY_MS 5000

static void publish(struct xhm_recorder *recorder) {
    struct xhm_published_view *view = published_back(&recorder->published);

    view->count = faultlog_faults(recorder->log, view->records, XHM_FAULT_SLOTS);
    published_publish(&recorder->published);
}

static void count_lost(struct xhm_recorder *recorder) {
    atomic_fetch_add_explicit(&recorder->lost, 1, memory_order_relaxed);
}

bool recorder_open(struct xhm_recorder *recorder, struct xhm_teller *teller, const struct xhm_writer_options *options,
                   struct xhm_faultlog_state *state, char error[XHM_ERROR_SIZE]) {
    recorder->teller = teller;
    recorder->log = faultlog_open(options->fault_memory_path, options->ecu_id, state);
    if (recorder->log == NULL || !queue_init(&recorder->records, sizeof(struct xhm_record), XHM_QUEUED_RECORDS)) {
        snprintf(error, XHM_ERROR_SIZE, "cannot allocate the fault memory and the queue to it");
        return false;
    }
    exchange_init(&recorder->state_exchange);
    atomic_init(&recorder->state_stored, 0);
    atomic_init(&recorder->task_id, state->last_task_id);
    atomic_init(&recorder->recorded, state->last_sequence);
    atomic_init(&recorder->lost, 0);
    atomic_init(&recorder->no_life, false);
    recorder->life_before_clean = state->clean;
    atomic_init(&recorder->degraded, faultlog_problem(recorder->log)[0] != '\0');
    if (state->note[0] != '\0') {
        teller_say(teller, &teller->remarks, state->note);
    }
    published_init(&recorder->published);
    publish(recorder);
    return true;
}

/* @return false when there was nothing to record */
static bool record_all(struct xhm_recorder *recorder) {
    struct xhm_record record;
    bool any = false;

    /* Bounded: what comes meanwhile waits for the next sync, or storage would be told too rarely. */
    for (unsigned i = 0; i < XHM_QUEUED_RECORDS && queue_pop(&recorder->records, &record); i++) {
        faultlog_record(recorder->log, &record);
        atomic_store_explicit(&recorder->recorded, record.sequence, memory_order_release);
        if (!teller_tell(recorder->teller, &record)) {
            count_lost(recorder);
        }
        any = true;
    }
    return any;
}

static void sync_log(struct xhm_recorder *recorder) {
    const bool was_degraded = atomic_load_explicit(&recorder->degraded, memory_order_relaxed);
    const bool is_degraded = !faultlog_sync(recorder->log);

    if (!is_degraded) {
        atomic_store_explicit(&recorder->state_stored, recorder->state_kept, memory_order_release);
    }
    if (is_degraded != was_degraded) {
        atomic_store_explicit(&recorder->degraded, is_degraded, memory_order_release);
        teller_say(recorder->teller, &recorder->teller->remarks,
                   is_degraded ? faultlog_problem(recorder->log) : "the fault memory can be written again");
    }
}

/* @return false when there was no new state */
static bool keep_state(struct xhm_recorder *recorder) {
    if (!exchange_take(&recorder->state_exchange)) {
        return false;
    }
    const struct xhm_given_state *given = &recorder->states[recorder->state_exchange.front];

    faultlog_state(recorder->log, &given->state);
    recorder->state_kept = given->generation;
    return true;
}

/* One round. @return false when there was nothing to do */
static bool work(struct xhm_recorder *recorder, uint64_t *known_task_id) {
    const uint64_t task_id = atomic_load_explicit(&recorder->task_id, memory_order_acquire);
    const bool has_task_id = task_id != *known_task_id;
    const bool has_state = keep_state(recorder);
    const bool has_records = record_all(recorder);

    if (has_task_id) {
        faultlog_task_id(recorder->log, task_id);
        *known_task_id = task_id;
    }
    if (has_records) {
        publish(recorder);
    }
    if (has_records || has_state || has_task_id || atomic_load_explicit(&recorder->degraded, memory_order_relaxed)) {
        sync_log(recorder);
    }
    return has_records || has_state;
}

static void *run(void *context) {
    struct xhm_recorder *recorder = context;
    uint64_t known_task_id = 0;
    bool stopping;

    do {
        stopping = worker_is_stopping(&recorder->worker);
        while (work(recorder, &known_task_id)) {
        }
        if (!stopping) {
            const bool degraded = atomic_load_explicit(&recorder->degraded, memory_order_relaxed);

            worker_wait(&recorder->worker, degraded ? RETRY_MS : -1);
        }
    } while (!stopping);
    const bool no_life = atomic_load_explicit(&recorder->no_life, memory_order_acquire);

    faultlog_close(recorder->log, !no_life || recorder->life_before_clean);
    recorder->log = NULL;
    return NULL;
}

bool recorder_start(struct xhm_recorder *recorder, char error[XHM_ERROR_SIZE]) {
    return worker_start(&recorder->worker, "xhm-recorder", run, recorder, error);
}

bool recorder_record(struct xhm_recorder *recorder, const struct xhm_record *record) {
    const bool has_room = queue_push(&recorder->records, record);

    if (!has_room) {
        count_lost(recorder);
    }
    worker_ring(&recorder->worker);
    return has_room;
}

uint64_t recorder_state(struct xhm_recorder *recorder, const struct xhm_persistent *state) {
    struct xhm_given_state *given = &recorder->states[recorder->state_exchange.back];

    given->generation = ++recorder->state_given;
    given->state = *state;
    exchange_give(&recorder->state_exchange);
    worker_ring(&recorder->worker);
    return recorder->state_given;
}

void recorder_task_id(struct xhm_recorder *recorder, uint64_t task_id) {
    if (task_id > atomic_load_explicit(&recorder->task_id, memory_order_relaxed)) {
        atomic_store_explicit(&recorder->task_id, task_id, memory_order_release);
        worker_ring(&recorder->worker);
    }
}

void recorder_no_life(struct xhm_recorder *recorder) {
    atomic_store_explicit(&recorder->no_life, true, memory_order_release);
}

void recorder_close(struct xhm_recorder *recorder) {
    faultlog_close(recorder->log, false);
    queue_deinit(&recorder->records);
}
