/*
 * The grant thread: brings about what the seats say. Per page at most two mappings exist: the one offered, and the one
 * that it replaced, until the supervision thread has taken the offer.
 */
#include "rendezvous_threads.h"

#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

/* How soon it is looked again for an offer to be taken. */
#define TAKEN_POLL_MS    20
/* How soon a page that could not be mapped is tried again: the partition may mend it without announcing it anew. */
#define REFUSED_RETRY_MS 1000

static void unmap(struct xhm_rendezvous *rendezvous, void **address) {
    if (*address != NULL) {
        xengnttab_unmap(rendezvous->gnttab, *address, 1);
        *address = NULL;
    }
}

static void unmap_seat(struct xhm_rendezvous *rendezvous, struct xhm_granted_seat *granted) {
    for (uint32_t page = 0; page < XHM_MAX_PAGES; page++) {
        unmap(rendezvous, &granted->pages[page].retired);
        unmap(rendezvous, &granted->pages[page].address);
    }
}

static void *map(struct xhm_rendezvous *rendezvous, xhm_instance_word instance,
                 const struct xhm_announcement *announcement) {
    return announcement->kind == XHM_ANNOUNCEMENT_GRANT
               ? xengnttab_map_grant_ref(rendezvous->gnttab, instance_word_domid(instance),
                                         announcement->grant_reference, PROT_READ)
               : NULL;
}

static enum xhm_page_sight sight_of(const struct xhm_announcement *announcement, const void *address) {
    if (address != NULL) {
        return XHM_PAGE_COPIED;
    }
    return announcement->kind == XHM_ANNOUNCEMENT_NONE ? XHM_PAGE_DETACHED : XHM_PAGE_REFUSED;
}

/* @return in how many ms the page wants to be looked at again, INT_MAX for never */
static int reconcile_page(struct xhm_rendezvous *rendezvous, xhm_instance_word instance, struct xhm_page_box *box,
                          const struct xhm_announcement *announcement, struct xhm_granted_page *page) {
    if (!page_box_is_taken(box)) {
        return TAKEN_POLL_MS;
    }
    unmap(rendezvous, &page->retired);

    const bool is_known = announcement_equals(announcement, &page->announcement);
    const bool is_retry = page->sight == XHM_PAGE_REFUSED && announcement->kind == XHM_ANNOUNCEMENT_GRANT;

    if (is_known && !is_retry) {
        return INT_MAX;
    }

    void *address = map(rendezvous, instance, announcement);
    const enum xhm_page_sight sight = sight_of(announcement, address);

    page->announcement = *announcement;
    if (sight != page->sight || address != NULL) {
        page->retired = page->address;
        page->address = address;
        page->sight = sight;
        page_box_post(box, &(struct xhm_page_offer){.instance = instance, .sight = sight, .address = address});
        return TAKEN_POLL_MS;
    }
    return sight == XHM_PAGE_REFUSED && announcement->kind == XHM_ANNOUNCEMENT_GRANT ? REFUSED_RETRY_MS : INT_MAX;
}

static struct xhm_announced_seat read_announced(struct xhm_rendezvous *rendezvous, uint32_t index) {
    pthread_mutex_lock(&rendezvous->announced_lock);

    const struct xhm_announced_seat announced = rendezvous->announced[index];

    pthread_mutex_unlock(&rendezvous->announced_lock);
    return announced;
}

static int reconcile_seat(struct xhm_rendezvous *rendezvous, uint32_t index) {
    struct xhm_seat *seat = &rendezvous->seats[index];
    struct xhm_granted_seat *granted = &rendezvous->granted[index];
    const xhm_instance_word instance = atomic_load_explicit(&seat->instance, memory_order_acquire);

    /* Whoever changed the word had stopped to use what was offered under the old one. */
    if (instance != granted->instance) {
        unmap_seat(rendezvous, granted);
        *granted = (struct xhm_granted_seat){.instance = instance};
    }

    const struct xhm_announced_seat announced = read_announced(rendezvous, index);
    int again_ms = INT_MAX;

    if (instance == 0 || announced.instance != instance) {
        return INT_MAX;
    }
    for (uint32_t page = 0; page < XHM_MAX_PAGES; page++) {
        const int page_ms =
            reconcile_page(rendezvous, instance, &seat->boxes[page], &announced.pages[page], &granted->pages[page]);

        again_ms = page_ms < again_ms ? page_ms : again_ms;
    }
    return again_ms;
}

static void wait_for_work(int descriptor, int timeout_ms) {
    struct pollfd wake = {.fd = descriptor, .events = POLLIN};
    eventfd_t count;

    if (poll(&wake, 1, timeout_ms == INT_MAX ? -1 : timeout_ms) > 0) {
        (void)eventfd_read(descriptor, &count);
    }
}

void *rendezvous_grants_run(void *argument) {
    struct xhm_rendezvous *rendezvous = argument;

    while (!atomic_load(&rendezvous->is_stopping)) {
        int again_ms = INT_MAX;

        for (uint32_t index = 0; index < XHM_MAX_PARTITIONS; index++) {
            const int seat_ms = reconcile_seat(rendezvous, index);

            again_ms = seat_ms < again_ms ? seat_ms : again_ms;
        }
        wait_for_work(rendezvous->grant_wake, again_ms);
    }
    for (uint32_t index = 0; index < XHM_MAX_PARTITIONS; index++) {
        unmap_seat(rendezvous, &rendezvous->granted[index]);
    }
    return NULL;
}
