#include "slots.h"
#include "crc32p4.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

/* "XHMS". A constant, so that no single flipped bit makes a complete slot look like an unfinished one. */
#define COMPLETE 0x534d4858u

/* The bytes of a slot. All integers are little-endian. */
struct slot_bytes {
    uint32_t mark;     /* COMPLETE, or 0 while the rest is being written */
    uint32_t checksum; /* of everything after it */
    uint16_t kind;
    uint16_t version;
    uint32_t index;
    uint64_t generation;
    uint8_t payload[XHM_SLOT_PAYLOAD];
};

_Static_assert(sizeof(struct slot_bytes) == XHM_SLOT_SIZE, "a slot is one sector");
_Static_assert(offsetof(struct slot_bytes, checksum) == 4, "layout on disk");
_Static_assert(offsetof(struct slot_bytes, kind) == 8, "layout on disk");
_Static_assert(offsetof(struct slot_bytes, generation) == 16, "layout on disk");
_Static_assert(offsetof(struct slot_bytes, payload) == 24, "layout on disk");

#define COVERED offsetof(struct slot_bytes, kind)

static uint32_t checksum_of(const struct slot_bytes *bytes) {
    return xhm_crc32p4((const uint8_t *)bytes + COVERED, sizeof(*bytes) - COVERED);
}

static void store_mark(const struct xhm_store *store, void *slot, uint32_t mark) {
    const uint32_t stored = htole32(mark);

    store->store(store->context, slot, &stored, sizeof(stored));
}

static void store_rest(const struct xhm_store *store, void *slot, const struct slot_bytes *bytes) {
    const size_t from = offsetof(struct slot_bytes, checksum);

    store->store(store->context, (uint8_t *)slot + from, (const uint8_t *)bytes + from, sizeof(*bytes) - from);
}

void slots_write(const struct xhm_store *store, void *slot, struct xhm_slot_id id,
                 const struct xhm_slot_content *content) {
    struct slot_bytes bytes = {
        .kind = htole16((uint16_t)id.kind),
        .version = htole16(XHM_SLOT_VERSION),
        .index = htole32(id.index),
        .generation = htole64(content->generation),
    };

    memcpy(bytes.payload, content->payload, sizeof(bytes.payload));
    bytes.checksum = htole32(checksum_of(&bytes));
    store_mark(store, slot, 0);
    store_rest(store, slot, &bytes);
    store_mark(store, slot, COMPLETE);
}

static bool is_empty(const struct slot_bytes *bytes) {
    static const struct slot_bytes empty;

    return memcmp(bytes, &empty, sizeof(empty)) == 0;
}

static bool is_intact(const struct slot_bytes *bytes, struct xhm_slot_id id) {
    return le32toh(bytes->mark) == COMPLETE && le32toh(bytes->checksum) == checksum_of(bytes) &&
           le16toh(bytes->kind) == (uint16_t)id.kind && le32toh(bytes->index) == id.index;
}

enum xhm_slot_verdict slots_read(const void *slot, struct xhm_slot_id id, struct xhm_slot_content *content) {
    struct slot_bytes bytes;

    memcpy(&bytes, slot, sizeof(bytes));
    if (bytes.mark == 0) {
        return is_empty(&bytes) ? XHM_SLOT_EMPTY : XHM_SLOT_UNFINISHED;
    }
    if (!is_intact(&bytes, id)) {
        return XHM_SLOT_DAMAGED;
    }
    if (le16toh(bytes.version) != XHM_SLOT_VERSION) {
        return XHM_SLOT_OTHER_VERSION;
    }
    content->generation = le64toh(bytes.generation);
    memcpy(content->payload, bytes.payload, sizeof(content->payload));
    return XHM_SLOT_VALID;
}

void slots_erase(const struct xhm_store *store, void *slot) {
    static const struct slot_bytes empty;

    store_mark(store, slot, 0);
    store_rest(store, slot, &empty);
}
