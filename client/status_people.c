// SPDX-License-Identifier: Apache-2.0
#include "names.h"
#include "scalar.h"
#include "status_print.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

static void join_faults(Xhm__V1__ActiveFault *const *faults, size_t count, char *text, size_t size) {
    size_t used = 0;
    snprintf(text, size, "-");
    for (size_t i = 0; i < count && used < size; i++) {
        used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? "," : "", faults[i]->fault_name);
    }
}

/* Appends to what is there, which begins as "-". */
__attribute__((format(printf, 2, 3))) static void add_note(char notes[XHM_TABLE_CELL_SIZE], const char *format, ...) {
    size_t used = strcmp(notes, "-") == 0 ? 0 : strlen(notes);
    va_list arguments;
    if (used > 0) {
        used += (size_t)snprintf(notes + used, XHM_TABLE_CELL_SIZE - used, ", ");
    }
    if (used < XHM_TABLE_CELL_SIZE) {
        va_start(arguments, format);
        vsnprintf(notes + used, XHM_TABLE_CELL_SIZE - used, format, arguments);
        va_end(arguments);
    }
}

static void collect_notes(const Xhm__V1__PartitionStatus *partition, char notes[XHM_TABLE_CELL_SIZE]) {
    snprintf(notes, XHM_TABLE_CELL_SIZE, "-");
    if (partition->active) {
        add_note(notes, "active");
    }
    if (partition->supervision_off) {
        add_note(notes, "not supervised");
    }
    if (partition->maintenance_left_ms > 0) {
        uint64_t left_s = (partition->maintenance_left_ms + 999u) / 1000u;
        add_note(notes, "maintenance for %" PRIu64 "m%02" PRIu64 "s", left_s / 60u, left_s % 60u);
    }
    for (size_t i = 0; i < partition->n_excused_by; i++) {
        add_note(notes, "excused by %s", partition->excused_by[i]);
    }
}

static void add_partition(struct xhm_table *table, const Xhm__V1__PartitionStatus *partition) {
    char text[XHM_NAME_TEXT_SIZE];
    char memory[XHM_SCALAR_TEXT_SIZE];
    char faults[XHM_TABLE_CELL_SIZE];
    char notes[XHM_TABLE_CELL_SIZE];
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
    if (partition->load_known) {
        table_cell(table, XHM_PAINT_PLAIN, "%u%%", partition->load_percent);
    } else {
        table_cell(table, XHM_PAINT_PLAIN, "-");
    }
    table_cell(table, XHM_PAINT_PLAIN, "%u", partition->restarts);
    join_faults(partition->faults, partition->n_faults, faults, sizeof(faults));
    table_cell(table, partition->n_faults > 0 ? XHM_PAINT_BAD : XHM_PAINT_PLAIN, "%s", faults);
    collect_notes(partition, notes);
    table_cell(table, XHM_PAINT_PLAIN, "%s", notes);
}

static void print_partitions(const Xhm__V1__Status *status, bool colour) {
    struct xhm_table *table = table_new("PARTITION STATUS LIFE DOMID MEMORY LOAD RESTARTS FAULTS NOTES");
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
    struct xhm_table *table = table_new("ENTITY STATUS ALIVE DEADLINES-MET MISSED LAST-LATENCY WORST-LATENCY");
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
            table_cell(table, XHM_PAINT_PLAIN, "%" PRIu64 "us", entity->last_latency_ns / 1000u);
            table_cell(table, XHM_PAINT_PLAIN, "%" PRIu64 "us", entity->worst_latency_ns / 1000u);
        } else {
            for (unsigned column = 0; column < 5; column++) {
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

static const char *paint(enum xhm_paint paint, bool colour) {
    static const char *const colours[] = {"\033[0m", "\033[32m", "\033[33m", "\033[31m"};
    return colour ? colours[paint] : "";
}

void status_print_safe_state(const Xhm__V1__SafeStateStatus *safe_state, bool colour) {
    char name[XHM_TABLE_CELL_SIZE];
    output_clean(safe_state->name, name, sizeof(name));
    printf("%sSAFE STATE %s is in force%s%s%s\n", paint(XHM_PAINT_BAD, colour), name,
           safe_state->stored ? ", latched on storage" : ", latched, BUT NOT YET ON STORAGE",
           safe_state->clear_asked ? "; the first step to leave it was made" : "", paint(XHM_PAINT_PLAIN, colour));
}

static void print_ecu(const Xhm__V1__Status *status, bool colour) {
    char text[XHM_NAME_TEXT_SIZE];
    char mode[XHM_NAME_TEXT_SIZE];
    printf("ECU %s: %s%s%s, mode %s, policy %016" PRIx64 ", agent %s, last event %" PRIu64 "\n", status->ecu_id,
           paint(names_status_paint(status->status), colour), names_status(status->status, text),
           paint(XHM_PAINT_PLAIN, colour), names_mode(status->mode, mode), status->policy_hash,
           status->agent_connected ? "connected" : "absent", status->last_sequence);
    if (status->safe_state != NULL) {
        status_print_safe_state(status->safe_state, colour);
    }
    if (status->operation_cycle > 0) {
        printf("operation cycle %" PRIu64 " %s\n", status->operation_cycle,
               status->operation_cycle_open ? "is open" : "is over");
    }
    if (status->first_expired != NULL) {
        printf("first expired: %s/%s%s\n", status->first_expired->partition, status->first_expired->entity,
               status->first_expired->intact ? "" : " (ITS TWO COPIES DIFFER)");
    }
    if (status->starts_without_health > 1) {
        printf("%u starts in a row without a healthy ECU, this one included\n", status->starts_without_health);
    }
}

void status_print_people(const Xhm__V1__Status *status, bool detailed, bool colour) {
    print_ecu(status, colour);
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
        printf("%u restarts count within the window\n", partition->restarts_in_window);
        print_faults(partition->faults, partition->n_faults, partition->name);
    }
}
