// SPDX-License-Identifier: Apache-2.0
/* Compiled policies: a value that its field cannot take is refused by its path. */
#include "policy_codec_harness.h"

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
    X(P->allocated_fhti[1]->fault_class = 9, BAD_VALUE, "partitions[0].allocated_fhti[1].fault_class")                 \
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
    X((P->vcpus[0]->rtds = &rtds), BAD_VALUE, "partitions[0].vcpus[0].rtds.period_ns")                                 \
    X((P->credit2 = &credit2), BAD_VALUE, "partitions[0].credit2.weight")                                              \
    X((P->cache->l3_mask = 0, P->cache->bandwidth_percent = 0), BAD_VALUE, "partitions[0].cache")                      \
    X((E->latency_budget->worst_ns = 0, E->latency_budget->late_ns = 0), BAD_VALUE,                                    \
      "partitions[0].entities[0].latency_budget")                                                                      \
    X(F->devices->devices[1]->kind = 0, BAD_VALUE, "partitions[1].devices[1].kind")                                    \
    X(F->devices->devices[1]->kind = XHM_DEVICE_KIND_END, BAD_VALUE, "partitions[1].devices[1].kind")                  \
    X((P->assigned->addresses = nine, P->assigned->n_addresses = XHM_MAX_ASSIGNED + 1), TOO_MANY,                      \
      "partitions[0].assigned")                                                                                        \
    X(message->platform->options[1]->text = long_option, BAD_VALUE, "platform.options[1].text")                        \
    X(message->platform->services[1] = long_name, BAD_VALUE, "platform.services")                                      \
    X(message->platform = &platform, BAD_VALUE, "platform")                                                            \
    X(C->name = long_name, BAD_VALUE, "cpupools[2].name")                                                              \
    X(C->scheduler = 4, BAD_VALUE, "cpupools[2].scheduler")                                                            \
    X(C->scheduler = 10, BAD_VALUE, "cpupools[2].scheduler")                                                           \
    X(C->pcpus[0] = XHM_MAX_PCPUS, TOO_MANY, "cpupools[2].pcpus")                                                      \
    X(message->dtcs[1]->fault = 0x0101, BAD_VALUE, "dtcs[1].fault")                                                    \
    X(message->dtcs[1]->fault = 0x0fff, BAD_VALUE, "dtcs[1].fault")                                                    \
    X(message->dtcs[0]->dtc = 0, BAD_VALUE, "dtcs[0].dtc")                                                             \
    X(P->reactions[1]->n_rungs = 0, BAD_VALUE, "partitions[0].reactions[1].rungs")                                     \
    X((P->reactions[1]->rungs = rungs, P->reactions[1]->n_rungs = 5), TOO_MANY, "partitions[0].reactions[1].rungs")    \
    X(P->reactions[1]->rungs[3] = 8, BAD_VALUE, "partitions[0].reactions[1].rungs")                                    \
    X(P->reactions[1]->rungs[3] = 0, BAD_VALUE, "partitions[0].reactions[1].rungs")

static void spoiled_messages_are_refused_by_their_path(void **state) {
    static char long_name[] = "a-name-of-thirty-two-characters-";
    static uint32_t five[XHM_MAX_GRAPH_ENDS + 1] = {1, 2, 3, 4, 5};
    static char long_option[] = "an-option-of-sixty-four-characters=yes,no,yes,no,yes,no,yes,no,,";
    static uint32_t nine[XHM_MAX_ASSIGNED + 1] = {0};
    static Xhm__V1__RtdsPolicy rtds = XHM__V1__RTDS_POLICY__INIT;
    static Xhm__V1__Credit2Policy credit2 = XHM__V1__CREDIT2_POLICY__INIT;
    static Xhm__V1__PlatformPolicy platform = XHM__V1__PLATFORM_POLICY__INIT;
    static Xhm__V1__Reaction rungs[XHM_MAX_RUNGS + 1] = {2, 3, 4, 5, 6};
    Xhm__V1__Policy *message;

#define P message->partitions[0]
#define F message->partitions[1]
#define C message->cpupools[2]
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
#undef C
#undef F
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
    message->access[0]->roles = XHM_ALL_ROLES + 1;
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
    Xhm__V1__DevicePolicy *devices[XHM_MAX_DEVICES + 1];
    Xhm__V1__CpupoolPolicy *cpupools[XHM_MAX_CPUPOOLS + 1];
    Xhm__V1__FramePolicy *frames[XHM_MAX_FRAMES + 1];
    Xhm__V1__OptionPolicy *options[XHM_MAX_OPTIONS + 1];
    char *services[XHM_MAX_SERVICES + 1];
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
    message = sample_message();
    REPEAT(devices, message->partitions[1]->devices, devices)
    pack(message);
    assert_refused(XHM_POLICY_CODEC_TOO_MANY, "partitions[1].devices");
    message = sample_message();
    REPEAT(cpupools, message, cpupools)
    pack(message);
    assert_refused(XHM_POLICY_CODEC_TOO_MANY, "cpupools");
    message = sample_message();
    REPEAT(frames, message->cpupools[2], frames)
    pack(message);
    assert_refused(XHM_POLICY_CODEC_TOO_MANY, "cpupools[2].frames");
    message = sample_message();
    REPEAT(options, message->platform, options)
    pack(message);
    assert_refused(XHM_POLICY_CODEC_TOO_MANY, "platform.options");
    message = sample_message();
    REPEAT(services, message->platform, services)
    pack(message);
    assert_refused(XHM_POLICY_CODEC_TOO_MANY, "platform.services");
#undef REPEAT
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(bad_identities_are_refused, set_up),
        cmocka_unit_test_setup(bad_values_are_refused_by_their_path, set_up),
        cmocka_unit_test_setup(spoiled_messages_are_refused_by_their_path, set_up),
        cmocka_unit_test_setup(bad_reactions_and_access_are_refused, set_up),
        cmocka_unit_test_setup(more_than_there_is_room_for_is_refused, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
