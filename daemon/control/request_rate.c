// SPDX-License-Identifier: Apache-2.0
#include "request_rate.h"

#define NS_PER_REQUEST (UINT64_C(1000000000) / REQUEST_RATE_PER_S)

void request_rate_init(struct request_rate *rate) {
    *rate = (struct request_rate){.left = REQUEST_RATE_AT_ONCE};
}

/* Whole requests only: the rest of the time counts with the next call. */
void request_rate_fill(struct request_rate *rate, uint64_t now_ns) {
    const uint64_t come = rate->counted_ns == 0 ? 0 : (now_ns - rate->counted_ns) / NS_PER_REQUEST;

    if (rate->counted_ns == 0 || come >= REQUEST_RATE_AT_ONCE - rate->left) {
        rate->left = rate->counted_ns == 0 ? rate->left : REQUEST_RATE_AT_ONCE;
        rate->counted_ns = now_ns;
        return;
    }
    rate->left += (uint32_t)come;
    rate->counted_ns += come * NS_PER_REQUEST;
}

bool request_rate_take(struct request_rate *rate, bool urgent) {
    if (rate->left <= (urgent ? 0 : REQUEST_RATE_URGENT)) {
        return false;
    }
    rate->left--;
    return true;
}
