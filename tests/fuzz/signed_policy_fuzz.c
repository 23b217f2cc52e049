// SPDX-License-Identifier: Apache-2.0
/*
 * Signed policies: whatever has an envelope that can be read lies within its bytes and is not by our key; what is put
 * into an envelope of ours is read back, and not a byte of it can be changed.
 */
#include "policy_signature.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t sealed[XHM_SIGNED_MAX_SIZE];
static struct xhm_secret_key secret;
static struct xhm_public_key public;
static bool prepared;

static void require(bool held) {
    if (!held) {
        abort();
    }
}

static void read_envelope(const uint8_t *data, size_t size) {
    struct xhm_signed_policy envelope;

    require(!signed_policy_is_by(data, size, &public));
    if (signed_policy_read(data, size, &envelope)) {
        require(signed_policy_is_one(data, size) && envelope.version != 0);
        require(envelope.policy == data + sizeof(struct xhm_signed_header));
        require(envelope.policy_size == size - XHM_SIGNED_OVERHEAD);
    }
}

static void seal(const uint8_t *data, size_t size) {
    struct xhm_signed_policy envelope;
    const size_t sealed_size = signed_policy_write(data, size, 1 + size, &secret, sealed);

    require(signed_policy_read(sealed, sealed_size, &envelope) && signed_policy_names(&envelope, &public));
    require(signed_policy_is_by(sealed, sealed_size, &public));
    require(envelope.version == 1 + size && envelope.policy_size == size);
    require(memcmp(envelope.policy, data, size) == 0);
    sealed[size % sealed_size] ^= 0x10;
    require(!signed_policy_is_by(sealed, sealed_size, &public));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct xhm_public_key key;
    struct xhm_secret_key secret_key;

    if (!prepared) {
        require(signature_prepare());
        signature_make_keys(&secret, &public);
        prepared = true;
    }
    read_envelope(data, size);
    require(signature_read_public_key(data, size, &key) ==
            (size == XHM_PUBLIC_KEY_FILE_SIZE && memcmp(data, XHM_PUBLIC_KEY_MAGIC, 8) == 0));
    require(signature_read_secret_key(data, size, &secret_key) ==
            (size == XHM_SECRET_KEY_FILE_SIZE && memcmp(data, XHM_SECRET_KEY_MAGIC, 8) == 0));
    if (size > 0 && size <= XHM_POLICY_MAX_SIZE) {
        seal(data, size);
    }
    return 0;
}
