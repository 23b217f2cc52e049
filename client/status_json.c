// SPDX-License-Identifier: Apache-2.0
#include "names.h"
#include "status_print.h"
#include "xhm_probe_abi.h"

static void json_faults(struct xhm_json *json, Xhm__V1__ActiveFault *const *faults, size_t count) {
    json_begin_array(json, "faults");
    for (size_t i = 0; i < count; i++) {
        json_begin_object(json, NULL);
        json_number(json, "fault", faults[i]->fault);
        json_string(json, "fault_name", faults[i]->fault_name);
        json_number(json, "occurrences", faults[i]->occurrences);
        json_begin_array(json, "scopes");
        for (size_t scope = 0; scope < faults[i]->n_scopes; scope++) {
            json_number(json, NULL, faults[i]->scopes[scope]);
        }
        json_end_array(json);
        json_end_object(json);
    }
    json_end_array(json);
}

/* A bucket that this program does not know the bounds of is not shown under wrong ones. */
static void json_histogram(struct xhm_json *json, const Xhm__V1__EntityStatus *entity) {
    if (entity->n_latency_buckets != XHM_PROBE_HISTOGRAM_BUCKET_COUNT) {
        json_null(json, "latency_histogram");
        return;
    }
    json_begin_array(json, "latency_histogram");
    for (uint32_t bucket = 0; bucket < XHM_PROBE_HISTOGRAM_BUCKET_COUNT; bucket++) {
        json_begin_object(json, NULL);
        json_number(json, "from_ns", xhm_probe_histogram_bound_ns(bucket));
        json_number(json, "count", entity->latency_buckets[bucket]);
        json_end_object(json);
    }
    json_end_array(json);
}

static void json_entities(struct xhm_json *json, const Xhm__V1__PartitionStatus *partition) {
    char text[XHM_NAME_TEXT_SIZE];
    json_begin_array(json, "entities");
    for (size_t i = 0; i < partition->n_entities; i++) {
        const Xhm__V1__EntityStatus *entity = partition->entities[i];
        json_begin_object(json, NULL);
        json_string(json, "name", entity->name);
        json_string(json, "status", names_status(entity->status, text));
        json_bool(json, "reading_known", entity->reading_known);
        json_number(json, "alive_counter", entity->alive_counter);
        json_number(json, "deadline_met", entity->deadline_met);
        json_number(json, "deadline_missed", entity->deadline_missed);
        json_number(json, "worst_latency_ns", entity->worst_latency_ns);
        json_number(json, "last_latency_ns", entity->last_latency_ns);
        json_histogram(json, entity);
        json_end_object(json);
    }
    json_end_array(json);
}

static void json_partition(struct xhm_json *json, const Xhm__V1__PartitionStatus *partition) {
    char text[XHM_NAME_TEXT_SIZE];
    json_begin_object(json, NULL);
    json_string(json, "name", partition->name);
    json_string(json, "status", names_status(partition->status, text));
    json_string(json, "life", names_life(partition->life, text));
    if (partition->instance_case == XHM__V1__PARTITION_STATUS__INSTANCE_DOMID) {
        json_number(json, "domid", partition->domid);
    } else {
        json_null(json, "domid");
    }
    json_number(json, "memory_kib", partition->memory_kib);
    json_number(json, "memory_limit_kib", partition->memory_limit_kib);
    json_number(json, "restarts", partition->restarts);
    json_number(json, "restarts_in_window", partition->restarts_in_window);
    if (partition->load_known) {
        json_number(json, "load_percent", partition->load_percent);
    } else {
        json_null(json, "load_percent");
    }
    json_number(json, "maintenance_left_ms", partition->maintenance_left_ms);
    json_bool(json, "supervision_off", partition->supervision_off);
    json_bool(json, "active", partition->active);
    json_begin_array(json, "excused_by");
    for (size_t i = 0; i < partition->n_excused_by; i++) {
        json_string(json, NULL, partition->excused_by[i]);
    }
    json_end_array(json);
    json_entities(json, partition);
    json_begin_array(json, "vcpus");
    for (size_t i = 0; i < partition->n_vcpus; i++) {
        json_begin_object(json, NULL);
        if (partition->vcpus[i]->last_look_case == XHM__V1__VCPU_STATUS__LAST_LOOK_PCPU) {
            json_number(json, "pcpu", partition->vcpus[i]->pcpu);
        } else {
            json_null(json, "pcpu");
        }
        json_end_object(json);
    }
    json_end_array(json);
    json_faults(json, partition->faults, partition->n_faults);
    json_end_object(json);
}

void status_json_safe_state(struct xhm_json *json, const Xhm__V1__SafeStateStatus *safe_state) {
    if (safe_state == NULL) {
        json_null(json, "safe_state");
        return;
    }
    json_begin_object(json, "safe_state");
    json_string(json, "name", safe_state->name);
    json_bool(json, "stored", safe_state->stored);
    json_bool(json, "clear_asked", safe_state->clear_asked);
    json_end_object(json);
}

static void json_first_expired(struct xhm_json *json, const Xhm__V1__FirstExpired *first) {
    if (first == NULL) {
        json_null(json, "first_expired");
        return;
    }
    json_begin_object(json, "first_expired");
    json_string(json, "partition", first->partition);
    json_string(json, "entity", first->entity);
    json_bool(json, "intact", first->intact);
    json_end_object(json);
}

void status_print_json(const Xhm__V1__Status *status) {
    char text[XHM_NAME_TEXT_SIZE];
    struct xhm_json json;
    json_init(&json, stdout);
    json_begin_object(&json, NULL);
    json_string(&json, "ecu", status->ecu_id);
    json_string(&json, "status", names_status(status->status, text));
    json_string(&json, "mode", names_mode(status->mode, text));
    status_json_safe_state(&json, status->safe_state);
    json_first_expired(&json, status->first_expired);
    json_number(&json, "operation_cycle", status->operation_cycle);
    json_bool(&json, "operation_cycle_open", status->operation_cycle_open);
    json_number(&json, "starts_without_health", status->starts_without_health);
    json_hash(&json, "policy_hash", status->policy_hash);
    json_string(&json, "boot_id", status->boot_id);
    json_string(&json, "version", status->version);
    json_number(&json, "last_sequence", status->last_sequence);
    json_number(&json, "steps", status->steps);
    json_number(&json, "overruns", status->overruns);
    json_number(&json, "worst_lateness_ns", status->worst_lateness_ns);
    json_number(&json, "worst_step_ns", status->worst_step_ns);
    json_bool(&json, "agent_connected", status->agent_connected);
    json_faults(&json, status->faults, status->n_faults);
    json_begin_array(&json, "partitions");
    for (size_t i = 0; i < status->n_partitions; i++) {
        json_partition(&json, status->partitions[i]);
    }
    json_end_array(&json);
    json_end_object(&json);
}
