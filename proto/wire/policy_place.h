// SPDX-License-Identifier: Apache-2.0
/**
 * Where reading a policy message is, so that a refusal can name the field. Part of policy_message.h.
 */
#ifndef XHM_POLICY_PLACE_H
#define XHM_POLICY_PLACE_H

#include "policy_codec.h"

/** Bytes of a path like "partitions[2].entities[0].name", its terminating zero included. */
#define XHM_POLICY_PLACE_SIZE 64

/** Where in a policy the decoder is, for a refusal that names the place. */
struct xhm_policy_place {
    char path[XHM_POLICY_PLACE_SIZE];
    size_t depth; /**< characters of the path that lead to the message being read */
    enum xhm_policy_codec_verdict verdict;
};

/** Refuses the value of the field @p leaf as XHM_POLICY_CODEC_BAD_VALUE unless it is @p sound. @return @p sound */
bool policy_place_require(struct xhm_policy_place *place, bool sound, const char *leaf);

/** Refuses the field @p leaf as XHM_POLICY_CODEC_TOO_MANY when @p count is above @p room. @return whether it fits */
bool policy_place_fits(struct xhm_policy_place *place, size_t count, size_t room, const char *leaf);

/** Steps into element @p index of the repeated field @p name. @return the depth to go back to */
size_t policy_place_enter(struct xhm_policy_place *place, const char *name, size_t index);

/** Steps back out to @p depth. */
void policy_place_leave(struct xhm_policy_place *place, size_t depth);

/** Copies the text @p from, which must fit into the @p size bytes at @p to. */
bool policy_place_read_text(struct xhm_policy_place *place, const char *from, char *to, size_t size, const char *leaf);

/** Copies the name @p from, which must fit. */
bool policy_place_read_name(struct xhm_policy_place *place, const char *from, char to[XHM_NAME_SIZE], const char *leaf);

/**
 * Reads @p count numbers at @p numbers, each from 1 to @p highest and greater than the one before, as the set of the
 * bits number - 1.
 */
bool policy_place_read_set(struct xhm_policy_place *place, const uint32_t *numbers, size_t count, uint32_t highest,
                           uint64_t *set, const char *leaf);

/** Adds @p count pCPUs at @p numbers, each once and below XHM_MAX_PCPUS, to @p set. */
bool policy_place_read_pcpus(struct xhm_policy_place *place, const uint32_t *numbers, size_t count,
                             struct xhm_pcpu_set *set, const char *leaf);

#endif
