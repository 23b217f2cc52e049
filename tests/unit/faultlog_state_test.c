/*
 * The state that outlives the supervisor (struct xhm_persistent) in the fault memory: the old one or the new one,
 * wherever the writer is cut off, and never an old one that passes for the new. Covers: XHM-SAFE-4 XHM-MEMORY-1
 * XHM-MEMORY-2
 */
#include "fault_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define FAULTS      2u
#define EVENTS      3u
#define PARTITIONS  3u
#define AREA_SLOTS  (1 + PARTITIONS)
#define STATE_BEGIN ((2 + 2 * FAULTS + EVENTS) * XHM_SLOT_SIZE)
#define BYTES       (STATE_BEGIN + 2 * AREA_SLOTS * XHM_SLOT_SIZE)

static const struct xhm_fault_geometry geometry = {
    .fault_slots = FAULTS, .event_slots = EVENTS, .state_slots = PARTITIONS};
static const struct xhm_fault_identity identity = {.ecu_id = "cockpit"};

static _Alignas(8) uint8_t bytes[BYTES];
static struct xhm_fault_memory memory;

/* A store that stops after a number of bytes, as a killed process does. An aligned word is stored as a whole. */
struct cut {
    size_t bytes_left;
};

static void store(void *context, void *destination, const void *source, size_t size) {
    struct cut *cut = context;

    if (cut == NULL || size <= cut->bytes_left) {
        memcpy(destination, source, size);
        if (cut != NULL) {
            cut->bytes_left -= size;
        }
        return;
    }
    memcpy(destination, source, size == sizeof(uint32_t) ? 0 : cut->bytes_left);
    cut->bytes_left = 0;
}

static enum xhm_persistent_reading open_bytes(struct cut *cut) {
    const struct xhm_fault_region region = {
        .bytes = bytes, .geometry = geometry, .store = {.store = store, .context = cut}};
    struct xhm_fault_findings findings;

    assert_int_equal(fault_memory_size(&geometry), BYTES);
    assert_int_equal(fault_memory_open(&memory, &region, &identity, &findings), XHM_FAULT_OPENED);
    return memory.state_reading;
}

static void format(void) {
    const struct xhm_fault_region region = {.bytes = bytes, .geometry = geometry, .store = {.store = store}};

    memset(bytes, 0, sizeof(bytes));
    fault_memory_format(&region, identity.ecu_id);
}

/* Every member depends on the number, so that a mixture of two is neither. */
static struct xhm_persistent state_of(uint32_t number) {
    struct xhm_persistent state = {
        .boot_id = "b0070000-0000-4000-8000-000000000001",
        .supervised_ns = 1000u * number,
        .mode = number % 2 == 0 ? XHM_MODE_RUN : XHM_MODE_UPDATE,
        .starts_without_health = number,
        .last_resorts_without_health = number + 1,
        .operation_cycle = number + 2,
        .operation_cycle_open = number % 2 == 0,
        .partition_count = 1 + number % PARTITIONS,
        .policy = {.version = number + 3, .hash = number + 4},
    };

    memcpy(state.safe_state, number % 2 == 0 ? "limp-home" : "", number % 2 == 0 ? sizeof("limp-home") : 1);
    for (uint32_t i = 0; i < state.partition_count; i++) {
        struct xhm_persistent_partition *partition = &state.partitions[i];

        memcpy(partition->name, "brake", sizeof("brake"));
        partition->restart_count = 1 + number % XHM_MAX_RESTART_LIMIT;
        for (uint32_t time = 0; time < partition->restart_count; time++) {
            partition->restart_times_ns[time] = 100u * number + time + i;
        }
        partition->maintenance_until_ns = 7u * number;
        partition->owns_pause = number % 2 == 0;
        partition->paused_domid = (uint16_t)(number + i);
        memset(partition->paused_uuid.bytes, (int)(number + i), sizeof(partition->paused_uuid.bytes));
        partition->halted = number % 2 == 0 ? XHM_DISPOSITION_PAUSE : XHM_DISPOSITION_LEAVE;
        partition->stays_halted = number % 2 != 0;
        partition->active = number % 2 == 0;
    }
    return state;
}

static bool holds(uint32_t number) {
    const struct xhm_persistent wanted = state_of(number);
    const struct xhm_persistent *state = &memory.state;
    bool same = strcmp(state->boot_id, wanted.boot_id) == 0 && strcmp(state->safe_state, wanted.safe_state) == 0 &&
                state->supervised_ns == wanted.supervised_ns && state->mode == wanted.mode &&
                state->starts_without_health == wanted.starts_without_health &&
                state->last_resorts_without_health == wanted.last_resorts_without_health &&
                state->operation_cycle == wanted.operation_cycle &&
                state->operation_cycle_open == wanted.operation_cycle_open &&
                state->partition_count == wanted.partition_count && state->policy.version == wanted.policy.version &&
                state->policy.hash == wanted.policy.hash;

    for (uint32_t i = 0; same && i < wanted.partition_count; i++) {
        const struct xhm_persistent_partition *one = &state->partitions[i];
        const struct xhm_persistent_partition *other = &wanted.partitions[i];

        same = strcmp(one->name, other->name) == 0 && one->restart_count == other->restart_count &&
               memcmp(one->restart_times_ns, other->restart_times_ns, sizeof(one->restart_times_ns)) == 0 &&
               one->maintenance_until_ns == other->maintenance_until_ns && one->owns_pause == other->owns_pause &&
               one->paused_domid == other->paused_domid &&
               memcmp(&one->paused_uuid, &other->paused_uuid, sizeof(one->paused_uuid)) == 0 &&
               one->halted == other->halted && one->stays_halted == other->stays_halted && one->active == other->active;
    }
    return same;
}

static void write_states(uint32_t count) {
    for (uint32_t number = 1; number <= count; number++) {
        const struct xhm_persistent state = state_of(number);

        fault_memory_state(&memory, &state);
    }
}

static void begin_with(uint32_t count) {
    format();
    assert_int_equal(open_bytes(NULL), XHM_PERSISTENT_NONE);
    write_states(count);
}

static void a_new_memory_has_none(void **state) {
    (void)state;
    begin_with(0);
    assert_int_equal(open_bytes(NULL), XHM_PERSISTENT_NONE);
}

static void every_state_is_read_again(void **state) {
    (void)state;
    for (uint32_t count = 1; count < 40; count++) {
        begin_with(count);
        assert_int_equal(open_bytes(NULL), XHM_PERSISTENT_READ);
        assert_true(holds(count));
    }
}

static void goes_on_in_the_next_life(void **state) {
    const struct xhm_persistent later = state_of(9);

    (void)state;
    begin_with(3);
    fault_memory_end(&memory);
    assert_int_equal(open_bytes(NULL), XHM_PERSISTENT_READ);
    assert_true(holds(3));
    fault_memory_state(&memory, &later);
    assert_int_equal(open_bytes(NULL), XHM_PERSISTENT_READ);
    assert_true(holds(9));
}

/* Writes one state more and is cut off after so many bytes. @return false when it came to its end */
static bool write_until_cut(uint32_t number, size_t length) {
    struct cut cut = {.bytes_left = length};
    const struct xhm_persistent state = state_of(number);

    memory.region.store = (struct xhm_store){.store = store, .context = &cut};
    fault_memory_state(&memory, &state);
    return cut.bytes_left == 0;
}

static void a_cut_leaves_the_old_or_the_new(void **state) {
    (void)state;
    for (uint32_t before = 1; before <= 4; before++) {
        size_t length = 0;
        bool is_cut;

        do {
            begin_with(before);
            is_cut = write_until_cut(before + 1, length++);
            assert_int_equal(open_bytes(NULL), XHM_PERSISTENT_READ);
            assert_true(holds(before) || holds(before + 1));
            assert_true(is_cut || holds(before + 1));
        } while (is_cut);
        assert_true(length > XHM_SLOT_SIZE);
    }
}

static void a_cut_of_the_first_leaves_none_or_it(void **state) {
    bool is_cut = true;

    (void)state;
    for (size_t length = 0; is_cut; length++) {
        begin_with(0);
        is_cut = write_until_cut(1, length);
        const enum xhm_persistent_reading reading = open_bytes(NULL);
        assert_true(reading == XHM_PERSISTENT_NONE || (reading == XHM_PERSISTENT_READ && holds(1)));
        assert_true(is_cut || reading == XHM_PERSISTENT_READ);
    }
}

/* Killed while writing, and killed again while writing in the next life: the set before both is there, or a newer one.
 */
static void two_cuts_in_a_row_leave_the_old_or_a_new_one(void **state) {
    bool is_cut = true;

    (void)state;
    for (size_t first = 0; is_cut; first += 61) {
        bool is_cut_again = true;

        for (size_t second = 0; is_cut_again; second += 61) {
            begin_with(3);
            is_cut = write_until_cut(4, first);
            assert_int_equal(open_bytes(NULL), XHM_PERSISTENT_READ);
            is_cut_again = write_until_cut(5, second);
            assert_int_equal(open_bytes(NULL), XHM_PERSISTENT_READ);
            assert_true(holds(3) || holds(4) || holds(5));
            assert_true(is_cut_again || holds(5));
        }
    }
}

/* Power is cut while one set is written over another: of what was not synced any choice of sectors is on the disk. */
static void cut_the_change_of(uint32_t from, uint32_t to) {
    static uint8_t synced[BYTES];
    static uint8_t written[BYTES];
    const struct xhm_persistent next = state_of(to);

    memcpy(synced, bytes, sizeof(synced));
    fault_memory_state(&memory, &next);
    memcpy(written, bytes, sizeof(written));
    for (uint32_t choice = 0; choice < 1u << (2 * AREA_SLOTS); choice++) {
        memcpy(bytes, synced, sizeof(bytes));
        for (uint32_t slot = 0; slot < 2 * AREA_SLOTS; slot++) {
            const size_t at = STATE_BEGIN + slot * XHM_SLOT_SIZE;

            memcpy(bytes + at, (choice >> slot & 1u) != 0 ? written + at : synced + at, XHM_SLOT_SIZE);
        }
        assert_int_equal(open_bytes(NULL), XHM_PERSISTENT_READ);
        assert_true(holds(from) || holds(to));
    }
}

static void a_power_cut_leaves_the_old_or_the_new(void **state) {
    (void)state;
    for (uint32_t before = 1; before <= 3; before++) {
        begin_with(before);
        cut_the_change_of(before, before + 1);
    }
}

/* Damage to the newest set must not bring back the one before: it may say the opposite of the latch. */
static void no_flipped_bit_brings_back_an_old_one(void **state) {
    static uint8_t sound[BYTES];
    uint32_t read = 0;
    uint32_t refused = 0;

    (void)state;
    begin_with(4);
    memcpy(sound, bytes, sizeof(sound));
    for (size_t bit = 8 * STATE_BEGIN; bit < 8 * BYTES; bit++) {
        memcpy(bytes, sound, sizeof(bytes));
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (open_bytes(NULL) == XHM_PERSISTENT_READ) {
            assert_true(holds(4));
            read++;
        } else {
            assert_int_equal(memory.state_reading, XHM_PERSISTENT_UNREADABLE);
            refused++;
        }
    }
    assert_true(read > 0 && refused > 0);
}

static void an_area_that_was_lost_is_no_answer(void **state) {
    (void)state;
    for (uint32_t area = 0; area < 2; area++) {
        begin_with(5);
        fault_memory_end(&memory);
        memset(bytes + STATE_BEGIN + area * AREA_SLOTS * XHM_SLOT_SIZE, 0, AREA_SLOTS * XHM_SLOT_SIZE);
        assert_int_equal(open_bytes(NULL), XHM_PERSISTENT_UNREADABLE);
    }
    begin_with(5);
    fault_memory_commit(&memory);
    memset(bytes + STATE_BEGIN, 0, BYTES - STATE_BEGIN);
    assert_int_equal(open_bytes(NULL), XHM_PERSISTENT_UNREADABLE);
}

/* What was stored, as the header says, and is gone: the set before is no answer, whatever end the life had. */
static void a_stored_set_that_is_gone_is_no_answer(void **state) {
    (void)state;
    begin_with(5);
    fault_memory_commit(&memory);
    memset(bytes + STATE_BEGIN + AREA_SLOTS * XHM_SLOT_SIZE, 0, AREA_SLOTS * XHM_SLOT_SIZE);
    assert_int_equal(open_bytes(NULL), XHM_PERSISTENT_UNREADABLE);
    begin_with(5);
    fault_memory_commit(&memory);
    memset(bytes + STATE_BEGIN, 0, AREA_SLOTS * XHM_SLOT_SIZE);
    assert_int_equal(open_bytes(NULL), XHM_PERSISTENT_READ);
    assert_true(holds(5));
}

/* Slots that a cut left behind, on the disk by now, must not complete the next set when power is cut in its writing. */
static void slots_of_a_cut_set_complete_no_other(void **state) {
    (void)state;
    for (size_t length = 0; length < AREA_SLOTS * (XHM_SLOT_SIZE + 8); length += 131) {
        begin_with(3);
        write_until_cut(8, length);
        assert_int_equal(open_bytes(NULL), XHM_PERSISTENT_READ);
        const uint32_t found = holds(8) ? 8 : 3;
        assert_true(holds(found));
        cut_the_change_of(found, 5);
    }
}

static void without_a_header_a_state_counts_and_none_does_not(void **state) {
    (void)state;
    begin_with(2);
    memset(bytes, 0, 2 * XHM_SLOT_SIZE);
    assert_int_equal(open_bytes(NULL), XHM_PERSISTENT_READ);
    assert_true(holds(2));
    begin_with(0);
    memset(bytes, 0, 2 * XHM_SLOT_SIZE);
    assert_int_equal(open_bytes(NULL), XHM_PERSISTENT_UNREADABLE);
}

static void is_trusted_again_after_both_areas_were_written(void **state) {
    const struct xhm_persistent next = state_of(8);

    (void)state;
    begin_with(4);
    for (uint32_t slot = 0; slot < AREA_SLOTS; slot++) {
        bytes[STATE_BEGIN + slot * XHM_SLOT_SIZE + 40] ^= 1;
    }
    assert_int_equal(open_bytes(NULL), XHM_PERSISTENT_UNREADABLE);
    assert_int_equal(open_bytes(NULL), XHM_PERSISTENT_UNREADABLE);
    fault_memory_state(&memory, &next);
    assert_int_equal(open_bytes(NULL), XHM_PERSISTENT_READ);
    assert_true(holds(8));
}

static void goes_on_in_other_bytes(void **state) {
    static _Alignas(8) uint8_t other[BYTES];

    (void)state;
    begin_with(4);
    fault_memory_move(&memory, other);
    memcpy(bytes, other, sizeof(bytes));
    assert_int_equal(open_bytes(NULL), XHM_PERSISTENT_READ);
    assert_true(holds(4));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_memory_has_none),
        cmocka_unit_test(every_state_is_read_again),
        cmocka_unit_test(goes_on_in_the_next_life),
        cmocka_unit_test(a_cut_leaves_the_old_or_the_new),
        cmocka_unit_test(a_cut_of_the_first_leaves_none_or_it),
        cmocka_unit_test(two_cuts_in_a_row_leave_the_old_or_a_new_one),
        cmocka_unit_test(a_power_cut_leaves_the_old_or_the_new),
        cmocka_unit_test(no_flipped_bit_brings_back_an_old_one),
        cmocka_unit_test(an_area_that_was_lost_is_no_answer),
        cmocka_unit_test(a_stored_set_that_is_gone_is_no_answer),
        cmocka_unit_test(slots_of_a_cut_set_complete_no_other),
        cmocka_unit_test(without_a_header_a_state_counts_and_none_does_not),
        cmocka_unit_test(is_trusted_again_after_both_areas_were_written),
        cmocka_unit_test(goes_on_in_other_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
