/*
 * arinc653_schedule: sets or prints the ARINC 653 schedule of a cpupool, for which xl has no command.
 *
 *   arinc653_schedule get POOL
 *   arinc653_schedule set POOL MAJOR-FRAME UUID:VCPU:DURATION...
 *
 * Times are in µs. A minor frame names its domain by UUID, so that it holds for every instance; "idle:0:DURATION" is a
 * frame in which nothing runs. `get` prints what `set` takes, one word a line. Exit status: 1 if it could not be done,
 * 2 if the arguments make no sense.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenctrl.h>
#include <xenstore.h>

#define NS_PER_US    UINT64_C(1000)
#define UUID_DIGITS  32
#define POOL_UNKNOWN UINT32_MAX

static bool parse_number(const char *text, uint64_t most, uint64_t *value) {
    char *end;

    errno = 0;
    *value = strtoull(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && text[0] != '-' && *value <= most;
}

static bool parse_uuid(const char *text, xen_domain_handle_t handle) {
    unsigned digits = 0;

    memset(handle, 0, sizeof(xen_domain_handle_t));
    if (strcmp(text, "idle") == 0) {
        return true;
    }
    for (; *text != '\0'; text++) {
        static const char known[] = "0123456789abcdef";
        const char *digit = strchr(known, *text);

        if (*text == '-') {
            continue;
        }
        if (digit == NULL || digits == UUID_DIGITS) {
            return false;
        }
        handle[digits / 2] = (uint8_t)(handle[digits / 2] << 4 | (digit - known));
        digits++;
    }
    return digits == UUID_DIGITS;
}

/* Takes the word apart in place. */
static bool add_frame(struct xen_sysctl_arinc653_schedule *schedule, char *word) {
    char *vcpu_text = strchr(word, ':');
    char *duration_text = vcpu_text != NULL ? strchr(vcpu_text + 1, ':') : NULL;
    uint64_t vcpu;
    uint64_t duration_us;

    if (duration_text == NULL || schedule->num_sched_entries == ARINC653_MAX_DOMAINS_PER_SCHEDULE) {
        return false;
    }
    *vcpu_text = '\0';
    *duration_text = '\0';
    if (!parse_number(vcpu_text + 1, UINT32_MAX, &vcpu) ||
        !parse_number(duration_text + 1, INT64_MAX / NS_PER_US, &duration_us) ||
        !parse_uuid(word, schedule->sched_entries[schedule->num_sched_entries].dom_handle)) {
        return false;
    }
    schedule->sched_entries[schedule->num_sched_entries].vcpu_id = (uint32_t)vcpu;
    schedule->sched_entries[schedule->num_sched_entries].runtime = duration_us * NS_PER_US;
    schedule->num_sched_entries++;
    return true;
}

static bool parse_schedule(int count, char **words, struct xen_sysctl_arinc653_schedule *schedule) {
    uint64_t major_frame_us;

    if (count < 2 || !parse_number(words[0], INT64_MAX / NS_PER_US, &major_frame_us)) {
        return false;
    }
    schedule->major_frame = major_frame_us * NS_PER_US;
    for (int i = 1; i < count; i++) {
        if (!add_frame(schedule, words[i])) {
            fprintf(stderr, "arinc653_schedule: %s is no minor frame UUID:VCPU:DURATION\n", words[i]);
            return false;
        }
    }
    return true;
}

static bool is_idle(const xen_domain_handle_t handle) {
    static const xen_domain_handle_t none;

    return memcmp(handle, none, sizeof(none)) == 0;
}

static void print_frame(const uint8_t *handle, uint32_t vcpu, uint64_t duration_ns) {
    if (is_idle(handle)) {
        printf("idle");
    } else {
        for (size_t i = 0; i < sizeof(xen_domain_handle_t); i++) {
            printf("%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", handle[i]);
        }
    }
    printf(":%" PRIu32 ":%" PRIu64 "\n", vcpu, duration_ns / NS_PER_US);
}

static void print_schedule(const struct xen_sysctl_arinc653_schedule *schedule) {
    printf("%" PRIu64 "\n", (uint64_t)(schedule->major_frame / NS_PER_US));
    for (unsigned i = 0; i < schedule->num_sched_entries; i++) {
        print_frame(schedule->sched_entries[i].dom_handle, schedule->sched_entries[i].vcpu_id,
                    schedule->sched_entries[i].runtime);
    }
}

/* The names of cpupools are kept by the toolstack, in xenstore; Xen knows numbers only. */
static uint32_t pool_number(const char *name) {
    struct xs_handle *store = xs_open(0);
    unsigned count = 0;
    char **numbers = store != NULL ? xs_directory(store, XBT_NULL, "/local/pool", &count) : NULL;
    uint32_t found = POOL_UNKNOWN;

    for (unsigned i = 0; i < count && found == POOL_UNKNOWN; i++) {
        char path[64];
        unsigned length;

        snprintf(path, sizeof(path), "/local/pool/%s/name", numbers[i]);

        char *seen = xs_read(store, XBT_NULL, path, &length);

        if (seen != NULL && strcmp(seen, name) == 0) {
            found = (uint32_t)strtoul(numbers[i], NULL, 10);
        }
        free(seen);
    }
    free(numbers);
    if (store != NULL) {
        xs_close(store);
    }
    return found;
}

static int carry_out(xc_interface *xen, bool is_set, const char *pool_name,
                     struct xen_sysctl_arinc653_schedule *schedule) {
    const uint32_t pool = pool_number(pool_name);

    if (pool == POOL_UNKNOWN) {
        fprintf(stderr, "arinc653_schedule: there is no cpupool %s\n", pool_name);
        return 1;
    }

    const int result = is_set ? xc_sched_arinc653_schedule_set(xen, pool, schedule)
                              : xc_sched_arinc653_schedule_get(xen, pool, schedule);

    if (result != 0) {
        fprintf(stderr, "arinc653_schedule: %s the schedule of cpupool %s: %s\n", is_set ? "setting" : "reading",
                pool_name, strerror(errno));
        return 1;
    }
    if (!is_set) {
        print_schedule(schedule);
    }
    return 0;
}

int main(int argc, char **argv) {
    struct xen_sysctl_arinc653_schedule schedule = {0};
    const bool is_get = argc == 3 && strcmp(argv[1], "get") == 0;
    const bool is_set = argc > 3 && strcmp(argv[1], "set") == 0 && parse_schedule(argc - 3, argv + 3, &schedule);

    if (!is_get && !is_set) {
        fprintf(stderr,
                "usage: arinc653_schedule get POOL\n"
                "       arinc653_schedule set POOL MAJOR-FRAME UUID:VCPU:DURATION... (times in microseconds)\n");
        return 2;
    }

    xc_interface *xen = xc_interface_open(NULL, NULL, 0);

    if (xen == NULL) {
        fprintf(stderr, "arinc653_schedule: cannot open Xen's interface: %s\n", strerror(errno));
        return 1;
    }

    const int status = carry_out(xen, is_set, argv[2], &schedule);

    xc_interface_close(xen);
    return status;
}
