// SPDX-License-Identifier: Apache-2.0
#include "timing_findings.h"

#include "scalar.h"
#include "timing.h"

#include <string.h>

/** Where a message goes. */
struct teller {
    const struct xhm_locations *locations;
    struct xhm_messages *messages;
    char path[XHM_PATH_SIZE];
};

static const struct xhm_location *find(const struct xhm_locations *locations, const char *path) {
    for (size_t i = 0; i < locations->count; i++) {
        if (strcmp(locations->rows[i].path, path) == 0) {
            return &locations->rows[i];
        }
    }
    return NULL;
}

/* The key itself, or the innermost element around it. A key of that name can be in several mappings of a partition:
   only the path tells them apart. */
static struct xhm_mark mark_of(const struct teller *teller) {
    const struct xhm_location *location = find(teller->locations, teller->path);
    char path[XHM_PATH_SIZE];

    memcpy(path, teller->path, sizeof(path));
    for (char *dot = strrchr(path, '.'); location == NULL && dot != NULL; dot = strrchr(path, '.')) {
        *dot = '\0';
        location = find(teller->locations, path);
    }
    return location != NULL ? location->mark : (struct xhm_mark){0};
}

static void tell_missing(const struct teller *teller, const struct xhm_timing *timing) {
    const bool detected = timing->fdti.why_not == NULL;

    messages_add(teller->messages, mark_of(teller), teller->path, "there is no FHTI that could be below it: %s",
                 detected ? timing->frti.why_not : timing->fdti.why_not);
}

static void tell_too_long(const struct teller *teller, const struct xhm_timing *timing) {
    char fhti[XHM_SCALAR_TEXT_SIZE], excess[XHM_SCALAR_TEXT_SIZE], adds[XHM_SCALAR_TEXT_SIZE];
    char key[XHM_TIMING_KEY_SIZE];
    struct xhm_timing_advice advice;

    timing_advise(timing, &advice);
    scalar_write_duration(&timing->fhti_ns, fhti);
    scalar_write_duration(&advice.excess_ns, excess);
    if (advice.term == NULL) {
        messages_add(teller->messages, mark_of(teller), teller->path,
                     "the FHTI is %s: everything in it is measured, nothing can be shortened", fhti);
        return;
    }
    timing_write_key(advice.term, key);
    scalar_write_duration(&advice.adds_ns, adds);
    messages_add(teller->messages, mark_of(teller), teller->path,
                 "the FHTI is %s: shorten %s, which adds %s, so that it adds less by more than %s%s", fhti, key, adds,
                 excess, advice.enough ? "" : "; that alone is not enough");
}

/* Without numbers for what the supervisor itself takes nothing can be claimed. */
static void tell_unmeasured(const struct xhm_policy *policy, struct teller *teller) {
    const struct {
        const char *path;
        uint64_t ns;
    } measured[] = {
        {"supervisor.scheduling_latency", policy->supervisor.scheduling_latency_ns},
        {"supervisor.direct_action", policy->supervisor.direct_action_ns},
    };

    for (size_t i = 0; i < sizeof(measured) / sizeof(measured[0]); i++) {
        if (measured[i].ns == 0) {
            snprintf(teller->path, sizeof(teller->path), "%s", measured[i].path);
            messages_add(teller->messages, mark_of(teller), teller->path,
                         "must be measured and declared where an FHTI is allocated");
        }
    }
}

void timing_findings_tell(const struct xhm_policy *policy, const struct xhm_locations *locations,
                          struct xhm_messages *messages) {
    struct teller teller = {.locations = locations, .messages = messages};
    bool allocated = false;

    for (uint32_t i = 0; i < policy->partition_count; i++) {
        for (unsigned c = 0; c < XHM_CLASS_COUNT; c++) {
            struct xhm_timing timing;
            timing_compute(policy, i, (enum xhm_fault_class)c, &timing);
            allocated = allocated || timing.allocated_ns != 0;
            if (timing.fits) {
                continue;
            }
            snprintf(teller.path, sizeof(teller.path), "partitions[%u].allocated_fhti.%s", i,
                     timing_class_name((enum xhm_fault_class)c));
            (timing.fhti_ns == XHM_TIMING_NONE ? tell_missing : tell_too_long)(&teller, &timing);
        }
    }
    if (allocated) {
        tell_unmeasured(policy, &teller);
    }
}
