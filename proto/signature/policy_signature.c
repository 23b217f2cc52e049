// SPDX-License-Identifier: Apache-2.0
#include "policy_signature.h"

#include <endian.h>
#include <sodium.h>
#include <string.h>

_Static_assert(sizeof(struct xhm_signed_header) == 32, "signed policies have no padding in their header");
_Static_assert(XHM_PUBLIC_KEY_SIZE == crypto_sign_PUBLICKEYBYTES && XHM_SECRET_KEY_SIZE == crypto_sign_SECRETKEYBYTES &&
                   XHM_SIGNATURE_SIZE == crypto_sign_BYTES,
               "sizes of Ed25519");

#define HEADER_SIZE sizeof(struct xhm_signed_header)

bool signature_prepare(void) {
    return sodium_init() >= 0;
}

bool signed_policy_is_one(const uint8_t *data, size_t size) {
    return size >= strlen(XHM_SIGNED_MAGIC) && memcmp(data, XHM_SIGNED_MAGIC, strlen(XHM_SIGNED_MAGIC)) == 0;
}

bool signed_policy_read(const uint8_t *data, size_t size, struct xhm_signed_policy *envelope) {
    struct xhm_signed_header header;

    if (size < XHM_SIGNED_OVERHEAD || !signed_policy_is_one(data, size)) {
        return false;
    }
    memcpy(&header, data, sizeof(header));
    if (le32toh(header.format) != XHM_SIGNED_FORMAT || le32toh(header.policy_size) != size - XHM_SIGNED_OVERHEAD ||
        header.version == 0) {
        return false;
    }
    *envelope = (struct xhm_signed_policy){
        .policy = data + HEADER_SIZE, .policy_size = size - XHM_SIGNED_OVERHEAD, .version = le64toh(header.version)};
    memcpy(envelope->key_id, header.key_id, sizeof(envelope->key_id));
    return true;
}

bool signed_policy_names(const struct xhm_signed_policy *envelope, const struct xhm_public_key *key) {
    return memcmp(envelope->key_id, key->bytes, sizeof(envelope->key_id)) == 0;
}

bool signed_policy_is_by(const uint8_t *data, size_t size, const struct xhm_public_key *key) {
    return size >= XHM_SIGNED_OVERHEAD && crypto_sign_verify_detached(data + size - XHM_SIGNATURE_SIZE, data,
                                                                      size - XHM_SIGNATURE_SIZE, key->bytes) == 0;
}

size_t signed_policy_write(const uint8_t *policy, size_t policy_size, uint64_t version,
                           const struct xhm_secret_key *key, uint8_t *data) {
    struct xhm_signed_header header = {.format = htole32(XHM_SIGNED_FORMAT),
                                       .policy_size = htole32((uint32_t)policy_size),
                                       .version = htole64(version)};
    struct xhm_public_key public;

    signature_public_key(key, &public);
    memcpy(header.magic, XHM_SIGNED_MAGIC, sizeof(header.magic));
    memcpy(header.key_id, public.bytes, sizeof(header.key_id));
    memcpy(data, &header, sizeof(header));
    memcpy(data + HEADER_SIZE, policy, policy_size);
    crypto_sign_detached(data + HEADER_SIZE + policy_size, NULL, data, HEADER_SIZE + policy_size, key->bytes);
    return policy_size + XHM_SIGNED_OVERHEAD;
}

void signature_make_keys(struct xhm_secret_key *secret, struct xhm_public_key *public) {
    crypto_sign_keypair(public->bytes, secret->bytes);
}

void signature_public_key(const struct xhm_secret_key *secret, struct xhm_public_key *public) {
    crypto_sign_ed25519_sk_to_pk(public->bytes, secret->bytes);
}

void signature_wipe(void *secret, size_t size) {
    sodium_memzero(secret, size);
}

static bool read_key(const uint8_t *data, size_t size, const char *magic, uint8_t *key, size_t key_size) {
    if (size != XHM_KEY_MAGIC_SIZE + key_size || memcmp(data, magic, XHM_KEY_MAGIC_SIZE) != 0) {
        return false;
    }
    memcpy(key, data + XHM_KEY_MAGIC_SIZE, key_size);
    return true;
}

bool signature_read_public_key(const uint8_t *data, size_t size, struct xhm_public_key *key) {
    return read_key(data, size, XHM_PUBLIC_KEY_MAGIC, key->bytes, sizeof(key->bytes));
}

bool signature_read_secret_key(const uint8_t *data, size_t size, struct xhm_secret_key *key) {
    return read_key(data, size, XHM_SECRET_KEY_MAGIC, key->bytes, sizeof(key->bytes));
}
