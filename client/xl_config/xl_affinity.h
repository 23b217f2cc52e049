// SPDX-License-Identifier: Apache-2.0
/**
 * The texts with which xl.cfg(5) says where vCPUs may run: "2-3", "0-7,^4", "all".
 */
#ifndef XHM_XL_AFFINITY_H
#define XHM_XL_AFFINITY_H

#include "scalar.h"
#include "xl_domain.h"

/**
 * Reads one such text, as xl does: from left to right, each part adding pCPUs or, with a ^ before it, taking them away.
 * @return NULL, or a sentence that goes on from the value
 */
const char *xl_affinity_read(const char *text, struct xhm_xl_affinity *affinity);

/** Every pCPU: what counts without any text. */
void xl_affinity_set_every(struct xhm_xl_affinity *affinity);

/** Whether the vCPU may run on exactly @p pcpus. */
bool xl_affinity_is(const struct xhm_xl_affinity *affinity, const struct xhm_pcpu_set *pcpus);

/** Writes it for people: "2-3", "every pCPU", "every pCPU but 4". */
void xl_affinity_write(const struct xhm_xl_affinity *affinity, char text[XHM_SCALAR_TEXT_SIZE]);

/** Writes a set without the quotes that YAML needs: "1,4-5". */
void xl_affinity_write_pcpus(const struct xhm_pcpu_set *pcpus, char text[XHM_SCALAR_TEXT_SIZE]);

#endif
