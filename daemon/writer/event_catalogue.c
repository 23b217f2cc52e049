#include "event_catalogue.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

static const struct xhm_event_info events[XHM_EVENT_HIGHEST + 1] = {
    [0] = {"unknown", "a882fe25077b4fa78917e6ed5562585c", LOG_NOTICE, {"value", "value"}, {0}},
    [XHM_EVENT_FAULT_RAISED] = {"fault_raised", "14d528865c174b7ca07ffc3119801741", LOG_ERR, {NULL, NULL}, {0}},
    [XHM_EVENT_FAULT_CLEARED] = {"fault_cleared", "919a3b0dd2dc401984b22f4fcdca2e14", LOG_NOTICE, {NULL, NULL}, {0}},
    [XHM_EVENT_LOCAL_STATUS] = {"local_status",
                                "4e66b3967fdd42a3b8ac280ec49eace5",
                                LOG_NOTICE,
                                {"old", "new"},
                                {XHM_WORDS_STATUS, XHM_WORDS_STATUS}},
    [XHM_EVENT_GLOBAL_STATUS] = {"global_status",
                                 "caa0ad02589a42d180c21d12f64cf8af",
                                 LOG_NOTICE,
                                 {"old", "new"},
                                 {XHM_WORDS_STATUS, XHM_WORDS_STATUS}},
    [XHM_EVENT_INSTANCE_STARTED] =
        {"instance_started", "bfc39fbd24e746b29592f0ec97c0066a", LOG_INFO, {NULL, NULL}, {0}},
    [XHM_EVENT_INSTANCE_ENDED] =
        {"instance_ended", "d72e59d93fbf46b48361b90abe439a72", LOG_NOTICE, {"reason", NULL}, {0}},
    [XHM_EVENT_INSTANCE_HEALTHY] =
        {"instance_healthy", "a1261bbf67bd4a7385b60d5bf0713d9e", LOG_INFO, {NULL, NULL}, {0}},
    [XHM_EVENT_RESTART_DECIDED] =
        {"restart_decided", "c355f8b88a4246cda37aeac53ec3ea9a", LOG_WARNING, {"restarts", "limit"}, {0}},
    [XHM_EVENT_RESTART_REQUESTED] =
        {"restart_requested", "1dac7854221f4e58a454d3e5ae83f778", LOG_NOTICE, {"uid", NULL}, {0}},
    [XHM_EVENT_RESTART_DONE] = {"restart_done", "6b438538770c48b3bca02aeb649f9a20", LOG_NOTICE, {"took_ms", NULL}, {0}},
    [XHM_EVENT_RESTART_REFUSED] =
        {"restart_refused", "0c04e87f90a543658e85436baa5f5380", LOG_WARNING, {"uid", NULL}, {0}},
    [XHM_EVENT_PAGE_ATTACHED] =
        {"page_attached", "e5798956f7174015b8c5f302700a2470", LOG_INFO, {"page", "instance_id"}, {0}},
    [XHM_EVENT_SUPERVISOR_STARTED] =
        {"supervisor_started", "2436967451304b72b7db43eae8bf321e", LOG_NOTICE, {"starts", "unclean"}, {0}},
    [XHM_EVENT_SUPERVISOR_STOPPED] =
        {"supervisor_stopped", "df0e3c01209645d4b69fbef47c21bc72", LOG_NOTICE, {NULL, NULL}, {0}},
    [XHM_EVENT_POLICY_APPLIED] =
        {"policy_applied", "4f513744178f44c999173da41ccee12f", LOG_NOTICE, {"policy_hash", NULL}, {0}},
    [XHM_EVENT_INJECTION_STARTED] =
        {"injection_started", "b3f7753f76784283b353fa018fb3a4bf", LOG_WARNING, {"injection", "uid"}, {0}},
    [XHM_EVENT_INJECTION_ENDED] =
        {"injection_ended", "65e7255ac9354b608d1bc8ff07bd5116", LOG_WARNING, {"injection", "failed"}, {0}},
    [XHM_EVENT_REQUEST_REFUSED] =
        {"request_refused", "0bce080873eb447fa8f13a1590255b00", LOG_WARNING, {"request", "uid"}, {0}},
    [XHM_EVENT_REACTION] = {"reaction",
                            "281f82020d754a25b71fb9652c3dc0b8",
                            LOG_WARNING,
                            {"reaction", "fault_class"},
                            {XHM_WORDS_REACTION, XHM_WORDS_FAULT_CLASS}},
    [XHM_EVENT_EXCUSED] =
        {"excused", "42b86c5c63bb47cfac1e2d494d5123a6", LOG_NOTICE, {"other_partition", "excused"}, {0}},
    [XHM_EVENT_HALTED] = {"halted",
                          "6346ea672fcc4c129f4f82dd81034b39",
                          LOG_WARNING,
                          {"disposition", NULL},
                          {XHM_WORDS_DISPOSITION, XHM_WORDS_NONE}},
    [XHM_EVENT_STANDBY_READY] = {"standby_ready", "43c97ab68b794525b62e359039257241", LOG_INFO, {NULL, NULL}, {0}},
    [XHM_EVENT_FAIL_OVER_BEGUN] =
        {"fail_over_begun", "0dffc3aebd0745dc9b0753a1fd4b55d4", LOG_WARNING, {"failed_partition", "uid"}, {0}},
    [XHM_EVENT_FAIL_OVER_DONE] =
        {"fail_over_done", "5a77b509e88e4ea89040447cd848948c", LOG_NOTICE, {"took_ms", NULL}, {0}},
    [XHM_EVENT_SAFE_STATE_ENTERED] = {"safe_state_entered",
                                      "d3ccfffaf26d4d9c80b20b394a13265a",
                                      LOG_ERR,
                                      {"safe_state", "cause"},
                                      {XHM_WORDS_NONE, XHM_WORDS_SAFE_STATE_CAUSE}},
    [XHM_EVENT_SAFE_STATE_CLEAR_ASKED] =
        {"safe_state_clear_asked", "a1469e8a3f494988882d023b53d360ca", LOG_WARNING, {"safe_state", "uid"}, {0}},
    [XHM_EVENT_SAFE_STATE_CLEARED] =
        {"safe_state_cleared", "2bf2f2dbdac1473b9eb37552278203c8", LOG_WARNING, {"safe_state", "uid"}, {0}},
    [XHM_EVENT_MODE_CHANGED] = {"mode_changed",
                                "ed300c8114344b4bb03ff67236908ff2",
                                LOG_NOTICE,
                                {"mode", "uid"},
                                {XHM_WORDS_MODE, XHM_WORDS_NONE}},
    [XHM_EVENT_MAINTENANCE_BEGUN] =
        {"maintenance_begun", "bab2e895f67d4351af3db00080cd6567", LOG_NOTICE, {"duration_ms", "uid"}, {0}},
    [XHM_EVENT_MAINTENANCE_ENDED] =
        {"maintenance_ended", "22a3ea80afc34f8c96dfbf2b80f78828", LOG_NOTICE, {"requested", "uid"}, {0}},
    [XHM_EVENT_OPERATION_CYCLE_BEGUN] =
        {"operation_cycle_begun", "6d7be29c6b044ceabc68d232265960c7", LOG_NOTICE, {"cycle", "uid"}, {0}},
    [XHM_EVENT_OPERATION_CYCLE_ENDED] =
        {"operation_cycle_ended", "a92b8c0487c04d82a417483c79e61c2a", LOG_NOTICE, {"cycle", "uid"}, {0}},
    [XHM_EVENT_FAULTS_CLEARED] =
        {"faults_cleared", "11082a01bbec4986aa7d11599879538e", LOG_NOTICE, {"fault", "uid"}, {0}},
    [XHM_EVENT_LAST_RESORT] = {"last_resort",
                               "d95423f2fba74b438db401c7f7d49675",
                               LOG_ERR,
                               {"last_resort", "in_a_row"},
                               {XHM_WORDS_LAST_RESORT, XHM_WORDS_NONE}},
    [XHM_EVENT_PARTITION_STOPPED] =
        {"partition_stopped", "1fcdac379f054c6fa5f528ebca88af21", LOG_ERR, {NULL, NULL}, {0}},
    [XHM_EVENT_INJECTION_ORDERED] =
        {"injection_ordered", "46298ebdf9cb4ee4b0577e701d0faf0b", LOG_NOTICE, {"injection", "uid"}, {0}},
    [XHM_EVENT_POLICY_REFUSED] = {"policy_refused",
                                  "50c3e87120a64f0dafac03325943cac8",
                                  LOG_WARNING,
                                  {"reason", "uid"},
                                  {XHM_WORDS_POLICY_REFUSAL, XHM_WORDS_NONE}},
    [XHM_EVENT_REQUESTS_LIMITED] =
        {"requests_limited", "621e87c70a0e448c983c2487d8e3a350", LOG_WARNING, {"request", "uid"}, {0}},
    [XHM_EVENT_PEER_SILENT] =
        {"peer_silent", "42fd4aab12a14019bc7abd524413bc14", LOG_WARNING, {"within_ms", "uid"}, {0}},
    [XHM_EVENT_PEER_HEARD] = {"peer_heard", "806b688c3f23493fb17edf87b458b42b", LOG_NOTICE, {"within_ms", "uid"}, {0}},
};

static const struct xhm_event_info sentence_info = {
    "sentence", "4d196a9117cb4839b24e5a2a7eda1e01", LOG_WARNING, {NULL, NULL}, {0}};

static const char *const fault_labels[XHM_FAULT_COUNT + 1][2] = {
    [XHM_FAULT_PARTITION_CRASHED] = {"reason", NULL},
    [XHM_FAULT_PARTITION_STOPPED] = {"reason", NULL},
    [XHM_FAULT_PARTITION_START_OVERDUE] = {"starting_ns", NULL},
    [XHM_FAULT_IDENTITY_AMBIGUOUS] = {"live_domains", NULL},
    [XHM_FAULT_ENTITY_ALIVE_LOW] = {"indications", "elapsed_ns"},
    [XHM_FAULT_ENTITY_ALIVE_HIGH] = {"indications", "elapsed_ns"},
    [XHM_FAULT_ENTITY_DEADLINE_EARLY] = {"checkpoint", "elapsed_ns"},
    [XHM_FAULT_ENTITY_DEADLINE_LATE] = {"checkpoint", "elapsed_ns"},
    [XHM_FAULT_ENTITY_LOGICAL] = {"checkpoint_before", "checkpoint"},
    [XHM_FAULT_PROBE_MISSING] = {"page", "verdict"},
    [XHM_FAULT_PROBE_FORMAT] = {"page", "verdict"},
    [XHM_FAULT_PROBE_CORRUPT] = {"page", "verdict"},
    [XHM_FAULT_PROBE_FOREIGN] = {"page", "verdict"},
    [XHM_FAULT_PROBE_RESTARTED] = {"page", "instance_id"},
    [XHM_FAULT_PROBE_CHECKPOINTS_LOST] = {"lost", NULL},
    [XHM_FAULT_PROBE_CLOCK] = {"guest_ns", "supervised_ns"},
    [XHM_FAULT_PROBE_HISTOGRAM] = {"page", NULL},
    [XHM_FAULT_DEADLINE_MISSES] = {"missed_total", "missed_new"},
    [XHM_FAULT_LATENCY_HIGH] = {"latency_ns", "worst_ns"},
    [XHM_FAULT_VCPU_AFFINITY] = {"vcpu", "affinity_mask"},
    [XHM_FAULT_VCPU_PLACEMENT] = {"vcpu", "pcpu"},
    [XHM_FAULT_VCPU_COUNT] = {"online", "declared"},
    [XHM_FAULT_PCPU_SHARED] = {"other_domid", "other_vcpu"},
    [XHM_FAULT_MEMORY_SIZE] = {"memory_kib", "size_kib"},
    [XHM_FAULT_MEMORY_LIMIT] = {"limit_kib", "size_kib"},
    [XHM_FAULT_LOAD_HIGH] = {"load_percent", "raise_percent"},
    [XHM_FAULT_RESTART_OVERDUE] = {"taken_ns", NULL},
    [XHM_FAULT_RESTART_LIMIT] = {"restarts", "limit"},
    [XHM_FAULT_FAIL_OVER_FAILED] = {"taken_ms", NULL},
    [XHM_FAULT_STANDBY_NOT_READY] = {"standby", "missed_ns"},
    [XHM_FAULT_SUPERVISOR_OVERRUN] = {"gap_ns", "cycles"},
    [XHM_FAULT_HYPERVISOR_UNKNOWN] = {"silent_ns", NULL},
    [XHM_FAULT_XENSTORE_UNKNOWN] = {"silent_ns", NULL},
    [XHM_FAULT_AGENT_ABSENT] = {"absent_ns", "connected"},
    [XHM_FAULT_ACTION_FAILED] = {"domid", "partition"},
    [XHM_FAULT_CLOCK_FAILED] = {"now_ns", "before_ns"},
    [XHM_FAULT_CONFORMANCE_LATE] = {"took_ns", "vcpus"},
    [XHM_FAULT_CONFORMANCE_UNKNOWN] = {"domid", NULL},
    [XHM_FAULT_LATENCY_BUDGET] = {"worst_ns", "late"},
    [XHM_FAULT_CORE_SHARED] = {"other_domid", "other_vcpu"},
    [XHM_FAULT_CPUPOOL_MEMBERSHIP] = {"cpupool_id", NULL},
    [XHM_FAULT_SCHEDULING_PARAMETERS] = {"vcpu", "value"},
    [XHM_FAULT_CACHE_ALLOCATION] = {"l3_mask", "bandwidth_percent"},
    [XHM_FAULT_MEMORY_NOT_UP_FRONT] = {"missing_kib", "shared_kib"},
    [XHM_FAULT_DEVICE_UNDECLARED] = {"kind", "id"},
    [XHM_FAULT_DEVICE_MISSING] = {"kind", "id"},
    [XHM_FAULT_DEVICE_DISCONNECTED] = {"backend_domid", "backend_state"},
    [XHM_FAULT_DEVICE_ERRORS] = {"errors_total", "errors_new"},
    [XHM_FAULT_DEVICE_ASSIGNMENT] = {"assigned", "declared"},
    [XHM_FAULT_FACTS_STALE] = {"age_ns", NULL},
    [XHM_FAULT_PLATFORM_VERSION] = {"version", NULL},
    [XHM_FAULT_PLATFORM_OPTION] = {"option", NULL},
    [XHM_FAULT_PLATFORM_CAPABILITY] = {"missing", "present"},
    [XHM_FAULT_PLATFORM_PCPUS] = {"online", "declared"},
    [XHM_FAULT_PLATFORM_SERVICE] = {"service", NULL},
    [XHM_FAULT_PLATFORM_MEMORY] = {"free_kib", "declared_kib"},
    [XHM_FAULT_PLATFORM_CLAIMS] = {"claimed_kib", NULL},
    [XHM_FAULT_CPUPOOL_MISSING] = {"cpupool", NULL},
    [XHM_FAULT_CPUPOOL_PCPUS] = {"cpupool", "pcpus_mask"},
    [XHM_FAULT_SCHEDULER_KIND] = {"cpupool", "scheduler"},
    [XHM_FAULT_SCHEDULE_FRAMES] = {"cpupool", "frame"},
    [XHM_FAULT_BOOT_LOOP] = {"starts", "limit"},
    [XHM_FAULT_LAST_RESORT_LIMIT] = {"last_resorts", "limit"},
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

static void append_value(char sentence[XHM_SENTENCE_SIZE], const char *label, uint64_t value, const char *word) {
    if (label == NULL) {
        return;
    }
    if (word != NULL) {
        append(sentence, " %s=%s", label, word);
    } else if (value == XHM_NONE) {
        append(sentence, " %s=none", label);
    } else if (strcmp(label, "uid") == 0 && (value & XHM_PEER_DOMAIN) != 0) {
        append(sentence, " peer_domid=%" PRIu64, value & ~XHM_PEER_DOMAIN);
    } else {
        append(sentence, " %s=%" PRIu64, label, value);
    }
}

static const char *const *labels_of(const struct xhm_event *event) {
    return (unsigned)event->fault < XHM_FAULT_COUNT ? event_catalogue_fault_labels(event->fault)
                                                    : event_catalogue_info(event->kind)->labels;
}

static bool is_label_of_partition(const char *label) {
    static const char *const labels[] = {"failed_partition", "other_partition", "standby", "partition"};
    bool found = false;

    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        found = found || strcmp(label, labels[i]) == 0;
    }
    return found;
}

const char *event_catalogue_value_name(const struct xhm_event *event, unsigned index, const struct xhm_policy *policy) {
    const char *label = labels_of(event)[index];
    const uint64_t value = event->values[index];

    if (label != NULL && is_label_of_partition(label) && value < policy->partition_count) {
        return policy->partitions[value].name;
    }
    return label != NULL && strcmp(label, "safe_state") == 0 && value < policy->safe_state_count
               ? policy->safe_states[value].name
               : NULL;
}

void event_catalogue_describe(const struct xhm_record *record, char sentence[XHM_SENTENCE_SIZE]) {
    const struct xhm_event *event = &record->event;
    const struct xhm_event_info *info = event_catalogue_info(event->kind);
    const bool is_about_fault = (unsigned)event->fault < XHM_FAULT_COUNT;
    const char *const *labels = labels_of(event);

    sentence[0] = '\0';
    append(sentence, "%s%s%s: %s", record->partition[0] != '\0' ? record->partition : "ECU",
           record->entity[0] != '\0' ? "/" : "", record->entity, info->name);
    if (is_about_fault) {
        append(sentence, " %s, %s", faults_info(event->fault)->name, faults_info(event->fault)->meaning);
    }
    for (unsigned i = 0; i < 2; i++) {
        const char *word = words_find(is_about_fault ? XHM_WORDS_NONE : info->words[i], event->values[i]);

        append_value(sentence, labels[i], event->values[i],
                     record->value_names[i][0] != '\0' ? record->value_names[i] : word);
    }
    if (event->domid != XHM_NONE) {
        append(sentence, " domid=%" PRIu32, event->domid);
    }
}
