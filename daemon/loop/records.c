#include "records.h"
#include "event_catalogue.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void records_init(struct xhm_records *records, struct xhm_writer *writer, uint64_t policy_hash,
                  uint64_t last_sequence) {
    memset(records, 0, sizeof(*records));
    records->writer = writer;
    records->policy_hash = policy_hash;
    records->sequence = last_sequence;
}

const struct xhm_record *records_make(struct xhm_records *records, const struct xhm_event *event,
                                      const struct xhm_policy *policy, uint64_t wall_clock_ns) {
    struct xhm_record *record = &records->record;

    memset(record, 0, sizeof(*record));
    record->sequence = ++records->sequence;
    record->wall_clock_ns = wall_clock_ns;
    record->event = *event;
    record->policy_hash = records->policy_hash;
    if (event->partition < policy->partition_count) {
        const struct xhm_partition_policy *partition = &policy->partitions[event->partition];
        memcpy(record->partition, partition->name, sizeof(record->partition));
        if (event->entity < partition->entity_count) {
            memcpy(record->entity, partition->entities[event->entity].name, sizeof(record->entity));
        }
    }
    for (unsigned i = 0; i < 2; i++) {
        const char *name = event_catalogue_value_name(event, i, policy);
        snprintf(record->value_names[i], sizeof(record->value_names[i]), "%s", name != NULL ? name : "");
    }
    return record;
}

/* What connected peers act upon: the others of a cluster, when this ECU leaves its normal operation. */
static bool is_urgent(enum xhm_event_kind kind) {
    return kind == XHM_EVENT_SAFE_STATE_ENTERED || kind == XHM_EVENT_FAIL_OVER_BEGUN || kind == XHM_EVENT_LAST_RESORT;
}

bool records_are_urgent(const struct xhm_records *records) {
    return records->control != NULL && records->pending_count > 0 &&
           records->pending[records->pending_first].sequence <= records->urgent_sequence;
}

static void release_up_to(struct xhm_records *records, uint64_t last) {
    while (records->pending_count > 0 && records->pending[records->pending_first].sequence <= last) {
        control_event(records->control, &records->pending[records->pending_first]);
        records->pending_first = (records->pending_first + 1) % XHM_RECORDS_PENDING;
        records->pending_count--;
    }
}

static void note_urgent(struct xhm_records *records, const struct xhm_record *record) {
    if (!records_are_urgent(records)) {
        records->urgent_ns = 0;
    }
    records->urgent_sequence = record->sequence;
}

void records_tell(struct xhm_records *records, const struct xhm_record *record) {
    const bool urgent = is_urgent(record->event.kind);

    writer_record(records->writer, record);
    /* So much waits only for storage that hangs; what is urgent does not. */
    if (records->pending_count == XHM_RECORDS_PENDING && urgent && records->control != NULL) {
        release_up_to(records, record->sequence);
    }
    if (records->pending_count == XHM_RECORDS_PENDING) {
        records->lost++;
        return;
    }
    if (urgent) {
        note_urgent(records, record);
    }
    records->pending[(records->pending_first + records->pending_count) % XHM_RECORDS_PENDING] = *record;
    records->pending_count++;
}

/* The time counts from the first look: an order is dated by the step before it. Without a clock (0) it is over. */
static bool is_overdue(struct xhm_records *records, uint64_t now_ns) {
    if (!records_are_urgent(records)) {
        return false;
    }
    if (records->urgent_ns == 0) {
        records->urgent_ns = now_ns;
    }
    return now_ns == 0 || now_ns - records->urgent_ns >= XHM_RECORDS_URGENT_NS;
}

void records_release(struct xhm_records *records, uint64_t now_ns) {
    if (records->control == NULL || records->pending_count == 0) {
        return;
    }
    const uint64_t recorded = writer_recorded(records->writer);
    const bool was_urgent = records_are_urgent(records);
    const bool ahead = is_overdue(records, now_ns) && records->urgent_sequence > recorded;
    release_up_to(records, ahead ? records->urgent_sequence : recorded);
    if (was_urgent && !records_are_urgent(records)) {
        control_hurry(records->control);
    }
}

void records_preload(struct xhm_records *records) {
    const size_t size = XHM_WRITER_PAST_EVENTS * sizeof(struct xhm_record);
    struct xhm_record *past = malloc(size);

    if (past == NULL) {
        writer_say(records->writer, "giving the events of earlier lives to the control API: no memory");
        return;
    }
    const uint32_t count = writer_past_events(records->writer, past, XHM_WRITER_PAST_EVENTS);
    for (uint32_t i = 0; i < count; i++) {
        control_event(records->control, &past[i]);
    }
    free(past);
}

uint64_t records_first_task_id(const struct xhm_writer_memory *memory, uint64_t wall_clock_ns) {
    return memory->degraded ? wall_clock_ns >> 10 : memory->last_task_id + 1;
}
