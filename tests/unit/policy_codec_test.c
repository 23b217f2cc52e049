// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-POLICY-1 */
/* Compiled policies: what is written is read again, and every damage is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crc64.h"
#include "full_policy.h"
#include "policy_message.h"

static _Alignas(16) uint8_t memory[XHM_POLICY_ARENA_SIZE];
static uint8_t file[XHM_POLICY_MAX_SIZE + 1];
static struct xhm_policy policy;
static struct xhm_policy decoded;
static struct xhm_arena arena;
static char field[64];
static size_t size;

static int set_up(void **state) {
    full_policy(&policy);
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
    memset(&policy.partitions[2].memory, 0, sizeof(policy.partitions[2].memory));
    policy.partitions[2].standby_for_number = UINT32_MAX;
    policy.groups[0].members = ~UINT64_C(0) >> (64 - XHM_MAX_PARTITIONS);
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

/* X(what spoils the message, verdict, path) */
#define SPOILED_MESSAGES(X)                                                                                            \
    X(P->memory->size_kib = 0, BAD_VALUE, "partitions[0].memory.size_kib")                                             \
    X(P->load->raise_percent = 0, BAD_VALUE, "partitions[0].load.raise_percent")                                       \
    X(P->allocated_fhti[0]->fhti_ns = 0, BAD_VALUE, "partitions[0].allocated_fhti[0].fhti_ns")                         \
    X(P->allocated_fhti[1]->fault_class = 1, BAD_VALUE, "partitions[0].allocated_fhti[1].fault_class")                 \
    X(P->allocated_fhti[1]->fault_class = 8, BAD_VALUE, "partitions[0].allocated_fhti[1].fault_class")                 \
    X(P->allocated_fhti[1]->fault_class = 0, BAD_VALUE, "partitions[0].allocated_fhti[1].fault_class")                 \
    X(P->depends_on_numbers[0] = 0, BAD_VALUE, "partitions[0].depends_on_numbers")                                     \
    X(P->depends_on_numbers[0] = XHM_MAX_PARTITIONS + 1, TOO_MANY, "partitions[0].depends_on_numbers")                 \
    X(E->alive->reference_cycle_ns = 0, BAD_VALUE, "partitions[0].entities[0].alive.reference_cycle_ns")               \
    X(E->deadline_miss->window_ns = 0, BAD_VALUE, "partitions[0].entities[0].deadline_miss.window_ns")                 \
    X(E->logical->n_initial = 0, BAD_VALUE, "partitions[0].entities[0].logical.initial")                               \
    X((E->logical->initial = five, E->logical->n_initial = 5), TOO_MANY, "partitions[0].entities[0].logical.initial")  \
    X((E->logical->finals = five, E->logical->n_finals = 5), TOO_MANY, "partitions[0].entities[0].logical.finals")     \
    X(E->clock->window_ns = 0, BAD_VALUE, "partitions[0].entities[0].clock.window_ns")                                 \
    X(E->latency->raise_ns = 0, BAD_VALUE, "partitions[0].entities[0].latency.raise_ns")                               \
    X(message->supervisor->deployment = 0, BAD_VALUE, "supervisor.deployment")                                         \
    X(message->supervisor->deployment = 3, BAD_VALUE, "supervisor.deployment")                                         \
    X(message->supervisor->initial_mode = 0, BAD_VALUE, "supervisor.initial_mode")                                     \
    X(message->supervisor->initial_mode = XHM_MODE_SHUTDOWN, BAD_VALUE, "supervisor.initial_mode")                     \
    X(message->supervisor->last_resort = 3, BAD_VALUE, "supervisor.last_resort")                                       \
    X(message->groups[0]->member_numbers[1] = 1, BAD_VALUE, "groups[0].member_numbers")                                \
    X(message->groups[0]->name = long_name, BAD_VALUE, "groups[0].name")                                               \
    X(message->safe_states[1]->name = long_name, BAD_VALUE, "safe_states[1].name")                                     \
    X(D->partition_number = 0, BAD_VALUE, "safe_states[1].dispositions[1].partition_number")                           \
    X(D->partition_number = 1, BAD_VALUE, "safe_states[1].dispositions[1].partition_number")                           \
    X(D->partition_number = XHM_MAX_PARTITIONS + 1, TOO_MANY, "safe_states[1].dispositions[1].partition_number")       \
    X(D->disposition = 0, BAD_VALUE, "safe_states[1].dispositions[1].disposition")                                     \
    X(D->disposition = XHM_DISPOSITION_END, BAD_VALUE, "safe_states[1].dispositions[1].disposition")                   \
    X(P->reactions[1]->n_rungs = 0, BAD_VALUE, "partitions[0].reactions[1].rungs")                                     \
    X((P->reactions[1]->rungs = rungs, P->reactions[1]->n_rungs = 5), TOO_MANY, "partitions[0].reactions[1].rungs")    \
    X(P->reactions[1]->rungs[3] = 8, BAD_VALUE, "partitions[0].reactions[1].rungs")                                    \
    X(P->reactions[1]->rungs[3] = 0, BAD_VALUE, "partitions[0].reactions[1].rungs")

static void spoiled_messages_are_refused_by_their_path(void **state) {
    static char long_name[] = "a-name-of-thirty-two-characters-";
    static uint32_t five[XHM_MAX_GRAPH_ENDS + 1] = {1, 2, 3, 4, 5};
    static Xhm__V1__Reaction rungs[XHM_MAX_RUNGS + 1] = {2, 3, 4, 5, 6};
    Xhm__V1__Policy *message;

#define P message->partitions[0]
#define E message->partitions[0]->entities[0]
#define D message->safe_states[1]->dispositions[1]
#define REFUSE_ROW(spoil, verdict, path)                                                                               \
    message = sample_message();                                                                                        \
    spoil;                                                                                                             \
    pack(message);                                                                                                     \
    assert_refused(XHM_POLICY_CODEC_##verdict, path);
    SPOILED_MESSAGES(REFUSE_ROW)
#undef REFUSE_ROW
#undef D
#undef E
#undef P
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
    message->access[0]->roles = 32;
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
    Xhm__V1__DeadlinePolicy *deadlines[XHM_MAX_DEADLINES + 1];
    Xhm__V1__TransitionPolicy *transitions[XHM_MAX_TRANSITIONS + 1];
    Xhm__V1__GroupPolicy *groups[XHM_MAX_GROUPS + 1];
    Xhm__V1__SafeStatePolicy *safe_states[XHM_MAX_SAFE_STATES + 1];
    Xhm__V1__Policy *message = sample_message();

#define REPEAT(array, message, field)                                                                                  \
    for (size_t i = 0; i < sizeof(array) / sizeof((array)[0]); i++) {                                                  \
        array[i] = message->field[0];                                                                                  \
    }                                                                                                                  \
    message->field = array;                                                                                            \
    message->n_##field = sizeof(array) / sizeof((array)[0]);

    REPEAT(access, message, access)
    pack(message);
    assert_refused(XHM_POLICY_CODEC_TOO_MANY, "access");
    message = sample_message();
    REPEAT(entities, message->partitions[1], entities)
    pack(message);
    assert_refused(XHM_POLICY_CODEC_TOO_MANY, "partitions[1].entities");
    message = sample_message();
    REPEAT(vcpus, message->partitions[1], vcpus)
    pack(message);
    assert_refused(XHM_POLICY_CODEC_TOO_MANY, "partitions[1].vcpus");
    message = sample_message();
    REPEAT(partitions, message, partitions)
    pack(message);
    assert_refused(XHM_POLICY_CODEC_TOO_MANY, "partitions");
    message = sample_message();
    REPEAT(deadlines, message->partitions[0]->entities[0], deadlines)
    pack(message);
    assert_refused(XHM_POLICY_CODEC_TOO_MANY, "partitions[0].entities[0].deadlines");
    message = sample_message();
    REPEAT(transitions, message->partitions[0]->entities[0]->logical, transitions)
    pack(message);
    assert_refused(XHM_POLICY_CODEC_TOO_MANY, "partitions[0].entities[0].logical.transitions");
    message = sample_message();
    REPEAT(groups, message, groups)
    pack(message);
    assert_refused(XHM_POLICY_CODEC_TOO_MANY, "groups");
    message = sample_message();
    REPEAT(safe_states, message, safe_states)
    pack(message);
    assert_refused(XHM_POLICY_CODEC_TOO_MANY, "safe_states");
#undef REPEAT
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
        cmocka_unit_test_setup(bad_identities_are_refused, set_up),
        cmocka_unit_test_setup(bad_values_are_refused_by_their_path, set_up),
        cmocka_unit_test_setup(spoiled_messages_are_refused_by_their_path, set_up),
        cmocka_unit_test_setup(bad_reactions_and_access_are_refused, set_up),
        cmocka_unit_test_setup(more_than_there_is_room_for_is_refused, set_up),
        cmocka_unit_test_setup(every_verdict_has_a_sentence, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
