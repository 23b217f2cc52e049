#include "teller.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool teller_open(struct xhm_teller *teller, const struct xhm_writer_options *options, char error[XHM_ERROR_SIZE]) {
    if (!queue_init(&teller->records, sizeof(struct xhm_record), XHM_QUEUED_RECORDS) ||
        !queue_init(&teller->remarks, sizeof(struct xhm_sentence), XHM_HELD_SENTENCES) ||
        !queue_init(&teller->sentences, sizeof(struct xhm_sentence), XHM_HELD_SENTENCES)) {
        snprintf(error, XHM_ERROR_SIZE, "cannot allocate the queues to the sink of events");
        return false;
    }
    if (options->sink == XHM_SINK_JOURNAL && !sink_has_journal()) {
        sink_open_lines(&teller->sink, STDERR_FILENO);
        teller_say(teller, &teller->sentences, "there is no journal here: events are written to standard error");
        return true;
    }
    return sink_open(&teller->sink, options, error);
}

static void complain(const char *sentence) {
    const struct xhm_telling telling = {.info = event_catalogue_sentence(), .sentence = sentence};
    struct xhm_sink_port lines;

    sink_open_lines(&lines, STDERR_FILENO);
    lines.tell(&lines, &telling);
}

/* A sink that refuses is told about once, and once more when it takes events again. */
static void tell(struct xhm_teller *teller, const struct xhm_telling *telling) {
    const int result = teller->sink.tell(&teller->sink, telling);
    char sentence[XHM_ERROR_SIZE];

    if (result == 0 && teller->untold > 0) {
        snprintf(sentence, sizeof(sentence), "events are told again; %" PRIu64 " are in the fault memory only",
                 teller->untold);
        teller->untold = 0;
        complain(sentence);
    } else if (result != 0 && teller->untold++ == 0) {
        snprintf(sentence, sizeof(sentence), "cannot tell event \"%.120s\": %.60s", telling->sentence,
                 strerror(-result));
        complain(sentence);
    }
}

static bool tell_sentence(struct xhm_teller *teller, struct xhm_queue *queue) {
    struct xhm_sentence sentence;
    const struct xhm_telling telling = {.info = event_catalogue_sentence(), .sentence = sentence.text};

    if (!queue_pop(queue, &sentence)) {
        return false;
    }
    tell(teller, &telling);
    return true;
}

static bool tell_record(struct xhm_teller *teller) {
    struct xhm_record record;
    char sentence[XHM_SENTENCE_SIZE];

    if (!queue_pop(&teller->records, &record)) {
        return false;
    }
    event_catalogue_describe(&record, sentence);
    tell(teller, &(struct xhm_telling){
                     .info = event_catalogue_info(record.event.kind), .record = &record, .sentence = sentence});
    return true;
}

static void *run(void *context) {
    struct xhm_teller *teller = context;
    bool stopping;

    do {
        stopping = worker_is_stopping(&teller->worker);
        while (tell_sentence(teller, &teller->sentences) || tell_sentence(teller, &teller->remarks) ||
               tell_record(teller)) {
        }
        if (!stopping) {
            worker_wait(&teller->worker, -1);
        }
    } while (!stopping);
    return NULL;
}

bool teller_start(struct xhm_teller *teller, char error[XHM_ERROR_SIZE]) {
    return worker_start(&teller->worker, "xhm-teller", run, teller, error);
}

bool teller_tell(struct xhm_teller *teller, const struct xhm_record *record) {
    const bool has_room = queue_push(&teller->records, record);

    worker_ring(&teller->worker);
    return has_room;
}

bool teller_say(struct xhm_teller *teller, struct xhm_queue *queue, const char *sentence) {
    struct xhm_sentence element = {.text = ""};
    bool has_room;

    snprintf(element.text, sizeof(element.text), "%s", sentence);
    has_room = queue_push(queue, &element);
    if (teller->worker.is_running) {
        worker_ring(&teller->worker);
    }
    return has_room;
}

void teller_close(struct xhm_teller *teller) {
    sink_close(&teller->sink);
    queue_deinit(&teller->records);
    queue_deinit(&teller->remarks);
    queue_deinit(&teller->sentences);
}
