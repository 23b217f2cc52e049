// SPDX-License-Identifier: Apache-2.0
#include "command.h"
#include "names.h"
#include "scalar.h"

#include <inttypes.h>
#include <string.h>

static void join_faults(Xhm__V1__ActiveFault *const *faults, size_t count, char *text, size_t size) {
    size_t used = 0;
    snprintf(text, size, "-");
    for (size_t i = 0; i < count && used < size; i++) {
        used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? "," : "", faults[i]->fault_name);
    }
}

static void add_partition(struct xhm_table *table, const Xhm__V1__PartitionStatus *partition) {
    char text[XHM_NAME_TEXT_SIZE];
    char memory[XHM_SCALAR_TEXT_SIZE];
    char faults[XHM_TABLE_CELL_SIZE];
    bool live = partition->instance_case == XHM__V1__PARTITION_STATUS__INSTANCE_DOMID;
    table_cell(table, XHM_PAINT_PLAIN, "%s", partition->name);
    table_cell(table, names_status_paint(partition->status), "%s", names_status(partition->status, text));
    table_cell(table, XHM_PAINT_PLAIN, "%s", names_life(partition->life, text));
    if (live) {
        scalar_info(XHM_SCALAR_SIZE)->write(&partition->memory_kib, memory);
        table_cell(table, XHM_PAINT_PLAIN, "%u", partition->domid);
        table_cell(table, XHM_PAINT_PLAIN, "%s", memory);
    } else {
        table_cell(table, XHM_PAINT_PLAIN, "-");
        table_cell(table, XHM_PAINT_PLAIN, "-");
    }
    table_cell(table, XHM_PAINT_PLAIN, "%u", partition->restarts);
    join_faults(partition->faults, partition->n_faults, faults, sizeof(faults));
    table_cell(table, partition->n_faults > 0 ? XHM_PAINT_BAD : XHM_PAINT_PLAIN, "%s", faults);
}

static void print_partitions(const Xhm__V1__Status *status, bool colour) {
    struct xhm_table *table = table_new("PARTITION STATUS LIFE DOMID MEMORY RESTARTS FAULTS");
    if (table == NULL) {
        return;
    }
    for (size_t i = 0; i < status->n_partitions; i++) {
        add_partition(table, status->partitions[i]);
    }
    table_print(table, stdout, colour);
    table_free(table);
}

static void print_entities(const Xhm__V1__PartitionStatus *partition, bool colour) {
    struct xhm_table *table = table_new("ENTITY STATUS ALIVE DEADLINES-MET MISSED WORST-LATENCY");
    if (table == NULL) {
        return;
    }
    for (size_t i = 0; i < partition->n_entities; i++) {
        const Xhm__V1__EntityStatus *entity = partition->entities[i];
        char text[XHM_NAME_TEXT_SIZE];
        table_cell(table, XHM_PAINT_PLAIN, "%s", entity->name);
        table_cell(table, names_status_paint(entity->status), "%s", names_status(entity->status, text));
        if (entity->reading_known) {
            table_cell(table, XHM_PAINT_PLAIN, "%" PRIu64, entity->alive_counter);
            table_cell(table, XHM_PAINT_PLAIN, "%" PRIu64, entity->deadline_met);
            table_cell(table, XHM_PAINT_PLAIN, "%" PRIu64, entity->deadline_missed);
            table_cell(table, XHM_PAINT_PLAIN, "%" PRIu64 "us", entity->worst_latency_ns / 1000u);
        } else {
            for (unsigned column = 0; column < 4; column++) {
                table_cell(table, XHM_PAINT_PLAIN, "-");
            }
        }
    }
    table_print(table, stdout, colour);
    table_free(table);
}

static void print_vcpus(const Xhm__V1__PartitionStatus *partition) {
    for (size_t i = 0; i < partition->n_vcpus; i++) {
        if (partition->vcpus[i]->last_look_case == XHM__V1__VCPU_STATUS__LAST_LOOK_PCPU) {
            printf("vCPU %zu was last seen on pCPU %u\n", i, partition->vcpus[i]->pcpu);
        } else {
            printf("vCPU %zu was not looked at yet\n", i);
        }
    }
}

static void print_faults(Xhm__V1__ActiveFault *const *faults, size_t count, const char *of) {
    for (size_t i = 0; i < count; i++) {
        printf("fault of %s: %s (0x%04x), occurred %u times", of, faults[i]->fault_name, faults[i]->fault,
               faults[i]->occurrences);
        for (size_t scope = 0; scope < faults[i]->n_scopes; scope++) {
            printf("%s%u", scope == 0 ? ", at " : ",", faults[i]->scopes[scope]);
        }
        fputc('\n', stdout);
    }
}

static void print_people(const Xhm__V1__Status *status, bool detailed, bool colour) {
    static const char *const colours[] = {"\033[0m", "\033[32m", "\033[33m", "\033[31m"};
    char text[XHM_NAME_TEXT_SIZE];
    printf("ECU %s: %s%s%s, policy %016" PRIx64 ", agent %s, last event %" PRIu64 "\n", status->ecu_id,
           colour ? colours[names_status_paint(status->status)] : "", names_status(status->status, text),
           colour ? colours[0] : "", status->policy_hash, status->agent_connected ? "connected" : "absent",
           status->last_sequence);
    print_faults(status->faults, status->n_faults, "the supervisor");
    fputc('\n', stdout);
    print_partitions(status, colour);
    for (size_t i = 0; detailed && i < status->n_partitions; i++) {
        const Xhm__V1__PartitionStatus *partition = status->partitions[i];
        fputc('\n', stdout);
        print_entities(partition, colour);
        fputc('\n', stdout);
        print_vcpus(partition);
        printf("memory limit %" PRIu64 "KiB\n", partition->memory_limit_kib);
        print_faults(partition->faults, partition->n_faults, partition->name);
    }
}

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

static void print_json(const Xhm__V1__Status *status) {
    char text[XHM_NAME_TEXT_SIZE];
    struct xhm_json json;
    json_init(&json, stdout);
    json_begin_object(&json, NULL);
    json_string(&json, "ecu", status->ecu_id);
    json_string(&json, "status", names_status(status->status, text));
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

static enum xhm_exit print_status(const struct xhm_invocation *invocation, const Xhm__V1__ServerMessage *reply) {
    if (reply->body_case != XHM__V1__SERVER_MESSAGE__BODY_STATUS) {
        fputs("xhmctl: asking for the status: the supervisor answered something else\n", stderr);
        return XHM_EXIT_NO_DAEMON;
    }
    if (invocation->options[XHM_OPTION_JSON] != NULL) {
        print_json(reply->status);
    } else {
        print_people(reply->status, invocation->argument_count > 0, invocation->colour);
    }
    return reply->status->status == XHM__V1__HEALTH_STATUS__STATUS_OK ? XHM_EXIT_OK : XHM_EXIT_NOT_OK;
}

enum xhm_exit command_status(const struct xhm_invocation *invocation) {
    Xhm__V1__StatusRequest status_request = XHM__V1__STATUS_REQUEST__INIT;
    Xhm__V1__ClientMessage request = XHM__V1__CLIENT_MESSAGE__INIT;
    request.body_case = XHM__V1__CLIENT_MESSAGE__BODY_STATUS;
    request.status = &status_request;
    if (invocation->argument_count > 0) {
        status_request.partition = (char *)invocation->arguments[0];
    }
    Xhm__V1__ServerMessage *reply = NULL;
    struct xhm_client *client = session_open(invocation, NULL);
    enum xhm_exit status = session_call(client, &request, &reply);
    if (status == XHM_EXIT_OK) {
        status = print_status(invocation, reply);
    }
    xhm_client_free_reply(reply);
    xhm_client_close(client);
    return status;
}
