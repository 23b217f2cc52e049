#include "published.h"

void published_init(struct xhm_published *published) {
    for (unsigned i = 0; i < XHM_EXCHANGE_PLACES; i++) {
        published->views[i].count = 0;
    }
    exchange_init(&published->exchange);
}

struct xhm_published_view *published_back(struct xhm_published *published) {
    return &published->views[published->exchange.back];
}

void published_publish(struct xhm_published *published) {
    exchange_give(&published->exchange);
}

const struct xhm_published_view *published_read(struct xhm_published *published) {
    (void)exchange_take(&published->exchange);
    return &published->views[published->exchange.front];
}
