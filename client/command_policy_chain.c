// SPDX-License-Identifier: Apache-2.0
#include "command_policy.h"

#include "chain.h"
#include "scalar.h"
#include "timing.h"

static void add_time(struct xhm_table *table, uint64_t ns) {
    char text[XHM_SCALAR_TEXT_SIZE] = "-";

    if (ns != XHM_TIMING_NONE) {
        scalar_write_duration(&ns, text);
    }
    table_cell(table, XHM_PAINT_PLAIN, "%s", text);
}

void policy_chain_print(const struct xhm_policy *policy) {
    struct xhm_table *table = table_new("LOST WATCHED-BY DETECTION RESTART NOTE");
    const struct xhm_chain_link *links;
    const uint32_t count = chain_links(policy, &links);
    const uint64_t longest_ns = chain_longest_ns(policy);
    char longest[XHM_SCALAR_TEXT_SIZE];

    if (table == NULL) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        table_cell(table, XHM_PAINT_PLAIN, "%s", links[i].lost);
        table_cell(table, XHM_PAINT_PLAIN, "%s", links[i].watched_by);
        add_time(table, links[i].detection_ns);
        add_time(table, links[i].restart_ns);
        table_cell(table, XHM_PAINT_PLAIN, "%s", links[i].note);
    }
    puts("\nWho watches the supervisor (worst case of each link; -: not bounded here):");
    table_print(table, stdout, false);
    table_free(table);
    scalar_write_duration(&longest_ns, longest);
    printf(
        "One such loss leaves the partitions unsupervised for at most %s, if the first restart mends it. They run on "
        "meanwhile.\n",
        longest);
}

static void json_time(struct xhm_json *json, const char *key, uint64_t ns) {
    if (ns == XHM_TIMING_NONE) {
        json_null(json, key);
    } else {
        json_number(json, key, ns);
    }
}

void policy_chain_print_json(struct xhm_json *json, const struct xhm_policy *policy) {
    const struct xhm_chain_link *links;
    const uint32_t count = chain_links(policy, &links);

    json_begin_array(json, "watchdog_chain");
    for (uint32_t i = 0; i < count; i++) {
        json_begin_object(json, NULL);
        json_string(json, "lost", links[i].lost);
        json_string(json, "watched_by", links[i].watched_by);
        json_time(json, "detection_ns", links[i].detection_ns);
        json_time(json, "restart_ns", links[i].restart_ns);
        json_string(json, "note", links[i].note);
        json_end_object(json);
    }
    json_end_array(json);
}
