// SPDX-License-Identifier: Apache-2.0
#include "xhm_probe_linux.h"

#include "probe_rendezvous.h"
#include "probe_thread.h"
#include "xhm_probe_attach.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <xengnttab.h>

/* mlockall() of the task locks this stack, too, so it is kept small. */
#define RETRY_PERIOD_MS    1000
/* Watches can be lost, for instance over a restart of xenstored; looking now and then costs one read. */
#define LOOK_PERIOD_MS     5000
#define CLOSE_TIMEOUT_S    2
/* Pages that a hung task never left. A partition with that many replaced supervisors has long been reported. */
#define RETIRED_PAGE_COUNT 8

/* One page shared with one domain. The grant device frees a page only with its file, so each has a handle. */
struct shared_page {
    xengntshr_handle *grants;
    struct xhm_probe_page *page;
};

struct xhm_probe_linux {
    struct xhm_probe_writer writer;
    struct xhm_probe_linux_settings settings;
    struct xhm_probe_page *local_page; /* used until a supervisor is known */
    struct shared_page shared;
    struct shared_page retired[RETIRED_PAGE_COUNT];
    struct xhm_probe_supervisor supervisor; /* whom the page is shared with, if it is */
    uint32_t grant_reference;
    struct xhm_xenstore_client xenstore;
    int last_error; /* reported once, not every second */
    bool is_announced;
    bool is_started;
    int stop_fd;
    pthread_t thread;
};

static void __attribute__((format(printf, 2, 3))) report(const struct xhm_probe_linux *probe, const char *format, ...) {
    char line[160];
    va_list arguments;

    if (probe->settings.report == NULL) {
        return;
    }
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    probe->settings.report(probe->settings.report_context, line);
}

uint64_t xhm_probe_linux_now_ns(void) {
    struct timespec now = {0};

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void shared_page_release(struct shared_page *shared) {
    if (shared->page != NULL) {
        xengntshr_unshare(shared->grants, shared->page, 1);
    }
    if (shared->grants != NULL) {
        xengntshr_close(shared->grants);
    }
    *shared = (struct shared_page){0};
}

static int shared_page_make(struct shared_page *shared, uint32_t domid, uint32_t *grant_reference) {
    shared->grants = xengntshr_open(NULL, 0);
    if (shared->grants == NULL) {
        return -errno;
    }
    shared->page = xengntshr_share_pages(shared->grants, domid, 1, grant_reference, 0);
    if (shared->page == NULL) {
        const int error = errno;

        shared_page_release(shared);
        return -error;
    }
    return 0;
}

/* Old pages stay until no task can be in the middle of a write to one of them. */
static void release_retired_pages(struct xhm_probe_linux *probe) {
    if (!xhm_probe_page_is_moved(&probe->writer)) {
        return;
    }
    for (size_t i = 0; i < RETIRED_PAGE_COUNT; i++) {
        shared_page_release(&probe->retired[i]);
    }
}

static struct shared_page *find_free_retired(struct xhm_probe_linux *probe) {
    for (size_t i = 0; i < RETIRED_PAGE_COUNT; i++) {
        if (probe->retired[i].grants == NULL) {
            return &probe->retired[i];
        }
    }
    return NULL;
}

/* Returns 0 or a negative errno; nothing changed then, and the next look tries again. */
static int share_with(struct xhm_probe_linux *probe, const struct xhm_probe_supervisor *supervisor) {
    struct shared_page fresh = {0};
    struct shared_page *retired = find_free_retired(probe);

    if (retired == NULL) {
        return -EBUSY;
    }

    const int error = shared_page_make(&fresh, supervisor->domid, &probe->grant_reference);

    if (error < 0) {
        return error;
    }
    if (xhm_probe_page_move(&probe->writer, fresh.page) != XHM_PROBE_DONE) {
        shared_page_release(&fresh);
        return -EINVAL;
    }
    *retired = probe->shared;
    probe->shared = fresh;
    probe->supervisor = *supervisor;
    return 0;
}

static bool is_shared_with(const struct xhm_probe_linux *probe, const struct xhm_probe_supervisor *supervisor) {
    return probe->shared.page != NULL && supervisor->domid == probe->supervisor.domid &&
           supervisor->epoch == probe->supervisor.epoch;
}

/* Shares and announces what is still to be shared and announced. Returns 0 or a negative errno. */
static int follow_supervisor(struct xhm_probe_linux *probe) {
    struct xhm_probe_supervisor supervisor = {0};
    int error = xhm_rendezvous_read_supervisor(&probe->xenstore, &supervisor);

    if (error == -ENOENT) {
        return 0;
    }
    if (error < 0) {
        return error;
    }
    if (!is_shared_with(probe, &supervisor)) {
        __atomic_store_n(&probe->is_announced, false, __ATOMIC_RELEASE);
        error = share_with(probe, &supervisor);
    }
    if (error < 0 || probe->is_announced) {
        return error;
    }
    /* Announced after the move: what the supervisor finds is a page with a valid header. */
    error =
        xhm_rendezvous_announce_page(&probe->xenstore, probe->settings.page_index, probe->grant_reference, &supervisor);
    if (error < 0) {
        return error;
    }
    __atomic_store_n(&probe->is_announced, true, __ATOMIC_RELEASE);
    report(probe, "page %" PRIu32 " shared with domain %" PRIu32 " as grant %" PRIu32 ", epoch %" PRIu64,
           probe->settings.page_index, supervisor.domid, probe->grant_reference, supervisor.epoch);
    return 0;
}

/* One look at the rendezvous. Returns after how many milliseconds to look again if no watch fires. */
static int look(struct xhm_probe_linux *probe) {
    int error = 0;

    if (probe->xenstore.fd < 0) {
        error = xhm_rendezvous_open(&probe->xenstore, XHM_PROBE_XENSTORE_SUPERVISOR);
    }
    release_retired_pages(probe);
    if (error == 0) {
        xhm_xenstore_take_event(&probe->xenstore);
        error = follow_supervisor(probe);
    }
    if (error != 0 && error != probe->last_error) {
        report(probe, "page %" PRIu32 " cannot be shared yet: %s", probe->settings.page_index, strerror(-error));
    }
    probe->last_error = error;
    return error == 0 && xhm_probe_page_is_moved(&probe->writer) ? LOOK_PERIOD_MS : RETRY_PERIOD_MS;
}

static void *transport_thread(void *argument) {
    struct xhm_probe_linux *probe = argument;

    for (;;) {
        /* An event that came in between the replies of this look has to be followed by another one. */
        const int look_timeout_ms = look(probe);
        const int timeout_ms = probe->xenstore.has_event ? 0 : look_timeout_ms;
        struct pollfd descriptors[2] = {
            {.fd = probe->stop_fd, .events = POLLIN},
            {.fd = probe->xenstore.fd, .events = POLLIN},
        };

        if (poll(descriptors, 2, timeout_ms) > 0 && descriptors[0].revents != 0) {
            break;
        }
    }
    if (probe->is_announced) {
        xhm_rendezvous_withdraw_page(&probe->xenstore, probe->settings.page_index);
    }
    xhm_xenstore_close(&probe->xenstore);
    return NULL;
}

static void probe_free(struct xhm_probe_linux *probe) {
    shared_page_release(&probe->shared);
    for (size_t i = 0; i < RETIRED_PAGE_COUNT; i++) {
        shared_page_release(&probe->retired[i]);
    }
    if (probe->stop_fd >= 0) {
        close(probe->stop_fd);
    }
    free(probe->local_page);
    free(probe);
}

int xhm_probe_linux_open(struct xhm_probe_linux **probe, const struct xhm_probe_linux_settings *settings) {
    uint64_t random_bits = 0;

    *probe = NULL;
    if (getrandom(&random_bits, sizeof(random_bits), 0) != (ssize_t)sizeof(random_bits)) {
        return -errno;
    }

    struct xhm_probe_linux *new_probe = calloc(1, sizeof(*new_probe));

    if (new_probe == NULL) {
        return -ENOMEM;
    }
    new_probe->settings = *settings;
    new_probe->stop_fd = -1;
    new_probe->xenstore = (struct xhm_xenstore_client)XHM_XENSTORE_CLIENT_NULL;
    new_probe->local_page = aligned_alloc(XHM_PROBE_PAGE_SIZE, sizeof(*new_probe->local_page));
    if (new_probe->local_page == NULL) {
        probe_free(new_probe);
        return -ENOMEM;
    }
    memset(new_probe->local_page, 0, sizeof(*new_probe->local_page));

    const struct xhm_probe_identity identity = {
        .partition_id = settings->partition_id,
        .page_index = settings->page_index,
        .instance_id = random_bits | 1u,
        .clock_kind = XHM_PROBE_CLOCK_LINUX_MONOTONIC,
    };

    if (xhm_probe_page_init(&new_probe->writer, new_probe->local_page, &identity) != XHM_PROBE_DONE) {
        probe_free(new_probe);
        return -EINVAL;
    }
    *probe = new_probe;
    return 0;
}

int xhm_probe_linux_add_entity(struct xhm_probe_linux *probe, uint32_t slot_index, uint32_t entity_id,
                               struct xhm_probe_entity **entity) {
    if (probe->is_started) {
        return -EBUSY;
    }
    switch (xhm_probe_entity_init(&probe->writer, slot_index, entity_id, xhm_probe_linux_now_ns(), entity)) {
    case XHM_PROBE_DONE:
        return 0;
    case XHM_PROBE_SLOT_TAKEN:
        return -EBUSY;
    case XHM_PROBE_BAD_ARGUMENT:
        break;
    }
    return -EINVAL;
}

int xhm_probe_linux_start(struct xhm_probe_linux *probe) {
    const struct xhm_probe_scheduling ordinary = {.policy = SCHED_OTHER, .cpu = XHM_PROBE_ANY_CPU};
    sigset_t all_signals;
    sigset_t previous_signals;

    if (probe->is_started) {
        return -EBUSY;
    }
    probe->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (probe->stop_fd < 0) {
        return -errno;
    }
    sigfillset(&all_signals);
    pthread_sigmask(SIG_SETMASK, &all_signals, &previous_signals);

    const int error = xhm_probe_thread_start(&probe->thread, &ordinary, transport_thread, probe);

    pthread_sigmask(SIG_SETMASK, &previous_signals, NULL);
    if (error != 0) {
        close(probe->stop_fd);
        probe->stop_fd = -1;
        return error;
    }
    probe->is_started = true;
    return 0;
}

bool xhm_probe_linux_is_shared(const struct xhm_probe_linux *probe) {
    return __atomic_load_n(&probe->is_announced, __ATOMIC_ACQUIRE);
}

void xhm_probe_linux_close(struct xhm_probe_linux *probe) {
    if (probe == NULL) {
        return;
    }
    if (probe->is_started) {
        struct timespec limit = {0};

        eventfd_write(probe->stop_fd, 1);
        clock_gettime(CLOCK_MONOTONIC, &limit);
        limit.tv_sec += CLOSE_TIMEOUT_S;
        if (pthread_clockjoin_np(probe->thread, NULL, CLOCK_MONOTONIC, &limit) != 0) {
            return;
        }
    }
    probe_free(probe);
}
