// SPDX-License-Identifier: Apache-2.0
/* Compiled policies: what is written is read again, and every damage is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crc64.h"
#include "policy_message.h"
#include "sample_policy.h"

static _Alignas(16) uint8_t memory[XHM_POLICY_ARENA_SIZE];
static uint8_t file[XHM_POLICY_MAX_SIZE + 1];
static struct xhm_policy policy;
static struct xhm_policy decoded;
static struct xhm_arena arena;
static char field[64];
static size_t size;

static int set_up(void **state) {
    sample_policy(&policy);
    arena_init(&arena, memory, sizeof(memory));
    memset(&decoded, 0x5a, sizeof(decoded));
    size = policy_codec_encode(&policy, &arena, file, sizeof(file), &policy.hash);
    arena_reset(&arena);
    return size ? 0 : -1;
}

static enum xhm_policy_codec_verdict decode(void) {
    arena_reset(&arena);
    return policy_codec_decode(file, size, &arena, &decoded, field);
}

static void assert_untouched(void) {
    for (size_t i = 0; i < sizeof(decoded); i++) {
        assert_int_equal(((const uint8_t *)&decoded)[i], 0x5a);
    }
}

static void assert_refused(enum xhm_policy_codec_verdict verdict, const char *path) {
    assert_int_equal(decode(), verdict);
    assert_string_equal(field, path);
    assert_untouched();
}

/* Makes header and body agree again after a test changed the body. */
static void seal(size_t body_size) {
    const uint64_t crc = crc64_xz(file + sizeof(struct xhm_policy_header), body_size);
    const uint32_t length = (uint32_t)body_size;

    memcpy(file + offsetof(struct xhm_policy_header, body_size), &length, sizeof(length));
    memcpy(file + offsetof(struct xhm_policy_header, body_crc), &crc, sizeof(crc));
    size = sizeof(struct xhm_policy_header) + body_size;
}

static void pack(const Xhm__V1__Policy *message) {
    assert_true(xhm__v1__policy__get_packed_size(message) <= XHM_POLICY_MAX_SIZE);
    seal(xhm__v1__policy__pack(message, file + sizeof(struct xhm_policy_header)));
}

/* The sample as a message in memory of its own, to be spoiled. */
static Xhm__V1__Policy *sample_message(void) {
    static _Alignas(16) uint8_t own_memory[65536];
    static struct xhm_arena own;

    arena_init(&own, own_memory, sizeof(own_memory));
    return policy_to_message(&policy, &own);
}

static void crc_has_its_published_check_value(void **state) {
    assert_int_equal(crc64_xz("123456789", 9), 0x995DC9BBDF1939FA);
    assert_int_equal(crc64_xz("", 0), 0);
}

static void what_is_written_is_read_again(void **state) {
    policy.partitions[1].identity = (struct xhm_identity){.kind = XHM_IDENTITY_STATIC_DOMID, .domid = 7};
    policy.partitions[2].identity = (struct xhm_identity){.kind = XHM_IDENTITY_DOM0};
    policy.partitions[2].memory.size_kib = policy.partitions[2].memory.slack_kib = 0;
    policy.partitions[2].vcpus[0].pcpus.words[XHM_PCPU_WORDS - 1] = UINT64_C(1) << 63;
    policy.partitions[2].entities[0].deadline_miss = (struct xhm_deadline_miss_policy){0};
    policy.access[1] = (struct xhm_access_policy){.by_gid = true, .id = 4000000000u, .roles = XHM_ROLE_OBSERVER};
    policy.access_count = 2;
    size = policy_codec_encode(&policy, &arena, file, sizeof(file), &policy.hash);
    assert_int_not_equal(size, 0);
    assert_int_equal(decode(), XHM_POLICY_CODEC_OK);
    assert_string_equal(field, "");
    assert_memory_equal(&decoded, &policy, sizeof(policy));
}

static void hash_is_the_checksum_of_the_body(void **state) {
    assert_int_equal(decode(), XHM_POLICY_CODEC_OK);
    assert_int_equal(decoded.hash, policy.hash);
    assert_int_equal(decoded.hash,
                     crc64_xz(file + sizeof(struct xhm_policy_header), size - sizeof(struct xhm_policy_header)));
}

static void greatest_policy_fits_in_the_arena(void **state) {
    policy.partition_count = XHM_MAX_PARTITIONS;
    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        struct xhm_partition_policy *partition = &policy.partitions[i];

        *partition = policy.partitions[0];
        memset(partition->name, 'a', XHM_NAME_SIZE - 1);
        partition->vcpu_count = XHM_MAX_VCPUS;
        partition->entity_count = XHM_MAX_ENTITIES;
        for (uint32_t j = 0; j < XHM_MAX_VCPUS; j++) {
            memset(&partition->vcpus[j].pcpus, 0xff, sizeof(partition->vcpus[j].pcpus));
        }
        for (uint32_t j = 0; j < XHM_MAX_ENTITIES; j++) {
            partition->entities[j] = partition->entities[0];
            memset(partition->entities[j].name, 'b', XHM_NAME_SIZE - 1);
        }
    }
    policy.access_count = XHM_MAX_ACCESS;
    size = policy_codec_encode(&policy, &arena, file, sizeof(file), &policy.hash);
    assert_int_not_equal(size, 0);
    assert_int_equal(decode(), XHM_POLICY_CODEC_OK);
    assert_memory_equal(&decoded, &policy, sizeof(policy));
}

static void too_little_room_is_no_policy(void **state) {
    assert_int_equal(policy_codec_encode(&policy, &arena, file, size - 1, NULL), 0);
    arena_init(&arena, memory, 512);
    assert_int_equal(policy_codec_encode(&policy, &arena, file, sizeof(file), NULL), 0);
    arena_init(&arena, memory, sizeof(struct xhm_policy) + 512);
    assert_refused(XHM_POLICY_CODEC_BAD_BODY, "");
    policy.partitions[0].vcpu_count = XHM_MAX_VCPUS + 1;
    arena_init(&arena, memory, sizeof(memory));
    assert_int_equal(policy_codec_encode(&policy, &arena, file, sizeof(file), NULL), 0);
}

static void truncation_is_named_at_every_length(void **state) {
    const size_t whole = size;

    for (size = 0; size < whole; size++) {
        assert_int_equal(decode(), size < sizeof(struct xhm_policy_header) ? XHM_POLICY_CODEC_TOO_SHORT
                                                                           : XHM_POLICY_CODEC_BAD_LENGTH);
    }
    size = whole + 1;
    assert_refused(XHM_POLICY_CODEC_BAD_LENGTH, "");
    size = XHM_POLICY_MAX_SIZE + 1;
    assert_refused(XHM_POLICY_CODEC_TOO_LARGE, "");
}

static void every_flipped_bit_is_refused(void **state) {
    for (size_t bit = 0; bit < size * 8; bit++) {
        file[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        assert_int_not_equal(decode(), XHM_POLICY_CODEC_OK);
        file[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    assert_untouched();
}

static void damage_is_named(void **state) {
    file[0] ^= 1;
    assert_refused(XHM_POLICY_CODEC_BAD_MAGIC, "");
    file[0] ^= 1;
    file[offsetof(struct xhm_policy_header, schema)]++;
    assert_refused(XHM_POLICY_CODEC_BAD_SCHEMA, "");
    file[offsetof(struct xhm_policy_header, schema)]--;
    file[size - 1] ^= 1;
    assert_refused(XHM_POLICY_CODEC_BAD_CHECKSUM, "");
    memset(file + sizeof(struct xhm_policy_header), 0xff, 10);
    seal(10);
    assert_refused(XHM_POLICY_CODEC_BAD_BODY, "");
}

static void schema_inside_must_be_ours_too(void **state) {
    Xhm__V1__Policy *message = sample_message();

    message->schema = 2;
    pack(message);
    assert_refused(XHM_POLICY_CODEC_BAD_SCHEMA, "");
}

static void unknown_fields_are_refused_at_any_depth(void **state) {
    static uint8_t data[] = {1};
    ProtobufCMessageUnknownField unknown = {
        .tag = 99, .wire_type = PROTOBUF_C_WIRE_TYPE_VARINT, .len = sizeof(data), .data = data};
    Xhm__V1__Policy *message = sample_message();
    ProtobufCMessage *const places[] = {
        &message->base,
        &message->supervisor->base,
        &message->access[0]->base,
        &message->partitions[1]->base,
        &message->partitions[1]->identity->base,
        &message->partitions[1]->memory->base,
        &message->partitions[1]->vcpus[0]->base,
        &message->partitions[1]->restart->base,
        &message->partitions[1]->reactions[5]->base,
        &message->partitions[2]->entities[0]->base,
        &message->partitions[2]->entities[0]->alive->base,
        &message->partitions[2]->entities[0]->deadline_miss->base,
    };

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        places[i]->n_unknown_fields = 1;
        places[i]->unknown_fields = &unknown;
        pack(message);
        assert_refused(XHM_POLICY_CODEC_UNKNOWN_FIELD, "");
        places[i]->n_unknown_fields = 0;
    }
    pack(message);
    assert_int_equal(decode(), XHM_POLICY_CODEC_OK);
}

static void bad_identities_are_refused(void **state) {
    Xhm__V1__Policy *message = sample_message();
    Xhm__V1__Identity *identity = message->partitions[0]->identity;

    identity->uuid.len = 15;
    pack(message);
    assert_refused(XHM_POLICY_CODEC_BAD_VALUE, "partitions[0].identity.uuid");
    identity->kind_case = XHM__V1__IDENTITY__KIND_STATIC_DOMID;
    identity->static_domid = 0x7ff0;
    pack(message);
    assert_refused(XHM_POLICY_CODEC_BAD_VALUE, "partitions[0].identity.static_domid");
    identity->static_domid = 0;
    pack(message);
    assert_refused(XHM_POLICY_CODEC_BAD_VALUE, "partitions[0].identity.static_domid");
    identity->kind_case = XHM__V1__IDENTITY__KIND_DOM0;
    identity->dom0 = false;
    pack(message);
    assert_refused(XHM_POLICY_CODEC_BAD_VALUE, "partitions[0].identity");
    message->partitions[0]->identity = NULL;
    pack(message);
    assert_refused(XHM_POLICY_CODEC_BAD_VALUE, "partitions[0].identity");
}

static void bad_values_are_refused_by_their_path(void **state) {
    static char long_name[] = "a-name-of-thirty-two-characters-";
    Xhm__V1__Policy *message = sample_message();
    uint32_t twice[] = {5, 5};
    uint32_t beyond[] = {XHM_MAX_PCPUS};

    message->ecu_id = long_name;
    pack(message);
    assert_refused(XHM_POLICY_CODEC_BAD_VALUE, "ecu_id");
    message = sample_message();
    message->supervisor = NULL;
    pack(message);
    assert_refused(XHM_POLICY_CODEC_BAD_VALUE, "supervisor");
    message = sample_message();
    message->partitions[2]->name = long_name;
    pack(message);
    assert_refused(XHM_POLICY_CODEC_BAD_VALUE, "partitions[2].name");
    message = sample_message();
    message->partitions[2]->entities[0]->name = long_name;
    pack(message);
    assert_refused(XHM_POLICY_CODEC_BAD_VALUE, "partitions[2].entities[0].name");
    message = sample_message();
    message->partitions[1]->vcpus[0]->pcpus = twice;
    message->partitions[1]->vcpus[0]->n_pcpus = 2;
    pack(message);
    assert_refused(XHM_POLICY_CODEC_BAD_VALUE, "partitions[1].vcpus[0].pcpus");
    message->partitions[1]->vcpus[0]->pcpus = beyond;
    message->partitions[1]->vcpus[0]->n_pcpus = 1;
    pack(message);
    assert_refused(XHM_POLICY_CODEC_TOO_MANY, "partitions[1].vcpus[0].pcpus");
}

static void what_declares_nothing_to_watch_is_refused(void **state) {
    Xhm__V1__Policy *message = sample_message();

    message->partitions[0]->memory->size_kib = 0;
    pack(message);
    assert_refused(XHM_POLICY_CODEC_BAD_VALUE, "partitions[0].memory.size_kib");
    message = sample_message();
    message->partitions[0]->entities[0]->alive->reference_cycle_ns = 0;
    pack(message);
    assert_refused(XHM_POLICY_CODEC_BAD_VALUE, "partitions[0].entities[0].alive.reference_cycle_ns");
    message = sample_message();
    message->partitions[0]->entities[0]->deadline_miss->window_ns = 0;
    pack(message);
    assert_refused(XHM_POLICY_CODEC_BAD_VALUE, "partitions[0].entities[0].deadline_miss.window_ns");
}

static void bad_reactions_and_access_are_refused(void **state) {
    Xhm__V1__Policy *message = sample_message();

    message->partitions[0]->reactions[1]->fault_class = XHM__V1__FAULT_CLASS__FAULT_CLASS_PRESENCE;
    pack(message);
    assert_refused(XHM_POLICY_CODEC_BAD_VALUE, "partitions[0].reactions[1].fault_class");
    message->partitions[0]->reactions[1]->fault_class = XHM__V1__FAULT_CLASS__FAULT_CLASS_SUPERVISOR;
    pack(message);
    assert_refused(XHM_POLICY_CODEC_BAD_VALUE, "partitions[0].reactions[1].fault_class");
    message = sample_message();
    message->partitions[0]->reactions[1]->rungs[0] = (Xhm__V1__Reaction)8;
    pack(message);
    assert_refused(XHM_POLICY_CODEC_BAD_VALUE, "partitions[0].reactions[1].rungs");
    message = sample_message();
    message->access[0]->roles = 16;
    pack(message);
    assert_refused(XHM_POLICY_CODEC_BAD_VALUE, "access[0].roles");
    message->access[0]->peer_case = XHM__V1__ACCESS_POLICY__PEER__NOT_SET;
    pack(message);
    assert_refused(XHM_POLICY_CODEC_BAD_VALUE, "access[0].peer");
}

static void more_than_there_is_room_for_is_refused(void **state) {
    Xhm__V1__PartitionPolicy *partitions[XHM_MAX_PARTITIONS + 1];
    Xhm__V1__EntityPolicy *entities[XHM_MAX_ENTITIES + 1];
    Xhm__V1__VcpuPolicy *vcpus[XHM_MAX_VCPUS + 1];
    Xhm__V1__AccessPolicy *access[XHM_MAX_ACCESS + 1];
    Xhm__V1__Policy *message = sample_message();

    for (size_t i = 0; i < XHM_MAX_ACCESS + 1; i++) {
        access[i] = message->access[0];
    }
    message->access = access;
    message->n_access = XHM_MAX_ACCESS + 1;
    pack(message);
    assert_refused(XHM_POLICY_CODEC_TOO_MANY, "access");
    message = sample_message();
    for (size_t i = 0; i < XHM_MAX_ENTITIES + 1; i++) {
        entities[i] = message->partitions[1]->entities[0];
    }
    message->partitions[1]->entities = entities;
    message->partitions[1]->n_entities = XHM_MAX_ENTITIES + 1;
    pack(message);
    assert_refused(XHM_POLICY_CODEC_TOO_MANY, "partitions[1].entities");
    message = sample_message();
    for (size_t i = 0; i < XHM_MAX_VCPUS + 1; i++) {
        vcpus[i] = message->partitions[1]->vcpus[0];
    }
    message->partitions[1]->vcpus = vcpus;
    message->partitions[1]->n_vcpus = XHM_MAX_VCPUS + 1;
    pack(message);
    assert_refused(XHM_POLICY_CODEC_TOO_MANY, "partitions[1].vcpus");
    message = sample_message();
    for (size_t i = 0; i < XHM_MAX_PARTITIONS + 1; i++) {
        partitions[i] = message->partitions[0];
    }
    message->partitions = partitions;
    message->n_partitions = XHM_MAX_PARTITIONS + 1;
    pack(message);
    assert_refused(XHM_POLICY_CODEC_TOO_MANY, "partitions");
}

static void every_verdict_has_a_sentence(void **state) {
    for (unsigned i = 0; i < XHM_POLICY_CODEC_VERDICT_COUNT; i++) {
        assert_non_null(policy_codec_name((enum xhm_policy_codec_verdict)i));
    }
    assert_non_null(policy_codec_name(XHM_POLICY_CODEC_VERDICT_COUNT));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(crc_has_its_published_check_value, set_up),
        cmocka_unit_test_setup(what_is_written_is_read_again, set_up),
        cmocka_unit_test_setup(hash_is_the_checksum_of_the_body, set_up),
        cmocka_unit_test_setup(greatest_policy_fits_in_the_arena, set_up),
        cmocka_unit_test_setup(too_little_room_is_no_policy, set_up),
        cmocka_unit_test_setup(truncation_is_named_at_every_length, set_up),
        cmocka_unit_test_setup(every_flipped_bit_is_refused, set_up),
        cmocka_unit_test_setup(damage_is_named, set_up),
        cmocka_unit_test_setup(schema_inside_must_be_ours_too, set_up),
        cmocka_unit_test_setup(unknown_fields_are_refused_at_any_depth, set_up),
        cmocka_unit_test_setup(bad_identities_are_refused, set_up),
        cmocka_unit_test_setup(bad_values_are_refused_by_their_path, set_up),
        cmocka_unit_test_setup(what_declares_nothing_to_watch_is_refused, set_up),
        cmocka_unit_test_setup(bad_reactions_and_access_are_refused, set_up),
        cmocka_unit_test_setup(more_than_there_is_room_for_is_refused, set_up),
        cmocka_unit_test_setup(every_verdict_has_a_sentence, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
