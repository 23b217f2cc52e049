// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-SIGNED-1 */
/* The envelope of signed policies: nothing that is not exactly what was signed passes for it. */
#include "policy_signature.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define POLICY_SIZE 700u
#define VERSION     UINT64_C(0x1122334455)

static struct xhm_secret_key secret;
static struct xhm_public_key public;
static uint8_t policy[POLICY_SIZE];
static uint8_t data[POLICY_SIZE + XHM_SIGNED_OVERHEAD + 1];
static size_t size;

static int set_up(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof(policy); i++) {
        policy[i] = (uint8_t)(i * 7);
    }
    if (!signature_prepare()) {
        return -1;
    }
    signature_make_keys(&secret, &public);
    size = signed_policy_write(policy, sizeof(policy), VERSION, &secret, data);
    return 0;
}

/* As the daemon does: an envelope that can be read, names the key, and is by it. */
static bool passes(size_t of_size) {
    struct xhm_signed_policy envelope;

    return signed_policy_read(data, of_size, &envelope) && signed_policy_names(&envelope, &public) &&
           signed_policy_is_by(data, of_size, &public);
}

static void what_was_signed_is_read_back(void **state) {
    struct xhm_signed_policy envelope;

    (void)state;
    assert_int_equal(size, POLICY_SIZE + XHM_SIGNED_OVERHEAD);
    assert_true(signed_policy_is_one(data, size));
    assert_true(passes(size));
    assert_true(signed_policy_read(data, size, &envelope));
    assert_true(envelope.version == VERSION);
    assert_int_equal(envelope.policy_size, POLICY_SIZE);
    assert_memory_equal(envelope.policy, policy, POLICY_SIZE);
}

static void the_layout_is_the_documented_one(void **state) {
    static const uint8_t expected[24] = {'X', 'H', 'M', 'S', 'I',  'G',  '1',  '\n', 1,    0, 0, 0,
                                         188, 2,   0,   0,   0x55, 0x44, 0x33, 0x22, 0x11, 0, 0, 0};

    (void)state;
    assert_memory_equal(data, expected, sizeof(expected));
    assert_memory_equal(data + 24, public.bytes, 8);
    assert_memory_equal(data + 32, policy, POLICY_SIZE);
}

static void no_flipped_bit_passes(void **state) {
    (void)state;
    for (size_t bit = 0; bit < size * 8; bit++) {
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(passes(size));
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_true(passes(size));
}

static void no_other_length_passes(void **state) {
    (void)state;
    for (size_t cut = 0; cut < size; cut++) {
        assert_false(passes(cut));
        assert_false(signed_policy_is_by(data, cut, &public));
    }
    assert_false(passes(size + 1));
}

static void version_0_is_none(void **state) {
    struct xhm_signed_policy envelope;

    (void)state;
    size = signed_policy_write(policy, sizeof(policy), 0, &secret, data);
    assert_false(signed_policy_read(data, size, &envelope));
}

static void another_key_signs_nothing_of_ours(void **state) {
    struct xhm_secret_key other_secret;
    struct xhm_public_key other;
    struct xhm_signed_policy envelope;

    (void)state;
    signature_make_keys(&other_secret, &other);
    assert_true(signed_policy_read(data, size, &envelope));
    assert_false(signed_policy_names(&envelope, &other));
    assert_false(signed_policy_is_by(data, size, &other));
    size = signed_policy_write(policy, sizeof(policy), VERSION, &other_secret, data);
    assert_false(passes(size));
    /* The key's name is no proof: it stands in the envelope for anybody to write. */
    memcpy(data + offsetof(struct xhm_signed_header, key_id), public.bytes, XHM_KEY_ID_SIZE);
    assert_true(signed_policy_read(data, size, &envelope) && signed_policy_names(&envelope, &public));
    assert_false(signed_policy_is_by(data, size, &public));
}

static void the_largest_and_the_smallest_can_be_signed(void **state) {
    static uint8_t large[XHM_POLICY_MAX_SIZE];
    static uint8_t signed_large[XHM_SIGNED_MAX_SIZE];
    const size_t large_size = signed_policy_write(large, sizeof(large), 1, &secret, signed_large);

    (void)state;
    assert_int_equal(large_size, sizeof(signed_large));
    assert_true(signed_policy_is_by(signed_large, large_size, &public));
    size = signed_policy_write(policy, 0, 1, &secret, data);
    assert_int_equal(size, XHM_SIGNED_OVERHEAD);
    assert_true(passes(size));
}

static void key_files_are_a_magic_and_a_key(void **state) {
    uint8_t file[XHM_SECRET_KEY_FILE_SIZE + 1] = {0};
    struct xhm_public_key read_public;
    struct xhm_secret_key read_secret;

    (void)state;
    memcpy(file, XHM_PUBLIC_KEY_MAGIC, XHM_KEY_MAGIC_SIZE);
    memcpy(file + XHM_KEY_MAGIC_SIZE, public.bytes, sizeof(public.bytes));
    assert_true(signature_read_public_key(file, XHM_PUBLIC_KEY_FILE_SIZE, &read_public));
    assert_memory_equal(&read_public, &public, sizeof(public));
    assert_false(signature_read_public_key(file, XHM_PUBLIC_KEY_FILE_SIZE - 1, &read_public));
    assert_false(signature_read_public_key(file, XHM_PUBLIC_KEY_FILE_SIZE + 1, &read_public));
    assert_false(signature_read_secret_key(file, XHM_SECRET_KEY_FILE_SIZE, &read_secret));
    memcpy(file, XHM_SECRET_KEY_MAGIC, XHM_KEY_MAGIC_SIZE);
    memcpy(file + XHM_KEY_MAGIC_SIZE, secret.bytes, sizeof(secret.bytes));
    assert_true(signature_read_secret_key(file, XHM_SECRET_KEY_FILE_SIZE, &read_secret));
    signature_public_key(&read_secret, &read_public);
    assert_memory_equal(&read_public, &public, sizeof(public));
    assert_false(signature_read_public_key(file, XHM_PUBLIC_KEY_FILE_SIZE, &read_public));
    signature_wipe(&read_secret, sizeof(read_secret));
    for (size_t i = 0; i < sizeof(read_secret); i++) {
        assert_int_equal(read_secret.bytes[i], 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, set_up)
        TEST(what_was_signed_is_read_back),
        TEST(the_layout_is_the_documented_one),
        TEST(no_flipped_bit_passes),
        TEST(no_other_length_passes),
        TEST(version_0_is_none),
        TEST(another_key_signs_nothing_of_ours),
        TEST(the_largest_and_the_smallest_can_be_signed),
        TEST(key_files_are_a_magic_and_a_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
