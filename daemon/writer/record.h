/**
 * What passes between the supervision thread, the writer and the fault memory. Values only, of fixed size.
 */
#ifndef XHM_WRITER_RECORD_H
#define XHM_WRITER_RECORD_H

#include "outcome.h"

/** An event with everything that a reader needs without the policy. Fixed size: it is copied through the queue. */
struct xhm_record {
    uint64_t sequence;
    uint64_t wall_clock_ns; /**< for display only */
    struct xhm_event event;
    char partition[XHM_NAME_SIZE];      /**< empty: the supervisor or the ECU */
    char entity[XHM_NAME_SIZE];         /**< empty: none */
    char value_names[2][XHM_NAME_SIZE]; /**< of values that are positions in the policy; empty: it is none */
    uint64_t policy_hash;
};

/** The data captured with the last occurrence of a fault. */
struct xhm_freeze_frame {
    uint64_t time_ns; /**< supervisor's monotonic clock */
    uint64_t values[2];
    uint64_t policy_hash;
    uint32_t domid; /**< or XHM_NONE */
};

/** One record of the fault memory, for the API. */
struct xhm_fault_record {
    uint32_t number; /**< of the fault catalogue */
    char partition[XHM_NAME_SIZE];
    char entity[XHM_NAME_SIZE];
    bool active;
    uint32_t occurrences;
    uint64_t first_sequence;
    uint64_t last_sequence;
    uint64_t first_wall_clock_ns;
    uint64_t last_wall_clock_ns;
    uint8_t status;                   /**< status byte of ISO 14229-1: set of enum xhm_dtc_status */
    uint32_t aging_cycles;            /**< clean operation cycles since the last occurrence */
    uint32_t injected;                /**< occurrences while an injection into the partition was active */
    uint64_t injection_sequence;      /**< event that says when the last such injection took effect, 0: none */
    uint64_t injection_wall_clock_ns; /**< of that event */
    struct xhm_freeze_frame freeze_frame;
};

#endif
