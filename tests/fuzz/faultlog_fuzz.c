/*
 * Fuzz target: any bytes as a fault memory. They are opened as they are, and once more with the mark and checksum of
 * every slot made right, so that nonsense behind sound checksums is reached as well.
 */
#include "crc32p4.h"
#include "fault_memory.h"

#include <stdlib.h>
#include <string.h>

#define FAULTS 3u
#define EVENTS 5u
#define STATES 2u
#define SLOTS  (2 + 2 * FAULTS + EVENTS + 2 * (1 + STATES))
#define SIZE   (SLOTS * XHM_SLOT_SIZE)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct xhm_fault_geometry geometry = {.fault_slots = FAULTS, .event_slots = EVENTS, .state_slots = STATES};
static const struct xhm_fault_identity identity = {.ecu_id = "cockpit"};

static void store(void *context, void *destination, const void *source, size_t size) {
    (void)context;
    memcpy(destination, source, size);
}

static void require(bool condition) {
    if (!condition) {
        abort();
    }
}

static void require_sound_view(const struct xhm_fault_memory *memory) {
    struct xhm_fault_record faults[FAULTS];
    struct xhm_record events[EVENTS];
    const uint32_t fault_count = fault_memory_faults(memory, faults, FAULTS);
    const uint32_t event_count = fault_memory_events(memory, events, EVENTS);

    for (uint32_t i = 0; i < fault_count; i++) {
        require(faults[i].number != 0 && !faults[i].active);
        require(memchr(faults[i].partition, '\0', XHM_NAME_SIZE) != NULL);
        require(memchr(faults[i].entity, '\0', XHM_NAME_SIZE) != NULL);
        require(i == 0 || faults[i].last_sequence <= faults[i - 1].last_sequence);
    }
    for (uint32_t i = 0; i < event_count; i++) {
        require(layout_is_record(&events[i]));
        require(i == 0 || events[i].sequence > events[i - 1].sequence);
    }
}

/* A memory that has counted nearly to the limit is used up at it; no real one gets there. */
static bool is_near_limit(const struct xhm_fault_memory *memory) {
    const uint64_t near = XHM_COUNT_LIMIT / 2;
    bool is_near = memory->header_generation > near || memory->held_sequence > near || memory->header.starts > near ||
                   memory->header.last_task_id > near || memory->state_highest > near;

    for (uint32_t i = 0; i < FAULTS; i++) {
        is_near = is_near || memory->generations[i] > near;
    }
    return is_near;
}

/* Everything that changes more than one fault record. */
static void tell_all_records(struct xhm_fault_memory *memory) {
    static const enum xhm_event_kind kinds[] = {XHM_EVENT_INJECTION_ORDERED,     XHM_EVENT_INJECTION_STARTED,
                                                XHM_EVENT_OPERATION_CYCLE_BEGUN, XHM_EVENT_OPERATION_CYCLE_ENDED,
                                                XHM_EVENT_FAULTS_CLEARED,        XHM_EVENT_INJECTION_ENDED};

    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const struct xhm_record record = {.sequence = memory->held_sequence + 1,
                                          .event = {.kind = kinds[i], .fault = XHM_FAULT_COUNT},
                                          .partition = "brake"};

        require(fault_memory_record(memory, &record));
    }
}

static void open_and_use(uint8_t *bytes) {
    static struct xhm_fault_memory memory;
    const struct xhm_fault_region region = {.bytes = bytes, .geometry = geometry, .store = {.store = store}};
    struct xhm_fault_findings findings;
    struct xhm_record record = {.event = {.kind = XHM_EVENT_FAULT_RAISED, .fault = XHM_FAULT_MEMORY_SIZE},
                                .partition = "brake"};
    const struct xhm_persistent state = {.safe_state = "limp-home", .partition_count = 1};

    if (fault_memory_open(&memory, &region, &identity, &findings) != XHM_FAULT_OPENED) {
        return;
    }
    require_sound_view(&memory);
    if (is_near_limit(&memory)) {
        return;
    }
    record.sequence = memory.held_sequence + 1;
    require(fault_memory_record(&memory, &record));
    fault_memory_state(&memory, &state);
    tell_all_records(&memory);
    fault_memory_commit(&memory);
    fault_memory_end(&memory);
    require(fault_memory_open(&memory, &region, &identity, &findings) == XHM_FAULT_OPENED);
    require(findings.clean && findings.damaged == 0);
    require(memory.state_reading == XHM_PERSISTENT_READ && strcmp(memory.state.safe_state, state.safe_state) == 0);
    require_sound_view(&memory);
}

static void make_sums_right(uint8_t *bytes) {
    static const uint8_t mark[4] = "XHMS";

    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        uint8_t *at = bytes + (size_t)slot * XHM_SLOT_SIZE;
        const uint32_t sum = xhm_crc32p4(at + 8, XHM_SLOT_SIZE - 8);

        memcpy(at, mark, sizeof(mark));
        for (unsigned i = 0; i < 4; i++) {
            at[4 + i] = (uint8_t)(sum >> 8 * i);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t bytes[SIZE];

    memset(bytes, 0, sizeof(bytes));
    memcpy(bytes, data, size < SIZE ? size : SIZE);
    open_and_use(bytes);
    memset(bytes, 0, sizeof(bytes));
    memcpy(bytes, data, size < SIZE ? size : SIZE);
    make_sums_right(bytes);
    open_and_use(bytes);
    return 0;
}
