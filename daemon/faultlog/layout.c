#include "layout.h"

#include <endian.h>
#include <string.h>

/* All integers are little-endian; what is not named is zero. */
struct header_bytes {
    uint32_t fault_slots;
    uint32_t event_slots;
    uint64_t starts;
    uint64_t last_sequence;
    uint64_t last_task_id;
    uint64_t damaged_total;
    uint64_t replaced_total;
    uint64_t unstored_total;
    uint32_t clean;
    uint32_t state_slots;
    char ecu_id[32];
    uint64_t state_generation;
};

struct moment_bytes {
    uint64_t sequence;
    uint64_t wall_clock_ns;
    uint8_t boot_id[XHM_BOOT_ID_SIZE];
};

struct fault_bytes {
    uint32_t number;
    uint32_t occurrences;
    uint32_t active_scopes;
    uint8_t status;
    uint8_t reserved[3];
    uint32_t aging_cycles;
    uint32_t injected;
    uint64_t active_start;
    uint64_t changed_sequence;
    struct moment_bytes first;
    struct moment_bytes last;
    uint64_t freeze_time_ns;
    uint64_t freeze_values[2];
    uint64_t freeze_policy_hash;
    uint32_t freeze_domid;
    uint32_t undecided;
    uint64_t open_cycle;
    struct moment_bytes injection;
    char partition[32];
    char entity[32];
};

struct event_bytes {
    struct moment_bytes moment;
    uint64_t start;
    uint64_t time_ns;
    uint64_t values[2];
    uint64_t policy_hash;
    uint32_t kind;
    uint32_t fault_number;
    uint32_t domid;
    uint32_t reserved;
    char partition[32];
    char entity[32];
    char value_names[2][32];
};

_Static_assert(XHM_NAME_SIZE == 32, "names on disk have 32 bytes");
_Static_assert(sizeof(struct header_bytes) == 104, "layout on disk");
_Static_assert(offsetof(struct header_bytes, clean) == 56, "layout on disk");
_Static_assert(sizeof(struct moment_bytes) == 32, "layout on disk");
_Static_assert(sizeof(struct fault_bytes) == 248, "layout on disk");
_Static_assert(offsetof(struct fault_bytes, first) == 40, "layout on disk");
_Static_assert(offsetof(struct fault_bytes, partition) == 184, "layout on disk");
_Static_assert(sizeof(struct event_bytes) == 216, "layout on disk");
_Static_assert(offsetof(struct event_bytes, kind) == 72, "layout on disk");
_Static_assert(sizeof(struct fault_bytes) <= XHM_SLOT_PAYLOAD, "a record fits a slot");

static bool is_name(const char name[XHM_NAME_SIZE]) {
    return memchr(name, '\0', XHM_NAME_SIZE) != NULL;
}

static bool is_count(uint64_t count) {
    return count < XHM_COUNT_LIMIT;
}

/* Bytes behind the end of a name are not written: they may be left-overs of the caller's memory. */
static void put_name(char bytes[XHM_NAME_SIZE], const char name[XHM_NAME_SIZE]) {
    memcpy(bytes, name, strnlen(name, XHM_NAME_SIZE - 1));
}

struct xhm_fault_moment layout_moment_of(const struct xhm_held_event *event) {
    struct xhm_fault_moment moment = {
        .sequence = event->record.sequence,
        .wall_clock_ns = event->record.wall_clock_ns,
    };

    memcpy(moment.boot_id, event->boot_id, sizeof(moment.boot_id));
    return moment;
}

static struct moment_bytes put_moment(const struct xhm_fault_moment *moment) {
    struct moment_bytes bytes = {
        .sequence = htole64(moment->sequence),
        .wall_clock_ns = htole64(moment->wall_clock_ns),
    };

    memcpy(bytes.boot_id, moment->boot_id, sizeof(bytes.boot_id));
    return bytes;
}

static struct xhm_fault_moment get_moment(const struct moment_bytes *bytes) {
    struct xhm_fault_moment moment = {
        .sequence = le64toh(bytes->sequence),
        .wall_clock_ns = le64toh(bytes->wall_clock_ns),
    };

    memcpy(moment.boot_id, bytes->boot_id, sizeof(moment.boot_id));
    return moment;
}

static void put_payload(uint8_t payload[XHM_SLOT_PAYLOAD], const void *bytes, size_t size) {
    memset(payload, 0, XHM_SLOT_PAYLOAD);
    memcpy(payload, bytes, size);
}

void layout_put_header(uint8_t payload[XHM_SLOT_PAYLOAD], const struct xhm_fault_header *header) {
    struct header_bytes bytes = {
        .fault_slots = htole32(header->geometry.fault_slots),
        .event_slots = htole32(header->geometry.event_slots),
        .starts = htole64(header->starts),
        .last_sequence = htole64(header->last_sequence),
        .last_task_id = htole64(header->last_task_id),
        .damaged_total = htole64(header->damaged_total),
        .replaced_total = htole64(header->replaced_total),
        .unstored_total = htole64(header->unstored_total),
        .clean = htole32(header->clean),
        .state_slots = htole32(header->geometry.state_slots),
        .state_generation = htole64(header->state_generation),
    };

    put_name(bytes.ecu_id, header->ecu_id);
    put_payload(payload, &bytes, sizeof(bytes));
}

bool layout_get_header(const uint8_t payload[XHM_SLOT_PAYLOAD], struct xhm_fault_header *header) {
    struct header_bytes bytes;

    memcpy(&bytes, payload, sizeof(bytes));
    if (!is_name(bytes.ecu_id) || !is_count(le64toh(bytes.starts)) || !is_count(le64toh(bytes.last_sequence)) ||
        !is_count(le64toh(bytes.last_task_id)) || !is_count(le64toh(bytes.state_generation))) {
        return false;
    }
    *header = (struct xhm_fault_header){
        .geometry = {.fault_slots = le32toh(bytes.fault_slots),
                     .event_slots = le32toh(bytes.event_slots),
                     .state_slots = le32toh(bytes.state_slots)},
        .starts = le64toh(bytes.starts),
        .clean = bytes.clean != 0,
        .last_sequence = le64toh(bytes.last_sequence),
        .last_task_id = le64toh(bytes.last_task_id),
        .damaged_total = le64toh(bytes.damaged_total),
        .replaced_total = le64toh(bytes.replaced_total),
        .unstored_total = le64toh(bytes.unstored_total),
        .state_generation = le64toh(bytes.state_generation),
    };
    memcpy(header->ecu_id, bytes.ecu_id, sizeof(header->ecu_id));
    return true;
}

void layout_put_fault(uint8_t payload[XHM_SLOT_PAYLOAD], const struct xhm_fault_entry *entry) {
    struct fault_bytes bytes = {
        .number = htole32(entry->number),
        .occurrences = htole32(entry->occurrences),
        .active_scopes = htole32(entry->active_scopes),
        .status = entry->status,
        .aging_cycles = htole32(entry->aging_cycles),
        .injected = htole32(entry->injected),
        .undecided = htole32(entry->undecided),
        .open_cycle = htole64(entry->open_cycle),
        .active_start = htole64(entry->active_start),
        .changed_sequence = htole64(entry->changed_sequence),
        .first = put_moment(&entry->first),
        .last = put_moment(&entry->last),
        .injection = put_moment(&entry->injection),
        .freeze_time_ns = htole64(entry->freeze_frame.time_ns),
        .freeze_values = {htole64(entry->freeze_frame.values[0]), htole64(entry->freeze_frame.values[1])},
        .freeze_policy_hash = htole64(entry->freeze_frame.policy_hash),
        .freeze_domid = htole32(entry->freeze_frame.domid),
    };

    put_name(bytes.partition, entry->partition);
    put_name(bytes.entity, entry->entity);
    put_payload(payload, &bytes, sizeof(bytes));
}

bool layout_get_fault(const uint8_t payload[XHM_SLOT_PAYLOAD], struct xhm_fault_entry *entry) {
    struct fault_bytes bytes;

    memcpy(&bytes, payload, sizeof(bytes));
    if (bytes.number == 0 || !is_name(bytes.partition) || !is_name(bytes.entity) ||
        !is_count(le64toh(bytes.active_start)) || !is_count(le64toh(bytes.changed_sequence))) {
        return false;
    }
    *entry = (struct xhm_fault_entry){
        .number = le32toh(bytes.number),
        .occurrences = le32toh(bytes.occurrences),
        .active_scopes = le32toh(bytes.active_scopes),
        .active_start = le64toh(bytes.active_start),
        .changed_sequence = le64toh(bytes.changed_sequence),
        .status = bytes.status,
        .aging_cycles = le32toh(bytes.aging_cycles),
        .open_cycle = le64toh(bytes.open_cycle),
        .injected = le32toh(bytes.injected),
        .undecided = le32toh(bytes.undecided),
        .first = get_moment(&bytes.first),
        .last = get_moment(&bytes.last),
        .injection = get_moment(&bytes.injection),
        .freeze_frame = {.time_ns = le64toh(bytes.freeze_time_ns),
                         .values = {le64toh(bytes.freeze_values[0]), le64toh(bytes.freeze_values[1])},
                         .policy_hash = le64toh(bytes.freeze_policy_hash),
                         .domid = le32toh(bytes.freeze_domid)},
    };
    memcpy(entry->partition, bytes.partition, sizeof(entry->partition));
    memcpy(entry->entity, bytes.entity, sizeof(entry->entity));
    return true;
}

void layout_put_event(uint8_t payload[XHM_SLOT_PAYLOAD], const struct xhm_held_event *event) {
    const struct xhm_record *record = &event->record;
    struct event_bytes bytes = {
        .moment = {.sequence = htole64(record->sequence), .wall_clock_ns = htole64(record->wall_clock_ns)},
        .start = htole64(event->start),
        .time_ns = htole64(record->event.time_ns),
        .values = {htole64(record->event.values[0]), htole64(record->event.values[1])},
        .policy_hash = htole64(record->policy_hash),
        .kind = htole32((uint32_t)record->event.kind),
        .fault_number = htole32(event->fault_number),
        .domid = htole32(record->event.domid),
    };

    memcpy(bytes.moment.boot_id, event->boot_id, sizeof(bytes.moment.boot_id));
    put_name(bytes.partition, record->partition);
    put_name(bytes.entity, record->entity);
    put_name(bytes.value_names[0], record->value_names[0]);
    put_name(bytes.value_names[1], record->value_names[1]);
    put_payload(payload, &bytes, sizeof(bytes));
}

bool layout_get_event(const uint8_t payload[XHM_SLOT_PAYLOAD], struct xhm_held_event *event) {
    struct event_bytes bytes;
    struct xhm_record *record = &event->record;

    memcpy(&bytes, payload, sizeof(bytes));
    *event = (struct xhm_held_event){
        .record = {.sequence = le64toh(bytes.moment.sequence),
                   .wall_clock_ns = le64toh(bytes.moment.wall_clock_ns),
                   .policy_hash = le64toh(bytes.policy_hash)},
        .start = le64toh(bytes.start),
        .fault_number = le32toh(bytes.fault_number),
    };
    record->event = (struct xhm_event){
        .kind = (enum xhm_event_kind)le32toh(bytes.kind),
        .fault = event->fault_number == 0 ? XHM_FAULT_COUNT : faults_find(event->fault_number),
        .partition = XHM_NONE,
        .entity = XHM_NONE,
        .domid = le32toh(bytes.domid),
        .time_ns = le64toh(bytes.time_ns),
        .values = {le64toh(bytes.values[0]), le64toh(bytes.values[1])},
    };
    memcpy(event->boot_id, bytes.moment.boot_id, sizeof(event->boot_id));
    memcpy(record->partition, bytes.partition, sizeof(record->partition));
    memcpy(record->entity, bytes.entity, sizeof(record->entity));
    memcpy(record->value_names, bytes.value_names, sizeof(record->value_names));
    return layout_is_record(record) && is_count(event->start);
}

bool layout_is_record(const struct xhm_record *record) {
    return record->sequence != 0 && is_count(record->sequence) && record->event.kind != 0 &&
           (unsigned)record->event.fault <= XHM_FAULT_COUNT && is_name(record->partition) && is_name(record->entity) &&
           is_name(record->value_names[0]) && is_name(record->value_names[1]);
}
