#include "probe_histogram.h"

#include "crc32p4.h"
#include <string.h>

static bool is_intact(const struct xhm_probe_histogram *histogram, uint32_t data_id) {
    struct xhm_probe_histogram_protected content = {.data_id = data_id, .kind = histogram->kind};

    memcpy(content.buckets, histogram->buckets, sizeof(content.buckets));
    return histogram->crc == xhm_crc32p4(&content, sizeof(content));
}

static uint32_t sum_of(const uint32_t buckets[XHM_PROBE_HISTOGRAM_BUCKET_COUNT]) {
    uint32_t sum = 0;

    for (unsigned i = 0; i < XHM_PROBE_HISTOGRAM_BUCKET_COUNT; i++) {
        sum += buckets[i];
    }
    return sum;
}

/* Buckets are compared modulo 2^32: up to half of that counts as forward. */
static bool runs_forward(const uint32_t buckets[XHM_PROBE_HISTOGRAM_BUCKET_COUNT],
                         const struct xhm_probe_histogram_state *state) {
    for (unsigned i = 0; i < XHM_PROBE_HISTOGRAM_BUCKET_COUNT; i++) {
        if (buckets[i] - state->buckets[i] > UINT32_MAX / 2) {
            return false;
        }
    }
    return true;
}

static enum xhm_probe_histogram_verdict judge(const struct xhm_probe_page *copy, uint32_t slot_index,
                                              uint32_t activations, const struct xhm_probe_histogram_state *state) {
    const struct xhm_probe_slot *slot = &copy->slots[slot_index];

    if ((copy->header.feature_bits & XHM_PROBE_FEATURE_HISTOGRAM) == 0) {
        return XHM_PROBE_HISTOGRAM_ABSENT;
    }
    if (!is_intact(&slot->histogram, slot->head.data_id)) {
        return XHM_PROBE_HISTOGRAM_BAD;
    }
    if (slot->histogram.kind != XHM_PROBE_HISTOGRAM_LATENCY) {
        return XHM_PROBE_HISTOGRAM_ABSENT;
    }
    const bool continues = !state->counting || runs_forward(slot->histogram.buckets, state);
    return continues && sum_of(slot->histogram.buckets) == activations ? XHM_PROBE_HISTOGRAM_OK
                                                                       : XHM_PROBE_HISTOGRAM_BAD;
}

uint64_t probe_histogram_read(const struct xhm_probe_page *copy, uint32_t slot_index,
                              const struct xhm_probe_slot_reading *slot, uint64_t late_ns,
                              struct xhm_probe_histogram_state *state) {
    const uint32_t activations = (uint32_t)(slot->deadline_met + slot->deadline_missed);
    const uint32_t *buckets = copy->slots[slot_index].histogram.buckets;
    uint64_t late = 0;

    if (state->verdict == XHM_PROBE_HISTOGRAM_OK && state->activations == activations) {
        return 0;
    }
    state->verdict = judge(copy, slot_index, activations, state);
    if (state->verdict != XHM_PROBE_HISTOGRAM_OK) {
        return 0;
    }
    for (uint32_t i = xhm_probe_histogram_bucket(late_ns); state->counting && i < XHM_PROBE_HISTOGRAM_BUCKET_COUNT;
         i++) {
        late += buckets[i] - state->buckets[i];
    }
    state->counting = true;
    state->activations = activations;
    memcpy(state->buckets, buckets, sizeof(state->buckets));
    return late;
}

void probe_histogram_rebase(struct xhm_probe_histogram_state *state) {
    state->verdict = XHM_PROBE_HISTOGRAM_UNREAD;
    state->counting = false;
}
