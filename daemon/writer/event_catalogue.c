#include "event_catalogue.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

static const struct xhm_event_info events[XHM_EVENT_HIGHEST + 1] = {
    [0] = {"unknown", "a882fe25077b4fa78917e6ed5562585c", LOG_NOTICE, {"value", "value"}},
    [XHM_EVENT_FAULT_RAISED] = {"fault_raised", "14d528865c174b7ca07ffc3119801741", LOG_ERR, {NULL, NULL}},
    [XHM_EVENT_FAULT_CLEARED] = {"fault_cleared", "919a3b0dd2dc401984b22f4fcdca2e14", LOG_NOTICE, {NULL, NULL}},
    [XHM_EVENT_LOCAL_STATUS] = {"local_status", "4e66b3967fdd42a3b8ac280ec49eace5", LOG_NOTICE, {"old", "new"}},
    [XHM_EVENT_GLOBAL_STATUS] = {"global_status", "caa0ad02589a42d180c21d12f64cf8af", LOG_NOTICE, {"old", "new"}},
    [XHM_EVENT_INSTANCE_STARTED] = {"instance_started", "bfc39fbd24e746b29592f0ec97c0066a", LOG_INFO, {NULL, NULL}},
    [XHM_EVENT_INSTANCE_ENDED] = {"instance_ended", "d72e59d93fbf46b48361b90abe439a72", LOG_NOTICE, {"reason", NULL}},
    [XHM_EVENT_INSTANCE_HEALTHY] = {"instance_healthy", "a1261bbf67bd4a7385b60d5bf0713d9e", LOG_INFO, {NULL, NULL}},
    [XHM_EVENT_RESTART_DECIDED] = {"restart_decided",
                                   "c355f8b88a4246cda37aeac53ec3ea9a",
                                   LOG_WARNING,
                                   {"restarts", "limit"}},
    [XHM_EVENT_RESTART_REQUESTED] = {"restart_requested",
                                     "1dac7854221f4e58a454d3e5ae83f778",
                                     LOG_NOTICE,
                                     {"uid", NULL}},
    [XHM_EVENT_RESTART_DONE] = {"restart_done", "6b438538770c48b3bca02aeb649f9a20", LOG_NOTICE, {"took_ms", NULL}},
    [XHM_EVENT_RESTART_REFUSED] = {"restart_refused", "0c04e87f90a543658e85436baa5f5380", LOG_WARNING, {"uid", NULL}},
    [XHM_EVENT_PAGE_ATTACHED] = {"page_attached",
                                 "e5798956f7174015b8c5f302700a2470",
                                 LOG_INFO,
                                 {"page", "instance_id"}},
    [XHM_EVENT_SUPERVISOR_STARTED] = {"supervisor_started",
                                      "2436967451304b72b7db43eae8bf321e",
                                      LOG_NOTICE,
                                      {"starts", "unclean"}},
    [XHM_EVENT_SUPERVISOR_STOPPED] = {"supervisor_stopped",
                                      "df0e3c01209645d4b69fbef47c21bc72",
                                      LOG_NOTICE,
                                      {NULL, NULL}},
    [XHM_EVENT_POLICY_APPLIED] = {"policy_applied",
                                  "4f513744178f44c999173da41ccee12f",
                                  LOG_NOTICE,
                                  {"policy_hash", NULL}},
    [XHM_EVENT_INJECTION_STARTED] = {"injection_started",
                                     "b3f7753f76784283b353fa018fb3a4bf",
                                     LOG_WARNING,
                                     {"injection", "uid"}},
    [XHM_EVENT_INJECTION_ENDED] = {"injection_ended",
                                   "65e7255ac9354b608d1bc8ff07bd5116",
                                   LOG_WARNING,
                                   {"injection", "failed"}},
    [XHM_EVENT_REQUEST_REFUSED] = {"request_refused",
                                   "0bce080873eb447fa8f13a1590255b00",
                                   LOG_WARNING,
                                   {"request", "uid"}},
};

static const struct xhm_event_info sentence_info = {
    "sentence", "4d196a9117cb4839b24e5a2a7eda1e01", LOG_WARNING, {NULL, NULL}};

static const char *const fault_labels[XHM_FAULT_COUNT + 1][2] = {
    [XHM_FAULT_PARTITION_CRASHED] = {"reason", NULL},
    [XHM_FAULT_PARTITION_STOPPED] = {"reason", NULL},
    [XHM_FAULT_PARTITION_START_OVERDUE] = {"starting_ns", NULL},
    [XHM_FAULT_IDENTITY_AMBIGUOUS] = {"live_domains", NULL},
    [XHM_FAULT_ENTITY_ALIVE_LOW] = {"indications", "elapsed_ns"},
    [XHM_FAULT_ENTITY_ALIVE_HIGH] = {"indications", "elapsed_ns"},
    [XHM_FAULT_PROBE_MISSING] = {"page", "verdict"},
    [XHM_FAULT_PROBE_FORMAT] = {"page", "verdict"},
    [XHM_FAULT_PROBE_CORRUPT] = {"page", "verdict"},
    [XHM_FAULT_PROBE_FOREIGN] = {"page", "verdict"},
    [XHM_FAULT_PROBE_RESTARTED] = {"page", "instance_id"},
    [XHM_FAULT_DEADLINE_MISSES] = {"missed_total", "missed_new"},
    [XHM_FAULT_VCPU_AFFINITY] = {"vcpu", "affinity_mask"},
    [XHM_FAULT_VCPU_PLACEMENT] = {"vcpu", "pcpu"},
    [XHM_FAULT_VCPU_COUNT] = {"online", "declared"},
    [XHM_FAULT_PCPU_SHARED] = {"other_domid", "other_vcpu"},
    [XHM_FAULT_MEMORY_SIZE] = {"memory_kib", "size_kib"},
    [XHM_FAULT_MEMORY_LIMIT] = {"limit_kib", "size_kib"},
    [XHM_FAULT_RESTART_OVERDUE] = {"taken_ns", NULL},
    [XHM_FAULT_RESTART_LIMIT] = {"restarts", "limit"},
    [XHM_FAULT_SUPERVISOR_OVERRUN] = {"gap_ns", "cycles"},
    [XHM_FAULT_HYPERVISOR_UNKNOWN] = {"silent_ns", NULL},
    [XHM_FAULT_XENSTORE_UNKNOWN] = {"silent_ns", NULL},
    [XHM_FAULT_AGENT_ABSENT] = {"absent_ns", "connected"},
    [XHM_FAULT_ACTION_FAILED] = {"domid", "partition"},
    [XHM_FAULT_CLOCK_FAILED] = {"now_ns", "before_ns"},
    [XHM_FAULT_CONFORMANCE_LATE] = {"took_ns", "vcpus"},
    [XHM_FAULT_CONFORMANCE_UNKNOWN] = {"domid", NULL},
};

static const char *const status_names[] = {
    [XHM_STATUS_OK] = "OK",           [XHM_STATUS_DEACTIVATED] = "DEACTIVATED", [XHM_STATUS_FAILED] = "FAILED",
    [XHM_STATUS_EXPIRED] = "EXPIRED", [XHM_STATUS_STOPPED] = "STOPPED",
};

const struct xhm_event_info *event_catalogue_info(enum xhm_event_kind kind) {
    return &events[(unsigned)kind <= XHM_EVENT_HIGHEST ? (unsigned)kind : 0];
}

const struct xhm_event_info *event_catalogue_sentence(void) {
    return &sentence_info;
}

const char *const *event_catalogue_fault_labels(enum xhm_fault fault) {
    return fault_labels[(unsigned)fault < XHM_FAULT_COUNT ? (unsigned)fault : XHM_FAULT_COUNT];
}

/* Appends as much as fits. */
__attribute__((format(printf, 2, 3))) static void append(char sentence[XHM_SENTENCE_SIZE], const char *format, ...) {
    const size_t length = strlen(sentence);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sentence + length, XHM_SENTENCE_SIZE - length, format, arguments);
    va_end(arguments);
}

static void append_value(char sentence[XHM_SENTENCE_SIZE], const char *label, uint64_t value, bool is_status) {
    const size_t statuses = sizeof(status_names) / sizeof(status_names[0]);

    if (label == NULL) {
        return;
    }
    if (is_status && value < statuses && status_names[value] != NULL) {
        append(sentence, " %s=%s", label, status_names[value]);
    } else if (value == XHM_NONE) {
        append(sentence, " %s=none", label);
    } else {
        append(sentence, " %s=%" PRIu64, label, value);
    }
}

void event_catalogue_describe(const struct xhm_record *record, char sentence[XHM_SENTENCE_SIZE]) {
    const struct xhm_event *event = &record->event;
    const struct xhm_event_info *info = event_catalogue_info(event->kind);
    const bool is_about_fault = (unsigned)event->fault < XHM_FAULT_COUNT;
    const char *const *labels = is_about_fault ? event_catalogue_fault_labels(event->fault) : info->labels;
    const bool is_status = event->kind == XHM_EVENT_LOCAL_STATUS || event->kind == XHM_EVENT_GLOBAL_STATUS;

    sentence[0] = '\0';
    append(sentence, "%s%s%s: %s", record->partition[0] != '\0' ? record->partition : "ECU",
           record->entity[0] != '\0' ? "/" : "", record->entity, info->name);
    if (is_about_fault) {
        append(sentence, " %s, %s", faults_info(event->fault)->name, faults_info(event->fault)->meaning);
    }
    for (unsigned i = 0; i < 2; i++) {
        append_value(sentence, labels[i], event->values[i], is_status);
    }
    if (event->domid != XHM_NONE) {
        append(sentence, " domid=%" PRIu32, event->domid);
    }
}
