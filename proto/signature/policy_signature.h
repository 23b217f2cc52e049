// SPDX-License-Identifier: Apache-2.0
/**
 * Signed policies: an envelope around a compiled policy, with a version and an Ed25519 signature
 * (docs/signed-policies.md).
 *
 * Bytes in, bytes out: no file, no allocation, and no state but what signature_prepare() sets up once.
 */
#ifndef XHM_POLICY_SIGNATURE_H
#define XHM_POLICY_SIGNATURE_H

#include "policy_codec.h"

#define XHM_SIGNED_MAGIC  "XHMSIG1\n"
/** Version of the envelope's format. */
#define XHM_SIGNED_FORMAT 1u

#define XHM_SIGNATURE_SIZE  64u
#define XHM_KEY_ID_SIZE     8u
#define XHM_PUBLIC_KEY_SIZE 32u
#define XHM_SECRET_KEY_SIZE 64u

/** Beginning of a signed policy, little-endian. The compiled policy follows, then the signature of all bytes before it.
 */
struct xhm_signed_header {
    uint8_t magic[8];
    uint32_t format;
    uint32_t policy_size;            /**< bytes of the compiled policy */
    uint64_t version;                /**< of the policy: from 1 on, higher ones replace lower ones */
    uint8_t key_id[XHM_KEY_ID_SIZE]; /**< first bytes of the public key: which key to try, and no proof of anything */
};

/** Bytes that an envelope adds. */
#define XHM_SIGNED_OVERHEAD (sizeof(struct xhm_signed_header) + XHM_SIGNATURE_SIZE)
/** Largest signed policy. */
#define XHM_SIGNED_MAX_SIZE (XHM_POLICY_MAX_SIZE + XHM_SIGNED_OVERHEAD)

/** An Ed25519 public key. */
struct xhm_public_key {
    uint8_t bytes[XHM_PUBLIC_KEY_SIZE];
};

/** To be wiped with signature_wipe() after its last use. */
struct xhm_secret_key {
    uint8_t bytes[XHM_SECRET_KEY_SIZE];
};

/** Key files: a magic and the key, nothing else. */
#define XHM_PUBLIC_KEY_MAGIC     "XHMPUB1\n"
#define XHM_SECRET_KEY_MAGIC     "XHMSEC1\n"
#define XHM_KEY_MAGIC_SIZE       8u
#define XHM_PUBLIC_KEY_FILE_SIZE (XHM_KEY_MAGIC_SIZE + XHM_PUBLIC_KEY_SIZE)
#define XHM_SECRET_KEY_FILE_SIZE (XHM_KEY_MAGIC_SIZE + XHM_SECRET_KEY_SIZE)

/** What an envelope says; nothing of it is to be believed before signed_policy_is_by(). */
struct xhm_signed_policy {
    const uint8_t *policy; /**< the compiled policy, in the data that was read */
    size_t policy_size;
    uint64_t version;
    uint8_t key_id[XHM_KEY_ID_SIZE];
};

/** Sets the library up; before anything else here, at start. @return false when that is impossible */
bool signature_prepare(void);

/** Whether @p data begins like a signed policy. */
bool signed_policy_is_one(const uint8_t *data, size_t size);

/** Reads the envelope. @return false when it is none, of another format, cut off or added to, or of version 0 */
bool signed_policy_read(const uint8_t *data, size_t size, struct xhm_signed_policy *envelope);

/** Whether @p key is the one that the envelope names. */
bool signed_policy_names(const struct xhm_signed_policy *envelope, const struct xhm_public_key *key);

/**
 * Whether the whole of @p data was signed with @p key. Takes time in proportion to @p size: about a millisecond for the
 * largest. Allocates nothing.
 */
bool signed_policy_is_by(const uint8_t *data, size_t size, const struct xhm_public_key *key);

/**
 * Puts @p policy_size bytes at @p policy, at most XHM_POLICY_MAX_SIZE, into an envelope at @p data, which has room for
 * XHM_SIGNED_OVERHEAD more. @return bytes written
 */
size_t signed_policy_write(const uint8_t *policy, size_t policy_size, uint64_t version,
                           const struct xhm_secret_key *key, uint8_t *data);

/** Makes a new pair of keys. */
void signature_make_keys(struct xhm_secret_key *secret, struct xhm_public_key *public);

/** The public half of a secret key. */
void signature_public_key(const struct xhm_secret_key *secret, struct xhm_public_key *public);

/** Overwrites a secret in a way that no compiler leaves out. */
void signature_wipe(void *secret, size_t size);

/** Reads what a key file holds. @return false when it is not such a file */
bool signature_read_public_key(const uint8_t *data, size_t size, struct xhm_public_key *key);
bool signature_read_secret_key(const uint8_t *data, size_t size, struct xhm_secret_key *key);

#endif
