#include "exchange.h"

/* Bit of `middle`. */
#define FRESH 4u
#define INDEX (FRESH - 1u)

void exchange_init(struct xhm_exchange *exchange) {
    exchange->back = 0;
    atomic_init(&exchange->middle, 1);
    exchange->front = 2;
}

void exchange_give(struct xhm_exchange *exchange) {
    exchange->back = atomic_exchange_explicit(&exchange->middle, exchange->back | FRESH, memory_order_acq_rel) & INDEX;
}

bool exchange_take(struct xhm_exchange *exchange) {
    if ((atomic_load_explicit(&exchange->middle, memory_order_relaxed) & FRESH) == 0) {
        return false;
    }
    exchange->front = atomic_exchange_explicit(&exchange->middle, exchange->front, memory_order_acq_rel) & INDEX;
    return true;
}
