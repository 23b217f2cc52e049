// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-SIGNED-1 */
/* What is taken for a policy and what is refused, in one life of the supervisor and over its restarts. */
#include "keeping.h"
#include "policy_file.h"
#include "sample_policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/xhm-trust-XXXXXX";
static char memory_path[64];
static char key_path[64];
static struct xhm_secret_key secret;
static struct xhm_secret_key other_secret;
static struct xhm_policy_reader *reader;
static struct xhm_policy_trust trust;
static struct xhm_policy sample;
static struct xhm_policy taken;
static uint8_t compiled[XHM_POLICY_MAX_SIZE];
static uint8_t data[XHM_SIGNED_MAX_SIZE];
static char error[XHM_ERROR_SIZE];

static void write_file(const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void add_key(const struct xhm_public_key *key) {
    uint8_t file[XHM_PUBLIC_KEY_FILE_SIZE];

    memcpy(file, XHM_PUBLIC_KEY_MAGIC, XHM_KEY_MAGIC_SIZE);
    memcpy(file + XHM_KEY_MAGIC_SIZE, key->bytes, sizeof(key->bytes));
    write_file(key_path, file, sizeof(file));
    assert_true(policy_trust_add_key(&trust, key_path, error));
}

static int set_up(void **state) {
    struct xhm_public_key public;
    struct xhm_public_key other;

    (void)state;
    signature_make_keys(&secret, &public);
    signature_make_keys(&other_secret, &other);
    sample_policy(&sample);
    memset(&trust, 0, sizeof(trust));
    trust.ecu_id = sample.ecu_id;
    add_key(&public);
    return 0;
}

static int set_up_group(void **state) {
    (void)state;
    if (mkdtemp(folder) == NULL || !signature_prepare()) {
        return -1;
    }
    snprintf(memory_path, sizeof(memory_path), "%s/fault-memory", folder);
    snprintf(key_path, sizeof(key_path), "%s/key.pub", folder);
    reader = policy_reader_new();
    return reader == NULL ? -1 : 0;
}

static int tear_down_group(void **state) {
    (void)state;
    policy_reader_free(reader);
    unlink(memory_path);
    unlink(key_path);
    return rmdir(folder);
}

static size_t compile(void) {
    static _Alignas(16) uint8_t memory[XHM_POLICY_ARENA_SIZE];
    struct xhm_arena arena;

    arena_init(&arena, memory, sizeof(memory));
    return policy_codec_encode(&sample, &arena, compiled, sizeof(compiled), NULL);
}

/* Into `data`. @return its size */
static size_t sign(const struct xhm_secret_key *key, uint64_t version) {
    return signed_policy_write(compiled, compile(), version, key, data);
}

/* As the loop does with what a peer gives. */
static enum xhm_policy_refusal apply(const uint8_t *bytes, size_t size) {
    struct xhm_policy_request request = {.trust = &trust, .source = "given by a peer", .policy = &taken};
    enum xhm_policy_refusal refusal = policy_reader_take(reader, bytes, size, &request, error);

    if (refusal == XHM_POLICY_TAKEN) {
        refusal = policy_trust_judge(&trust, request.version, &taken);
    }
    if (refusal == XHM_POLICY_TAKEN) {
        policy_trust_take(&trust, request.version, &taken);
    }
    return refusal;
}

static enum xhm_policy_refusal apply_signed(uint64_t version) {
    return apply(data, sign(&secret, version));
}

static void a_policy_that_we_signed_is_taken(void **state) {
    (void)state;
    assert_int_equal(apply_signed(3), XHM_POLICY_TAKEN);
    assert_string_equal(taken.ecu_id, sample.ecu_id);
    assert_int_equal(trust.mark.version, 3);
    assert_true(trust.mark.hash == taken.hash);
}

static void an_unsigned_one_is_refused(void **state) {
    (void)state;
    assert_int_equal(apply(compiled, compile()), XHM_POLICY_UNSIGNED);
    assert_non_null(strstr(error, "not signed"));
    assert_int_equal(apply(compiled, 0), XHM_POLICY_UNSIGNED);
}

static void one_of_a_foreign_key_is_refused(void **state) {
    (void)state;
    assert_int_equal(apply(data, sign(&other_secret, 3)), XHM_POLICY_FOREIGN_KEY);
}

static void an_altered_one_is_refused_wherever_it_was_altered(void **state) {
    const size_t size = sign(&secret, 3);

    (void)state;
    memset(&taken, 0, sizeof(taken));
    for (size_t bit = 0; bit < size * 8; bit++) {
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        const enum xhm_policy_refusal refusal = apply(data, size);
        const size_t byte = bit / 8;

        assert_int_equal(refusal, byte < 8                  ? XHM_POLICY_UNSIGNED
                                  : byte < 16               ? XHM_POLICY_BAD_ENVELOPE
                                  : byte >= 24 && byte < 32 ? XHM_POLICY_FOREIGN_KEY
                                                            : XHM_POLICY_ALTERED);
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(taken.partition_count, 0);
    assert_int_equal(trust.mark.version, 0);
    assert_int_equal(apply(data, size - 1), XHM_POLICY_BAD_ENVELOPE);
}

static void an_older_one_is_refused(void **state) {
    (void)state;
    assert_int_equal(apply_signed(7), XHM_POLICY_TAKEN);
    assert_int_equal(apply_signed(6), XHM_POLICY_OLDER);
    assert_int_equal(apply_signed(7), XHM_POLICY_TAKEN);
    sample.supervisor.crash_check_period_ns += sample.supervisor.cycle_ns;
    assert_int_equal(apply_signed(7), XHM_POLICY_OTHER_CONTENT);
    assert_int_equal(apply_signed(8), XHM_POLICY_TAKEN);
    assert_int_equal(trust.mark.version, 8);
}

static void one_for_another_ecu_is_refused(void **state) {
    (void)state;
    snprintf(sample.ecu_id, sizeof(sample.ecu_id), "another");
    trust.ecu_id = "cockpit-1";
    assert_int_equal(apply_signed(3), XHM_POLICY_OTHER_ECU);
}

static void an_unsound_one_is_refused_though_it_is_signed(void **state) {
    (void)state;
    sample.supervisor.cycle_ns = 0;
    assert_int_equal(apply_signed(3), XHM_POLICY_UNSOUND);
    assert_int_equal(apply(data, signed_policy_write((const uint8_t *)"no policy", 9, 3, &secret, data)),
                     XHM_POLICY_UNSOUND);
}

static void each_of_several_keys_is_trusted(void **state) {
    struct xhm_public_key other;

    (void)state;
    signature_public_key(&other_secret, &other);
    add_key(&other);
    assert_int_equal(apply(data, sign(&other_secret, 3)), XHM_POLICY_TAKEN);
    assert_int_equal(apply_signed(4), XHM_POLICY_TAKEN);
}

/* So that the same file serves on a rig and in the field. */
static void without_keys_every_sound_policy_is_taken(void **state) {
    (void)state;
    memset(&trust, 0, sizeof(trust));
    assert_int_equal(apply(compiled, compile()), XHM_POLICY_TAKEN);
    assert_int_equal(apply(data, sign(&other_secret, 3)), XHM_POLICY_TAKEN);
    assert_int_equal(apply_signed(1), XHM_POLICY_TAKEN);
    assert_int_equal(trust.mark.version, 0);
    assert_int_equal(apply(data, sign(&secret, 3) - 1), XHM_POLICY_BAD_ENVELOPE);
}

static void what_is_no_key_is_said_so(void **state) {
    (void)state;
    assert_false(policy_trust_add_key(&trust, "/nowhere/key.pub", error));
    assert_non_null(strstr(error, "/nowhere/key.pub"));
    assert_false(policy_trust_add_key(&trust, folder, error));
    write_file(key_path, "no key", 6);
    assert_false(policy_trust_add_key(&trust, key_path, error));
    assert_non_null(strstr(error, "no public key"));
    assert_int_equal(trust.key_count, 1);
}

static void every_refusal_has_a_sentence(void **state) {
    (void)state;
    for (int refusal = 0; refusal < XHM_POLICY_REFUSAL_COUNT; refusal++) {
        assert_true(strlen(policy_trust_sentence((enum xhm_policy_refusal)refusal)) > 5);
    }
}

/* One life of the supervisor, as far as it matters here. @return what is known of the life before */
static struct xhm_writer_memory live(struct xhm_keeping *keeping, struct xhm_core *core, bool starts) {
    static struct xhm_outcome outcome;
    const struct xhm_writer_options options = {
        .sink = XHM_SINK_FILE, .sink_path = "/dev/null", .fault_memory_path = memory_path, .ecu_id = "cockpit-1"};
    struct xhm_writer_memory found = {0};
    struct xhm_writer *writer = writer_open(&options, &found, error);

    assert_non_null(writer);
    if (!starts) {
        writer_no_life(writer);
        writer_close(writer);
        return found;
    }
    *keeping = (struct xhm_keeping){.writer = writer, .boot_id = "b0070000-0000-4000-8000-000000000001"};
    core_init(core, &sample, 1);
    if (found.reading == XHM_PERSISTENT_READ) {
        trust.mark = found.persistent.policy;
    }
    keeping_restore(keeping, &found, core, &outcome);
    return found;
}

static void end_life(struct xhm_keeping *keeping, const struct xhm_core *core) {
    keeping->state.policy = trust.mark;
    keeping_store(keeping, core);
    writer_close(keeping->writer);
}

static void an_older_one_is_refused_after_a_restart_too(void **state) {
    static struct xhm_core core;
    struct xhm_keeping keeping;

    (void)state;
    assert_int_equal(live(&keeping, &core, true).reading, XHM_PERSISTENT_NONE);
    assert_int_equal(apply_signed(7), XHM_POLICY_TAKEN);
    end_life(&keeping, &core);
    memset(&trust.mark, 0, sizeof(trust.mark));
    live(&keeping, &core, true);
    assert_int_equal(trust.mark.version, 7);
    assert_int_equal(apply_signed(6), XHM_POLICY_OLDER);
    assert_int_equal(apply_signed(7), XHM_POLICY_TAKEN);
    end_life(&keeping, &core);
}

/* A life that is killed. Its threads are made after the fork. */
static void die(void) {
    static struct xhm_core core;
    struct xhm_keeping keeping;
    int status = 0;
    const pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        live(&keeping, &core, true);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* A start that is refused is no life: how the one before it ended is what the next one is told. */
static void a_refused_start_hides_no_unclean_end(void **state) {
    static struct xhm_core core;
    struct xhm_keeping keeping;

    (void)state;
    live(&keeping, &core, true);
    end_life(&keeping, &core);
    assert_true(live(&keeping, &core, false).clean);
    assert_true(live(&keeping, &core, false).clean);
    die();
    assert_false(live(&keeping, &core, false).clean);
    assert_false(live(&keeping, &core, false).clean);
    assert_false(live(&keeping, &core, true).clean);
    end_life(&keeping, &core);
    assert_true(live(&keeping, &core, false).clean);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, set_up)
        TEST(a_policy_that_we_signed_is_taken),
        TEST(an_unsigned_one_is_refused),
        TEST(one_of_a_foreign_key_is_refused),
        TEST(an_altered_one_is_refused_wherever_it_was_altered),
        TEST(an_older_one_is_refused),
        TEST(one_for_another_ecu_is_refused),
        TEST(an_unsound_one_is_refused_though_it_is_signed),
        TEST(each_of_several_keys_is_trusted),
        TEST(without_keys_every_sound_policy_is_taken),
        TEST(what_is_no_key_is_said_so),
        TEST(every_refusal_has_a_sentence),
        TEST(an_older_one_is_refused_after_a_restart_too),
        TEST(a_refused_start_hides_no_unclean_end),
    };

    return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}
