/**
 * A small fault memory over a buffer, and short words for telling it things. Shared by the tests of the fault memory.
 */
#ifndef FAULTLOG_BENCH_TEST_H
#define FAULTLOG_BENCH_TEST_H

#include "faultlog_scenario_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static uint8_t bytes[SCENARIO_BYTES];
static struct xhm_fault_memory memory;
static struct xhm_fault_findings findings;

static inline enum xhm_fault_opening reopen(void) {
    const struct xhm_fault_region region = scenario_region(bytes);

    return fault_memory_open(&memory, &region, &scenario_identity, &findings);
}

static inline void begin_new(void) {
    const struct xhm_fault_region region = scenario_region(bytes);

    memset(bytes, 0, sizeof(bytes));
    fault_memory_format(&region, scenario_identity.ecu_id);
    assert_int_equal(reopen(), XHM_FAULT_OPENED);
}

static inline void tell(uint64_t sequence, enum xhm_event_kind kind, enum xhm_fault fault, const char *partition) {
    const struct xhm_record record = scenario_record(sequence, kind, fault, partition);

    assert_true(fault_memory_record(&memory, &record));
}

static inline const struct xhm_fault_entry *entry_of(enum xhm_fault fault) {
    for (uint32_t i = 0; i < SCENARIO_FAULTS; i++) {
        if (memory.entries[i].number == faults_info(fault)->number) {
            return &memory.entries[i];
        }
    }
    return NULL;
}

static inline bool is_active(const struct xhm_fault_entry *entry) {
    return entry != NULL && entry->active_scopes > 0;
}

#endif
