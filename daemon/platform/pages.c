#include "pages.h"
#include "outcome.h"
#include "probe_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool pages_open(struct xhm_pages *pages, struct xhm_rendezvous *rendezvous, char error[XHM_ERROR_SIZE]) {
    const size_t size = sizeof(pages->copies[0]) * XHM_MAX_PARTITIONS;

    memset(pages, 0, sizeof(*pages));
    for (uint32_t partition = 0; partition < XHM_MAX_PARTITIONS; partition++) {
        pages->seat_of[partition] = XHM_NONE;
    }
    pages->rendezvous = rendezvous;
    pages->copies = aligned_alloc(XHM_PROBE_PAGE_SIZE, size);
    if (pages->copies == NULL) {
        snprintf(error, XHM_ERROR_SIZE, "cannot allocate %zu bytes for copies of probe pages: out of memory", size);
        return false;
    }
    memset(pages->copies, 0, size);
    return true;
}

void pages_close(struct xhm_pages *pages) {
    free(pages->copies);
    pages->copies = NULL;
}

static uint32_t find_free_seat(const struct xhm_pages *pages) {
    uint32_t seat = 0;

    /* There are as many seats as partitions, so one is free. */
    while (pages->seats[seat].instance != 0) {
        seat++;
    }
    return seat;
}

void pages_follow(struct xhm_pages *pages, uint32_t partition, uint16_t domid) {
    pages_release(pages, partition);

    const uint32_t seat = find_free_seat(pages);
    const xhm_instance_word instance = instance_word_make(++pages->followings, domid);

    pages->seat_of[partition] = seat;
    pages->seats[seat] = (struct xhm_attached_seat){.instance = instance};
    rendezvous_follow(pages->rendezvous, seat, instance);
}

void pages_release(struct xhm_pages *pages, uint32_t partition) {
    const uint32_t seat = pages->seat_of[partition];

    if (seat == XHM_NONE) {
        return;
    }
    pages->seat_of[partition] = XHM_NONE;
    /* The pointers go first: from the next line on the grant thread may unmap what they point to. */
    pages->seats[seat] = (struct xhm_attached_seat){.instance = 0};
    rendezvous_follow(pages->rendezvous, seat, 0);
}

void pages_renumber(struct xhm_pages *pages, const uint32_t origin[XHM_MAX_PARTITIONS]) {
    uint32_t before[XHM_MAX_PARTITIONS];

    memcpy(before, pages->seat_of, sizeof(before));
    for (uint32_t partition = 0; partition < XHM_MAX_PARTITIONS; partition++) {
        const uint32_t old = origin[partition];

        pages->seat_of[partition] = old < XHM_MAX_PARTITIONS ? before[old] : XHM_NONE;
    }
}

static void take_offer(struct xhm_pages *pages, uint32_t seat, uint32_t page) {
    struct xhm_attached_seat *attached = &pages->seats[seat];
    struct xhm_page_offer offer;

    if (page_box_take(&rendezvous_seat(pages->rendezvous, seat)->boxes[page], &offer) &&
        offer.instance == attached->instance) {
        attached->pages[page] = (struct xhm_attached_page){.sight = offer.sight, .shared = offer.address};
    }
}

static void observe_page(struct xhm_pages *pages, uint32_t seat, uint32_t page, struct xhm_page_observation *observed) {
    take_offer(pages, seat, page);

    const struct xhm_attached_page *attached = &pages->seats[seat].pages[page];

    observed->sight = attached->sight;
    if (attached->sight == XHM_PAGE_COPIED) {
        struct xhm_probe_page *copy = &pages->copies[seat][page];

        probe_reader_copy(attached->shared, copy);
        observed->copy = copy;
    }
}

void pages_observe(struct xhm_pages *pages, struct xhm_page_observation observed[XHM_MAX_PARTITIONS][XHM_MAX_PAGES]) {
    for (uint32_t partition = 0; partition < XHM_MAX_PARTITIONS; partition++) {
        for (uint32_t page = 0; page < XHM_MAX_PAGES; page++) {
            observed[partition][page] = (struct xhm_page_observation){.sight = XHM_PAGE_DETACHED};
            if (pages->seat_of[partition] != XHM_NONE) {
                observe_page(pages, pages->seat_of[partition], page, &observed[partition][page]);
            }
        }
    }
}
