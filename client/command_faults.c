// SPDX-License-Identifier: Apache-2.0
#include "command.h"
#include "names.h"

#include <inttypes.h>

static void print_records(const Xhm__V1__FaultsReply *faults, bool colour) {
    struct xhm_table *table = table_new("FAULT PARTITION ENTITY ACTIVE TIMES FIRST-SEQ LAST-SEQ LAST-TIME");
    for (size_t i = 0; table != NULL && i < faults->n_records; i++) {
        const Xhm__V1__FaultRecord *record = faults->records[i];
        char time_text[XHM_TIME_TEXT_SIZE];
        names_time(record->last_wall_clock_ns, time_text);
        table_cell(table, record->active ? XHM_PAINT_BAD : XHM_PAINT_PLAIN, "%s", record->fault_name);
        table_cell(table, XHM_PAINT_PLAIN, "%s", record->partition[0] != '\0' ? record->partition : "-");
        table_cell(table, XHM_PAINT_PLAIN, "%s", record->entity[0] != '\0' ? record->entity : "-");
        table_cell(table, XHM_PAINT_PLAIN, "%s", record->active ? "yes" : "no");
        table_cell(table, XHM_PAINT_PLAIN, "%u", record->occurrences);
        table_cell(table, XHM_PAINT_PLAIN, "%" PRIu64, record->first_sequence);
        table_cell(table, XHM_PAINT_PLAIN, "%" PRIu64, record->last_sequence);
        table_cell(table, XHM_PAINT_PLAIN, "%s", time_text);
    }
    if (table != NULL) {
        table_print(table, stdout, colour);
    }
    table_free(table);
}

static void print_people(const Xhm__V1__FaultsReply *faults, bool colour) {
    if (faults->recovered) {
        puts("The fault memory was damaged when it was opened; what could be read is here.");
    }
    if (faults->degraded) {
        puts("The fault memory cannot be written: records of this life of the supervisor may be lost.");
    }
    if (faults->n_records == 0) {
        puts("The fault memory is empty.");
    } else {
        print_records(faults, colour);
    }
}

static void print_json(const Xhm__V1__FaultsReply *faults) {
    struct xhm_json json;
    json_init(&json, stdout);
    json_begin_object(&json, NULL);
    json_bool(&json, "degraded", faults->degraded);
    json_bool(&json, "recovered", faults->recovered);
    json_begin_array(&json, "records");
    for (size_t i = 0; i < faults->n_records; i++) {
        const Xhm__V1__FaultRecord *record = faults->records[i];
        json_begin_object(&json, NULL);
        json_number(&json, "fault", record->fault);
        json_string(&json, "fault_name", record->fault_name);
        json_string(&json, "partition", record->partition);
        json_string(&json, "entity", record->entity);
        json_bool(&json, "active", record->active);
        json_number(&json, "occurrences", record->occurrences);
        json_number(&json, "first_sequence", record->first_sequence);
        json_number(&json, "last_sequence", record->last_sequence);
        json_number(&json, "first_wall_clock_ns", record->first_wall_clock_ns);
        json_number(&json, "last_wall_clock_ns", record->last_wall_clock_ns);
        json_end_object(&json);
    }
    json_end_array(&json);
    json_end_object(&json);
}

enum xhm_exit command_faults(const struct xhm_invocation *invocation) {
    Xhm__V1__FaultsRequest faults = XHM__V1__FAULTS_REQUEST__INIT;
    Xhm__V1__ClientMessage request = XHM__V1__CLIENT_MESSAGE__INIT;
    request.body_case = XHM__V1__CLIENT_MESSAGE__BODY_FAULTS;
    request.faults = &faults;
    Xhm__V1__ServerMessage *reply = NULL;
    struct xhm_client *client = session_open(invocation, NULL);
    enum xhm_exit status = session_call(client, &request, &reply);
    if (status == XHM_EXIT_OK && reply->body_case != XHM__V1__SERVER_MESSAGE__BODY_FAULTS) {
        fputs("xhmctl: asking for the fault memory: the supervisor answered something else\n", stderr);
        status = XHM_EXIT_NO_DAEMON;
    } else if (status == XHM_EXIT_OK && invocation->options[XHM_OPTION_JSON] != NULL) {
        print_json(reply->faults);
    } else if (status == XHM_EXIT_OK) {
        print_people(reply->faults, invocation->colour);
    }
    xhm_client_free_reply(reply);
    xhm_client_close(client);
    return status;
}
