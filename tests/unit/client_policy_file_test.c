// SPDX-License-Identifier: Apache-2.0
/* Compiled policies that are cut short or altered are refused by name of what is wrong, wherever it happened. */
#include "policy_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct xhm_policy_file *file;
static uint8_t sound[4096];
static size_t sound_size;

static const char small[] = "schema: 1\n"
                            "ecu: small\n"
                            "supervisor: {cycle: 10ms, crash_check_period: 20ms, conformance_period: 1s,\n"
                            "             overrun_tolerance: 50ms, probe_busy_tolerance: 100ms}\n"
                            "partitions:\n"
                            "  - name: one\n"
                            "    id: 7\n"
                            "    identity: {uuid: 11111111-1111-4111-8111-111111111111}\n"
                            "    startup_grace: 1m\n"
                            "    entities: [{name: task, id: 1, alive: {reference_cycle: 100ms, expected: 5}}]\n"
                            "access: [{uid: 0, roles: operator}]\n";

static int set_up(void **state) {
    (void)state;
    file = policy_file_new();
    if (file == NULL || policy_file_take(file, "small.yaml", (const uint8_t *)small, strlen(small)) != XHM_EXIT_OK ||
        file->compiled_size > sizeof(sound)) {
        return -1;
    }
    sound_size = file->compiled_size;
    memcpy(sound, file->compiled, sound_size);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    policy_file_free(file);
    return 0;
}

static void is_refused(const char *name, const uint8_t *bytes, size_t size) {
    assert_int_equal(policy_file_take(file, name, bytes, size), XHM_EXIT_POLICY_REFUSED);
    assert_true(file->messages.count >= 1);
    assert_true(strlen(file->messages.messages[0].text) > 10);
}

static void takes_what_it_compiled(void **state) {
    (void)state;
    uint64_t hash = file->policy.hash;
    assert_int_equal(policy_file_take(file, "no-suffix", sound, sound_size), XHM_EXIT_OK);
    assert_true(file->policy.hash == hash);
    assert_int_equal(file->compiled_size, sound_size);
}

static void refuses_every_truncation(void **state) {
    (void)state;
    for (size_t size = 0; size < sound_size; size++) {
        is_refused("cut.xhm", sound, size);
        const char *expected = size < sizeof(struct xhm_policy_header) ? "too short" : "length";
        assert_non_null(strstr(file->messages.messages[0].text, expected));
        is_refused("cut", sound, size);
    }
}

static const char *expected_of_byte(size_t byte) {
    if (byte < offsetof(struct xhm_policy_header, schema)) {
        return "magic";
    }
    if (byte < offsetof(struct xhm_policy_header, body_size)) {
        return "schema";
    }
    return byte < offsetof(struct xhm_policy_header, body_crc) ? "length" : "checksum";
}

static void refuses_every_flipped_bit(void **state) {
    (void)state;
    uint8_t altered[sizeof(sound)];
    for (size_t bit = 0; bit < 8 * sound_size; bit++) {
        memcpy(altered, sound, sound_size);
        altered[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        is_refused("altered", altered, sound_size);
        assert_non_null(strstr(file->messages.messages[0].text, expected_of_byte(bit / 8)));
    }
}

static void refuses_what_is_added(void **state) {
    (void)state;
    uint8_t longer[sizeof(sound) + 1] = {0};
    memcpy(longer, sound, sound_size);
    is_refused("longer.xhm", longer, sound_size + 1);
    assert_non_null(strstr(file->messages.messages[0].text, "length"));
}

/* A file is replaced as a whole, and other policies in the folder are not touched. */
static void writes_whole_files(void **state) {
    (void)state;
    char folder[] = "/tmp/xhm-policy-file-XXXXXX";
    char path[128];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/policy.xhm", folder);
    assert_int_equal(policy_file_write(file, path), XHM_EXIT_OK);
    assert_int_equal(policy_file_write(file, path), XHM_EXIT_OK);
    assert_int_equal(policy_file_load(file, path), XHM_EXIT_OK);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(takes_what_it_compiled), TEST(refuses_every_truncation), TEST(refuses_every_flipped_bit),
        TEST(refuses_what_is_added),  TEST(writes_whole_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
