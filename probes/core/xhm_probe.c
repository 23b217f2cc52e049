// SPDX-License-Identifier: Apache-2.0
#include "xhm_probe.h"

#include "crc32p4.h"

/* Tries to copy a slot that its task may be writing; a task that hangs in the middle of a write must not hold us. */
#define SLOT_COPY_TRIES 16

/* Structures are stored word by word, so the compiler has to know that a word may be any part of them. */
typedef uint64_t __attribute__((may_alias)) word;

#define HEADER_PROTECTED_SIZE offsetof(struct xhm_probe_header, crc)
#define HEAD_PROTECTED_OFFSET offsetof(struct xhm_probe_slot_head, data_id)
#define HEAD_PROTECTED_SIZE   (offsetof(struct xhm_probe_slot_head, crc) - HEAD_PROTECTED_OFFSET)

/*
 * Barriers of both sequence locks. They are barriers of the CPU even in a guest with one vCPU, because the reader runs
 * on another physical CPU.
 */
static void sequence_lock_begin(uint32_t *sequence, uint32_t odd) {
    __atomic_store_n(sequence, odd, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
}

static void sequence_lock_end(uint32_t *sequence, uint32_t even) {
    __atomic_store_n(sequence, even, __ATOMIC_RELEASE);
}

/* The compiler must neither merge nor tear the stores of a page, nor turn them into a call of memset or memcpy. */
static void store_words(void *to, const void *from, size_t size) {
    word *to_words = to;
    const word *from_words = from;

    for (size_t i = 0; i < size / sizeof(word); i++) {
        __atomic_store_n(&to_words[i], from_words[i], __ATOMIC_RELAXED);
    }
}

static void clear_words(void *to, size_t size) {
    word *words = to;

    for (size_t i = 0; i < size / sizeof(word); i++) {
        __atomic_store_n(&words[i], 0, __ATOMIC_RELAXED);
    }
}

static uint32_t head_crc(const struct xhm_probe_slot_head *head) {
    return xhm_crc32p4((const uint8_t *)head + HEAD_PROTECTED_OFFSET, HEAD_PROTECTED_SIZE);
}

static bool page_is_aligned(const struct xhm_probe_page *page) {
    return page != NULL && (uintptr_t)page % sizeof(word) == 0;
}

/* Leaves the header's sequence odd, for header_publish() to finish: slots change together with the header. */
static void page_begin(struct xhm_probe_writer *writer, struct xhm_probe_page *page) {
    writer->page = page;
    writer->page_sequence += 2;
    sequence_lock_begin(&page->header.page_sequence, writer->page_sequence - 1);
    for (size_t i = 0; i < XHM_PROBE_SLOT_COUNT; i++) {
        clear_words(&page->slots[i], sizeof(page->slots[i]));
    }
}

static void header_publish(struct xhm_probe_writer *writer) {
    struct xhm_probe_header header = {
        .magic = XHM_PROBE_MAGIC,
        .version_major = XHM_PROBE_VERSION_MAJOR,
        .version_minor = XHM_PROBE_VERSION_MINOR,
        .header_size = XHM_PROBE_HEADER_SIZE,
        .slot_size = XHM_PROBE_SLOT_SIZE,
        .slot_count = XHM_PROBE_SLOT_COUNT,
        .ring_entry_count = XHM_PROBE_RING_ENTRY_COUNT,
        .feature_bits = writer->feature_bits,
        .partition_id = writer->partition_id,
        .page_index = writer->page_index,
        .page_sequence = writer->page_sequence,
        .instance_id = writer->instance_id,
    };

    header.crc = xhm_crc32p4(&header, HEADER_PROTECTED_SIZE);
    header.page_sequence = writer->page_sequence - 1;
    store_words(&writer->page->header, &header, sizeof(header));
    sequence_lock_end(&writer->page->header.page_sequence, writer->page_sequence);
}

static void histogram_store(struct xhm_probe_entity *entity) {
    struct xhm_probe_histogram_protected content = {.data_id = entity->data_id, .kind = XHM_PROBE_HISTOGRAM_LATENCY};
    struct xhm_probe_histogram histogram = {.kind = XHM_PROBE_HISTOGRAM_LATENCY};

    for (size_t i = 0; i < XHM_PROBE_HISTOGRAM_BUCKET_COUNT; i++) {
        content.buckets[i] = entity->latency_buckets[i];
        histogram.buckets[i] = entity->latency_buckets[i];
    }
    histogram.crc = xhm_crc32p4(&content, sizeof(content));
    store_words(&entity->slot->histogram, &histogram, sizeof(histogram));
}

/* Whether a move has named a new slot since the last report; its history of checkpoints starts empty. */
static bool entity_change_over(struct xhm_probe_entity *entity) {
    struct xhm_probe_slot *pending = __atomic_load_n(&entity->pending_slot, __ATOMIC_ACQUIRE);

    if (pending == entity->slot) {
        return false;
    }
    entity->ring_base_index = entity->ring_write_index;
    __atomic_store_n(&entity->slot, pending, __ATOMIC_RELEASE);
    return true;
}

static void entity_write_begin(struct xhm_probe_entity *entity) {
    const bool has_changed_over = entity_change_over(entity);

    sequence_lock_begin(&entity->slot->head.sequence, entity->counter * 2 + 1);
    if (has_changed_over) {
        histogram_store(entity);
    }
}

static void entity_write_end(struct xhm_probe_entity *entity, uint64_t now_ns) {
    entity->counter = (entity->counter + 1) & 0x7fffffffu;

    struct xhm_probe_slot_head head = {
        .data_id = entity->data_id,
        .counter = entity->counter,
        .entity_id = entity->entity_id,
        .alive_counter = entity->alive_counter,
        .deadline_met = entity->deadline_met,
        .deadline_missed = entity->deadline_missed,
        .worst_latency_ns = entity->worst_latency_ns,
        .last_latency_ns = entity->last_latency_ns,
        .guest_time_ns = now_ns,
        .ring_write_index = entity->ring_write_index,
        .ring_base_index = entity->ring_base_index,
    };

    head.crc = head_crc(&head);
    /* Odd until everything is stored; the first write after a counter's wrap relies on the same rule. */
    head.sequence = entity->counter * 2 - 1;
    store_words(&entity->slot->head, &head, sizeof(head));
    sequence_lock_end(&entity->slot->head.sequence, entity->counter * 2);
}

static void ring_append(struct xhm_probe_entity *entity, uint32_t checkpoint_id, uint64_t now_ns) {
    const struct xhm_probe_ring_entry_protected content = {
        .ring_index = entity->ring_write_index,
        .timestamp_ns = now_ns,
        .checkpoint_id = checkpoint_id,
        .data_id = entity->data_id,
    };
    const struct xhm_probe_ring_entry entry = {
        .timestamp_ns = now_ns,
        .checkpoint_id = checkpoint_id,
        .crc = xhm_crc32p4(&content, sizeof(content)),
    };

    store_words(&entity->slot->ring[entity->ring_position], &entry, sizeof(entry));
    entity->ring_write_index++;
    /* Counted beside the index: a 32-bit guest without libgcc cannot divide 64 bits. */
    entity->ring_position++;
    if (entity->ring_position == XHM_PROBE_RING_ENTRY_COUNT) {
        entity->ring_position = 0;
    }
}

/* From a page that its task may be writing. */
static void load_words(void *to, const void *from, size_t size) {
    word *to_words = to;
    const word *from_words = from;

    for (size_t i = 0; i < size / sizeof(word); i++) {
        to_words[i] = __atomic_load_n(&from_words[i], __ATOMIC_RELAXED);
    }
}

/*
 * Gives a new slot the last sound report of the old one. Without one it stays empty, which says the same: no report.
 * The histogram keeps its own checksum, so that damage stays damage.
 */
static void slot_carry_over(struct xhm_probe_slot *to, const struct xhm_probe_slot *from) {
    for (int attempt = 0; attempt < SLOT_COPY_TRIES; attempt++) {
        struct xhm_probe_slot_head head;
        struct xhm_probe_histogram histogram;
        const uint32_t before = __atomic_load_n(&from->head.sequence, __ATOMIC_ACQUIRE);

        load_words(&head, &from->head, sizeof(head));
        load_words(&histogram, &from->histogram, sizeof(histogram));
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (before % 2 != 0 || __atomic_load_n(&from->head.sequence, __ATOMIC_RELAXED) != before) {
            continue;
        }
        /* Signing it anew would make damage look sound. */
        if (head.crc != head_crc(&head)) {
            return;
        }
        head.ring_base_index = head.ring_write_index;
        head.crc = head_crc(&head);
        store_words(&to->histogram, &histogram, sizeof(histogram));
        store_words(&to->head, &head, sizeof(head));
        return;
    }
}

enum xhm_probe_result xhm_probe_page_init(struct xhm_probe_writer *writer, struct xhm_probe_page *page,
                                          const struct xhm_probe_identity *identity) {
    if (writer == NULL || !page_is_aligned(page) || identity == NULL || identity->partition_id == 0 ||
        identity->partition_id > XHM_PROBE_PARTITION_ID_MAX || identity->page_index > XHM_PROBE_PAGE_INDEX_MAX ||
        identity->instance_id == 0) {
        return XHM_PROBE_BAD_ARGUMENT;
    }
    clear_words(writer, sizeof(*writer));
    writer->partition_id = identity->partition_id;
    writer->page_index = identity->page_index;
    writer->instance_id = identity->instance_id;
    writer->feature_bits =
        XHM_PROBE_FEATURE_HISTOGRAM |
        (((uint32_t)identity->clock_kind << XHM_PROBE_FEATURE_CLOCK_SHIFT) & XHM_PROBE_FEATURE_CLOCK_MASK);
    /* A page that is shared already must not show its reader the sequence of its former life again. */
    writer->page_sequence = (__atomic_load_n(&page->header.page_sequence, __ATOMIC_RELAXED) + 1) & ~1u;
    page_begin(writer, page);
    header_publish(writer);
    return XHM_PROBE_DONE;
}

enum xhm_probe_result xhm_probe_entity_init(struct xhm_probe_writer *writer, uint32_t slot_index, uint32_t entity_id,
                                            uint64_t now_ns, struct xhm_probe_entity **entity) {
    if (writer == NULL || writer->page == NULL || slot_index >= XHM_PROBE_SLOT_COUNT || entity_id == 0 ||
        entity == NULL) {
        return XHM_PROBE_BAD_ARGUMENT;
    }

    struct xhm_probe_entity *new_entity = &writer->entities[slot_index];

    if (new_entity->slot != NULL) {
        return XHM_PROBE_SLOT_TAKEN;
    }
    new_entity->data_id = XHM_PROBE_DATA_ID(writer->partition_id, writer->page_index, slot_index);
    new_entity->entity_id = entity_id;
    new_entity->slot = &writer->page->slots[slot_index];
    new_entity->pending_slot = new_entity->slot;
    entity_write_begin(new_entity);
    histogram_store(new_entity);
    entity_write_end(new_entity, now_ns);
    *entity = new_entity;
    return XHM_PROBE_DONE;
}

void xhm_probe_alive(struct xhm_probe_entity *entity, uint64_t now_ns) {
    entity_write_begin(entity);
    entity->alive_counter++;
    entity_write_end(entity, now_ns);
}

void xhm_probe_checkpoint(struct xhm_probe_entity *entity, uint32_t checkpoint_id, uint64_t now_ns) {
    entity_write_begin(entity);
    ring_append(entity, checkpoint_id, now_ns);
    entity_write_end(entity, now_ns);
}

void xhm_probe_deadline_report(struct xhm_probe_entity *entity, bool met, uint64_t latency_ns, uint64_t now_ns) {
    entity_write_begin(entity);
    if (met) {
        entity->deadline_met++;
    } else {
        entity->deadline_missed++;
    }
    entity->last_latency_ns = latency_ns;
    if (latency_ns > entity->worst_latency_ns) {
        entity->worst_latency_ns = latency_ns;
    }
    entity->latency_buckets[xhm_probe_histogram_bucket(latency_ns)]++;
    histogram_store(entity);
    entity_write_end(entity, now_ns);
}

enum xhm_probe_result xhm_probe_page_move(struct xhm_probe_writer *writer, struct xhm_probe_page *page) {
    if (writer == NULL || writer->page == NULL || !page_is_aligned(page) || page == writer->page) {
        return XHM_PROBE_BAD_ARGUMENT;
    }
    page_begin(writer, page);
    for (size_t i = 0; i < XHM_PROBE_SLOT_COUNT; i++) {
        struct xhm_probe_entity *entity = &writer->entities[i];
        struct xhm_probe_slot *in_use = __atomic_load_n(&entity->slot, __ATOMIC_ACQUIRE);

        if (in_use != NULL) {
            slot_carry_over(&page->slots[i], in_use);
            __atomic_store_n(&entity->pending_slot, &page->slots[i], __ATOMIC_RELEASE);
        }
    }
    header_publish(writer);
    return XHM_PROBE_DONE;
}

bool xhm_probe_page_is_moved(const struct xhm_probe_writer *writer) {
    for (size_t i = 0; i < XHM_PROBE_SLOT_COUNT; i++) {
        const struct xhm_probe_entity *entity = &writer->entities[i];

        if (__atomic_load_n(&entity->slot, __ATOMIC_ACQUIRE) !=
            __atomic_load_n(&entity->pending_slot, __ATOMIC_RELAXED)) {
            return false;
        }
    }
    return true;
}
