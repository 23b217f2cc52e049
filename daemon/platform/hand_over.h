/**
 * How a mapped page goes from the thread that maps to the supervision thread, and how the former learns when it may
 * unmap. Lock-free, bounded, neither side ever waits. Pure but for C11 atomics.
 *
 * What is followed is a state and no message, so that it cannot overflow: the supervision thread writes an *instance
 * word* per seat, and the helper threads bring about what it says. In the other direction each page has a box for one
 * offer. The next offer is posted only after the last one was taken; from then on the supervision thread uses what that
 * offer holds and nothing that came before it.
 */
#ifndef XHM_HAND_OVER_H
#define XHM_HAND_OVER_H

#include "observation.h"
#include <stdatomic.h>

/** Names one following of one instance: never the same twice, so that late offers are recognised. 0: none. */
typedef uint64_t xhm_instance_word;

/** The word of following number @p following (from 1 on) of the instance @p domid. */
xhm_instance_word instance_word_make(uint64_t following, uint16_t domid);

/** The domid in @p word, which is not 0. */
uint16_t instance_word_domid(xhm_instance_word word);

/** The low bits of the number of the following in @p word. */
uint32_t instance_word_following(xhm_instance_word word);

/** What a page of an instance is from now on. */
struct xhm_page_offer {
    xhm_instance_word instance; /**< for whom it was made: taken, but not used, when another is followed now */
    enum xhm_page_sight sight;
    const void *address; /**< of the mapped page when XHM_PAGE_COPIED, else NULL */
};

/** Room for one offer. All zero is an empty box. */
struct xhm_page_box {
    struct xhm_page_offer offer;
    _Atomic uint32_t posted;
    _Atomic uint32_t taken;
};

/** Mapping thread: whether the last offer was taken. Then nothing that was offered before it is in use any more. */
bool page_box_is_taken(const struct xhm_page_box *box);

/** Mapping thread: posts @p offer. The last one must have been taken. */
void page_box_post(struct xhm_page_box *box, const struct xhm_page_offer *offer);

/** Supervision thread: takes a new offer. @return false when there is none */
bool page_box_take(struct xhm_page_box *box, struct xhm_page_offer *offer);

#endif
