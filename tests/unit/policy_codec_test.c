// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-POLICY-1 */
/* Compiled policies: what is written is read again, and every damage is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy_codec_harness.h"

static void crc_has_its_published_check_value(void **state) {
    assert_int_equal(crc64_xz("123456789", 9), 0x995DC9BBDF1939FA);
    assert_int_equal(crc64_xz("", 0), 0);
}

static void what_is_written_is_read_again(void **state) {
    policy.partitions[1].identity = (struct xhm_identity){.kind = XHM_IDENTITY_STATIC_DOMID, .domid = 7};
    policy.partitions[2].identity = (struct xhm_identity){.kind = XHM_IDENTITY_DOM0};
    memset(&policy.partitions[2].memory, 0, sizeof(policy.partitions[2].memory));
    policy.partitions[2].standby_for_number = UINT32_MAX;
    policy.groups[0].members = ~UINT64_C(0) >> (64 - XHM_MAX_PARTITIONS);
    policy.partitions[2].vcpus[0].pcpus.words[XHM_PCPU_WORDS - 1] = UINT64_C(1) << 63;
    policy.partitions[2].entities[0].deadline_miss = (struct xhm_deadline_miss_policy){0};
    policy.access[1] =
        (struct xhm_access_policy){.kind = XHM_ACCESS_GID, .id = 4000000000u, .roles = XHM_ROLE_OBSERVER};
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
        partition->depends_on = ~UINT64_C(0) >> (64 - XHM_MAX_PARTITIONS);
        partition->entity_count = XHM_MAX_ENTITIES;
        for (uint32_t j = 0; j < XHM_MAX_VCPUS; j++) {
            partition->vcpus[j].pcpus.words[XHM_PCPU_WORDS - 1] = ~UINT64_C(0);
        }
        for (uint32_t j = 0; j < XHM_MAX_ENTITIES; j++) {
            partition->entities[j] = partition->entities[0];
            memset(partition->entities[j].name, 'b', XHM_NAME_SIZE - 1);
            partition->entities[j].deadline_count = XHM_MAX_DEADLINES;
            partition->entities[j].logical.initial_count = partition->entities[j].logical.final_count =
                XHM_MAX_GRAPH_ENDS;
            partition->entities[j].logical.transition_count = XHM_MAX_TRANSITIONS;
        }
        partition->device_count = XHM_MAX_DEVICES;
        partition->assigned_count = XHM_MAX_ASSIGNED;
        for (uint32_t j = 0; j < XHM_MAX_DEVICES; j++) {
            partition->devices[j] = policy.partitions[1].devices[0];
        }
    }
    policy.cpupool_count = XHM_MAX_CPUPOOLS;
    for (uint32_t i = 0; i < XHM_MAX_CPUPOOLS; i++) {
        memset(policy.cpupools[i].name, 'e', XHM_NAME_SIZE - 1);
        memset(&policy.cpupools[i].pcpus, 0xff, sizeof(policy.cpupools[i].pcpus));
        policy.cpupools[i].frame_count = XHM_MAX_FRAMES;
    }
    policy.platform.option_count = XHM_MAX_OPTIONS;
    policy.platform.service_count = XHM_MAX_SERVICES;
    for (uint32_t i = 0; i < XHM_MAX_OPTIONS; i++) {
        memset(policy.platform.options[i].text, 'f', XHM_OPTION_SIZE - 1);
    }
    for (uint32_t i = 0; i < XHM_MAX_SERVICES; i++) {
        memset(policy.platform.services[i], 'g', XHM_NAME_SIZE - 1);
    }
    policy.group_count = XHM_MAX_GROUPS;
    policy.safe_state_count = XHM_MAX_SAFE_STATES;
    for (uint32_t i = 0; i < XHM_MAX_GROUPS; i++) {
        memset(policy.groups[i].name, 'c', XHM_NAME_SIZE - 1);
        policy.groups[i].members = ~UINT64_C(0) >> (64 - XHM_MAX_PARTITIONS);
    }
    for (uint32_t i = 0; i < XHM_MAX_SAFE_STATES; i++) {
        memset(policy.safe_states[i].name, 'd', XHM_NAME_SIZE - 1);
        for (uint32_t j = 0; j < XHM_MAX_PARTITIONS; j++) {
            policy.safe_states[i].dispositions[j] = XHM_DISPOSITION_STOP;
        }
    }
    for (uint32_t i = 0; i < XHM_FAULT_COUNT; i++) {
        policy.dtcs[i] = XHM_DTC_END - 1;
    }
    policy.access_count = XHM_MAX_ACCESS;
    const Xhm__V1__Policy *message = policy_to_message(&policy, &arena);
    assert_non_null(message);
    const size_t body_size = xhm__v1__policy__get_packed_size(message);
    arena_reset(&arena);
    size = policy_codec_encode(&policy, &arena, file, sizeof(file), &policy.hash);
    /* A build with more room than the usual one can hold policies that no file of this format can. */
    if (body_size > XHM_POLICY_MAX_SIZE - sizeof(struct xhm_policy_header)) {
        assert_int_equal(size, 0);
        return;
    }
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
}

/* No room at any one allocation must ever be taken for a shorter policy. */
static void an_arena_of_any_size_gives_all_or_nothing(void **state) {
    static uint8_t again[sizeof(file)];
    size_t room = 0;
    size_t written = 0;

    for (; written == 0 && room < sizeof(memory); room += 16) {
        arena_init(&arena, memory, room);
        written = policy_codec_encode(&policy, &arena, again, sizeof(again), NULL);
    }
    assert_int_equal(written, size);
    assert_memory_equal(again, file, size);
}

/* X(what is one too many) */
#define TOO_MANY(X)                                                                                                    \
    X(policy.partition_count = XHM_MAX_PARTITIONS + 1)                                                                 \
    X(policy.access_count = XHM_MAX_ACCESS + 1)                                                                        \
    X(policy.group_count = XHM_MAX_GROUPS + 1)                                                                         \
    X(policy.safe_state_count = XHM_MAX_SAFE_STATES + 1)                                                               \
    X(policy.cpupool_count = XHM_MAX_CPUPOOLS + 1)                                                                     \
    X(policy.cpupools[1].frame_count = XHM_MAX_FRAMES + 1)                                                             \
    X(policy.platform.option_count = XHM_MAX_OPTIONS + 1)                                                              \
    X(policy.platform.service_count = XHM_MAX_SERVICES + 1)                                                            \
    X(policy.partitions[0].device_count = XHM_MAX_DEVICES + 1)                                                         \
    X(policy.partitions[0].assigned_count = XHM_MAX_ASSIGNED + 1)                                                      \
    X(policy.partitions[0].vcpu_count = XHM_MAX_VCPUS + 1)                                                             \
    X(policy.partitions[0].entity_count = XHM_MAX_ENTITIES + 1)                                                        \
    X(policy.partitions[0].reactions[2].count = XHM_MAX_RUNGS + 1)                                                     \
    X(policy.partitions[0].entities[0].deadline_count = XHM_MAX_DEADLINES + 1)                                         \
    X(policy.partitions[0].entities[0].logical.initial_count = XHM_MAX_GRAPH_ENDS + 1)                                 \
    X(policy.partitions[0].entities[0].logical.final_count = XHM_MAX_GRAPH_ENDS + 1)                                   \
    X(policy.partitions[0].entities[0].logical.transition_count = XHM_MAX_TRANSITIONS + 1)

static void counts_beyond_the_room_are_not_written(void **state) {
#define REFUSE_ROW(spoil)                                                                                              \
    full_policy(&policy);                                                                                              \
    spoil;                                                                                                             \
    arena_init(&arena, memory, sizeof(memory));                                                                        \
    assert_int_equal(policy_codec_encode(&policy, &arena, file, sizeof(file), NULL), 0);
    TOO_MANY(REFUSE_ROW)
#undef REFUSE_ROW
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
        &message->partitions[0]->entities[0]->deadlines[1]->base,
        &message->partitions[0]->entities[0]->logical->base,
        &message->partitions[0]->entities[0]->logical->transitions[3]->base,
        &message->partitions[0]->entities[0]->clock->base,
        &message->partitions[0]->entities[0]->latency->base,
        &message->partitions[0]->entities[0]->latency->debounce->base,
        &message->partitions[0]->load->base,
        &message->partitions[0]->load->debounce->base,
        &message->partitions[0]->memory->debounce->base,
        &message->partitions[0]->allocated_fhti[1]->base,
        &message->partitions[0]->entities[0]->latency_budget->base,
        &message->partitions[0]->cache->base,
        &message->partitions[0]->devices->base,
        &message->partitions[0]->assigned->base,
        &message->partitions[1]->devices->devices[1]->base,
        &message->partitions[1]->vcpus[0]->rtds->base,
        &message->partitions[2]->credit2->base,
        &message->platform->base,
        &message->platform->options[1]->base,
        &message->cpupools[2]->base,
        &message->cpupools[2]->frames[1]->base,
        &message->groups[0]->base,
        &message->safe_states[1]->base,
        &message->safe_states[1]->dispositions[2]->base,
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
        cmocka_unit_test_setup(an_arena_of_any_size_gives_all_or_nothing, set_up),
        cmocka_unit_test_setup(counts_beyond_the_room_are_not_written, set_up),
        cmocka_unit_test_setup(truncation_is_named_at_every_length, set_up),
        cmocka_unit_test_setup(every_flipped_bit_is_refused, set_up),
        cmocka_unit_test_setup(damage_is_named, set_up),
        cmocka_unit_test_setup(schema_inside_must_be_ours_too, set_up),
        cmocka_unit_test_setup(unknown_fields_are_refused_at_any_depth, set_up),
        cmocka_unit_test_setup(every_verdict_has_a_sentence, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
