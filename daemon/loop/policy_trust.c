#include "policy_trust.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const sentences[XHM_POLICY_REFUSAL_COUNT] = {
    [XHM_POLICY_TAKEN] = "is taken",
    [XHM_POLICY_UNSIGNED] = "is not signed, and policies have to be",
    [XHM_POLICY_BAD_ENVELOPE] = "is signed in a form that is not known, or was cut off or added to",
    [XHM_POLICY_FOREIGN_KEY] = "was signed with a key that is not trusted here",
    [XHM_POLICY_ALTERED] = "is not what was signed: policy or signature was altered",
    [XHM_POLICY_OTHER_ECU] = "is for another ECU",
    [XHM_POLICY_OLDER] = "is older than one that was taken before",
    [XHM_POLICY_OTHER_CONTENT] = "has the version of one that was taken before, and other content",
    [XHM_POLICY_UNSOUND] = "is not sound",
    [XHM_POLICY_DROPS_PAUSED] = "leaves out a partition that is held paused",
};

bool policy_trust_add_key(struct xhm_policy_trust *trust, const char *path, char error[XHM_ERROR_SIZE]) {
    uint8_t data[XHM_PUBLIC_KEY_FILE_SIZE + 1];
    FILE *file = fopen(path, "re");

    if (file == NULL) {
        snprintf(error, XHM_ERROR_SIZE, "policy key %s: opening it: %s", path, strerror(errno));
        return false;
    }
    const size_t size = fread(data, 1, sizeof(data), file);
    const bool failed = ferror(file) != 0;
    fclose(file);
    if (failed || !signature_read_public_key(data, size, &trust->keys[trust->key_count])) {
        snprintf(error, XHM_ERROR_SIZE, "policy key %s: %s", path,
                 failed ? "reading it failed" : "it is no public key as xhmctl policy keygen writes it");
        return false;
    }
    trust->key_count++;
    return true;
}

static enum xhm_policy_refusal find_signer(const struct xhm_policy_trust *trust, const uint8_t *data, size_t size,
                                           const struct xhm_signed_policy *envelope) {
    enum xhm_policy_refusal refusal = XHM_POLICY_FOREIGN_KEY;

    for (uint32_t i = 0; i < trust->key_count; i++) {
        if (signed_policy_names(envelope, &trust->keys[i])) {
            if (signed_policy_is_by(data, size, &trust->keys[i])) {
                return XHM_POLICY_TAKEN;
            }
            refusal = XHM_POLICY_ALTERED;
        }
    }
    return refusal;
}

enum xhm_policy_refusal policy_trust_open(const struct xhm_policy_trust *trust, const uint8_t *data, size_t size,
                                          struct xhm_signed_policy *envelope) {
    if (!signed_policy_is_one(data, size)) {
        *envelope = (struct xhm_signed_policy){.policy = data, .policy_size = size};
        return trust->key_count == 0 ? XHM_POLICY_TAKEN : XHM_POLICY_UNSIGNED;
    }
    if (!signed_policy_read(data, size, envelope)) {
        return XHM_POLICY_BAD_ENVELOPE;
    }
    return trust->key_count == 0 ? XHM_POLICY_TAKEN : find_signer(trust, data, size, envelope);
}

enum xhm_policy_refusal policy_trust_judge(const struct xhm_policy_trust *trust, uint64_t version,
                                           const struct xhm_policy *policy) {
    if (trust->key_count == 0) {
        return XHM_POLICY_TAKEN;
    }
    if (strcmp(trust->ecu_id, policy->ecu_id) != 0) {
        return XHM_POLICY_OTHER_ECU;
    }
    if (version < trust->mark.version) {
        return XHM_POLICY_OLDER;
    }
    return version == trust->mark.version && policy->hash != trust->mark.hash ? XHM_POLICY_OTHER_CONTENT
                                                                              : XHM_POLICY_TAKEN;
}

void policy_trust_take(struct xhm_policy_trust *trust, uint64_t version, const struct xhm_policy *policy) {
    if (trust->key_count > 0) {
        trust->mark = (struct xhm_policy_mark){.version = version, .hash = policy->hash};
    }
}

const char *policy_trust_sentence(enum xhm_policy_refusal refusal) {
    return sentences[refusal];
}
