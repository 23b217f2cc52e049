/* Covers: XHM-MEMORY-2 */
/* The fault memory's file: created, damaged, cut, foreign, not to be had, and left by a killed process. */
#include "faultlog.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define FILE_SIZE ((2 + 2 * XHM_FAULT_SLOTS + XHM_EVENT_SLOTS + 2 * (1 + XHM_MAX_PARTITIONS)) * XHM_SLOT_SIZE)

/* In memory where that is possible: some thousand syncs of a busy disk would take minutes. */
static char folder[64];
static char path[64];
static struct xhm_faultlog_state found;

static struct xhm_record record_of(uint64_t sequence) {
    return (struct xhm_record){
        .sequence = sequence,
        .wall_clock_ns = sequence * 1000,
        .event = {.kind = XHM_EVENT_FAULT_RAISED,
                  .fault = (enum xhm_fault)(sequence % XHM_FAULT_COUNT),
                  .partition = 0,
                  .entity = XHM_NONE,
                  .domid = 3,
                  .values = {sequence, sequence}},
        .partition = "brake",
    };
}

static void tell(struct xhm_faultlog *log, uint64_t from, uint64_t to) {
    for (uint64_t sequence = from; sequence <= to; sequence++) {
        const struct xhm_record record = record_of(sequence);

        assert_true(faultlog_record(log, &record));
    }
}

static struct xhm_faultlog *open_log(void) {
    struct xhm_faultlog *log = faultlog_open(path, "cockpit", &found);

    assert_non_null(log);
    return log;
}

static off_t size_of_file(void) {
    struct stat status;

    assert_int_equal(stat(path, &status), 0);
    return status.st_size;
}

static void flip(off_t offset) {
    const int descriptor = open(path, O_RDWR | O_CLOEXEC);
    uint8_t byte;

    assert_int_equal(pread(descriptor, &byte, 1, offset), 1);
    byte ^= 0x10;
    assert_int_equal(pwrite(descriptor, &byte, 1, offset), 1);
    close(descriptor);
}

/* A fresh memory with 100 events, ended as it should. */
static void make_file(void) {
    struct xhm_faultlog *log;

    unlink(path);
    log = open_log();
    tell(log, 1, 100);
    faultlog_close(log, true);
}

static void is_created_whole(void **state) {
    struct stat status;

    (void)state;
    unlink(path);
    faultlog_close(open_log(), true);
    assert_true(found.clean);
    assert_false(found.recovered);
    assert_false(found.degraded);
    assert_string_equal(found.note, "");
    assert_int_equal(found.starts, 1);
    assert_int_equal(size_of_file(), FILE_SIZE);
    assert_int_equal(stat(path, &status), 0);
    assert_true(status.st_blocks * 512 >= (off_t)FILE_SIZE);
    assert_int_equal(status.st_mode & 0777, 0640);
}

static void goes_on_in_the_next_life(void **state) {
    struct xhm_record events[4];
    struct xhm_fault_record faults[XHM_FAULT_SLOTS];
    struct xhm_faultlog *log;

    (void)state;
    make_file();
    log = open_log();
    assert_true(found.clean);
    assert_int_equal(found.starts, 2);
    assert_int_equal(found.last_sequence, 100);
    assert_int_equal(faultlog_events(log, events, 4), 4);
    assert_int_equal(events[3].sequence, 100);
    assert_int_equal(faultlog_faults(log, faults, XHM_FAULT_SLOTS), XHM_FAULT_COUNT);
    assert_int_equal(faults[0].last_sequence, 100);
    assert_false(faults[0].active);
    faultlog_task_id(log, 9);
    faultlog_close(log, false);
    faultlog_close(open_log(), true);
    assert_false(found.clean);
    assert_true(found.last_task_id >= 9);
    assert_false(found.recovered);
}

static void one_supervisor_at_a_time(void **state) {
    struct xhm_faultlog *first;
    struct xhm_faultlog *second;

    (void)state;
    make_file();
    first = open_log();
    second = open_log();
    assert_true(found.degraded);
    assert_int_equal(found.reading, XHM_PERSISTENT_NONE);
    assert_non_null(strstr(found.note, "another supervisor"));
    /* What is remembered can be read all the same. */
    assert_int_equal(found.last_sequence, 100);
    assert_false(faultlog_sync(second));
    assert_true(faultlog_sync(first));
    faultlog_close(second, true);
    faultlog_close(first, true);
}

static struct xhm_persistent latched(void) {
    return (struct xhm_persistent){
        .supervised_ns = 7, .mode = XHM_MODE_RUN, .safe_state = "limp-home", .partition_count = 1};
}

/* One life that left a latch on storage. */
static void make_latched_file(void) {
    const struct xhm_persistent state = latched();
    struct xhm_faultlog *log;

    make_file();
    log = open_log();
    faultlog_state(log, &state);
    assert_true(faultlog_sync(log));
    faultlog_close(log, false);
}

static void require_latch_or_unreadable(void) {
    faultlog_close(open_log(), false);
    assert_true(found.reading == XHM_PERSISTENT_UNREADABLE ||
                (found.reading == XHM_PERSISTENT_READ && strcmp(found.persistent.safe_state, "limp-home") == 0));
}

static void a_damaged_latch_is_no_other_latch(void **state) {
    (void)state;
    for (off_t length = 0; length < (off_t)FILE_SIZE; length += 9973) {
        make_latched_file();
        assert_int_equal(truncate(path, length), 0);
        require_latch_or_unreadable();
    }
    for (off_t offset = 0; offset < (off_t)FILE_SIZE; offset += 5003) {
        make_latched_file();
        flip(offset);
        require_latch_or_unreadable();
    }
}

static void truncated_anywhere(void **state) {
    (void)state;
    for (off_t length = 0; length < (off_t)FILE_SIZE; length += length < 4096 ? 97 : 9973) {
        struct xhm_faultlog *log;
        struct xhm_record event = record_of(1000);

        make_file();
        assert_int_equal(truncate(path, length), 0);
        log = open_log();
        assert_true(found.recovered);
        assert_false(found.degraded);
        assert_non_null(strstr(found.note, "was damaged"));
        assert_int_equal(size_of_file(), FILE_SIZE);
        assert_true(faultlog_record(log, &event));
        faultlog_close(log, true);
        faultlog_close(open_log(), true);
        assert_false(found.recovered);
        assert_int_equal(found.last_sequence, 1000);
    }
}

static void longer_than_it_should_be(void **state) {
    (void)state;
    make_file();
    assert_int_equal(truncate(path, FILE_SIZE + 4096), 0);
    faultlog_close(open_log(), true);
    assert_true(found.recovered);
    assert_int_equal(found.last_sequence, 100);
    assert_int_equal(size_of_file(), FILE_SIZE);
}

static void flipped_anywhere(void **state) {
    (void)state;
    for (off_t offset = 0; offset < (off_t)FILE_SIZE; offset += 5003) {
        make_file();
        flip(offset);
        faultlog_close(open_log(), true);
        assert_false(found.degraded);
        assert_int_equal(found.last_sequence, 100);
        assert_int_equal(found.starts, 2);
    }
}

static void another_ecus_memory_is_put_aside(void **state) {
    char aside[80];
    struct xhm_faultlog *log;

    (void)state;
    make_file();
    log = faultlog_open(path, "gateway", &found);
    assert_non_null(log);
    faultlog_close(log, true);
    assert_true(found.recovered);
    assert_non_null(strstr(found.note, "another ECU"));
    assert_int_equal(found.starts, 1);
    assert_int_equal(found.last_sequence, 0);
    snprintf(aside, sizeof(aside), "%s.aside", path);
    assert_int_equal(rename(aside, path), 0);
    faultlog_close(open_log(), true);
    assert_int_equal(found.last_sequence, 100);
}

static void require_memory_only(const char *reason) {
    struct xhm_faultlog *log = open_log();
    struct xhm_record events[2];

    assert_true(found.degraded);
    assert_false(found.clean);
    assert_int_equal(found.reading, XHM_PERSISTENT_UNREADABLE);
    assert_non_null(strstr(found.note, reason));
    tell(log, found.last_sequence + 1, found.last_sequence + 2);
    assert_int_equal(faultlog_events(log, events, 2), 2);
    assert_false(faultlog_sync(log));
    assert_non_null(strstr(faultlog_problem(log), reason));
    faultlog_close(log, true);
}

static void no_folder_is_memory_only(void **state) {
    char kept[sizeof(path)];

    (void)state;
    memcpy(kept, path, sizeof(kept));
    snprintf(path, sizeof(path), "%.40s/none/faults", folder);
    require_memory_only("No such file or directory");
    memcpy(path, kept, sizeof(kept));
}

static void a_device_is_memory_only(void **state) {
    char kept[sizeof(path)];

    (void)state;
    memcpy(kept, path, sizeof(kept));
    snprintf(path, sizeof(path), "/dev/full");
    require_memory_only("no regular file");
    memcpy(path, kept, sizeof(kept));
}

/* The same errors as from a full disk: no block can be had beyond the limit. */
static void no_space_is_memory_only(void **state) {
    const struct rlimit little = {.rlim_cur = 4096, .rlim_max = RLIM_INFINITY};
    struct rlimit before;

    (void)state;
    unlink(path);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    require_memory_only("cannot allocate");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(access(path, F_OK), -1);
    faultlog_close(open_log(), true);
    assert_false(found.degraded);
}

static void a_file_cut_in_use_is_left(void **state) {
    struct xhm_fault_record faults[XHM_FAULT_SLOTS];
    struct xhm_faultlog *log;

    (void)state;
    make_file();
    log = open_log();
    assert_int_equal(truncate(path, 512), 0);
    tell(log, 101, 300);
    assert_false(faultlog_sync(log));
    assert_non_null(strstr(faultlog_problem(log), "cut"));
    assert_int_equal(faultlog_faults(log, faults, XHM_FAULT_SLOTS), XHM_FAULT_COUNT);
    assert_int_equal(faults[0].last_sequence, 300);
    assert_true(faults[0].occurrences > 4);
    faultlog_close(log, true);
}

/* Records for ever and says what is recorded. */
static void be_writer(int acknowledge) {
    struct xhm_faultlog *log = open_log();

    for (uint64_t sequence = found.last_sequence + 1;; sequence++) {
        const struct xhm_record record = record_of(sequence);

        faultlog_record(log, &record);
        if (write(acknowledge, &sequence, sizeof(sequence)) != sizeof(sequence)) {
            _exit(1);
        }
        if (sequence % 7 == 0) {
            faultlog_sync(log);
        }
    }
}

static void killed_at_random(void **state) {
    uint64_t before = 0;

    (void)state;
    unlink(path);
    for (unsigned round = 0; round < 40; round++) {
        struct xhm_record events[XHM_EVENT_SLOTS];
        struct xhm_faultlog *log;
        uint64_t acknowledged = before;
        uint32_t count;
        int ends[2];
        pid_t writer;

        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        writer = fork();
        assert_true(writer >= 0);
        if (writer == 0) {
            be_writer(ends[1]);
        }
        close(ends[1]);
        for (unsigned i = 0; i <= round % 13; i++) {
            assert_int_equal(read(ends[0], &acknowledged, sizeof(acknowledged)), sizeof(acknowledged));
        }
        kill(writer, SIGKILL);
        assert_int_equal(waitpid(writer, NULL, 0), writer);
        while (read(ends[0], &acknowledged, sizeof(acknowledged)) == sizeof(acknowledged)) {
        }
        close(ends[0]);
        log = open_log();
        assert_false(found.recovered);
        assert_true(found.last_sequence >= acknowledged);
        assert_true(found.last_sequence <= acknowledged + 1);
        count = faultlog_events(log, events, XHM_EVENT_SLOTS);
        for (uint32_t i = 1; i < count; i++) {
            assert_int_equal(events[i].sequence, events[i - 1].sequence + 1);
        }
        before = found.last_sequence;
        faultlog_close(log, false);
    }
    assert_true(before > 40);
}

static int make_folder(void **state) {
    const char *parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

    (void)state;
    snprintf(folder, sizeof(folder), "%s/xhm-faultlog-XXXXXX", parent);
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(path, sizeof(path), "%.48s/faults", folder);
    return 0;
}

static int remove_folder(void **state) {
    char aside[80];

    (void)state;
    snprintf(aside, sizeof(aside), "%s.aside", path);
    unlink(aside);
    unlink(path);
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_created_whole),         cmocka_unit_test(goes_on_in_the_next_life),
        cmocka_unit_test(one_supervisor_at_a_time), cmocka_unit_test(a_damaged_latch_is_no_other_latch),
        cmocka_unit_test(truncated_anywhere),       cmocka_unit_test(longer_than_it_should_be),
        cmocka_unit_test(flipped_anywhere),         cmocka_unit_test(another_ecus_memory_is_put_aside),
        cmocka_unit_test(no_folder_is_memory_only), cmocka_unit_test(a_device_is_memory_only),
        cmocka_unit_test(no_space_is_memory_only),  cmocka_unit_test(a_file_cut_in_use_is_left),
        cmocka_unit_test(killed_at_random),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
