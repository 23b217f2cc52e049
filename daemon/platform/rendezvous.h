/**
 * The probe rendezvous: learns from xenstore which pages the followed instances offer, maps them, and hands them over.
 *
 * Two helper threads, because xenstore may never answer while a page must still be unmapped at once:
 *   - the xenstore thread (rendezvous_xenstore.c) reads announcements and may block without limit;
 *   - the grant thread (rendezvous_grants.c) maps and unmaps and never touches xenstore.
 * The supervision thread meets them in seats only and never waits for either. A seat is a place for one followed
 * instance; partitions get seats from pages.c, so that renumbering partitions concerns no helper.
 */
#ifndef XHM_RENDEZVOUS_H
#define XHM_RENDEZVOUS_H

#include "hand_over.h"
#include "platform.h"

struct xhm_rendezvous;
struct xentoollog_logger;

/** One place for a followed instance, shared between the supervision thread and the helpers. */
struct xhm_seat {
    _Atomic xhm_instance_word instance;       /**< written by the supervision thread */
    struct xhm_page_box boxes[XHM_MAX_PAGES]; /**< posted by the grant thread, taken by the supervision thread */
};

/** Opens the grant device and starts the threads. @return NULL with a sentence in @p error */
struct xhm_rendezvous *rendezvous_open(struct xentoollog_logger *logger, char error[XHM_ERROR_SIZE]);

/**
 * Ends the threads and unmaps every page. Bounded: a thread that does not come back from xenstore is left behind, with
 * a message. NULL is allowed.
 */
void rendezvous_close(struct xhm_rendezvous *rendezvous);

/** The seat number @p index, below XHM_MAX_PARTITIONS. */
struct xhm_seat *rendezvous_seat(struct xhm_rendezvous *rendezvous, uint32_t index);

/** Tells the helpers to follow @p instance in seat @p index, or nothing (0). Costs two system calls. */
void rendezvous_follow(struct xhm_rendezvous *rendezvous, uint32_t index, xhm_instance_word instance);

/** For how long xenstore has owed an answer at @p now_ns; 0 when it owes none. */
uint64_t rendezvous_silent_ns(const struct xhm_rendezvous *rendezvous, uint64_t now_ns);

#endif
