/* The state for the next life on its way through the writer, and what the loop does with it (daemon/loop/keeping.h).
   Covers: XHM-SAFE-1 XHM-LASTRESORT-1 */
#include "keeping.h"
#include "sample_policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_MS 10000

static const char boot_id[] = "b0070000-0000-4000-8000-000000000001";
static char folder[] = "/tmp/xhm-state-XXXXXX";
static char memory_path[64];
static struct xhm_writer_memory found;
static struct xhm_policy policy;
static struct xhm_core core;
static struct xhm_outcome outcome;

static struct xhm_writer *open_writer(const char *path) {
    const struct xhm_writer_options options = {
        .sink = XHM_SINK_FILE, .sink_path = "/dev/null", .fault_memory_path = path, .ecu_id = "cockpit"};
    char error[XHM_ERROR_SIZE];
    struct xhm_writer *writer = writer_open(&options, &found, error);

    assert_non_null(writer);
    return writer;
}

/* Bounded: another thread has to get its turn. */
static void await_stored(const struct xhm_writer *writer, uint64_t generation) {
    const struct timespec shortly = {.tv_nsec = 1000000};

    for (int i = 0; writer_state_stored(writer) < generation; i++) {
        assert_true(i < PATIENCE_MS);
        nanosleep(&shortly, NULL);
    }
}

static struct xhm_persistent latched(const char *name) {
    struct xhm_persistent state = {.supervised_ns = 5, .partition_count = 1};

    snprintf(state.safe_state, sizeof(state.safe_state), "%s", name);
    snprintf(state.boot_id, sizeof(state.boot_id), "%s", boot_id);
    return state;
}

static void the_latest_state_is_stored(void **state) {
    struct xhm_writer *writer = open_writer(memory_path);
    uint64_t generation = 0;

    (void)state;
    assert_int_equal(found.reading, XHM_PERSISTENT_NONE);
    assert_int_equal(writer_state_stored(writer), 0);
    for (int i = 0; i < 1000; i++) {
        const struct xhm_persistent given = latched(i == 999 ? "limp-home" : "");
        const uint64_t before = generation;

        generation = writer_state(writer, &given);
        assert_int_equal(generation, before + 1);
    }
    await_stored(writer, generation);
    writer_close(writer);
    writer = open_writer(memory_path);
    assert_int_equal(found.reading, XHM_PERSISTENT_READ);
    assert_true(found.clean);
    assert_string_equal(found.persistent.safe_state, "limp-home");
    writer_close(writer);
}

static void without_storage_nothing_is_stored(void **state) {
    struct xhm_writer *writer = open_writer("/dev/full/fault-memory");
    const struct xhm_persistent given = latched("limp-home");
    struct xhm_keeping keeping = {.writer = writer, .boot_id = boot_id};

    (void)state;
    assert_true(found.degraded);
    assert_int_equal(found.reading, XHM_PERSISTENT_UNREADABLE);
    assert_int_equal(writer_state(writer, &given), 1);
    keeping.generation = 1;
    keeping_last_resort(&keeping, XHM_ACTION_RESTART_SUPERVISOR);
    assert_int_equal(keeping_step(&keeping), XHM_LOOP_RESTART);
    writer_close(writer);
}

/* The file is cut while it is used: what was stored counts, what comes after is never called stored, and it is told. */
static void storage_that_goes_stores_no_more(void **state) {
    struct xhm_writer *writer = open_writer(memory_path);
    const struct xhm_persistent before = latched("");
    const struct xhm_persistent after = latched("limp-home");
    const struct timespec shortly = {.tv_nsec = 1000000};

    (void)state;
    await_stored(writer, writer_state(writer, &before));
    assert_int_equal(truncate(memory_path, 512), 0);
    writer_state(writer, &after);
    for (int i = 0; !writer_degraded(writer); i++) {
        assert_true(i < PATIENCE_MS);
        nanosleep(&shortly, NULL);
    }
    assert_int_equal(writer_state_stored(writer), 1);
    writer_close(writer);
}

static void another_file_is_an_unreadable_state(void **state) {
    FILE *file = fopen(memory_path, "we");

    (void)state;
    assert_non_null(file);
    fputs("not a fault memory", file);
    fclose(file);
    struct xhm_writer *writer = open_writer(memory_path);
    assert_int_equal(found.reading, XHM_PERSISTENT_UNREADABLE);
    writer_close(writer);
}

static void prepare_core(void) {
    sample_policy(&policy);
    policy.safe_state_count = 1;
    strcpy(policy.safe_states[0].name, "limp-home");
    policy.safe_states[0].dispositions[SAMPLE_INFOTAINMENT] = XHM_DISPOSITION_STOP;
    core_init(&core, &policy, 1);
}

/* One life with an order, and the next one: the latch goes on, in the same boot or another. */
static void a_latch_goes_on_in_the_next_life(void **state) {
    struct xhm_writer *writer = open_writer(memory_path);
    struct xhm_keeping keeping = {.writer = writer, .boot_id = boot_id};
    const struct xhm_order order = {.kind = XHM_ORDER_SAFE_STATE, .safe_state = 0};

    (void)state;
    prepare_core();
    keeping_restore(&keeping, &found, &core, &outcome);
    keeping_take(&keeping, &core, &outcome);
    assert_true(keeping.generation > 0);
    assert_int_equal(core_order(&core, &order, &outcome), XHM_ORDER_ACCEPTED);
    keeping_take(&keeping, &core, &outcome);
    await_stored(writer, keeping.generation);
    writer_close(writer);

    writer = open_writer(memory_path);
    keeping = (struct xhm_keeping){.writer = writer, .boot_id = "another boot"};
    prepare_core();
    keeping_restore(&keeping, &found, &core, &outcome);
    core_export(&core, &keeping.state);
    assert_string_equal(keeping.state.safe_state, "limp-home");
    writer_close(writer);
}

static void a_last_resort_waits_for_storage(void **state) {
    struct xhm_writer *writer = open_writer(memory_path);
    struct xhm_keeping keeping = {.writer = writer, .boot_id = boot_id};
    const struct xhm_persistent given = latched("");

    (void)state;
    assert_int_equal(keeping_step(&keeping), XHM_LOOP_GOES_ON);
    /* A state that will never be stored: only patience ends the wait. */
    keeping.generation = writer_state(writer, &given) + 1;
    keeping_last_resort(&keeping, XHM_ACTION_REBOOT_ECU);
    for (unsigned i = 0; i < XHM_KEEPING_PATIENCE_STEPS; i++) {
        assert_int_equal(keeping_step(&keeping), XHM_LOOP_GOES_ON);
    }
    assert_int_equal(keeping_step(&keeping), XHM_LOOP_REBOOT);
    keeping.generation--;
    await_stored(writer, keeping.generation);
    keeping_last_resort(&keeping, XHM_ACTION_REBOOT_ECU);
    assert_int_equal(keeping_step(&keeping), XHM_LOOP_REBOOT);
    writer_close(writer);
}

static int forget(void **state) {
    (void)state;
    unlink(memory_path);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_latest_state_is_stored, forget),
        cmocka_unit_test_teardown(without_storage_nothing_is_stored, forget),
        cmocka_unit_test_teardown(storage_that_goes_stores_no_more, forget),
        cmocka_unit_test_teardown(another_file_is_an_unreadable_state, forget),
        cmocka_unit_test_teardown(a_latch_goes_on_in_the_next_life, forget),
        cmocka_unit_test_teardown(a_last_resort_waits_for_storage, forget),
    };

    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    snprintf(memory_path, sizeof(memory_path), "%s/fault-memory", folder);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return failed;
}
