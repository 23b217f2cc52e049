// SPDX-License-Identifier: Apache-2.0
#include "sim_command.h"

#include "crc32p4.h"
#include "sim_policy.h"

#include <string.h>

/* The page of D that words[2] names; one that the domain has started. */
static struct xhm_sim_page *page_of(const struct xhm_sim_call *call, uint32_t *index) {
    struct xhm_sim_domain *domain = command_domain(call);
    uint64_t page;

    if (domain == NULL || domain->policy == NULL || !trace_number(call->words[2], &page) || page >= XHM_MAX_PAGES) {
        return NULL;
    }
    *index = (uint32_t)page;
    return &domain->pages[page];
}

static const char no_page[] = "needs a partition and a probe page";

/* restart-probe P PAGE: the process behind it starts again */
const char *command_restart_probe(const struct xhm_sim_call *call) {
    uint32_t page;

    if (page_of(call, &page) == NULL) {
        return no_page;
    }
    guest_restart_probe(command_domain(call), page, call->runner->ecu.now_ns);
    return NULL;
}

/* share-again P PAGE: the same probe instance, in another page of memory */
const char *command_share_again(const struct xhm_sim_call *call) {
    uint32_t page;

    if (page_of(call, &page) == NULL) {
        return no_page;
    }
    guest_share_again(command_domain(call), page);
    return NULL;
}

/* detach|attach P PAGE */
const char *command_detach(const struct xhm_sim_call *call) {
    uint32_t index;
    struct xhm_sim_page *page = page_of(call, &index);

    if (page == NULL) {
        return no_page;
    }
    page->offered = command_has(call, 0, "attach");
    return NULL;
}

/* refuse P PAGE [no]: what the guest offers cannot be mapped */
const char *command_refuse(const struct xhm_sim_call *call) {
    uint32_t index;
    struct xhm_sim_page *page = page_of(call, &index);

    if (page == NULL || command_partition(call) == XHM_NONE) {
        return no_page;
    }
    page->refused = !command_has(call, 3, "no");
    page->offered = true;
    memset(call->runner->ecu.links[command_partition(call)].attached, 0, sizeof(bool[XHM_MAX_PAGES]));
    return NULL;
}

static void scribble_garbage(struct xhm_probe_page *page) {
    memset(page, 0xa5, sizeof(*page));
}

static void scribble_zero(struct xhm_probe_page *page) {
    memset(page, 0, sizeof(*page));
}

static void scribble_version(struct xhm_probe_page *page) {
    page->header.version_major++;
}

static void scribble_header(struct xhm_probe_page *page) {
    page->header.feature_bits ^= 2;
}

static void scribble_busy_header(struct xhm_probe_page *page) {
    page->header.page_sequence |= 1;
}

static void scribble_partition(struct xhm_probe_page *page) {
    struct xhm_probe_writer writer;
    const struct xhm_probe_identity identity = {.partition_id = 999, .instance_id = 7};

    xhm_probe_page_init(&writer, page, &identity);
}

static void scribble_slot(struct xhm_probe_page *page) {
    page->slots[0].head.alive_counter ^= 1;
}

static void scribble_histogram(struct xhm_probe_page *page) {
    page->slots[0].histogram.buckets[0] ^= 1;
}

/* As a probe of version 1.0 shares it. */
static void scribble_no_histogram(struct xhm_probe_page *page) {
    page->header.version_minor = 0;
    page->header.feature_bits &= ~XHM_PROBE_FEATURE_HISTOGRAM;
    page->header.crc = xhm_crc32p4(&page->header, offsetof(struct xhm_probe_header, crc));
}

static void scribble_empty_slot(struct xhm_probe_page *page) {
    memset(&page->slots[0], 0, sizeof(page->slots[0]));
}

static void scribble_busy_slot(struct xhm_probe_page *page) {
    page->slots[0].head.sequence |= 1;
}

static void scribble_moved_slot(struct xhm_probe_page *page) {
    page->slots[0] = page->slots[1];
}

/*
 * scribble P PAGE KIND: from now on the supervisor sees the page as it is now, changed so. KIND: garbage, zero,
 * version, header, busy-header, partition, no-histogram, or slot, histogram, empty-slot, busy-slot, moved-slot (of
 * slot 0)
 */
const char *command_scribble(const struct xhm_sim_call *call) {
    static const struct {
        const char *name;
        void (*apply)(struct xhm_probe_page *page);
    } kinds[] = {
        {"garbage", scribble_garbage},           {"zero", scribble_zero},
        {"version", scribble_version},           {"header", scribble_header},
        {"busy-header", scribble_busy_header},   {"partition", scribble_partition},
        {"no-histogram", scribble_no_histogram}, {"slot", scribble_slot},
        {"histogram", scribble_histogram},       {"empty-slot", scribble_empty_slot},
        {"busy-slot", scribble_busy_slot},       {"moved-slot", scribble_moved_slot},
    };
    uint32_t index;
    struct xhm_sim_page *page = page_of(call, &index);

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (page != NULL && page->mapped != NULL && command_has(call, 3, kinds[i].name)) {
            kinds[i].apply(guest_scribble(command_domain(call), index));
            return NULL;
        }
    }
    return "needs a partition, a started page and a kind";
}

const char *command_unscribble(const struct xhm_sim_call *call) {
    uint32_t index;

    if (page_of(call, &index) == NULL) {
        return no_page;
    }
    guest_unscribble(command_domain(call), index);
    return NULL;
}
