// SPDX-License-Identifier: Apache-2.0
#include "command_policy.h"

#include "policy_share.h"
#include "scalar.h"
#include "shares.h"

#include <inttypes.h>
#include <string.h>

/* In tenths of a percent, rounded up. */
static void add_share(struct xhm_table *table, uint64_t share) {
    const uint64_t tenths = (share + XHM_SHARE_WHOLE / 1000 - 1) / (XHM_SHARE_WHOLE / 1000);
    table_cell(table, XHM_PAINT_PLAIN, "%" PRIu64 ".%" PRIu64 "%%", tenths / 10, tenths % 10);
}

/* Words of the policy's text, without the quotes that YAML needs. */
static void write_plain(enum xhm_scalar_kind kind, const void *source, char text[XHM_SCALAR_TEXT_SIZE]) {
    char quoted[XHM_SCALAR_TEXT_SIZE];
    scalar_info(kind)->write(source, quoted);
    const size_t quotes = quoted[0] == '"';
    snprintf(text, XHM_SCALAR_TEXT_SIZE, "%.*s", (int)(strlen(quoted) - 2 * quotes), quoted + quotes);
}

static void add_row(struct xhm_table *table, const struct xhm_policy *policy, const struct xhm_share_row *row) {
    const struct xhm_cpupool_policy *pool = &policy->cpupools[row->cpupool];
    char text[XHM_SCALAR_TEXT_SIZE];

    table_cell(table, XHM_PAINT_PLAIN, "%s", pool->name);
    write_plain(XHM_SCALAR_SCHEDULER, &pool->scheduler, text);
    table_cell(table, XHM_PAINT_PLAIN, "%s", text);
    write_plain(XHM_SCALAR_PCPUS, &row->pcpus, text);
    table_cell(table, XHM_PAINT_PLAIN, "%s", text[0] != '\0' ? text : "-");
    table_cell(table, XHM_PAINT_PLAIN, "%" PRIu32, row->vcpu_count);
    add_share(table, row->needed);
    add_share(table, row->bound);
}

static void print_wait(const struct xhm_policy *policy) {
    const uint64_t wait_ns = policy_share_blackout(policy);
    char text[XHM_SCALAR_TEXT_SIZE];

    if (wait_ns != 0) {
        scalar_write_duration(&wait_ns, text);
        printf("Its own scheduler may keep the supervisor waiting for %s, in each sum above.\n", text);
    }
}

void policy_shares_print(const struct xhm_policy *policy) {
    static struct xhm_share_row rows[XHM_MAX_SHARE_ROWS];
    const uint32_t count = shares_compute(policy, rows);
    struct xhm_table *table = count > 0 ? table_new("CPUPOOL SCHEDULER PCPUS VCPUS NEEDED BOUND") : NULL;

    if (table != NULL) {
        puts("\nCPU time that declared servers, minor frames and vCPUs need, in percent of one pCPU, and the most that "
             "they "
             "may need:");
        for (uint32_t i = 0; i < count; i++) {
            add_row(table, policy, &rows[i]);
        }
        table_print(table, stdout, false);
        table_free(table);
        puts("docs/scheduling.md derives the bounds.");
    }
    print_wait(policy);
}

static void json_row(struct xhm_json *json, const struct xhm_policy *policy, const struct xhm_share_row *row) {
    const struct xhm_cpupool_policy *pool = &policy->cpupools[row->cpupool];
    char text[XHM_SCALAR_TEXT_SIZE];

    json_begin_object(json, NULL);
    json_string(json, "cpupool", pool->name);
    write_plain(XHM_SCALAR_SCHEDULER, &pool->scheduler, text);
    json_string(json, "scheduler", text);
    write_plain(XHM_SCALAR_PCPUS, &row->pcpus, text);
    json_string(json, "pcpus", text);
    json_number(json, "vcpus", row->vcpu_count);
    json_number(json, "needed_billionths", row->needed);
    json_number(json, "bound_billionths", row->bound);
    json_end_object(json);
}

void policy_shares_print_json(struct xhm_json *json, const struct xhm_policy *policy) {
    static struct xhm_share_row rows[XHM_MAX_SHARE_ROWS];
    const uint32_t count = shares_compute(policy, rows);

    json_begin_array(json, "shares");
    for (uint32_t i = 0; i < count; i++) {
        json_row(json, policy, &rows[i]);
    }
    json_end_array(json);
    json_number(json, "supervisor_wait_ns", policy_share_blackout(policy));
}
