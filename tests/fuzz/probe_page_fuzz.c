// SPDX-License-Identifier: Apache-2.0
/*
 * Probe pages, which a partition can fill with anything at any moment. The input is a row of pages, one for each
 * supervision cycle; each is read, judged and supervised by the core, once as it is and once with every checksum made
 * right, because the checksums would keep everything else out.
 */
#include "core.h"
#include "crc32p4.h"
#include "probe_reader.h"
#include "sample_policy.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PAGES_MAX    8u
#define PARTITION_ID 1u
#define DOMID        7u

static struct xhm_policy policy;
static struct xhm_core core;
static struct xhm_plan plan;
static struct xhm_observation observation;
static struct xhm_outcome outcome;
static struct xhm_probe_page page;
static struct xhm_probe_page copy;
static struct xhm_probe_page_reading reading;
static struct xhm_probe_cursor cursor;

static void require(bool held) {
    if (!held) {
        abort();
    }
}

static void seal_slot(struct xhm_probe_slot *slot, uint32_t slot_index) {
    const size_t first = offsetof(struct xhm_probe_slot_head, data_id);
    const size_t size = offsetof(struct xhm_probe_slot_head, crc) - first;

    slot->head.data_id = XHM_PROBE_DATA_ID(PARTITION_ID, 0, slot_index);
    slot->head.sequence = slot->head.counter * 2u;
    slot->head.crc = xhm_crc32p4((const uint8_t *)&slot->head + first, size);
    const uint32_t activations = (uint32_t)(slot->head.deadline_met + slot->head.deadline_missed);
    struct xhm_probe_histogram_protected content = {.data_id = slot->head.data_id, .kind = slot->histogram.kind};
    uint32_t sum = 0;
    for (unsigned i = 0; i < XHM_PROBE_HISTOGRAM_BUCKET_COUNT; i++) {
        sum += slot->histogram.buckets[i];
    }
    slot->histogram.buckets[0] += activations - sum;
    memcpy(content.buckets, slot->histogram.buckets, sizeof(content.buckets));
    slot->histogram.crc = xhm_crc32p4(&content, sizeof(content));
    for (uint64_t age = 1; age <= XHM_PROBE_RING_ENTRY_COUNT && age <= slot->head.ring_write_index; age++) {
        const uint64_t index = slot->head.ring_write_index - age;
        struct xhm_probe_ring_entry *entry = &slot->ring[index % XHM_PROBE_RING_ENTRY_COUNT];
        const struct xhm_probe_ring_entry_protected sealed = {.ring_index = index,
                                                              .timestamp_ns = entry->timestamp_ns,
                                                              .checkpoint_id = entry->checkpoint_id,
                                                              .data_id = slot->head.data_id};
        entry->crc = xhm_crc32p4(&sealed, sizeof(sealed));
    }
}

static void seal(void) {
    page.header.page_sequence &= ~1u;
    page.header.crc = xhm_crc32p4(&page.header, offsetof(struct xhm_probe_header, crc));
    for (uint32_t slot = 0; slot < XHM_PROBE_SLOT_COUNT; slot++) {
        seal_slot(&page.slots[slot], slot);
    }
}

static void check_slot(const struct xhm_probe_slot_reading *slot, const struct xhm_probe_slot_cursor *before) {
    require(slot->verdict < XHM_PROBE_SLOT_VERDICT_COUNT);
    require(slot->entry_count <= XHM_PROBE_RING_ENTRY_COUNT);
    if (slot->verdict != XHM_PROBE_SLOT_OK) {
        require(slot->entity_id == 0 && slot->entry_count == 0 && slot->lost_count == 0);
        return;
    }
    require(slot->entity_id != 0);
    if (!slot->is_baseline) {
        require(slot->alive_counter >= before->alive_counter && slot->deadline_missed >= before->deadline_missed);
        require(slot->ring_write_index - before->ring_write_index == slot->lost_count + slot->entry_count);
    }
}

static void check_reading(void) {
    probe_reader_copy(&page, &copy);
    probe_reader_decode(&copy, PARTITION_ID, 0, &cursor, &reading);
    require(reading.verdict < XHM_PROBE_PAGE_VERDICT_COUNT);
    require((reading.verdict == XHM_PROBE_PAGE_OK) == (reading.instance_id != 0));
    for (uint32_t i = 0; i < XHM_PROBE_SLOT_COUNT; i++) {
        require(reading.verdict == XHM_PROBE_PAGE_OK || reading.slots[i].verdict == XHM_PROBE_SLOT_EMPTY);
        check_slot(&reading.slots[i], &cursor.slots[i]);
    }
    probe_reader_advance(&cursor, &reading);
}

/* What the core must never say, whatever a page holds: that a partition is well while a fault of it is active. */
static void check_core(void) {
    const struct xhm_partition_state *state = &core.partitions[SAMPLE_BRAKE];

    core_plan(&core, 1, &plan);
    observation.now_ns += policy.supervisor.cycle_ns;
    core_step(&core, &observation, &outcome);
    require(outcome.events_dropped == 0);
    for (unsigned fault = 0; fault < XHM_FAULT_COUNT; fault++) {
        require(state->status != XHM_STATUS_OK || state->fault_scopes[fault] == 0);
    }
}

static void begin(void) {
    sample_policy(&policy);
    policy.partition_count = 1;
    policy.partitions[SAMPLE_BRAKE].entities[0].latency_budget = (struct xhm_latency_budget_policy){
        .worst_ns = 5 * SAMPLE_MS, .late_ns = 64000, .window_ns = SAMPLE_S, .late_limit = 2};
    core_init(&core, &policy, 1);
    memset(&cursor, 0, sizeof(cursor));
    memset(&observation, 0, sizeof(observation));
    observation.now_ns = 1;
    observation.ticks = 1;
    observation.agent_connected = true;
    observation.domains_sight = XHM_SIGHT_KNOWN;
    observation.domain_count = 1;
    observation.domains[0] = (struct xhm_domain_reading){.domid = DOMID,
                                                         .uuid = policy.partitions[SAMPLE_BRAKE].identity.uuid,
                                                         .online_vcpus = 1,
                                                         .vcpu_slots = 1,
                                                         .memory_kib = policy.partitions[SAMPLE_BRAKE].memory.size_kib};
    observation.pages[SAMPLE_BRAKE][0].sight = XHM_PAGE_DETACHED;
    check_core();
    observation.pages[SAMPLE_BRAKE][0] = (struct xhm_page_observation){.sight = XHM_PAGE_COPIED, .copy = &copy};
}

static void run(const uint8_t *data, size_t size, bool sealed) {
    begin();
    for (unsigned i = 0; i < PAGES_MAX && size > 0; i++) {
        const size_t part = size < sizeof(page) ? size : sizeof(page);

        memset(&page, 0, sizeof(page));
        memcpy(&page, data, part);
        data += part;
        size -= part;
        if (sealed) {
            seal();
        }
        check_reading();
        check_core();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    run(data, size, false);
    run(data, size, true);
    return 0;
}
