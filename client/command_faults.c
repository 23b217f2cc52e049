// SPDX-License-Identifier: Apache-2.0
#include "command.h"
#include "event_catalogue.h"
#include "names.h"

#include <inttypes.h>

static void print_records(const Xhm__V1__FaultsReply *faults, bool colour) {
    struct xhm_table *table =
        table_new("FAULT DTC PARTITION ENTITY ACTIVE TIMES INJECTED FIRST-SEQ LAST-SEQ LAST-TIME");
    for (size_t i = 0; table != NULL && i < faults->n_records; i++) {
        const Xhm__V1__FaultRecord *record = faults->records[i];
        char time_text[XHM_TIME_TEXT_SIZE];
        char dtc[XHM_NAME_TEXT_SIZE];
        names_time(record->last_wall_clock_ns, time_text);
        table_cell(table, record->active ? XHM_PAINT_BAD : XHM_PAINT_PLAIN, "%s", record->fault_name);
        table_cell(table, XHM_PAINT_PLAIN, "%s", names_dtc(record->dtc, dtc));
        table_cell(table, XHM_PAINT_PLAIN, "%s", record->partition[0] != '\0' ? record->partition : "-");
        table_cell(table, XHM_PAINT_PLAIN, "%s", record->entity[0] != '\0' ? record->entity : "-");
        table_cell(table, XHM_PAINT_PLAIN, "%s", record->active ? "yes" : "no");
        table_cell(table, XHM_PAINT_PLAIN, "%u", record->occurrences);
        table_cell(table, XHM_PAINT_PLAIN, "%u", record->injected);
        table_cell(table, XHM_PAINT_PLAIN, "%" PRIu64, record->first_sequence);
        table_cell(table, XHM_PAINT_PLAIN, "%" PRIu64, record->last_sequence);
        table_cell(table, XHM_PAINT_PLAIN, "%s", time_text);
    }
    if (table != NULL) {
        table_print(table, stdout, colour);
    }
    table_free(table);
}

static void print_state_of_memory(const Xhm__V1__FaultsReply *faults) {
    if (faults->recovered) {
        puts("The fault memory was damaged when it was opened; what could be read is here.");
    }
    if (faults->degraded) {
        puts("The fault memory cannot be written: records of this life of the supervisor may be lost.");
    }
}

static void print_people(const Xhm__V1__FaultsReply *faults, bool colour) {
    print_state_of_memory(faults);
    if (faults->n_records == 0) {
        puts("The fault memory is empty.");
    } else {
        print_records(faults, colour);
    }
}

static void json_freeze_frame(struct xhm_json *json, const Xhm__V1__FreezeFrame *frame) {
    if (frame == NULL) {
        json_null(json, "freeze_frame");
        return;
    }
    json_begin_object(json, "freeze_frame");
    json_number(json, "monotonic_ns", frame->monotonic_ns);
    json_hash(json, "policy_hash", frame->policy_hash);
    if (frame->instance_case == XHM__V1__FREEZE_FRAME__INSTANCE_DOMID) {
        json_number(json, "domid", frame->domid);
    } else {
        json_null(json, "domid");
    }
    json_begin_array(json, "values");
    for (size_t i = 0; i < frame->n_values; i++) {
        json_number(json, NULL, frame->values[i]);
    }
    json_end_array(json);
    json_end_object(json);
}

static void json_dtc(struct xhm_json *json, uint32_t dtc) {
    char text[XHM_NAME_TEXT_SIZE];
    if (dtc == 0) {
        json_null(json, "dtc");
    } else {
        json_string(json, "dtc", names_dtc(dtc, text));
    }
}

static void json_record(struct xhm_json *json, const Xhm__V1__FaultRecord *record) {
    json_begin_object(json, NULL);
    json_number(json, "fault", record->fault);
    json_string(json, "fault_name", record->fault_name);
    json_dtc(json, record->dtc);
    json_string(json, "partition", record->partition);
    json_string(json, "entity", record->entity);
    json_bool(json, "active", record->active);
    json_number(json, "occurrences", record->occurrences);
    json_number(json, "injected", record->injected);
    json_number(json, "injection_sequence", record->injection_sequence);
    json_number(json, "injection_wall_clock_ns", record->injection_wall_clock_ns);
    json_number(json, "first_sequence", record->first_sequence);
    json_number(json, "last_sequence", record->last_sequence);
    json_number(json, "first_wall_clock_ns", record->first_wall_clock_ns);
    json_number(json, "last_wall_clock_ns", record->last_wall_clock_ns);
    json_number(json, "status", record->status);
    json_number(json, "aging_cycles", record->aging_cycles);
    json_freeze_frame(json, record->freeze_frame);
    json_end_object(json);
}

/* Records of the fault with this number, 0: of all. */
static void json_records(struct xhm_json *json, const Xhm__V1__FaultsReply *faults, uint32_t number) {
    json_bool(json, "degraded", faults->degraded);
    json_bool(json, "recovered", faults->recovered);
    json_begin_array(json, "records");
    for (size_t i = 0; i < faults->n_records; i++) {
        if (number == 0 || faults->records[i]->fault == number) {
            json_record(json, faults->records[i]);
        }
    }
    json_end_array(json);
}

static void print_json(const Xhm__V1__FaultsReply *faults) {
    struct xhm_json json;
    json_init(&json, stdout);
    json_begin_object(&json, NULL);
    json_records(&json, faults, 0);
    json_end_object(&json);
}

static enum xhm_exit ask_faults(const struct xhm_invocation *invocation, Xhm__V1__ServerMessage **reply) {
    Xhm__V1__FaultsRequest faults = XHM__V1__FAULTS_REQUEST__INIT;
    Xhm__V1__ClientMessage request = XHM__V1__CLIENT_MESSAGE__INIT;
    request.body_case = XHM__V1__CLIENT_MESSAGE__BODY_FAULTS;
    request.faults = &faults;
    return session_ask(invocation, &request, XHM__V1__SERVER_MESSAGE__BODY_FAULTS, "the fault memory", reply);
}

enum xhm_exit command_faults(const struct xhm_invocation *invocation) {
    Xhm__V1__ServerMessage *reply = NULL;
    enum xhm_exit status = ask_faults(invocation, &reply);
    if (status != XHM_EXIT_OK) {
        return status;
    }
    if (invocation->options[XHM_OPTION_JSON] != NULL) {
        print_json(reply->faults);
    } else {
        print_people(reply->faults, invocation->colour);
    }
    xhm_client_free_reply(reply);
    return status;
}

/* --- one fault -----------------------------------------------------------------------------------------------------
 */

static void print_moment(const char *which, uint64_t sequence, uint64_t wall_clock_ns) {
    char time_text[XHM_TIME_TEXT_SIZE];
    names_time(wall_clock_ns, time_text);
    printf("  %-13s event %" PRIu64 ", %s\n", which, sequence, time_text);
}

static void print_freeze_frame(const Xhm__V1__FreezeFrame *frame, enum xhm_fault fault) {
    const char *const *labels = event_catalogue_fault_labels(fault);
    printf("  %-13s %" PRIu64 ".%06" PRIu64 "s after the ECU's boot, policy %016" PRIx64, "freeze frame",
           frame->monotonic_ns / 1000000000u, frame->monotonic_ns / 1000u % 1000000u, frame->policy_hash);
    if (frame->instance_case == XHM__V1__FREEZE_FRAME__INSTANCE_DOMID) {
        printf(", domid=%u", frame->domid);
    }
    for (size_t i = 0; i < frame->n_values && i < 2; i++) {
        if (labels[i] != NULL) {
            printf(", %s=%" PRIu64, labels[i], frame->values[i]);
        }
    }
    fputc('\n', stdout);
}

static void print_record(const Xhm__V1__FaultRecord *record, enum xhm_fault fault) {
    char bits[XHM_DTC_TEXT_SIZE];
    char place[XHM_TABLE_CELL_SIZE];
    snprintf(bits, sizeof(bits), "%s%s%s", record->partition[0] != '\0' ? record->partition : "the supervisor",
             record->entity[0] != '\0' ? "/" : "", record->entity);
    output_clean(bits, place, sizeof(place));
    printf("\n%s: %s, occurred %u times", place, record->active ? "ACTIVE" : "not active", record->occurrences);
    printf(record->injected > 0 ? ", %u of them while a fault was injected\n" : "\n", record->injected);
    print_moment("first", record->first_sequence, record->first_wall_clock_ns);
    print_moment("last", record->last_sequence, record->last_wall_clock_ns);
    if (record->injection_sequence > 0) {
        print_moment("injection", record->injection_sequence, record->injection_wall_clock_ns);
    }
    if (record->dtc != 0) {
        printf("  %-13s %s\n", "DTC", names_dtc(record->dtc, bits));
    }
    printf("  %-13s 0x%02x: %s\n", "status", record->status, names_dtc_status(record->status, bits));
    printf("  %-13s %" PRIu64 " clean operation cycles since the last occurrence\n", "aging", record->aging_cycles);
    if (record->freeze_frame != NULL) {
        print_freeze_frame(record->freeze_frame, fault);
    }
}

static void print_fault(const Xhm__V1__FaultsReply *faults, enum xhm_fault fault) {
    const struct xhm_fault_info *info = faults_info(fault);
    char class_name[XHM_NAME_TEXT_SIZE];
    size_t found = 0;
    printf("%s (0x%04x), class %s: %s\n", info->name, info->number,
           names_word(XHM_WORDS_FAULT_CLASS, info->fault_class, class_name), info->meaning);
    print_state_of_memory(faults);
    for (size_t i = 0; i < faults->n_records; i++) {
        if (faults->records[i]->fault == info->number) {
            print_record(faults->records[i], fault);
            found++;
        }
    }
    if (found == 0) {
        puts("\nThe fault memory has no record of it.");
    }
}

static void json_fault(const Xhm__V1__FaultsReply *faults, enum xhm_fault fault) {
    const struct xhm_fault_info *info = faults_info(fault);
    char class_name[XHM_NAME_TEXT_SIZE];
    struct xhm_json json;
    json_init(&json, stdout);
    json_begin_object(&json, NULL);
    json_number(&json, "fault", info->number);
    json_string(&json, "fault_name", info->name);
    json_string(&json, "class", names_word(XHM_WORDS_FAULT_CLASS, info->fault_class, class_name));
    json_string(&json, "meaning", info->meaning);
    json_records(&json, faults, info->number);
    json_end_object(&json);
}

static enum xhm_exit no_such_fault(const char *code) {
    return command_wrong_usage("\"%s\" is no fault: a number like 0x0204, or a name, of docs/fault-catalogue.md", code);
}

enum xhm_exit command_faults_show(const struct xhm_invocation *invocation) {
    enum xhm_fault fault = names_find_fault(invocation->arguments[0]);
    if (fault == XHM_FAULT_COUNT) {
        return no_such_fault(invocation->arguments[0]);
    }
    Xhm__V1__ServerMessage *reply = NULL;
    enum xhm_exit status = ask_faults(invocation, &reply);
    if (status != XHM_EXIT_OK) {
        return status;
    }
    (invocation->options[XHM_OPTION_JSON] != NULL ? json_fault : print_fault)(reply->faults, fault);
    xhm_client_free_reply(reply);
    return status;
}

enum xhm_exit command_faults_clear(const struct xhm_invocation *invocation) {
    Xhm__V1__FaultsClearRequest clear = XHM__V1__FAULTS_CLEAR_REQUEST__INIT;
    Xhm__V1__ClientMessage request = XHM__V1__CLIENT_MESSAGE__INIT;
    request.body_case = XHM__V1__CLIENT_MESSAGE__BODY_FAULTS_CLEAR;
    request.faults_clear = &clear;
    if (invocation->argument_count > 0) {
        enum xhm_fault fault = names_find_fault(invocation->arguments[0]);
        if (fault == XHM_FAULT_COUNT) {
            return no_such_fault(invocation->arguments[0]);
        }
        clear.fault = faults_info(fault)->number;
    }
    if (invocation->options[XHM_OPTION_PARTITION] != NULL) {
        clear.partition = (char *)invocation->options[XHM_OPTION_PARTITION];
    }
    return session_order(invocation, &request, "records of faults that are not active are removed");
}
