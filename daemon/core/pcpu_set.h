// SPDX-License-Identifier: Apache-2.0
/**
 * Sets of pCPUs.
 */
#ifndef XHM_CORE_PCPU_SET_H
#define XHM_CORE_PCPU_SET_H

#include "policy.h"

/** True when both are the same set. */
static inline bool pcpu_set_equals(const struct xhm_pcpu_set *a, const struct xhm_pcpu_set *b) {
    uint64_t differing = 0;

    for (unsigned i = 0; i < XHM_PCPU_WORDS; i++) {
        differing |= a->words[i] ^ b->words[i];
    }
    return differing == 0;
}

/** What both have. */
static inline struct xhm_pcpu_set pcpu_set_common(const struct xhm_pcpu_set *a, const struct xhm_pcpu_set *b) {
    struct xhm_pcpu_set common;

    for (unsigned i = 0; i < XHM_PCPU_WORDS; i++) {
        common.words[i] = a->words[i] & b->words[i];
    }
    return common;
}

/** True when there is none in it. */
static inline bool pcpu_set_is_empty(const struct xhm_pcpu_set *set) {
    uint64_t any = 0;

    for (unsigned i = 0; i < XHM_PCPU_WORDS; i++) {
        any |= set->words[i];
    }
    return any == 0;
}

/** True when some pCPU is in both. */
static inline bool pcpu_set_overlaps(const struct xhm_pcpu_set *a, const struct xhm_pcpu_set *b) {
    const struct xhm_pcpu_set common = pcpu_set_common(a, b);

    return !pcpu_set_is_empty(&common);
}

/** True for a pCPU of the set; numbers beyond XHM_MAX_PCPUS are in none. */
static inline bool pcpu_set_has(const struct xhm_pcpu_set *set, uint32_t pcpu) {
    return pcpu < XHM_MAX_PCPUS && (set->words[pcpu / 64] >> (pcpu % 64) & 1u) != 0;
}

/** Adds a pCPU; what has no room in a set is not added. */
static inline void pcpu_set_add(struct xhm_pcpu_set *set, uint32_t pcpu) {
    if (pcpu < XHM_MAX_PCPUS) {
        set->words[pcpu / 64] |= UINT64_C(1) << (pcpu % 64);
    }
}

/** Takes all of @p other out of it. */
static inline void pcpu_set_remove(struct xhm_pcpu_set *set, const struct xhm_pcpu_set *other) {
    for (unsigned i = 0; i < XHM_PCPU_WORDS; i++) {
        set->words[i] &= ~other->words[i];
    }
}

/** Adds all of @p more. */
static inline void pcpu_set_unite(struct xhm_pcpu_set *set, const struct xhm_pcpu_set *more) {
    for (unsigned i = 0; i < XHM_PCPU_WORDS; i++) {
        set->words[i] |= more->words[i];
    }
}

#endif
