// SPDX-License-Identifier: Apache-2.0
/*
 * hostile_probe: what a partition can do wrong at the rendezvous, on purpose; for tests/vecu/tests/test_guests.py.
 *
 *     hostile_probe page KIND PARTITION_ID   announces a page of its own instead of the task's, and stays. KIND is
 *                                            garbage (random bytes), version (another major version) or sound
 *     hostile_probe announce TEXT            writes TEXT where the grant is announced
 *     hostile_probe flood SECONDS            rewrites the announcement without a pause; at the end it is as it was
 *     hostile_probe latch REASON             latches the reason that Xen will give when this domain ends
 *
 * Each says in one line what was done.
 */
#define _GNU_SOURCE
#define __XEN_TOOLS__ 1

#include "crc32p4.h"
#include "probe_rendezvous.h"
#include "xhm_probe.h"
#include "xhm_probe_attach.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <xen/sched.h>
#include <xencall.h>
#include <xengnttab.h>

#define PAGE_PATH        XHM_PROBE_XENSTORE_PAGE_DIRECTORY "/0"
#define WRITES_PER_CLOCK 16u

static int fail(const char *doing, int negative_errno) {
    fprintf(stderr, "hostile_probe: %s: %s\n", doing, strerror(-negative_errno));
    return 1;
}

/* --- pages ---------------------------------------------------------------------------------------------------------
 */

static bool fill_garbage(struct xhm_probe_page *page, uint32_t partition_id) {
    (void)partition_id;
    return getrandom(page, sizeof(*page), 0) == (ssize_t)sizeof(*page);
}

static bool fill_sound(struct xhm_probe_page *page, uint32_t partition_id) {
    static struct xhm_probe_writer writer;
    const struct xhm_probe_identity identity = {
        .partition_id = partition_id,
        .instance_id = 0x5ca1ab1e,
        .clock_kind = XHM_PROBE_CLOCK_LINUX_MONOTONIC,
    };

    return xhm_probe_page_init(&writer, page, &identity) == XHM_PROBE_DONE;
}

static bool fill_version(struct xhm_probe_page *page, uint32_t partition_id) {
    const bool is_filled = fill_sound(page, partition_id);

    page->header.version_major++;
    page->header.crc = xhm_crc32p4(&page->header, offsetof(struct xhm_probe_header, crc));
    return is_filled;
}

static const struct kind {
    const char *name;
    bool (*fill)(struct xhm_probe_page *page, uint32_t partition_id);
} kinds[] = {
    {"garbage", fill_garbage},
    {"sound", fill_sound},
    {"version", fill_version},
};

static const struct kind *find_kind(const char *name) {
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

static int share_page(const char *kind_name, const char *partition_id) {
    const struct kind *kind = find_kind(kind_name);
    struct xhm_xenstore_client client = XHM_XENSTORE_CLIENT_NULL;
    struct xhm_probe_supervisor supervisor = {0};
    uint32_t grant_reference = 0;
    int error = xhm_rendezvous_open(&client, XHM_PROBE_XENSTORE_SUPERVISOR);

    if (error == 0) {
        error = xhm_rendezvous_read_supervisor(&client, &supervisor);
    }
    if (error < 0) {
        return fail("looking for the supervisor", error);
    }

    xengntshr_handle *grants = xengntshr_open(NULL, 0);
    struct xhm_probe_page *page =
        grants != NULL ? xengntshr_share_pages(grants, supervisor.domid, 1, &grant_reference, 0) : NULL;

    if (page == NULL || kind == NULL || !kind->fill(page, (uint32_t)strtoul(partition_id, NULL, 10))) {
        fprintf(stderr, "hostile_probe: no page of kind %s could be made and shared\n", kind_name);
        return 1;
    }
    error = xhm_rendezvous_announce_page(&client, 0, grant_reference, &supervisor);
    if (error < 0) {
        return fail("announcing the page", error);
    }
    printf("a page of kind %s is announced as grant %u\n", kind_name, (unsigned)grant_reference);
    fflush(stdout);
    for (;;) {
        pause();
    }
}

/* --- announcements -------------------------------------------------------------------------------------------------
 */

static int announce(const char *text) {
    struct xhm_xenstore_client client = XHM_XENSTORE_CLIENT_NULL;
    int error = xhm_xenstore_open(&client);

    if (error == 0) {
        error = xhm_xenstore_write(&client, PAGE_PATH, text);
    }
    if (error < 0) {
        return fail("writing the announcement", error);
    }
    printf("announced \"%s\"\n", text);
    return 0;
}

/* Grant 1 is the ring that this partition speaks to xenstored through: it can be mapped, and is no probe page. */
static int write_nonsense(struct xhm_xenstore_client *client, unsigned number) {
    static const char *const texts[] = {"nonsense", "4294967295 1", "1 1", "", "-1 -1", "7 18446744073709551616"};

    return xhm_xenstore_write(client, PAGE_PATH, texts[number % (sizeof(texts) / sizeof(texts[0]))]);
}

static int flood(const char *seconds) {
    struct xhm_xenstore_client client = XHM_XENSTORE_CLIENT_NULL;
    char truth[XHM_XENSTORE_VALUE_MAXIMUM + 1];
    const time_t until = time(NULL) + (time_t)strtoul(seconds, NULL, 10);
    unsigned count = 0;
    int error = xhm_xenstore_open(&client);

    if (error == 0) {
        error = xhm_xenstore_read(&client, PAGE_PATH, truth);
    }
    while (error == 0 && (count % WRITES_PER_CLOCK != 0 || time(NULL) < until)) {
        error = write_nonsense(&client, count++);
    }
    if (error == 0) {
        error = xhm_xenstore_write(&client, PAGE_PATH, truth);
    }
    if (error < 0) {
        return fail("rewriting the announcement", error);
    }
    printf("rewritten %u times\n", count);
    return 0;
}

/* --- shutdown reason -----------------------------------------------------------------------------------------------
 */

static int latch(const char *reason) {
    xencall_handle *calls = xencall_open(NULL, 0);
    struct sched_shutdown *shutdown = calls != NULL ? xencall_alloc_buffer(calls, sizeof(*shutdown)) : NULL;

    if (shutdown == NULL) {
        perror("hostile_probe: opening the way to hypercalls");
        return 1;
    }
    shutdown->reason = (unsigned)strtoul(reason, NULL, 10);
    if (xencall2(calls, __HYPERVISOR_sched_op, SCHEDOP_shutdown_code, (uint64_t)(uintptr_t)shutdown) != 0) {
        perror("hostile_probe: latching the shutdown reason");
        return 1;
    }
    printf("reason %s is latched\n", reason);
    return 0;
}

int main(int count, char **arguments) {
    const char *mode = count > 1 ? arguments[1] : "";

    if (strcmp(mode, "page") == 0 && count == 4) {
        return share_page(arguments[2], arguments[3]);
    }
    if (strcmp(mode, "announce") == 0 && count == 3) {
        return announce(arguments[2]);
    }
    if (strcmp(mode, "flood") == 0 && count == 3) {
        return flood(arguments[2]);
    }
    if (strcmp(mode, "latch") == 0 && count == 3) {
        return latch(arguments[2]);
    }
    fprintf(stderr, "usage: hostile_probe page KIND PARTITION_ID | announce TEXT | flood SECONDS | latch REASON\n");
    return 2;
}
