#include "hand_over.h"

#define FOLLOWED_BIT    1u
#define DOMID_SHIFT     1u
#define FOLLOWING_SHIFT 17u

xhm_instance_word instance_word_make(uint64_t following, uint16_t domid) {
    return following << FOLLOWING_SHIFT | (uint64_t)domid << DOMID_SHIFT | FOLLOWED_BIT;
}

uint16_t instance_word_domid(xhm_instance_word word) {
    return (uint16_t)(word >> DOMID_SHIFT);
}

uint32_t instance_word_following(xhm_instance_word word) {
    return (uint32_t)(word >> FOLLOWING_SHIFT);
}

bool page_box_is_taken(const struct xhm_page_box *box) {
    return atomic_load_explicit(&box->taken, memory_order_acquire) ==
           atomic_load_explicit(&box->posted, memory_order_relaxed);
}

void page_box_post(struct xhm_page_box *box, const struct xhm_page_offer *offer) {
    box->offer = *offer;
    atomic_fetch_add_explicit(&box->posted, 1, memory_order_release);
}

bool page_box_take(struct xhm_page_box *box, struct xhm_page_offer *offer) {
    const uint32_t posted = atomic_load_explicit(&box->posted, memory_order_acquire);

    if (posted == atomic_load_explicit(&box->taken, memory_order_relaxed)) {
        return false;
    }
    *offer = box->offer;
    atomic_store_explicit(&box->taken, posted, memory_order_release);
    return true;
}
