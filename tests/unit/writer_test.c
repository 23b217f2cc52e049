/* The writer with real receivers: a journal's socket, a service manager's socket, files, and all of them failing. */
#include "writer.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_MS 10000

static char folder[] = "/tmp/xhm-writer-XXXXXX";
static char memory_path[64];
static char told_path[64];
static bool has_own_run; /* /run is ours: a journal's socket can be put there */
static struct xhm_writer_memory found;

static struct xhm_record record_of(uint64_t sequence) {
    return (struct xhm_record){
        .sequence = sequence,
        .wall_clock_ns = 1700000000000000000u + sequence,
        .event = {.kind = XHM_EVENT_FAULT_RAISED,
                  .fault = XHM_FAULT_MEMORY_SIZE,
                  .partition = 0,
                  .entity = XHM_NONE,
                  .domid = 3,
                  .values = {98304, 65536}},
        .partition = "brake",
        .policy_hash = 1,
    };
}

static uint64_t now_ms(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void pause_shortly(void) {
    const struct timespec pause = {.tv_nsec = 1000000};

    nanosleep(&pause, NULL);
}

static struct xhm_writer *open_writer(enum xhm_sink sink) {
    const struct xhm_writer_options options = {
        .sink = sink, .sink_path = told_path, .fault_memory_path = memory_path, .ecu_id = "cockpit"};
    char error[XHM_ERROR_SIZE];
    struct xhm_writer *writer = writer_open(&options, &found, error);

    assert_non_null(writer);
    return writer;
}

static void record_until_recorded(struct xhm_writer *writer, uint64_t from, uint64_t to) {
    const uint64_t give_up = now_ms() + PATIENCE_MS;

    for (uint64_t sequence = from; sequence <= to; sequence++) {
        const struct xhm_record record = record_of(sequence);

        while (!writer_record(writer, &record)) {
            assert_true(now_ms() < give_up);
            pause_shortly();
        }
    }
    while (writer_recorded(writer) < to) {
        assert_true(now_ms() < give_up);
        pause_shortly();
    }
}

static size_t read_told(char *text, size_t size) {
    const int descriptor = open(told_path, O_RDONLY | O_CLOEXEC);
    const ssize_t length = read(descriptor, text, size - 1);

    assert_true(length >= 0);
    close(descriptor);
    text[length] = '\0';
    return (size_t)length;
}

static unsigned count_in(const char *text, const char *part) {
    unsigned count = 0;

    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part)) {
        count++;
    }
    return count;
}

static void records_are_kept_and_told(void **state) {
    struct xhm_fault_record faults[4];
    struct xhm_record events[8];
    struct xhm_writer *writer = open_writer(XHM_SINK_FILE);
    char text[4096];

    (void)state;
    assert_true(found.clean);
    assert_int_equal(found.starts, 1);
    assert_int_equal(writer_past_events(writer, events, 8), 0);
    record_until_recorded(writer, 1, 3);
    while (writer_faults(writer, faults, 4) != 1 || faults[0].occurrences != 3) {
        pause_shortly();
    }
    assert_true(faults[0].active);
    assert_string_equal(faults[0].partition, "brake");
    writer_task_id(writer, 5);
    writer_say(writer, "a sentence of somebody");
    writer_close(writer);
    read_told(text, sizeof(text));
    assert_non_null(strstr(text, "2023-11-14T22:13:20.000Z 2 brake: fault_raised memory_size, memory in use is outside "
                                 "the declared size memory_kib=98304 size_kib=65536 domid=3\n"));
    assert_non_null(strstr(text, "a sentence of somebody\n"));
    assert_int_equal(count_in(text, "\n"), 4);

    writer = open_writer(XHM_SINK_FILE);
    assert_true(found.clean);
    assert_int_equal(found.starts, 2);
    assert_int_equal(found.last_sequence, 3);
    assert_int_equal(found.last_task_id, 5);
    assert_int_equal(writer_recorded(writer), 3);
    assert_int_equal(writer_past_events(writer, events, 2), 2);
    assert_int_equal(events[0].sequence, 2);
    assert_int_equal(events[1].sequence, 3);
    assert_int_equal(events[1].event.partition, XHM_NONE);
    assert_int_equal(writer_faults(writer, faults, 4), 1);
    assert_false(faults[0].active);
    writer_close(writer);
}

static void every_record_is_told_or_counted_as_lost(void **state) {
    static char text[8 << 20];
    struct xhm_writer *writer = open_writer(XHM_SINK_FILE);
    const unsigned pushed = 5000;
    unsigned lost;

    (void)state;
    for (unsigned i = 1; i <= pushed; i++) {
        const struct xhm_record record = record_of(i);

        writer_record(writer, &record);
    }
    record_until_recorded(writer, pushed + 1, pushed + 1);
    lost = writer_take_lost(writer);
    assert_int_equal(writer_take_lost(writer), 0);
    writer_close(writer);
    read_told(text, sizeof(text));
    /* The last record may have been refused, and counted, before it found room. */
    assert_true(count_in(text, "\n") + lost >= pushed + 1);
    assert_true(count_in(text, "\n") <= pushed + 1);
}

static void without_a_journal_standard_error_is_told_so_once(void **state) {
    const int descriptor = open(told_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const int before = dup(STDERR_FILENO);
    struct xhm_writer *writer;
    char text[4096];

    (void)state;
    assert_int_equal(access("/run/systemd/journal/socket", F_OK), -1);
    fflush(stderr);
    dup2(descriptor, STDERR_FILENO);
    writer = open_writer(XHM_SINK_JOURNAL);
    record_until_recorded(writer, 1, 2);
    writer_close(writer);
    dup2(before, STDERR_FILENO);
    close(before);
    close(descriptor);
    read_told(text, sizeof(text));
    assert_int_equal(count_in(text, "there is no journal here"), 1);
    assert_int_equal(count_in(text, "fault_raised"), 2);
}

static void a_full_log_file_loses_nothing_of_the_memory(void **state) {
    const struct xhm_writer_options options = {
        .sink = XHM_SINK_FILE, .sink_path = "/dev/full", .fault_memory_path = memory_path, .ecu_id = "cockpit"};
    const int descriptor = open(told_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const int before = dup(STDERR_FILENO);
    char error[XHM_ERROR_SIZE];
    struct xhm_record events[8];
    struct xhm_writer *writer;
    char text[4096];

    (void)state;
    fflush(stderr);
    dup2(descriptor, STDERR_FILENO);
    writer = writer_open(&options, &found, error);
    assert_non_null(writer);
    record_until_recorded(writer, 1, 5);
    assert_false(writer_degraded(writer));
    writer_close(writer);
    dup2(before, STDERR_FILENO);
    close(before);
    close(descriptor);
    read_told(text, sizeof(text));
    assert_int_equal(count_in(text, "No space left on device"), 1);
    writer = open_writer(XHM_SINK_STDERR);
    assert_int_equal(writer_past_events(writer, events, 8), 5);
    writer_close(writer);
}

static void no_fault_memory_is_told_and_degraded(void **state) {
    const struct xhm_writer_options options = {
        .sink = XHM_SINK_FILE, .sink_path = told_path, .fault_memory_path = "/none/faults", .ecu_id = "cockpit"};
    char error[XHM_ERROR_SIZE];
    struct xhm_writer *writer = writer_open(&options, &found, error);
    struct xhm_fault_record fault;
    char text[4096];

    (void)state;
    assert_non_null(writer);
    assert_true(found.degraded);
    assert_false(found.clean);
    assert_true(writer_degraded(writer));
    record_until_recorded(writer, 1, 2);
    while (writer_faults(writer, &fault, 1) != 1) {
        pause_shortly();
    }
    writer_close(writer);
    read_told(text, sizeof(text));
    assert_non_null(strstr(text, "cannot create the fault memory /none/faults.new: No such file or directory\n"));
    assert_int_equal(count_in(text, "fault_raised"), 2);
}

static void an_unusable_sink_is_an_error(void **state) {
    const struct xhm_writer_options options = {
        .sink = XHM_SINK_FILE, .sink_path = "/none/log", .fault_memory_path = memory_path, .ecu_id = "cockpit"};
    char error[XHM_ERROR_SIZE];

    (void)state;
    assert_null(writer_open(&options, &found, error));
    assert_string_equal(error, "cannot open /none/log to write events to it: No such file or directory");
    writer_close(NULL);
}

/* A datagram socket that somebody else writes to. */
static int listen_at(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
    const int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    unlink(path);
    strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
    assert_int_equal(bind(descriptor, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
    return descriptor;
}

static void receive(int descriptor, char *text, size_t size) {
    const ssize_t length = recv(descriptor, text, size - 1, 0);

    assert_true(length >= 0);
    text[length] = '\0';
}

static int listen_as_manager(void) {
    char path[64];
    int descriptor;

    snprintf(path, sizeof(path), "%s/notify", folder);
    descriptor = listen_at(path);
    setenv("NOTIFY_SOCKET", path, 1);
    return descriptor;
}

static void the_manager_is_told_in_order(void **state) {
    const int manager = listen_as_manager();
    struct xhm_writer *writer = open_writer(XHM_SINK_FILE);
    char text[256];

    (void)state;
    writer_notify(writer, "READY=1");
    writer_notify(writer, "STATUS=fine");
    receive(manager, text, sizeof(text));
    assert_string_equal(text, "READY=1");
    receive(manager, text, sizeof(text));
    assert_string_equal(text, "STATUS=fine");
    writer_notify(writer, "WATCHDOG=1");
    receive(manager, text, sizeof(text));
    assert_string_equal(text, "WATCHDOG=1");
    writer_notify(writer, "STOPPING=1");
    writer_close(writer);
    receive(manager, text, sizeof(text));
    assert_string_equal(text, "STOPPING=1");
    close(manager);
}

/* The manager does not read: its socket fills up, and every WATCHDOG=1 but one waits as one. */
static void waiting_watchdogs_are_one(void **state) {
    const int manager = listen_as_manager();
    struct xhm_writer *writer = open_writer(XHM_SINK_FILE);
    unsigned watchdogs = 0;
    char text[256] = "";

    (void)state;
    for (unsigned i = 0; i < 500; i++) {
        writer_notify(writer, "STATUS=busy");
        writer_notify(writer, "WATCHDOG=1");
    }
    while (strcmp(text, "STOPPING=1") != 0) {
        writer_notify(writer, "STOPPING=1");
        receive(manager, text, sizeof(text));
        watchdogs += strcmp(text, "WATCHDOG=1") == 0;
    }
    assert_true(watchdogs >= 1);
    assert_true(watchdogs < 50);
    close(manager);
    writer_close(writer);
    unsetenv("NOTIFY_SOCKET");
}

static int listen_as_journal(void) {
    mkdir("/run/systemd", 0755);
    mkdir("/run/systemd/journal", 0755);
    return listen_at("/run/systemd/journal/socket");
}

static void the_journal_gets_stable_fields(void **state) {
    struct xhm_writer *writer;
    char text[4096];
    int journal;

    (void)state;
    if (!has_own_run) {
        skip();
    }
    journal = listen_as_journal();
    writer = open_writer(XHM_SINK_JOURNAL);
    record_until_recorded(writer, 1, 1);
    receive(journal, text, sizeof(text));
    assert_non_null(strstr(text, "MESSAGE=brake: fault_raised memory_size, "));
    assert_non_null(strstr(text, "MESSAGE_ID=14d528865c174b7ca07ffc3119801741\n"));
    assert_non_null(strstr(text, "PRIORITY=3\n"));
    assert_non_null(strstr(text, "XHM_EVENT=fault_raised\n"));
    assert_non_null(strstr(text, "XHM_FAULT=memory_size\n"));
    assert_non_null(strstr(text, "XHM_FAULT_NUMBER=0x0601\n"));
    assert_non_null(strstr(text, "XHM_PARTITION=brake\n"));
    assert_null(strstr(text, "XHM_ENTITY="));
    assert_non_null(strstr(text, "XHM_DOMID=3\n"));
    assert_non_null(strstr(text, "XHM_SEQUENCE=1\n"));
    assert_null(strstr(text, "CODE_FILE="));
    writer_close(writer);
    close(journal);
    unlink("/run/systemd/journal/socket");
}

static void a_stalled_journal_stalls_nothing_else(void **state) {
    const unsigned queue = 1024;
    const unsigned recorded = 3 * queue;
    struct xhm_record *events;
    struct xhm_writer *writer;
    uint64_t began;
    char text[256];
    int journal;
    int manager;

    (void)state;
    if (!has_own_run) {
        skip();
    }
    journal = listen_as_journal();
    manager = listen_as_manager();
    writer = open_writer(XHM_SINK_JOURNAL);
    for (unsigned i = 0; i < recorded; i += 64) {
        record_until_recorded(writer, i + 1, i + 64);
    }
    assert_true(writer_take_lost(writer) > queue);
    assert_false(writer_degraded(writer));
    writer_notify(writer, "WATCHDOG=1");
    receive(manager, text, sizeof(text));
    assert_string_equal(text, "WATCHDOG=1");
    began = now_ms();
    writer_close(writer);
    assert_true(now_ms() - began < XHM_WRITER_CLOSE_MS);
    close(journal);
    close(manager);
    unlink("/run/systemd/journal/socket");
    unsetenv("NOTIFY_SOCKET");

    events = calloc(XHM_WRITER_PAST_EVENTS, sizeof(*events));
    writer = open_writer(XHM_SINK_FILE);
    assert_true(found.clean);
    assert_int_equal(found.last_sequence, recorded);
    assert_int_equal(writer_past_events(writer, events, XHM_WRITER_PAST_EVENTS), XHM_WRITER_PAST_EVENTS);
    writer_close(writer);
    free(events);
}

static void write_map(const char *path, const char *map) {
    const int descriptor = open(path, O_WRONLY | O_CLOEXEC);

    if (descriptor >= 0) {
        (void)!write(descriptor, map, strlen(map));
        close(descriptor);
    }
}

/* A /run of our own: as root by a mount namespace, else by a user namespace in which we are root. */
static bool take_own_run(void) {
    const unsigned uid = getuid();
    const unsigned gid = getgid();
    char map[64];

    if (unshare(CLONE_NEWNS) != 0) {
        if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
            return false;
        }
        write_map("/proc/self/setgroups", "deny");
        snprintf(map, sizeof(map), "0 %u 1", uid);
        write_map("/proc/self/uid_map", map);
        snprintf(map, sizeof(map), "0 %u 1", gid);
        write_map("/proc/self/gid_map", map);
    }
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 && mount("tmpfs", "/run", "tmpfs", 0, NULL) == 0;
}

static int forget(void **state) {
    (void)state;
    unlink(memory_path);
    unlink(told_path);
    return 0;
}

static int make_folder(void **state) {
    (void)state;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(memory_path, sizeof(memory_path), "%s/faults", folder);
    snprintf(told_path, sizeof(told_path), "%s/told", folder);
    return 0;
}

static int remove_folder(void **state) {
    char path[64];

    forget(state);
    snprintf(path, sizeof(path), "%s/notify", folder);
    unlink(path);
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(records_are_kept_and_told, forget),
        cmocka_unit_test_teardown(every_record_is_told_or_counted_as_lost, forget),
        cmocka_unit_test_teardown(without_a_journal_standard_error_is_told_so_once, forget),
        cmocka_unit_test_teardown(a_full_log_file_loses_nothing_of_the_memory, forget),
        cmocka_unit_test_teardown(no_fault_memory_is_told_and_degraded, forget),
        cmocka_unit_test_teardown(an_unusable_sink_is_an_error, forget),
        cmocka_unit_test_teardown(the_manager_is_told_in_order, forget),
        cmocka_unit_test_teardown(waiting_watchdogs_are_one, forget),
        cmocka_unit_test_teardown(the_journal_gets_stable_fields, forget),
        cmocka_unit_test_teardown(a_stalled_journal_stalls_nothing_else, forget),
    };

    has_own_run = take_own_run();
    if (!has_own_run) {
        print_message("no mount namespace can be had here: the journal's tests are skipped\n");
    }
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
