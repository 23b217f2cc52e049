// SPDX-License-Identifier: Apache-2.0
#include "command.h"
#include "names.h"

#include <inttypes.h>

static enum xhm_paint paint_of(Xhm__V1__Verdict verdict) {
    switch (verdict) {
    case XHM__V1__VERDICT__VERDICT_CONFORMS:
        return XHM_PAINT_GOOD;
    case XHM__V1__VERDICT__VERDICT_DEVIATES:
        return XHM_PAINT_BAD;
    case XHM__V1__VERDICT__VERDICT_UNSPECIFIED:
    case XHM__V1__VERDICT__VERDICT_UNKNOWN:
    case XHM__V1__VERDICT__VERDICT_NOT_AVAILABLE:
    case XHM__V1__VERDICT__VERDICT_NOT_APPLICABLE:
    case _XHM__V1__VERDICT_IS_INT_SIZE:
        break;
    }
    return XHM_PAINT_WARNING;
}

static void add_row(struct xhm_table *table, const Xhm__V1__ConformanceCheck *check) {
    char verdict[XHM_NAME_TEXT_SIZE];
    table_cell(table, XHM_PAINT_PLAIN, "%s", check->check);
    table_cell(table, XHM_PAINT_PLAIN, "%s", check->partition[0] != '\0' ? check->partition : "-");
    table_cell(table, XHM_PAINT_PLAIN, "%s", check->subject[0] != '\0' ? check->subject : "-");
    table_cell(table, paint_of(check->verdict), "%s", names_verdict(check->verdict, verdict));
    if (check->known) {
        table_cell(table, XHM_PAINT_PLAIN, "%" PRIu64 ".%03" PRIu64 "s", check->age_ms / 1000, check->age_ms % 1000);
    } else {
        table_cell(table, XHM_PAINT_PLAIN, "-");
    }
}

static void print_people(const Xhm__V1__ConformanceReply *reply, bool colour) {
    size_t shown = reply->n_checks < XHM_TABLE_MAX_ROWS ? reply->n_checks : XHM_TABLE_MAX_ROWS;
    struct xhm_table *table = table_new("CHECK PARTITION SUBJECT VERDICT AGE");
    for (size_t i = 0; table != NULL && i < shown; i++) {
        add_row(table, reply->checks[i]);
    }
    if (table != NULL && shown > 0) {
        table_print(table, stdout, colour);
    }
    table_free(table);
    if (shown == 0) {
        puts("The policy declares nothing that is compared with what runs.");
    } else if (shown < reply->n_checks) {
        printf("%zu more are not shown: ask for one partition, or use --json.\n", reply->n_checks - shown);
    }
}

static void print_json(const Xhm__V1__ConformanceReply *reply, bool conforms) {
    struct xhm_json json;
    json_init(&json, stdout);
    json_begin_object(&json, NULL);
    json_bool(&json, "conforms", conforms);
    json_begin_array(&json, "checks");
    for (size_t i = 0; i < reply->n_checks; i++) {
        const Xhm__V1__ConformanceCheck *check = reply->checks[i];
        char verdict[XHM_NAME_TEXT_SIZE];
        json_begin_object(&json, NULL);
        json_string(&json, "check", check->check);
        json_string(&json, "partition", check->partition);
        json_string(&json, "subject", check->subject);
        json_string(&json, "verdict", names_verdict(check->verdict, verdict));
        if (check->known) {
            json_number(&json, "age_ms", check->age_ms);
        } else {
            json_null(&json, "age_ms");
        }
        json_end_object(&json);
    }
    json_end_array(&json);
    json_end_object(&json);
}

static bool all_conform(const Xhm__V1__ConformanceReply *reply) {
    for (size_t i = 0; i < reply->n_checks; i++) {
        if (reply->checks[i]->verdict != XHM__V1__VERDICT__VERDICT_CONFORMS) {
            return false;
        }
    }
    return true;
}

enum xhm_exit command_conformance(const struct xhm_invocation *invocation) {
    Xhm__V1__ConformanceRequest conformance = XHM__V1__CONFORMANCE_REQUEST__INIT;
    Xhm__V1__ClientMessage request = XHM__V1__CLIENT_MESSAGE__INIT;
    Xhm__V1__ServerMessage *reply = NULL;
    request.body_case = XHM__V1__CLIENT_MESSAGE__BODY_CONFORMANCE;
    request.conformance = &conformance;
    if (invocation->argument_count > 0) {
        conformance.partition = (char *)invocation->arguments[0];
    }
    enum xhm_exit status =
        session_ask(invocation, &request, XHM__V1__SERVER_MESSAGE__BODY_CONFORMANCE, "the conformance", &reply);
    if (status != XHM_EXIT_OK) {
        return status;
    }
    const bool conforms = all_conform(reply->conformance);
    if (invocation->options[XHM_OPTION_JSON] != NULL) {
        print_json(reply->conformance, conforms);
    } else {
        print_people(reply->conformance, invocation->colour);
    }
    xhm_client_free_reply(reply);
    return conforms ? XHM_EXIT_OK : XHM_EXIT_NOT_OK;
}
