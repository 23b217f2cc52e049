#include "layout.h"

#include <endian.h>
#include <string.h>

/* All integers are little-endian; what is not named is zero. */
struct state_bytes {
    char boot_id[40];
    char safe_state[32];
    uint64_t supervised_ns;
    uint64_t operation_cycle;
    uint32_t mode;
    uint32_t starts_without_health;
    uint32_t last_resorts_without_health;
    uint32_t operation_cycle_open;
    uint32_t partition_count;
    uint32_t reserved;
    uint64_t policy_version; /* this and what follows is zero in states that an earlier version wrote */
    uint64_t policy_hash;
};

struct partition_bytes {
    char name[32];
    uint64_t restart_times_ns[XHM_MAX_RESTART_LIMIT];
    uint64_t maintenance_until_ns;
    uint8_t paused_uuid[16];
    uint32_t restart_count;
    uint32_t halted;
    uint16_t paused_domid;
    uint8_t owns_pause;
    uint8_t stays_halted;
    uint8_t active;
    uint8_t reserved[3];
};

_Static_assert(XHM_NAME_SIZE == 32 && XHM_MAX_RESTART_LIMIT == 16, "layout on disk");
_Static_assert(sizeof(struct state_bytes) == 128, "layout on disk");
_Static_assert(sizeof(struct partition_bytes) == 200, "layout on disk");
_Static_assert(sizeof(struct partition_bytes) <= XHM_SLOT_PAYLOAD, "a record fits a slot");

static bool ends(const char *text, size_t size) {
    return memchr(text, '\0', size) != NULL;
}

static void put(uint8_t payload[XHM_SLOT_PAYLOAD], const void *bytes, size_t size) {
    memset(payload, 0, XHM_SLOT_PAYLOAD);
    memcpy(payload, bytes, size);
}

void layout_put_state(uint8_t payload[XHM_SLOT_PAYLOAD], const struct xhm_persistent *state) {
    struct state_bytes bytes = {
        .supervised_ns = htole64(state->supervised_ns),
        .operation_cycle = htole64(state->operation_cycle),
        .mode = htole32((uint32_t)state->mode),
        .starts_without_health = htole32(state->starts_without_health),
        .last_resorts_without_health = htole32(state->last_resorts_without_health),
        .operation_cycle_open = htole32(state->operation_cycle_open),
        .partition_count = htole32(state->partition_count),
        .policy_version = htole64(state->policy.version),
        .policy_hash = htole64(state->policy.hash),
    };

    memcpy(bytes.boot_id, state->boot_id, strnlen(state->boot_id, sizeof(bytes.boot_id) - 1));
    memcpy(bytes.safe_state, state->safe_state, strnlen(state->safe_state, sizeof(bytes.safe_state) - 1));
    put(payload, &bytes, sizeof(bytes));
}

bool layout_get_state(const uint8_t payload[XHM_SLOT_PAYLOAD], struct xhm_persistent *state) {
    struct state_bytes bytes;

    memcpy(&bytes, payload, sizeof(bytes));
    if (!ends(bytes.boot_id, sizeof(bytes.boot_id)) || !ends(bytes.safe_state, sizeof(bytes.safe_state)) ||
        le32toh(bytes.partition_count) > XHM_MAX_PARTITIONS || le64toh(bytes.supervised_ns) >= XHM_COUNT_LIMIT) {
        return false;
    }
    state->supervised_ns = le64toh(bytes.supervised_ns);
    state->operation_cycle = le64toh(bytes.operation_cycle);
    state->mode = (enum xhm_ecu_mode)le32toh(bytes.mode);
    state->starts_without_health = le32toh(bytes.starts_without_health);
    state->last_resorts_without_health = le32toh(bytes.last_resorts_without_health);
    state->operation_cycle_open = bytes.operation_cycle_open != 0;
    state->partition_count = le32toh(bytes.partition_count);
    state->policy.version = le64toh(bytes.policy_version);
    state->policy.hash = le64toh(bytes.policy_hash);
    memcpy(state->boot_id, bytes.boot_id, sizeof(state->boot_id));
    memcpy(state->safe_state, bytes.safe_state, sizeof(state->safe_state));
    return true;
}

void layout_put_partition(uint8_t payload[XHM_SLOT_PAYLOAD], const struct xhm_persistent_partition *partition) {
    struct partition_bytes bytes = {
        .maintenance_until_ns = htole64(partition->maintenance_until_ns),
        .restart_count = htole32(partition->restart_count),
        .halted = htole32((uint32_t)partition->halted),
        .paused_domid = htole16(partition->paused_domid),
        .owns_pause = partition->owns_pause,
        .stays_halted = partition->stays_halted,
        .active = partition->active,
    };

    for (uint32_t i = 0; i < XHM_MAX_RESTART_LIMIT; i++) {
        bytes.restart_times_ns[i] = htole64(partition->restart_times_ns[i]);
    }
    memcpy(bytes.name, partition->name, strnlen(partition->name, sizeof(bytes.name) - 1));
    memcpy(bytes.paused_uuid, partition->paused_uuid.bytes, sizeof(bytes.paused_uuid));
    put(payload, &bytes, sizeof(bytes));
}

bool layout_get_partition(const uint8_t payload[XHM_SLOT_PAYLOAD], struct xhm_persistent_partition *partition) {
    struct partition_bytes bytes;

    memcpy(&bytes, payload, sizeof(bytes));
    if (!ends(bytes.name, sizeof(bytes.name)) || le32toh(bytes.restart_count) > XHM_MAX_RESTART_LIMIT ||
        le32toh(bytes.halted) >= XHM_DISPOSITION_END) {
        return false;
    }
    *partition = (struct xhm_persistent_partition){
        .restart_count = le32toh(bytes.restart_count),
        .maintenance_until_ns = le64toh(bytes.maintenance_until_ns),
        .owns_pause = bytes.owns_pause != 0,
        .paused_domid = le16toh(bytes.paused_domid),
        .halted = (enum xhm_disposition)le32toh(bytes.halted),
        .stays_halted = bytes.stays_halted != 0,
        .active = bytes.active != 0,
    };
    for (uint32_t i = 0; i < XHM_MAX_RESTART_LIMIT; i++) {
        partition->restart_times_ns[i] = le64toh(bytes.restart_times_ns[i]);
    }
    memcpy(partition->name, bytes.name, sizeof(partition->name));
    memcpy(partition->paused_uuid.bytes, bytes.paused_uuid, sizeof(bytes.paused_uuid));
    return true;
}
