// SPDX-License-Identifier: Apache-2.0
#include "command_policy.h"

#include "scalar.h"
#include "timing.h"

#include <inttypes.h>

static void write_time(uint64_t ns, char text[XHM_SCALAR_TEXT_SIZE]) {
    if (ns == XHM_TIMING_NONE) {
        snprintf(text, XHM_SCALAR_TEXT_SIZE, "-");
    } else {
        scalar_write_duration(&ns, text);
    }
}

static void add_time(struct xhm_table *table, uint64_t ns) {
    char text[XHM_SCALAR_TEXT_SIZE];
    write_time(ns, text);
    table_cell(table, XHM_PAINT_PLAIN, "%s", text);
}

static void add_row(struct xhm_table *table, const struct xhm_policy *policy, uint32_t partition,
                    enum xhm_fault_class fault_class) {
    struct xhm_timing timing;

    timing_compute(policy, partition, fault_class, &timing);
    if (!timing.supervised) {
        return;
    }
    table_cell(table, XHM_PAINT_PLAIN, "%s", policy->partitions[partition].name);
    table_cell(table, XHM_PAINT_PLAIN, "%s", timing_class_name(fault_class));
    add_time(table, timing.fdti.total_ns);
    add_time(table, timing.frti.total_ns);
    add_time(table, timing.fhti_ns);
    add_time(table, timing.allocated_ns != 0 ? timing.allocated_ns : XHM_TIMING_NONE);
    add_time(table, timing.restart_ns);
}

static void print_table(const struct xhm_policy *policy) {
    struct xhm_table *table = table_new("PARTITION CLASS FDTI FRTI FHTI ALLOCATED RESTART");

    if (table == NULL) {
        return;
    }
    for (uint32_t i = 0; i < policy->partition_count; i++) {
        for (unsigned c = 0; c < XHM_CLASS_COUNT; c++) {
            add_row(table, policy, i, (enum xhm_fault_class)c);
        }
    }
    table_print(table, stdout, false);
    table_free(table);
}

static void print_term(const struct xhm_timing_term *term) {
    char total[XHM_SCALAR_TEXT_SIZE], each[XHM_SCALAR_TEXT_SIZE];
    char key[XHM_TIMING_KEY_SIZE];

    write_time(term->ns, total);
    write_time(term->each_ns, each);
    timing_write_key(term, key);
    printf("    %10s  %s (", total, term->name);
    if (term->times != 1) {
        printf("%" PRIu64 " x %s, ", term->times, each);
    }
    printf("%s%s)\n", key, term->measured ? ", measured" : "");
}

static void print_sum(const char *name, const char *what, const struct xhm_timing_sum *sum) {
    char total[XHM_SCALAR_TEXT_SIZE];

    if (sum->why_not != NULL) {
        printf("  no %s: %s\n", name, sum->why_not);
        return;
    }
    write_time(sum->total_ns, total);
    printf("  %s %s%s%s\n", name, total, what[0] != '\0' ? ": " : "", what);
    for (uint32_t i = 0; i < sum->term_count; i++) {
        print_term(&sum->terms[i]);
    }
}

static void print_terms(const struct xhm_policy *policy, uint32_t partition, enum xhm_fault_class fault_class) {
    struct xhm_timing timing;

    timing_compute(policy, partition, fault_class, &timing);
    if (!timing.supervised) {
        return;
    }
    printf("%s, %s:\n", policy->partitions[partition].name, timing_class_name(fault_class));
    print_sum("FDTI", timing_detection_info(timing.slowest)->faults, &timing.fdti);
    print_sum("FRTI", "", &timing.frti);
}

void policy_timing_print(const struct xhm_policy *policy) {
    puts("Worst-case times that follow from it (-: there is none; what is not listed is not supervised):");
    print_table(policy);
    puts("FDTI: from a fault to its detection. FRTI: from there to a safe state or emergency operation, by direct "
         "actions\nonly. FHTI: the sum, to be below what is ALLOCATED. RESTART: the time-out of a recovery, which is "
         "never claimed.\n\nThe terms of each sum:");
    for (uint32_t i = 0; i < policy->partition_count; i++) {
        for (unsigned c = 0; c < XHM_CLASS_COUNT; c++) {
            print_terms(policy, i, (enum xhm_fault_class)c);
        }
    }
    printf("\nPlacement: with at most %" PRIu64 " vCPUs on the host, all domains together.\n"
           "docs/timing.md derives each sum and names its assumptions.\n",
           timing_vcpu_capacity(policy));
}

static void json_time(struct xhm_json *json, const char *key, uint64_t ns) {
    if (ns == XHM_TIMING_NONE) {
        json_null(json, key);
    } else {
        json_number(json, key, ns);
    }
}

static void json_sum(struct xhm_json *json, const char *name, const struct xhm_timing_sum *sum) {
    json_begin_object(json, name);
    json_time(json, "total_ns", sum->total_ns);
    json_string(json, "why_not", sum->why_not);
    json_begin_array(json, "terms");
    for (uint32_t i = 0; i < sum->term_count; i++) {
        const struct xhm_timing_term *term = &sum->terms[i];
        char key[XHM_TIMING_KEY_SIZE];
        timing_write_key(term, key);
        json_begin_object(json, NULL);
        json_string(json, "name", term->name);
        json_string(json, "key", key);
        json_bool(json, "measured", term->measured);
        json_number(json, "times", term->times);
        json_number(json, "each_ns", term->each_ns);
        json_time(json, "ns", term->ns);
        json_end_object(json);
    }
    json_end_array(json);
    json_end_object(json);
}

static void json_class(struct xhm_json *json, const struct xhm_policy *policy, uint32_t partition,
                       enum xhm_fault_class fault_class) {
    struct xhm_timing timing;

    timing_compute(policy, partition, fault_class, &timing);
    if (!timing.supervised) {
        json_null(json, timing_class_name(fault_class));
        return;
    }
    json_begin_object(json, timing_class_name(fault_class));
    json_string(json, "slowest", timing_detection_info(timing.slowest)->name);
    json_sum(json, "fdti", &timing.fdti);
    json_sum(json, "frti", &timing.frti);
    json_time(json, "fhti_ns", timing.fhti_ns);
    json_time(json, "allocated_fhti_ns", timing.allocated_ns != 0 ? timing.allocated_ns : XHM_TIMING_NONE);
    json_time(json, "restart_timeout_ns", timing.restart_ns);
    json_end_object(json);
}

/* Each way of detection by itself, for whoever measures one. */
static void json_detections(struct xhm_json *json, const struct xhm_policy *policy, uint32_t partition) {
    json_begin_object(json, "detections");
    for (unsigned i = 0; i < XHM_DETECTION_COUNT; i++) {
        struct xhm_timing_sum sum;
        if (timing_detection(policy, partition, (enum xhm_detection)i, &sum)) {
            json_sum(json, timing_detection_info((enum xhm_detection)i)->name, &sum);
        }
    }
    json_end_object(json);
}

/* detection_ns repeats the totals for programs that want nothing else. */
static void json_partition(struct xhm_json *json, const struct xhm_policy *policy, uint32_t partition) {
    json_begin_object(json, NULL);
    json_string(json, "name", policy->partitions[partition].name);
    json_begin_object(json, "detection_ns");
    for (unsigned c = 0; c < XHM_CLASS_COUNT; c++) {
        struct xhm_timing timing;
        timing_compute(policy, partition, (enum xhm_fault_class)c, &timing);
        json_time(json, timing_class_name((enum xhm_fault_class)c), timing.fdti.total_ns);
    }
    json_end_object(json);
    json_begin_object(json, "timing");
    for (unsigned c = 0; c < XHM_CLASS_COUNT; c++) {
        json_class(json, policy, partition, (enum xhm_fault_class)c);
    }
    json_end_object(json);
    json_detections(json, policy, partition);
    json_end_object(json);
}

void policy_timing_print_json(struct xhm_json *json, const struct xhm_policy *policy) {
    json_begin_array(json, "partitions");
    for (uint32_t i = 0; i < policy->partition_count; i++) {
        json_partition(json, policy, i);
    }
    json_end_array(json);
}
