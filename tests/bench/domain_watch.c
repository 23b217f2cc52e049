// SPDX-License-Identifier: Apache-2.0
/*
 * domain_watch UUID [CONSOLE-LOG]: says what becomes of the domains with this UUID, dated by CLOCK_MONOTONIC, one line
 * for each change: nanoseconds, domid, and "started", "running" (unpaused for the first time), "paused", "shutdown
 * CODE", "dying", "gone", "affinity FIRST-WORD", "limit KIB", "memory KIB", or "console LINE" for lines of the log that
 * have the words "is up".
 *
 * The benchmark's own clock of what really happened, independent of xhmd and of xl. Looks every 10 ms, so a date is at
 * most that much late, and whatever the emulator adds.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xenctrl.h>

#define PERIOD_NS   10000000
#define MAX_DOMAINS 16
#define KNOWN       8
#define LINE_SIZE   256

struct instance {
    bool used;
    bool seen; /* in this look */
    bool ran;
    bool is_paused;
    bool is_shut_down;
    bool is_dying;
    uint32_t domid;
    uint64_t affinity;
    uint64_t limit;
    uint64_t memory;
};

static struct instance instances[KNOWN];

static void tell(uint32_t domid, const char *what, uint64_t value) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    printf("%" PRIu64 " %" PRIu32 " %s %" PRIu64 "\n", (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec,
           domid, what, value);
    fflush(stdout);
}

static struct instance *find(uint32_t domid) {
    struct instance *unused = NULL;

    for (unsigned i = 0; i < KNOWN; i++) {
        if (instances[i].used && instances[i].domid == domid) {
            return &instances[i];
        }
        if (!instances[i].used) {
            unused = &instances[i];
        }
    }
    if (unused != NULL) {
        *unused = (struct instance){.used = true, .domid = domid};
        tell(domid, "started", 0);
    }
    return unused;
}

static void tell_change(uint32_t domid, const char *what, uint64_t *known, uint64_t value) {
    if (*known != value) {
        *known = value;
        tell(domid, what, value);
    }
}

static void tell_once(uint32_t domid, const char *what, bool *known, bool value, uint64_t detail) {
    if (value && !*known) {
        *known = true;
        tell(domid, what, detail);
    }
}

static void look_at(xc_interface *xen, const xc_domaininfo_t *domain, xc_cpumap_t map) {
    struct instance *instance = find(domain->domain);
    const uint32_t flags = domain->flags;

    if (instance == NULL) {
        return;
    }
    instance->seen = true;
    tell_once(domain->domain, "running", &instance->ran, (flags & XEN_DOMINF_paused) == 0, 0);
    tell_once(domain->domain, "paused", &instance->is_paused, instance->ran && (flags & XEN_DOMINF_paused) != 0, 0);
    tell_once(domain->domain, "shutdown", &instance->is_shut_down, (flags & XEN_DOMINF_shutdown) != 0,
              flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask);
    tell_once(domain->domain, "dying", &instance->is_dying, (flags & XEN_DOMINF_dying) != 0, 0);
    if ((flags & (XEN_DOMINF_dying | XEN_DOMINF_shutdown | XEN_DOMINF_paused)) == 0) {
        tell_change(domain->domain, "limit", &instance->limit, domain->max_pages * 4);
        tell_change(domain->domain, "memory", &instance->memory, domain->tot_pages * 4);
        if (xc_vcpu_getaffinity(xen, domain->domain, 0, map, NULL, XEN_VCPUAFFINITY_HARD) == 0) {
            tell_change(domain->domain, "affinity", &instance->affinity, map[0]);
        }
    }
}

static void look(xc_interface *xen, const uint8_t uuid[16], xc_cpumap_t map) {
    static xc_domaininfo_t domains[MAX_DOMAINS];
    const int count = xc_domain_getinfolist(xen, 0, MAX_DOMAINS, domains);

    for (unsigned i = 0; i < KNOWN; i++) {
        instances[i].seen = false;
    }
    for (int i = 0; i < count; i++) {
        if (memcmp(domains[i].handle, uuid, sizeof(domains[i].handle)) == 0) {
            look_at(xen, &domains[i], map);
        }
    }
    for (unsigned i = 0; i < KNOWN && count >= 0; i++) {
        if (instances[i].used && !instances[i].seen) {
            instances[i].used = false;
            tell(instances[i].domid, "gone", 0);
        }
    }
}

/* xenconsoled appends to the log of the name; what was there before the start is passed over. */
static void read_console(FILE *log) {
    static char line[LINE_SIZE];
    char *end;

    clearerr(log);
    while (fgets(line, sizeof(line), log) != NULL) {
        end = strstr(line, " is up");
        if (end != NULL) {
            tell(0, "console", 0);
        }
    }
}

static bool parse_uuid(const char *text, uint8_t uuid[16]) {
    unsigned byte = 0;

    for (const char *at = text; *at != '\0' && byte < 16;) {
        char digits[3] = "";
        if (*at == '-') {
            at++;
            continue;
        }
        memcpy(digits, at, 2);
        uuid[byte++] = (uint8_t)strtoul(digits, NULL, 16);
        at += 2;
    }
    return byte == 16;
}

int main(int argc, char *argv[]) {
    const struct timespec period = {.tv_nsec = PERIOD_NS};
    xc_interface *xen = xc_interface_open(NULL, NULL, 0);
    xc_cpumap_t map = xen != NULL ? xc_cpumap_alloc(xen) : NULL;
    FILE *log = argc > 2 ? fopen(argv[2], "r") : NULL;
    uint8_t uuid[16] = {0};

    if (argc < 2 || !parse_uuid(argv[1], uuid) || map == NULL || (argc > 2 && log == NULL)) {
        fprintf(stderr, "Usage: domain_watch UUID [CONSOLE-LOG]; needs the privilege to read Xen's domain list\n");
        return 2;
    }
    if (log != NULL) {
        fseek(log, 0, SEEK_END);
    }
    for (;;) {
        look(xen, uuid, map);
        if (log != NULL) {
            read_console(log);
        }
        nanosleep(&period, NULL);
    }
}
