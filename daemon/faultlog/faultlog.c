#include "faultlog.h"
#include "fault_file.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-id128.h>
#include <unistd.h>

_Static_assert(XHM_BOOT_ID_SIZE == sizeof(sd_id128_t), "a boot id is a 128-bit id");

struct xhm_faultlog {
    struct xhm_fault_file file; /* not open: the memory is in `plain` */
    uint8_t *plain;
    bool storage_failed; /* the last sync failed: the next one must write everything */
    char problem[XHM_ERROR_SIZE];
    struct xhm_fault_memory memory;
};

static const struct xhm_fault_geometry geometry = {
    .fault_slots = XHM_FAULT_SLOTS, .event_slots = XHM_EVENT_SLOTS, .state_slots = XHM_MAX_PARTITIONS};

/* A process that is killed leaves what it stored in program order; the compiler must keep that order. */
static void store_in_order(void *context, void *destination, const void *source, size_t size) {
    atomic_signal_fence(memory_order_seq_cst);
    memcpy(destination, source, size);
    atomic_signal_fence(memory_order_seq_cst);
}

static struct xhm_fault_region region_of(uint8_t *bytes) {
    return (struct xhm_fault_region){.bytes = bytes, .geometry = geometry, .store = {.store = store_in_order}};
}

static void fill_new(void *ecu_id, uint8_t *bytes) {
    const struct xhm_fault_region region = region_of(bytes);

    fault_memory_format(&region, ecu_id);
}

static struct xhm_fault_identity identity_of(const char *ecu_id) {
    struct xhm_fault_identity identity = {.ecu_id = ""};
    sd_id128_t boot_id;

    snprintf(identity.ecu_id, sizeof(identity.ecu_id), "%s", ecu_id);
    if (sd_id128_get_boot(&boot_id) == 0) {
        memcpy(identity.boot_id, boot_id.bytes, sizeof(identity.boot_id));
    }
    return identity;
}

/* Opening, on its way. */
struct attempt {
    struct xhm_faultlog *log;
    const char *path;
    struct xhm_fault_identity identity;
    struct xhm_fault_findings findings;
    struct xhm_faultlog_state *state;
    size_t found_size;
    bool state_lost; /* there was a life before, and its state is not in the memory that is used now */
};

/* The memory as it is on storage, in plain memory: nothing in the file is changed by looking at it. */
static enum xhm_fault_opening open_copy(struct attempt *attempt, uint8_t *bytes) {
    const struct xhm_fault_region region = region_of(bytes);

    fault_file_copy(attempt->path, bytes, fault_memory_size(&geometry));
    return fault_memory_open(&attempt->log->memory, &region, &attempt->identity, &attempt->findings);
}

static int put_aside(struct attempt *attempt, const char *reason) {
    char *aside = NULL;
    int result = 0;

    if (asprintf(&aside, "%s.aside", attempt->path) < 0 || rename(attempt->path, aside) != 0) {
        result = -errno;
        snprintf(attempt->log->problem, sizeof(attempt->log->problem), "cannot put %.100s, which is %s, aside: %.60s",
                 attempt->path, reason, strerror(-result));
    } else {
        snprintf(attempt->state->note, sizeof(attempt->state->note), "%.100s is %s: kept as %.100s", attempt->path,
                 reason, aside);
        attempt->state->recovered = true;
    }
    free(aside);
    return result;
}

static int create(struct attempt *attempt) {
    return fault_file_create(attempt->path, fault_memory_size(&geometry), fill_new, attempt->identity.ecu_id,
                             attempt->log->problem);
}

/* Whose memory it is must be known before the file is made to fit: one that is not ours is left as it is. */
static int judge_other_size(struct attempt *attempt, enum xhm_fault_opening *verdict) {
    uint8_t *bytes = calloc(1, fault_memory_size(&geometry));

    if (bytes == NULL) {
        return -ENOMEM;
    }
    *verdict = open_copy(attempt, bytes);
    free(bytes);
    return 0;
}

static int map_and_open(struct attempt *attempt, enum xhm_fault_opening *verdict) {
    struct xhm_faultlog *log = attempt->log;
    const size_t size = fault_memory_size(&geometry);
    struct xhm_fault_region region;
    int result;

    *verdict = XHM_FAULT_OPENED;
    if (attempt->found_size != size) {
        result = judge_other_size(attempt, verdict);
        if (result != 0 || *verdict != XHM_FAULT_OPENED) {
            return result;
        }
        attempt->state->recovered = true;
        attempt->state_lost = true;
    }
    result = fault_file_map(&log->file, attempt->path, size, log->problem);
    if (result != 0) {
        return result;
    }
    region = region_of(log->file.bytes);
    *verdict = fault_memory_open(&log->memory, &region, &attempt->identity, &attempt->findings);
    return 0;
}

/* One try to use the file that is there. @return 1 when it is not ours and was put aside */
static int use_file(struct attempt *attempt) {
    struct xhm_faultlog *log = attempt->log;
    enum xhm_fault_opening verdict = XHM_FAULT_OPENED;
    int result = fault_file_open(&log->file, attempt->path, &attempt->found_size, log->problem);

    if (result == -ENOENT) {
        result = create(attempt);
        if (result == 0) {
            result = fault_file_open(&log->file, attempt->path, &attempt->found_size, log->problem);
        }
    }
    if (result == 0) {
        result = map_and_open(attempt, &verdict);
    }
    if (result == 0 && verdict != XHM_FAULT_OPENED) {
        attempt->state_lost = verdict == XHM_FAULT_OTHER_FORMAT;
        result = put_aside(attempt, verdict == XHM_FAULT_OTHER_ECU ? "the fault memory of another ECU"
                                                                   : "a fault memory of another format");
        result = result == 0 ? 1 : result;
    }
    if (result != 0) {
        fault_file_close(&log->file);
    }
    return result;
}

/* Memory only: what can be read of the file is known all the same. */
static bool use_plain_memory(struct attempt *attempt) {
    struct xhm_faultlog *log = attempt->log;
    const size_t size = fault_memory_size(&geometry);

    log->plain = calloc(1, size);
    if (log->plain == NULL) {
        return false;
    }
    if (open_copy(attempt, log->plain) != XHM_FAULT_OPENED) {
        const struct xhm_fault_region region = region_of(log->plain);

        memset(log->plain, 0, size);
        fault_memory_format(&region, attempt->identity.ecu_id);
        fault_memory_open(&log->memory, &region, &attempt->identity, &attempt->findings);
        attempt->findings.clean = false;
        attempt->state_lost = true;
    }
    return true;
}

static void tell_state(struct attempt *attempt) {
    const struct xhm_faultlog *log = attempt->log;
    struct xhm_faultlog_state *state = attempt->state;
    const struct xhm_fault_findings *findings = &attempt->findings;

    state->last_sequence = log->memory.held_sequence;
    state->last_task_id = log->memory.header.last_task_id;
    state->starts = log->memory.header.starts;
    state->clean = findings->clean;
    state->degraded = log->plain != NULL;
    state->reading = attempt->state_lost ? XHM_PERSISTENT_UNREADABLE : log->memory.state_reading;
    state->persistent = log->memory.state;
    if (state->degraded) {
        snprintf(state->note, sizeof(state->note), "%s", log->problem);
    } else if (findings->damaged > 0 || attempt->found_size != fault_memory_size(&geometry)) {
        state->recovered = true;
        snprintf(state->note, sizeof(state->note),
                 "the fault memory %.100s was damaged: %zu bytes long, %u damaged records, %u of them dropped",
                 attempt->path, attempt->found_size, findings->damaged, findings->dropped);
    }
}

struct xhm_faultlog *faultlog_open(const char *path, const char *ecu_id, struct xhm_faultlog_state *state) {
    struct xhm_faultlog *log = calloc(1, sizeof(*log));
    struct attempt attempt = {.log = log, .path = path, .identity = identity_of(ecu_id), .state = state};
    int result;

    if (log == NULL) {
        return NULL;
    }
    *state = (struct xhm_faultlog_state){.note = ""};
    log->file.descriptor = -1;
    result = use_file(&attempt);
    if (result > 0) {
        result = use_file(&attempt);
    }
    if (result != 0 && !use_plain_memory(&attempt)) {
        free(log);
        return NULL;
    }
    if (result == 0) {
        log->problem[0] = '\0';
        faultlog_sync(log);
    }
    tell_state(&attempt);
    return log;
}

/* When somebody cut the file, a store beyond its end would kill the process. @return false: there is nowhere to store
 */
static bool leave_cut_file(struct xhm_faultlog *log) {
    const size_t size = fault_memory_size(&geometry);

    if (log->plain != NULL || fault_file_is_whole(&log->file)) {
        return true;
    }
    snprintf(log->problem, sizeof(log->problem), "the file of the fault memory was cut while in use: memory only");
    log->plain = calloc(1, size);
    if (log->plain == NULL) {
        return false;
    }
    /* What cannot be read is missing in memory, too; each slot that is there says for itself whether it is sound. */
    (void)!pread(log->file.descriptor, log->plain, size, 0);
    fault_memory_move(&log->memory, log->plain);
    fault_file_close(&log->file);
    return true;
}

bool faultlog_record(struct xhm_faultlog *log, const struct xhm_record *record) {
    return layout_is_record(record) && leave_cut_file(log) && fault_memory_record(&log->memory, record);
}

void faultlog_state(struct xhm_faultlog *log, const struct xhm_persistent *state) {
    if (leave_cut_file(log)) {
        fault_memory_state(&log->memory, state);
    }
}

void faultlog_task_id(struct xhm_faultlog *log, uint64_t task_id) {
    if (leave_cut_file(log)) {
        fault_memory_task_id(&log->memory, task_id);
    }
}

static int sync_file(struct xhm_faultlog *log) {
    int result;

    if (log->storage_failed) {
        fault_file_touch(&log->file);
    }
    result = fault_file_sync(&log->file);
    /* The header says what is on storage, so it goes there last. */
    if (result == 0 && fault_memory_commit(&log->memory)) {
        result = fault_file_sync(&log->file);
    }
    return result;
}

bool faultlog_sync(struct xhm_faultlog *log) {
    int result;

    if (!leave_cut_file(log) || log->plain != NULL) {
        return false;
    }
    result = sync_file(log);
    log->storage_failed = result != 0;
    if (result != 0) {
        snprintf(log->problem, sizeof(log->problem), "cannot write the fault memory to storage: %s", strerror(-result));
    } else {
        log->problem[0] = '\0';
    }
    return result == 0;
}

const char *faultlog_problem(const struct xhm_faultlog *log) {
    return log->problem;
}

uint32_t faultlog_faults(const struct xhm_faultlog *log, struct xhm_fault_record *records, uint32_t capacity) {
    return fault_memory_faults(&log->memory, records, capacity);
}

uint32_t faultlog_events(const struct xhm_faultlog *log, struct xhm_record *records, uint32_t capacity) {
    return fault_memory_events(&log->memory, records, capacity);
}

void faultlog_close(struct xhm_faultlog *log, bool clean) {
    if (log == NULL) {
        return;
    }
    /* Only what is on storage can have ended: the clean end is stored when everything else is there. */
    if (clean && faultlog_sync(log)) {
        fault_memory_end(&log->memory);
        fault_file_sync(&log->file);
    }
    fault_file_close(&log->file);
    free(log->plain);
    free(log);
}
