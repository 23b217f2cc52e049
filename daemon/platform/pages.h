/**
 * The supervision thread's side of the probe pages: which partition has which seat, and a copy of each page per cycle.
 */
#ifndef XHM_PAGES_H
#define XHM_PAGES_H

#include "rendezvous.h"

/** One page as it is used now. */
struct xhm_attached_page {
    enum xhm_page_sight sight;
    const void *shared; /**< when XHM_PAGE_COPIED */
};

/** One seat as it is used now. */
struct xhm_attached_seat {
    xhm_instance_word instance; /**< 0: free */
    struct xhm_attached_page pages[XHM_MAX_PAGES];
};

/** The supervision thread's side of the rendezvous. */
struct xhm_pages {
    struct xhm_rendezvous *rendezvous;
    uint32_t seat_of[XHM_MAX_PARTITIONS]; /**< or XHM_NONE */
    uint64_t followings;                  /**< so far, for instance words */
    struct xhm_attached_seat seats[XHM_MAX_PARTITIONS];
    struct xhm_probe_page (*copies)[XHM_MAX_PAGES]; /**< one row per seat */
};

/** Prepares @p pages, allocating the copies. @return false with a sentence in @p error */
bool pages_open(struct xhm_pages *pages, struct xhm_rendezvous *rendezvous, char error[XHM_ERROR_SIZE]);

/** Frees the copies. The rendezvous is the caller's. */
void pages_close(struct xhm_pages *pages);

/** Begins to follow instance @p domid of @p partition; an instance followed before is released. */
void pages_follow(struct xhm_pages *pages, uint32_t partition, uint16_t domid);

/** Stops to use the pages of @p partition at once, and has them unmapped. */
void pages_release(struct xhm_pages *pages, uint32_t partition);

/** See platform_renumber(). */
void pages_renumber(struct xhm_pages *pages, const uint32_t origin[XHM_MAX_PARTITIONS]);

/** Takes new offers and copies every attached page. No system call. */
void pages_observe(struct xhm_pages *pages, struct xhm_page_observation observed[XHM_MAX_PARTITIONS][XHM_MAX_PAGES]);

#endif
