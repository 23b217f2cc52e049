// SPDX-License-Identifier: Apache-2.0
/**
 * A policy from the running ECU: one that accepts exactly what runs. What cannot be observed (entities, reactions, the
 * supervisor's timing, access) is that of the running policy; what of the observed cannot be declared is left out, and
 * said in a note.
 */
#ifndef XHM_DERIVE_H
#define XHM_DERIVE_H

#include "control.pb-c.h"
#include "facts.h"
#include "policy.h"

/** Bytes of a note, its terminating zero included. */
#define DERIVE_NOTE_SIZE 192
/** Notes that are kept. */
#define DERIVE_MAX_NOTES 512

/** What a note is about. */
enum derive_section {
    DERIVE_OF_ALL,
    DERIVE_OF_PLATFORM,
    DERIVE_OF_CPUPOOL,
    DERIVE_OF_PARTITION,
};

/** One sentence for who edits the policy. */
struct derive_note {
    enum derive_section section;
    uint32_t index; /**< of the cpupool or partition */
    char text[DERIVE_NOTE_SIZE];
};

/** All that is to be said. */
struct derive_notes {
    uint32_t count; /**< may exceed what is kept */
    struct derive_note notes[DERIVE_MAX_NOTES];
};

/** What runs: the supervisor's answer, and the facts in it, decoded; NULL where there are none. */
struct derive_running {
    const Xhm__V1__FactsShowReply *reply;
    const struct xhm_facts *facts;
};

/** True when asking again would not tell more: facts are fresh and everything that can be looked at was. */
bool derive_knows_all(const struct derive_running *running);

/**
 * Makes the running policy @p policy into the derived one, which may still be unsound: derive_relax() is next. Its hash
 * is 0.
 */
void derive_policy(struct xhm_policy *policy, const struct derive_running *running, struct derive_notes *notes);

/**
 * Leaves out what cannot be declared as it runs (servers beyond any bound of schedulability, an affinity outside the
 * cpupool, …) until the policy is sound. @return false when it is not, and nothing can be left out
 */
bool derive_relax(struct xhm_policy *policy, struct derive_notes *notes);

#endif
