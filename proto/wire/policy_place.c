// SPDX-License-Identifier: Apache-2.0
#include "policy_place.h"

#include <stdio.h>
#include <string.h>

static bool refuse(struct xhm_policy_place *place, enum xhm_policy_codec_verdict verdict, const char *leaf) {
    place->verdict = verdict;
    snprintf(place->path + place->depth, sizeof(place->path) - place->depth, "%s", leaf);
    return false;
}

bool policy_place_require(struct xhm_policy_place *place, bool sound, const char *leaf) {
    return sound || refuse(place, XHM_POLICY_CODEC_BAD_VALUE, leaf);
}

bool policy_place_fits(struct xhm_policy_place *place, size_t count, size_t room, const char *leaf) {
    return count <= room || refuse(place, XHM_POLICY_CODEC_TOO_MANY, leaf);
}

size_t policy_place_enter(struct xhm_policy_place *place, const char *name, size_t index) {
    const size_t before = place->depth;
    const int length = snprintf(place->path + before, sizeof(place->path) - before, "%s[%zu].", name, index);

    place->depth = length > 0 && (size_t)length < sizeof(place->path) - before ? before + (size_t)length : before;
    return before;
}

void policy_place_leave(struct xhm_policy_place *place, size_t depth) {
    place->depth = depth;
    place->path[depth] = '\0';
}

bool policy_place_read_text(struct xhm_policy_place *place, const char *from, char *to, size_t size, const char *leaf) {
    const size_t length = strlen(from);

    if (!policy_place_require(place, length < size, leaf)) {
        return false;
    }
    memcpy(to, from, length + 1);
    return true;
}

bool policy_place_read_name(struct xhm_policy_place *place, const char *from, char to[XHM_NAME_SIZE],
                            const char *leaf) {
    return policy_place_read_text(place, from, to, XHM_NAME_SIZE, leaf);
}

bool policy_place_read_set(struct xhm_policy_place *place, const uint32_t *numbers, size_t count, uint32_t highest,
                           uint64_t *set, const char *leaf) {
    uint32_t before = 0;

    for (size_t i = 0; i < count; i++) {
        if (!policy_place_fits(place, numbers[i], highest, leaf) ||
            !policy_place_require(place, numbers[i] > before, leaf)) {
            return false;
        }
        before = numbers[i];
        *set |= UINT64_C(1) << (before - 1);
    }
    return true;
}

bool policy_place_read_pcpus(struct xhm_policy_place *place, const uint32_t *numbers, size_t count,
                             struct xhm_pcpu_set *set, const char *leaf) {
    for (size_t i = 0; i < count; i++) {
        const uint32_t pcpu = numbers[i];
        uint64_t bit;

        if (!policy_place_fits(place, pcpu, XHM_MAX_PCPUS - 1, leaf)) {
            return false;
        }
        bit = UINT64_C(1) << (pcpu % 64);
        if (!policy_place_require(place, !(set->words[pcpu / 64] & bit), leaf)) {
            return false;
        }
        set->words[pcpu / 64] |= bit;
    }
    return true;
}
