/**
 * Layout of the fault memory's records: native structures on one side, the payload of a slot on the other.
 */
#ifndef XHM_FAULTLOG_LAYOUT_H
#define XHM_FAULTLOG_LAYOUT_H

#include "persistent.h"
#include "record.h"
#include "slots.h"

/** Bytes of a boot id, the one of /proc/sys/kernel/random/boot_id. */
#define XHM_BOOT_ID_SIZE 16

/**
 * No count, sequence, task id or generation gets near this: at a million a second it would take a hundred thousand
 * years. What is beyond it is no record of ours, and counting on from it would begin anew at 0.
 */
#define XHM_COUNT_LIMIT (UINT64_C(1) << 62)

/** How many records a memory holds of each kind. Fixed when it is created. */
struct xhm_fault_geometry {
    uint32_t fault_slots;
    uint32_t event_slots;
    uint32_t state_slots; /**< partitions whose state can be kept; 0: no state is kept at all */
};

/** State of the memory as a whole. */
struct xhm_fault_header {
    struct xhm_fault_geometry geometry;
    char ecu_id[XHM_NAME_SIZE];
    uint64_t starts;           /**< lives of the supervisor; the running one is number `starts` */
    bool clean;                /**< no life is under way: the last one said that it ended */
    uint64_t last_sequence;    /**< every event up to here is in the fault records and on storage */
    uint64_t last_task_id;     /**< highest delegated task id given out */
    uint64_t damaged_total;    /**< damaged slots that were ever found */
    uint64_t replaced_total;   /**< inactive fault records that made room for others */
    uint64_t unstored_total;   /**< faults that found only active records and no room */
    uint64_t state_generation; /**< set of the state that is known to be on storage, 0: none was ever stored */
};

/** When something happened: the sequence decides, the clocks are for display. */
struct xhm_fault_moment {
    uint64_t sequence;
    uint64_t wall_clock_ns;
    uint8_t boot_id[XHM_BOOT_ID_SIZE];
};

/** Bits of the status byte of ISO 14229-1, as far as they mean something here. */
enum xhm_dtc_status {
    XHM_DTC_TEST_FAILED = 1u << 0,
    XHM_DTC_TEST_FAILED_THIS_OPERATION_CYCLE = 1u << 1,
    XHM_DTC_PENDING = 1u << 2,
    XHM_DTC_CONFIRMED = 1u << 3,
    XHM_DTC_TEST_NOT_COMPLETED_SINCE_LAST_CLEAR = 1u << 4,
    XHM_DTC_TEST_FAILED_SINCE_LAST_CLEAR = 1u << 5,
    XHM_DTC_TEST_NOT_COMPLETED_THIS_OPERATION_CYCLE = 1u << 6,
};

/** A fault record: one for each fault number, partition and entity. */
struct xhm_fault_entry {
    uint32_t number; /**< 0: the slot is free */
    char partition[XHM_NAME_SIZE];
    char entity[XHM_NAME_SIZE];
    uint32_t occurrences;      /**< times that it was raised, saturating */
    uint32_t active_scopes;    /**< raised and not cleared in this life: entities, vCPUs or pages; 0: inactive */
    uint64_t active_start;     /**< life of the supervisor in which it was last raised or cleared */
    uint64_t changed_sequence; /**< last event that went into this record */
    uint8_t status;            /**< set of enum xhm_dtc_status */
    uint32_t aging_cycles;     /**< complete operation cycles in a row in which it was not raised */
    uint64_t open_cycle;       /**< number of the operation cycle whose beginning this record saw, 0: none is open */
    uint32_t injected;         /**< of the occurrences those during an injection, saturating */
    uint32_t undecided;        /**< occurrences since an injection was ordered of which nobody said yet what became */
    struct xhm_fault_moment first;
    struct xhm_fault_moment last;
    struct xhm_fault_moment injection; /**< when the injection of the last injected occurrence took effect */
    struct xhm_freeze_frame freeze_frame;
};

/** An event of the ring. */
struct xhm_held_event {
    struct xhm_record record;
    uint64_t start; /**< life of the supervisor */
    uint8_t boot_id[XHM_BOOT_ID_SIZE];
    uint32_t fault_number; /**< 0: not about a fault */
};

/** When @p event happened. */
struct xhm_fault_moment layout_moment_of(const struct xhm_held_event *event);

/** Encodes into a slot's payload. */
void layout_put_header(uint8_t payload[XHM_SLOT_PAYLOAD], const struct xhm_fault_header *header);
void layout_put_fault(uint8_t payload[XHM_SLOT_PAYLOAD], const struct xhm_fault_entry *entry);
void layout_put_event(uint8_t payload[XHM_SLOT_PAYLOAD], const struct xhm_held_event *event);

/** Decode from a slot's payload. @return false when it is none: a name without an end, a number that is never given */
bool layout_get_header(const uint8_t payload[XHM_SLOT_PAYLOAD], struct xhm_fault_header *header);
bool layout_get_fault(const uint8_t payload[XHM_SLOT_PAYLOAD], struct xhm_fault_entry *entry);

/** The state of the ECU, without its partitions, and of one partition. @return false when the payload is none */
void layout_put_state(uint8_t payload[XHM_SLOT_PAYLOAD], const struct xhm_persistent *state);
void layout_put_partition(uint8_t payload[XHM_SLOT_PAYLOAD], const struct xhm_persistent_partition *partition);
bool layout_get_state(const uint8_t payload[XHM_SLOT_PAYLOAD], struct xhm_persistent *state);
bool layout_get_partition(const uint8_t payload[XHM_SLOT_PAYLOAD], struct xhm_persistent_partition *partition);

/**
 * Indices into a policy are not kept: partition and entity of a decoded event are XHM_NONE, its names count. A fault
 * number that this build does not know stays in `fault_number`, with XHM_FAULT_COUNT in the event.
 */
bool layout_get_event(const uint8_t payload[XHM_SLOT_PAYLOAD], struct xhm_held_event *event);

/** True when @p record could have come from the supervisor: a sequence, a kind, a fault of ours, names that end. */
bool layout_is_record(const struct xhm_record *record);

#endif
