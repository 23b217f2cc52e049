/* Covers: XHM-MEMORY-1 */
/* The fault memory when its writer is killed: at every byte that is stored, and at every instruction. */
#define SCENARIO_STATES 2u
#include "faultlog_scenario_test.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct scenario_view views[SCENARIO_STEPS + 1];

/* A store that stops after a number of bytes, as a killed process does. An aligned word is stored as a whole. */
struct cut_store {
    size_t bytes_left;
};

static void store_until_cut(void *context, void *destination, const void *source, size_t size) {
    struct cut_store *cut = context;
    const bool is_word = size == sizeof(uint32_t) && (uintptr_t)destination % sizeof(uint32_t) == 0;

    if (size <= cut->bytes_left) {
        memcpy(destination, source, size);
        cut->bytes_left -= size;
        return;
    }
    memcpy(destination, source, is_word ? 0 : cut->bytes_left);
    cut->bytes_left = 0;
}

/* Opens a copy of what a killed writer left, and requires what was there after @p told steps, or after one more. */
static void require_old_or_new(const uint8_t *left, size_t told, uint64_t least_task_id) {
    static struct xhm_fault_memory memory;
    static uint8_t bytes[SCENARIO_BYTES];
    const struct xhm_fault_region region = scenario_region(bytes);
    const size_t next = told < SCENARIO_STEPS ? told + 1 : told;
    struct xhm_fault_findings findings;
    struct scenario_view view;

    memcpy(bytes, left, sizeof(bytes));
    assert_int_equal(fault_memory_open(&memory, &region, &scenario_identity, &findings), XHM_FAULT_OPENED);
    scenario_look(&memory, &view);
    assert_int_equal(findings.damaged, 0);
    assert_false(findings.clean);
    assert_true(scenario_same_faults(&view, &views[told]) || scenario_same_faults(&view, &views[next]));
    assert_true(view.state == views[told].state || view.state == views[next].state);
    /* The oldest event makes room for the new one, which is there or not: every other one is. */
    for (uint32_t i = told > SCENARIO_EVENTS - 1; i < views[told].event_count; i++) {
        assert_true(scenario_holds_event(&view, &views[told].events[i]));
    }
    assert_true(memory.held_sequence == told || memory.held_sequence == next);
    assert_true(memory.header.last_task_id >= least_task_id);
    assert_true(memory.header.starts >= 1);
}

/* The memory before the story. */
static void begin_story(struct xhm_fault_memory *memory, uint8_t bytes[SCENARIO_BYTES]) {
    const struct xhm_fault_region region = scenario_region(bytes);
    struct xhm_fault_findings findings;

    memset(bytes, 0, SCENARIO_BYTES);
    fault_memory_format(&region, scenario_identity.ecu_id);
    fault_memory_open(memory, &region, &scenario_identity, &findings);
}

/* Tells step @p step of the story, with a store that is cut off after @p bytes, and requires what was there before or
 * after it. @return false when the step came to its end */
static bool cut_step(struct xhm_fault_memory *memory, size_t step, size_t bytes) {
    struct cut_store cut = {.bytes_left = bytes};
    uint64_t task_id = memory->header.last_task_id;
    size_t told = step;

    memory->region.store = (struct xhm_store){.store = store_until_cut, .context = &cut};
    scenario_tell(memory, step);
    if (cut.bytes_left > 0) {
        task_id = memory->header.last_task_id;
        scenario_commit(memory, step);
        told = step + 1;
    }
    require_old_or_new(memory->region.bytes, told, task_id);
    return cut.bytes_left == 0;
}

static void cut_at_every_byte(void **state) {
    static struct xhm_fault_memory before;
    static struct xhm_fault_memory memory;
    static _Alignas(8) uint8_t told[SCENARIO_BYTES];
    static _Alignas(8) uint8_t left[SCENARIO_BYTES];
    size_t cuts = 0;

    (void)state;
    begin_story(&before, told);
    for (size_t step = 0; step < SCENARIO_STEPS; step++) {
        bool is_cut = true;

        for (size_t bytes = 0; is_cut; bytes++) {
            memory = before;
            memcpy(left, told, sizeof(left));
            memory.region.bytes = left;
            is_cut = cut_step(&memory, step, bytes);
            cuts += is_cut;
        }
        before = memory;
        memcpy(told, left, sizeof(told));
    }
    assert_true(cuts > SCENARIO_STEPS * XHM_SLOT_SIZE);
}

/* Opening repairs and begins a life: a kill in the middle of that loses nothing either. */
static void cut_while_opening(void **state) {
    static struct xhm_fault_memory memory;
    static uint8_t told[SCENARIO_BYTES];
    static _Alignas(8) uint8_t left[SCENARIO_BYTES];
    struct xhm_fault_region region = scenario_region(left);
    struct cut_store cut = {.bytes_left = SIZE_MAX};
    struct xhm_fault_findings findings;

    (void)state;
    begin_story(&memory, told);
    for (size_t step = 0; step < SCENARIO_STEPS; step++) {
        scenario_tell(&memory, step);
        scenario_commit(&memory, step);
    }
    told[XHM_SLOT_SIZE * 3] ^= 1;
    region.store = (struct xhm_store){.store = store_until_cut, .context = &cut};
    for (size_t bytes = 0;; bytes++) {
        memcpy(left, told, sizeof(left));
        cut.bytes_left = bytes;
        fault_memory_open(&memory, &region, &scenario_identity, &findings);
        if (cut.bytes_left > 0) {
            break;
        }
        cut.bytes_left = SIZE_MAX;
        assert_int_equal(fault_memory_open(&memory, &region, &scenario_identity, &findings), XHM_FAULT_OPENED);
        struct scenario_view view;
        scenario_look(&memory, &view);
        assert_true(scenario_same_faults(&view, &views[SCENARIO_STEPS]));
        assert_int_equal(view.event_count, SCENARIO_EVENTS);
        assert_int_equal(view.state, SCENARIO_STEPS);
    }
}

/* Requires of what a power cut left: everything that was synced, and nothing that never was. */
static void require_synced(uint8_t *left, const struct scenario_view *synced, const struct scenario_view *told) {
    static struct xhm_fault_memory memory;
    const struct xhm_fault_region region = scenario_region(left);
    struct xhm_fault_findings findings;
    struct scenario_view view;

    assert_int_equal(fault_memory_open(&memory, &region, &scenario_identity, &findings), XHM_FAULT_OPENED);
    assert_int_equal(findings.damaged, 0);
    assert_false(findings.clean);
    scenario_look(&memory, &view);
    assert_true(view.state == synced->state || view.state == told->state);
    for (uint32_t i = 0; i < synced->fault_count; i++) {
        const struct xhm_fault_record *before = &synced->faults[i];
        const struct xhm_fault_record *after = scenario_find_fault(&view, before);

        /* The next events may have replaced it. */
        assert_true(after != NULL || scenario_find_fault(told, before) == NULL);
        assert_true(after == NULL ||
                    (after->occurrences >= before->occurrences && after->first_sequence == before->first_sequence &&
                     after->last_sequence >= before->last_sequence));
    }
    for (uint32_t i = 0; i < synced->event_count; i++) {
        const uint64_t sequence = synced->events[i].sequence;
        const bool may_be_overwritten = sequence + SCENARIO_EVENTS <= told->events[told->event_count - 1].sequence;

        assert_true(may_be_overwritten || scenario_holds_event(&view, &synced->events[i]));
    }
    for (uint32_t i = 0; i < view.event_count; i++) {
        assert_true(scenario_holds_event(synced, &view.events[i]) || scenario_holds_event(told, &view.events[i]));
    }
    for (uint32_t i = 0; i < view.fault_count; i++) {
        const struct xhm_fault_record *newest = scenario_find_fault(told, &view.faults[i]);

        assert_true(newest == NULL || view.faults[i].occurrences <= newest->occurrences);
    }
    /* The start after that finds nothing to repair. */
    fault_memory_end(&memory);
    fault_memory_open(&memory, &region, &scenario_identity, &findings);
    assert_true(findings.clean);
    assert_int_equal(findings.damaged, 0);
}

/* Every choice of the sectors that changed since the last sync can have reached the disk. */
static void lose_power_between(const uint8_t *synced_bytes, const uint8_t *told_bytes, size_t synced, size_t told) {
    static uint8_t left[SCENARIO_BYTES];
    size_t changed[SCENARIO_BYTES / XHM_SLOT_SIZE];
    size_t count = 0;

    for (size_t at = 0; at < SCENARIO_BYTES; at += XHM_SLOT_SIZE) {
        if (memcmp(synced_bytes + at, told_bytes + at, XHM_SLOT_SIZE) != 0) {
            changed[count++] = at;
        }
    }
    assert_true(count >= 1);
    for (size_t choice = 0; choice < (size_t)1 << count; choice++) {
        memcpy(left, synced_bytes, sizeof(left));
        for (size_t i = 0; i < count; i++) {
            if ((choice >> i & 1) != 0) {
                memcpy(left + changed[i], told_bytes + changed[i], XHM_SLOT_SIZE);
            }
        }
        require_synced(left, &views[synced], &views[told]);
    }
}

static void power_cut_between_any_sectors(void **state) {
    static struct xhm_fault_memory memory;
    static uint8_t bytes[SCENARIO_BYTES];
    static uint8_t synced_bytes[SCENARIO_BYTES];
    const struct xhm_fault_region region = scenario_region(bytes);
    struct xhm_fault_findings findings;
    size_t synced = 0;

    (void)state;
    fault_memory_format(&region, scenario_identity.ecu_id);
    fault_memory_open(&memory, &region, &scenario_identity, &findings);
    memcpy(synced_bytes, bytes, sizeof(bytes));
    for (size_t step = 0; step < SCENARIO_STEPS; step++) {
        scenario_tell(&memory, step);
        lose_power_between(synced_bytes, bytes, synced, step + 1);
        if (scenario_steps[step].committed) {
            fault_memory_commit(&memory);
            memcpy(synced_bytes, bytes, sizeof(bytes));
            synced = step + 1;
        }
    }
}

/* Memory that the writer and the one who kills it share. */
struct shared {
    volatile size_t told;
    volatile uint64_t task_id;
    uint8_t bytes[SCENARIO_BYTES];
};

/* Tells the one who kills the writer that a store begins, and that it is over. */
static void store_watched(void *context, void *destination, const void *source, size_t size) {
    (void)context;
    raise(SIGUSR1);
    memcpy(destination, source, size);
    raise(SIGUSR1);
}

/* The writer, stopped before its first step. */
static void be_traced_writer(struct shared *shared) {
    static struct xhm_fault_memory memory;

    begin_story(&memory, shared->bytes);
    memory.region.store = (struct xhm_store){.store = store_watched};
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) {
        _exit(2);
    }
    raise(SIGSTOP);
    for (size_t step = 0; step < SCENARIO_STEPS; step++) {
        scenario_tell(&memory, step);
        shared->task_id = memory.header.last_task_id;
        shared->told = step + 1;
        scenario_commit(&memory, step);
    }
    _exit(0);
}

/*
 * A killed process leaves what its last instruction left in memory that outlives it. Stepping through the writer's
 * stores and opening what is there after each instruction that changed it is the same as killing it at each of them:
 * between its stores nothing may change.
 */
static void kill_at_every_instruction(void **state) {
    static uint8_t seen[SCENARIO_BYTES];
    struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    size_t changes = 0;
    bool is_storing = false;
    int status;
    pid_t writer;

    (void)state;
    assert_ptr_not_equal(shared, MAP_FAILED);
    writer = fork();
    assert_true(writer >= 0);
    if (writer == 0) {
        be_traced_writer(shared);
    }
    assert_int_equal(waitpid(writer, &status, 0), writer);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 2) {
        print_message("tracing a process is not permitted here\n");
        skip();
    }
    memcpy(seen, shared->bytes, sizeof(seen));
    while (WIFSTOPPED(status)) {
        if (memcmp(seen, shared->bytes, sizeof(seen)) != 0) {
            assert_true(is_storing);
            memcpy(seen, shared->bytes, sizeof(seen));
            require_old_or_new(seen, shared->told, shared->task_id);
            changes++;
        }
        is_storing = is_storing != (WSTOPSIG(status) == SIGUSR1);
        assert_int_equal(ptrace(is_storing ? PTRACE_SINGLESTEP : PTRACE_CONT, writer, NULL, NULL), 0);
        assert_int_equal(waitpid(writer, &status, 0), writer);
    }
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(shared->told, SCENARIO_STEPS);
    /* Three stores a slot at the least. */
    assert_true(changes >= 3 * SCENARIO_STEPS);
    munmap(shared, sizeof(*shared));
}

static int prepare(void **state) {
    (void)state;
    scenario_views(views);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_at_every_byte),
        cmocka_unit_test(cut_while_opening),
        cmocka_unit_test(power_cut_between_any_sectors),
        cmocka_unit_test(kill_at_every_instruction),
    };

    return cmocka_run_group_tests(tests, prepare, NULL);
}
