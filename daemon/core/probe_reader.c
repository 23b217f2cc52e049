// SPDX-License-Identifier: Apache-2.0
#include "probe_reader.h"

#include "crc32p4.h"

#include <stddef.h>
#include <string.h>

#define COPY_TRIES 4

#define HEADER_PROTECTED_SIZE   offsetof(struct xhm_probe_header, crc)
#define HEADER_USED_SIZE        offsetof(struct xhm_probe_header, reserved)
#define HEAD_PROTECTED_OFFSET   offsetof(struct xhm_probe_slot_head, data_id)
#define HEAD_PROTECTED_SIZE     (offsetof(struct xhm_probe_slot_head, crc) - HEAD_PROTECTED_OFFSET)
#define KNOWN_REQUIRED_FEATURES 0u

/* E2E counters are compared modulo 2^31: up to half of that counts as forward. */
#define COUNTER_MASK        0x7fffffffu
#define COUNTER_FORWARD_MAX 0x3fffffffu

/* A page is copied word by word, so the compiler has to know that a word may be any part of it. */
typedef uint64_t __attribute__((may_alias)) word;

static void copy_words(void *to, const void *from, size_t size) {
    word *to_words = to;
    const word *from_words = from;

    for (size_t i = 0; i < size / sizeof(word); i++) {
        to_words[i] = __atomic_load_n(&from_words[i], __ATOMIC_RELAXED);
    }
}

static bool is_zero(const void *from, size_t size) {
    const word *words = from;
    word any = 0;

    for (size_t i = 0; i < size / sizeof(word); i++) {
        any |= words[i];
    }
    return any == 0;
}

/* Whether the part that this sequence locks stayed as it was; orders the loads of the part before the check. */
static bool sequence_held(const uint32_t *sequence, uint32_t before) {
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return before % 2 == 0 && __atomic_load_n(sequence, __ATOMIC_RELAXED) == before;
}

static void copy_header(const struct xhm_probe_header *from, struct xhm_probe_header *to) {
    for (int attempt = 0; attempt < COPY_TRIES; attempt++) {
        const uint32_t before = __atomic_load_n(&from->page_sequence, __ATOMIC_ACQUIRE);

        copy_words(to, from, HEADER_USED_SIZE);
        if (sequence_held(&from->page_sequence, before)) {
            to->page_sequence = before;
            return;
        }
    }
    to->page_sequence |= 1;
}

static void copy_slot(const struct xhm_probe_slot *from, struct xhm_probe_slot *to, bool has_histogram) {
    for (int attempt = 0; attempt < COPY_TRIES; attempt++) {
        const uint32_t before = __atomic_load_n(&from->head.sequence, __ATOMIC_ACQUIRE);

        copy_words(&to->head, &from->head, sizeof(to->head));
        if (!is_zero(&to->head, sizeof(to->head))) {
            copy_words(to->ring, from->ring, sizeof(to->ring));
            if (has_histogram) {
                copy_words(&to->histogram, &from->histogram, sizeof(to->histogram));
            }
        }
        if (sequence_held(&from->head.sequence, before)) {
            /* The copied word may be a later value that came and went: only the checked one is known to be stable. */
            to->head.sequence = before;
            return;
        }
    }
    to->head.sequence |= 1;
}

void probe_reader_copy(const void *shared_page, struct xhm_probe_page *copy) {
    const struct xhm_probe_page *page = shared_page;

    copy_header(&page->header, &copy->header);
    const bool has_histogram = (copy->header.feature_bits & XHM_PROBE_FEATURE_HISTOGRAM) != 0;
    for (size_t i = 0; i < XHM_PROBE_SLOT_COUNT; i++) {
        copy_slot(&page->slots[i], &copy->slots[i], has_histogram);
    }
    /* A page that started over meanwhile would show slots of the new instance under the old instance's header. */
    if (!sequence_held(&page->header.page_sequence, copy->header.page_sequence)) {
        copy->header.page_sequence |= 1;
    }
}

static enum xhm_probe_page_verdict judge_header(const struct xhm_probe_header *header, uint32_t partition_id,
                                                uint32_t page_index) {
    /* The order matters: what is checked first must not depend on what a later check refuses. */
    if (header->magic != XHM_PROBE_MAGIC) {
        return XHM_PROBE_PAGE_BAD_MAGIC;
    }
    if (header->page_sequence % 2 != 0) {
        return XHM_PROBE_PAGE_BUSY;
    }
    if (header->version_major != XHM_PROBE_VERSION_MAJOR) {
        return XHM_PROBE_PAGE_BAD_VERSION;
    }
    if (header->header_size != XHM_PROBE_HEADER_SIZE || header->slot_size != XHM_PROBE_SLOT_SIZE ||
        header->slot_count != XHM_PROBE_SLOT_COUNT || header->ring_entry_count != XHM_PROBE_RING_ENTRY_COUNT) {
        return XHM_PROBE_PAGE_BAD_LAYOUT;
    }
    if (header->crc != xhm_crc32p4(header, HEADER_PROTECTED_SIZE)) {
        return XHM_PROBE_PAGE_BAD_CRC;
    }
    if ((header->feature_bits & XHM_PROBE_FEATURE_REQUIRED_MASK & ~KNOWN_REQUIRED_FEATURES) != 0) {
        return XHM_PROBE_PAGE_UNKNOWN_FEATURE;
    }
    if (header->partition_id != partition_id) {
        return XHM_PROBE_PAGE_WRONG_PARTITION;
    }
    if (header->page_index != page_index) {
        return XHM_PROBE_PAGE_WRONG_PAGE;
    }
    if (header->instance_id == 0) {
        return XHM_PROBE_PAGE_BAD_INSTANCE;
    }
    return XHM_PROBE_PAGE_OK;
}

static enum xhm_probe_slot_verdict judge_head(const struct xhm_probe_slot_head *head, uint32_t data_id) {
    if (is_zero(head, sizeof(*head))) {
        return XHM_PROBE_SLOT_EMPTY;
    }
    if (head->sequence % 2 != 0) {
        return XHM_PROBE_SLOT_BUSY;
    }
    if (head->crc != xhm_crc32p4((const uint8_t *)head + HEAD_PROTECTED_OFFSET, HEAD_PROTECTED_SIZE)) {
        return XHM_PROBE_SLOT_BAD_CRC;
    }
    if (head->data_id != data_id) {
        return XHM_PROBE_SLOT_BAD_DATA_ID;
    }
    if (head->sequence >> 1 != head->counter) {
        return XHM_PROBE_SLOT_BAD_SEQUENCE;
    }
    if (head->entity_id == 0) {
        return XHM_PROBE_SLOT_BAD_ENTITY;
    }
    if (head->ring_base_index > head->ring_write_index) {
        return XHM_PROBE_SLOT_BAD_RING;
    }
    return XHM_PROBE_SLOT_OK;
}

/* seen: what the cursor holds of this slot, or NULL for a baseline. */
static enum xhm_probe_slot_verdict judge_progress(const struct xhm_probe_slot_head *head,
                                                  const struct xhm_probe_slot_cursor *seen) {
    if (seen == NULL) {
        return XHM_PROBE_SLOT_OK;
    }
    if (head->entity_id != seen->entity_id) {
        return XHM_PROBE_SLOT_BAD_ENTITY;
    }
    if (((head->counter - seen->counter) & COUNTER_MASK) > COUNTER_FORWARD_MAX ||
        head->alive_counter < seen->alive_counter || head->deadline_met < seen->deadline_met ||
        head->deadline_missed < seen->deadline_missed || head->ring_write_index < seen->ring_write_index) {
        return XHM_PROBE_SLOT_BAD_SEQUENCE;
    }
    return XHM_PROBE_SLOT_OK;
}

static enum xhm_probe_slot_verdict read_ring(const struct xhm_probe_slot *slot,
                                             const struct xhm_probe_slot_cursor *seen,
                                             struct xhm_probe_slot_reading *reading) {
    const uint64_t end = slot->head.ring_write_index;
    const uint64_t base = slot->head.ring_base_index;
    const uint64_t held = end > XHM_PROBE_RING_ENTRY_COUNT ? end - XHM_PROBE_RING_ENTRY_COUNT : 0;
    uint64_t first = held > base ? held : base;

    if (seen != NULL && seen->ring_write_index >= base) {
        reading->is_baseline = false;
        if (seen->ring_write_index < first) {
            reading->lost_count = first - seen->ring_write_index;
        } else {
            first = seen->ring_write_index;
        }
    }
    for (uint64_t index = first; index < end; index++) {
        const struct xhm_probe_ring_entry *entry = &slot->ring[index % XHM_PROBE_RING_ENTRY_COUNT];
        const struct xhm_probe_ring_entry_protected content = {
            .ring_index = index,
            .timestamp_ns = entry->timestamp_ns,
            .checkpoint_id = entry->checkpoint_id,
            .data_id = slot->head.data_id,
        };

        if (entry->crc != xhm_crc32p4(&content, sizeof(content))) {
            return XHM_PROBE_SLOT_BAD_RING;
        }
        reading->entries[reading->entry_count].timestamp_ns = entry->timestamp_ns;
        reading->entries[reading->entry_count].checkpoint_id = entry->checkpoint_id;
        reading->entry_count++;
    }
    return XHM_PROBE_SLOT_OK;
}

static void clear_slot_reading(struct xhm_probe_slot_reading *reading, enum xhm_probe_slot_verdict verdict) {
    memset(reading, 0, offsetof(struct xhm_probe_slot_reading, entries));
    reading->verdict = verdict;
}

static void decode_slot(const struct xhm_probe_slot *slot, uint32_t data_id, const struct xhm_probe_slot_cursor *seen,
                        struct xhm_probe_slot_reading *reading) {
    const struct xhm_probe_slot_head *head = &slot->head;
    enum xhm_probe_slot_verdict verdict = judge_head(head, data_id);

    clear_slot_reading(reading, verdict);
    if (verdict != XHM_PROBE_SLOT_OK) {
        return;
    }
    reading->is_baseline = true;
    verdict = judge_progress(head, seen);
    if (verdict == XHM_PROBE_SLOT_OK) {
        verdict = read_ring(slot, seen, reading);
    }
    if (verdict != XHM_PROBE_SLOT_OK) {
        clear_slot_reading(reading, verdict);
        return;
    }
    reading->written = reading->is_baseline || seen->counter != head->counter;
    reading->entity_id = head->entity_id;
    reading->counter = head->counter;
    reading->alive_counter = head->alive_counter;
    reading->deadline_met = head->deadline_met;
    reading->deadline_missed = head->deadline_missed;
    reading->worst_latency_ns = head->worst_latency_ns;
    reading->last_latency_ns = head->last_latency_ns;
    reading->guest_time_ns = head->guest_time_ns;
    reading->ring_write_index = head->ring_write_index;
}

void probe_reader_decode(const struct xhm_probe_page *copy, uint32_t partition_id, uint32_t page_index,
                         const struct xhm_probe_cursor *cursor, struct xhm_probe_page_reading *reading) {
    reading->verdict = judge_header(&copy->header, partition_id, page_index);
    if (reading->verdict != XHM_PROBE_PAGE_OK) {
        reading->feature_bits = 0;
        reading->instance_id = 0;
        for (size_t i = 0; i < XHM_PROBE_SLOT_COUNT; i++) {
            clear_slot_reading(&reading->slots[i], XHM_PROBE_SLOT_EMPTY);
        }
        return;
    }
    reading->feature_bits = copy->header.feature_bits;
    reading->instance_id = copy->header.instance_id;

    const bool same_instance = cursor != NULL && cursor->instance_id == reading->instance_id;

    for (uint32_t i = 0; i < XHM_PROBE_SLOT_COUNT; i++) {
        const bool is_seen = same_instance && cursor->slots[i].is_seen;

        decode_slot(&copy->slots[i], XHM_PROBE_DATA_ID(partition_id, page_index, i), is_seen ? &cursor->slots[i] : NULL,
                    &reading->slots[i]);
    }
}

void probe_reader_advance(struct xhm_probe_cursor *cursor, const struct xhm_probe_page_reading *reading) {
    if (reading->verdict != XHM_PROBE_PAGE_OK) {
        return;
    }
    if (cursor->instance_id != reading->instance_id) {
        memset(cursor, 0, sizeof(*cursor));
        cursor->instance_id = reading->instance_id;
    }
    for (size_t i = 0; i < XHM_PROBE_SLOT_COUNT; i++) {
        const struct xhm_probe_slot_reading *from = &reading->slots[i];

        if (from->verdict == XHM_PROBE_SLOT_OK) {
            cursor->slots[i] = (struct xhm_probe_slot_cursor){
                .is_seen = true,
                .entity_id = from->entity_id,
                .counter = from->counter,
                .alive_counter = from->alive_counter,
                .deadline_met = from->deadline_met,
                .deadline_missed = from->deadline_missed,
                .ring_write_index = from->ring_write_index,
            };
        }
    }
}

const char *probe_reader_page_verdict_name(enum xhm_probe_page_verdict verdict) {
    static const char *const names[XHM_PROBE_PAGE_VERDICT_COUNT] = {
        [XHM_PROBE_PAGE_OK] = "ok",
        [XHM_PROBE_PAGE_BUSY] = "busy",
        [XHM_PROBE_PAGE_BAD_MAGIC] = "bad-magic",
        [XHM_PROBE_PAGE_BAD_VERSION] = "bad-version",
        [XHM_PROBE_PAGE_BAD_LAYOUT] = "bad-layout",
        [XHM_PROBE_PAGE_BAD_CRC] = "bad-crc",
        [XHM_PROBE_PAGE_UNKNOWN_FEATURE] = "unknown-feature",
        [XHM_PROBE_PAGE_WRONG_PARTITION] = "wrong-partition",
        [XHM_PROBE_PAGE_WRONG_PAGE] = "wrong-page",
        [XHM_PROBE_PAGE_BAD_INSTANCE] = "bad-instance",
    };

    return (unsigned)verdict < XHM_PROBE_PAGE_VERDICT_COUNT ? names[verdict] : "invalid";
}

const char *probe_reader_slot_verdict_name(enum xhm_probe_slot_verdict verdict) {
    static const char *const names[XHM_PROBE_SLOT_VERDICT_COUNT] = {
        [XHM_PROBE_SLOT_OK] = "ok",
        [XHM_PROBE_SLOT_EMPTY] = "empty",
        [XHM_PROBE_SLOT_BUSY] = "busy",
        [XHM_PROBE_SLOT_BAD_CRC] = "bad-crc",
        [XHM_PROBE_SLOT_BAD_DATA_ID] = "bad-data-id",
        [XHM_PROBE_SLOT_BAD_SEQUENCE] = "bad-sequence",
        [XHM_PROBE_SLOT_BAD_ENTITY] = "bad-entity",
        [XHM_PROBE_SLOT_BAD_RING] = "bad-ring",
        [XHM_PROBE_SLOT_BAD_HISTOGRAM] = "bad-histogram",
    };

    return (unsigned)verdict < XHM_PROBE_SLOT_VERDICT_COUNT ? names[verdict] : "invalid";
}
