/**
 * Which policies may be taken: without keys every sound one, with keys only what one of them signed, for this ECU, and
 * not older than what was taken before (docs/signed-policies.md).
 */
#ifndef XHM_POLICY_TRUST_H
#define XHM_POLICY_TRUST_H

#include "outcome.h"
#include "persistent.h"
#include "platform.h"
#include "policy_signature.h"

/** Public keys that can be given. */
#define XHM_MAX_POLICY_KEYS 8

/** All zero: no keys, every policy may be taken. */
struct xhm_policy_trust {
    const char *ecu_id; /**< this ECU; needed with keys */
    uint32_t key_count;
    struct xhm_public_key keys[XHM_MAX_POLICY_KEYS];
    struct xhm_policy_mark mark; /**< the policy that was taken last, in this life or one before */
};

/** Reads a public key from the file at @p path; for start-up only. @return false with a sentence in @p error */
bool policy_trust_add_key(struct xhm_policy_trust *trust, const char *path, char error[XHM_ERROR_SIZE]);

/**
 * Finds the compiled policy in @p data and, with keys, the one that signed it. Without keys signatures are not looked
 * at.
 * @return XHM_POLICY_TAKEN with @p envelope filled (version 0: it is not signed), or why not
 */
enum xhm_policy_refusal policy_trust_open(const struct xhm_policy_trust *trust, const uint8_t *data, size_t size,
                                          struct xhm_signed_policy *envelope);

/** Whether a policy that was opened so is for this ECU, and none that was replaced. */
enum xhm_policy_refusal policy_trust_judge(const struct xhm_policy_trust *trust, uint64_t version,
                                           const struct xhm_policy *policy);

/** The policy was taken: from now on lower versions are refused. Without keys nothing is remembered. */
void policy_trust_take(struct xhm_policy_trust *trust, uint64_t version, const struct xhm_policy *policy);

/** A sentence for a refusal of policy_trust_*(): "is not signed, and policies have to be". Static. */
const char *policy_trust_sentence(enum xhm_policy_refusal refusal);

#endif
