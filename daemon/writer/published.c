#include "published.h"

#define INDEX (XHM_PUBLISHED_FRESH - 1u)

void published_init(struct xhm_published *published) {
    for (unsigned i = 0; i < 3; i++) {
        published->views[i].count = 0;
    }
    published->back = 0;
    atomic_init(&published->middle, 1);
    published->front = 2;
}

struct xhm_published_view *published_back(struct xhm_published *published) {
    return &published->views[published->back];
}

void published_publish(struct xhm_published *published) {
    published->back =
        atomic_exchange_explicit(&published->middle, published->back | XHM_PUBLISHED_FRESH, memory_order_acq_rel) &
        INDEX;
}

const struct xhm_published_view *published_read(struct xhm_published *published) {
    if ((atomic_load_explicit(&published->middle, memory_order_relaxed) & XHM_PUBLISHED_FRESH) != 0) {
        published->front = atomic_exchange_explicit(&published->middle, published->front, memory_order_acq_rel) & INDEX;
    }
    return &published->views[published->front];
}
