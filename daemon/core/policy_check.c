// SPDX-License-Identifier: Apache-2.0
#include "policy_check_parts.h"

#include <string.h>

static const struct {
    const char *field;
    const char *sentence;
} texts[XHM_FINDING_COUNT] = {
#define TEXT_ROW(constant, key, words) [XHM_FINDING_##constant] = {.field = key, .sentence = words},
    XHM_FINDING_CATALOGUE(TEXT_ROW)
#undef TEXT_ROW
};

const struct xhm_finding policy_check_nowhere = {.partition = CHECK_NOWHERE,
                                                 .entity = CHECK_NOWHERE,
                                                 .vcpu = CHECK_NOWHERE,
                                                 .deadline = CHECK_NOWHERE,
                                                 .transition = CHECK_NOWHERE,
                                                 .fault_class = CHECK_NOWHERE,
                                                 .group = CHECK_NOWHERE,
                                                 .safe_state = CHECK_NOWHERE,
                                                 .device = CHECK_NOWHERE,
                                                 .option = CHECK_NOWHERE,
                                                 .cpupool = CHECK_NOWHERE,
                                                 .frame = CHECK_NOWHERE,
                                                 .access = CHECK_NOWHERE,
                                                 .fault = CHECK_NOWHERE,
                                                 .other = CHECK_NOWHERE};

void policy_check_require(struct policy_check *check, bool sound, enum xhm_finding_kind kind,
                          struct xhm_finding place) {
    if (sound) {
        return;
    }
    if (check->count < check->capacity) {
        place.kind = kind;
        check->findings[check->count] = place;
    }
    check->count++;
}

bool policy_check_is_within(uint64_t value, uint64_t low, uint64_t high) {
    return low <= value && value <= high;
}

void policy_check_require_ranges(struct policy_check *check, const struct policy_check_range *ranges, size_t count,
                                 struct xhm_finding place) {
    for (size_t i = 0; i < count; i++) {
        policy_check_require(check, policy_check_is_within(ranges[i].value, ranges[i].low, ranges[i].high),
                             ranges[i].kind, place);
    }
}

void policy_check_require_first(struct policy_check *check, uint32_t earlier, enum xhm_finding_kind kind,
                                struct xhm_finding place) {
    place.other = earlier;
    policy_check_require(check, earlier == CHECK_NOWHERE, kind, place);
}

bool policy_check_is_multiple(uint64_t value, uint64_t cycle_ns) {
    return value != 0 && (cycle_ns == 0 || value % cycle_ns == 0);
}

bool policy_check_is_debounce(const struct xhm_debounce_policy *debounce) {
    return policy_check_is_within(debounce->up_step, 1, 255) && policy_check_is_within(debounce->down_step, 1, 255);
}

bool policy_check_is_text(const char *text, size_t size, bool (*belongs)(char character)) {
    size_t length = 0;

    while (length < size && belongs(text[length])) {
        length++;
    }
    return length > 0 && length < size && text[length] == '\0';
}

static bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

static bool is_of_name(char c) {
    return is_lower(c) || c == '-' || (c >= '0' && c <= '9');
}

bool policy_check_is_name(const char name[XHM_NAME_SIZE]) {
    return is_lower(name[0]) && policy_check_is_text(name, XHM_NAME_SIZE, is_of_name);
}

bool policy_check_is_same_name(const char a[XHM_NAME_SIZE], const char b[XHM_NAME_SIZE]) {
    return policy_check_is_name(a) && policy_check_is_name(b) && strcmp(a, b) == 0;
}

uint32_t policy_check(const struct xhm_policy *policy, struct xhm_finding *findings, uint32_t capacity) {
    struct policy_check check = {.policy = policy, .findings = findings, .capacity = capacity};
    struct xhm_finding place = policy_check_nowhere;

    policy_check_bounds(&check);
    if (check.count > 0) {
        return check.count;
    }
    policy_check_require(&check, policy->schema == XHM_POLICY_SCHEMA, CHECK_FOUND(SCHEMA), place);
    policy_check_require(&check, policy_check_is_name(policy->ecu_id), CHECK_FOUND(ECU_ID), place);
    policy_check_supervisor(&check);
    policy_check_platform(&check);
    policy_check_blackout(&check);
    policy_check_cpupools(&check);
    policy_check_require(&check, policy->partition_count != 0, CHECK_FOUND(NO_PARTITIONS), place);
    for (place.partition = 0; place.partition < policy->partition_count; place.partition++) {
        policy_check_partition(&check, place);
        policy_check_vcpus(&check, place);
        policy_check_scheduling(&check, place);
        policy_check_devices(&check, place);
        for (place.entity = 0; place.entity < policy->partitions[place.partition].entity_count; place.entity++) {
            policy_check_entity(&check, place);
            policy_check_graph(&check, place);
        }
        place.entity = CHECK_NOWHERE;
        policy_check_reactions(&check, place);
        policy_check_relations(&check, place);
    }
    policy_check_groups(&check);
    policy_check_safe_states(&check);
    policy_check_access(&check);
    policy_check_dtcs(&check);
    return check.count;
}

const char *policy_check_field(enum xhm_finding_kind kind) {
    return texts[kind].field;
}

const char *policy_check_sentence(enum xhm_finding_kind kind) {
    return texts[kind].sentence;
}
