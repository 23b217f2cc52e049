// SPDX-License-Identifier: Apache-2.0
#include "supervisor_record.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HEADING "xhm-agent: restarts of the supervisor's domain, in ms since boot\n"

/* The last restarts, oldest first; how many there were before them is of no use to anybody. */
static bool read_times(FILE *file, struct keeping_record *record) {
    char line[128];

    if (fgets(line, sizeof(line), file) == NULL || strcmp(line, HEADING) != 0) {
        return false;
    }
    while (fgets(line, sizeof(line), file) != NULL) {
        uint64_t time_ms = 0;
        char end = '\0';

        if (record->restart_count == KEEPING_MAX_LIMIT || sscanf(line, "%" SCNu64 "%c", &time_ms, &end) != 2 ||
            end != '\n') {
            return false;
        }
        record->restarts_ms[record->restart_count++] = time_ms;
    }
    return true;
}

int supervisor_record_load(const char *path, struct keeping_record *record) {
    FILE *file = fopen(path, "re");

    *record = (struct keeping_record){0};
    if (file == NULL && errno == ENOENT) {
        return 0;
    }
    record->is_started = true;
    if (file == NULL) {
        return -errno;
    }
    const bool is_sound = read_times(file, record);
    fclose(file);
    if (!is_sound) {
        *record = (struct keeping_record){.is_started = true};
    }
    return is_sound ? 0 : -EBADMSG;
}

static bool write_times(FILE *file, const struct keeping_record *record) {
    const uint32_t kept = record->restart_count < KEEPING_MAX_LIMIT ? record->restart_count : KEEPING_MAX_LIMIT;
    bool is_written = fputs(HEADING, file) >= 0;

    for (uint32_t i = record->restart_count - kept; i != record->restart_count; i++) {
        is_written = is_written && fprintf(file, "%" PRIu64 "\n", record->restarts_ms[i % KEEPING_MAX_LIMIT]) > 0;
    }
    return is_written;
}

int supervisor_record_store(const char *path, const struct keeping_record *record) {
    char fresh[PATH_MAX];

    snprintf(fresh, sizeof(fresh), "%s.new", path);
    FILE *file = fopen(fresh, "we");
    if (file == NULL) {
        return -errno;
    }
    const bool is_written = write_times(file, record);
    if (fclose(file) != 0 || !is_written || rename(fresh, path) != 0) {
        const int failure = errno != 0 ? errno : EIO;

        unlink(fresh);
        return -failure;
    }
    return 0;
}
