// SPDX-License-Identifier: Apache-2.0
#include "outcome.h"
#include "sim_policy.h"
#include "trace.h"
#include "words.h"

#include <stdio.h>
#include <string.h>

/* How a word's value is written, and how wide the member is that takes it. */
enum value_kind {
    VALUE_DURATION,
    VALUE_SIZE,
    VALUE_NUMBER,
    VALUE_FLAG, /* yes or no */
};

struct key {
    const char *name;
    size_t offset;
    enum value_kind kind;
};

static const struct key supervisor_keys[] = {
    {"cycle", offsetof(struct xhm_supervisor_policy, cycle_ns), VALUE_DURATION},
    {"crash_check_period", offsetof(struct xhm_supervisor_policy, crash_check_period_ns), VALUE_DURATION},
    {"conformance_period", offsetof(struct xhm_supervisor_policy, conformance_period_ns), VALUE_DURATION},
    {"conformance_checks_per_cycle", offsetof(struct xhm_supervisor_policy, conformance_checks_per_cycle),
     VALUE_NUMBER},
    {"overrun_tolerance", offsetof(struct xhm_supervisor_policy, overrun_tolerance_ns), VALUE_DURATION},
    {"probe_busy_tolerance", offsetof(struct xhm_supervisor_policy, probe_busy_tolerance_ns), VALUE_DURATION},
    {"visibility_timeout", offsetof(struct xhm_supervisor_policy, visibility_timeout_ns), VALUE_DURATION},
    {"agent_timeout", offsetof(struct xhm_supervisor_policy, agent_timeout_ns), VALUE_DURATION},
    {"boot_limit", offsetof(struct xhm_supervisor_policy, boot_limit), VALUE_NUMBER},
};

static const struct key partition_keys[] = {
    {"startup_grace", offsetof(struct xhm_partition_policy, startup_grace_ns), VALUE_DURATION},
    {"window", offsetof(struct xhm_partition_policy, restart.window_ns), VALUE_DURATION},
    {"backoff", offsetof(struct xhm_partition_policy, restart.backoff_ns), VALUE_DURATION},
    {"timeout", offsetof(struct xhm_partition_policy, restart.timeout_ns), VALUE_DURATION},
    {"limit", offsetof(struct xhm_partition_policy, restart.limit), VALUE_NUMBER},
    {"memory", offsetof(struct xhm_partition_policy, memory.size_kib), VALUE_SIZE},
    {"slack", offsetof(struct xhm_partition_policy, memory.slack_kib), VALUE_SIZE},
    {"id", offsetof(struct xhm_partition_policy, partition_id), VALUE_NUMBER},
    {"pages", offsetof(struct xhm_partition_policy, page_count), VALUE_NUMBER},
    {"clear_slack", offsetof(struct xhm_partition_policy, memory.clear_slack_kib), VALUE_SIZE},
    {"memory_up", offsetof(struct xhm_partition_policy, memory.debounce.up_step), VALUE_NUMBER},
    {"memory_down", offsetof(struct xhm_partition_policy, memory.debounce.down_step), VALUE_NUMBER},
    {"load_raise", offsetof(struct xhm_partition_policy, load.raise_percent), VALUE_NUMBER},
    {"load_clear", offsetof(struct xhm_partition_policy, load.clear_percent), VALUE_NUMBER},
    {"load_up", offsetof(struct xhm_partition_policy, load.debounce.up_step), VALUE_NUMBER},
    {"load_down", offsetof(struct xhm_partition_policy, load.debounce.down_step), VALUE_NUMBER},
    {"start_within", offsetof(struct xhm_partition_policy, start_within_ns), VALUE_DURATION},
    {"expired_tolerance", offsetof(struct xhm_partition_policy, expired_tolerance), VALUE_NUMBER},
    {"optional", offsetof(struct xhm_partition_policy, optional), VALUE_FLAG},
    {"pause_is_safe", offsetof(struct xhm_partition_policy, pause_is_safe), VALUE_FLAG},
    {"supervision_off", offsetof(struct xhm_partition_policy, supervision_off), VALUE_FLAG},
};

static const struct key entity_keys[] = {
    {"reference_cycle", offsetof(struct xhm_entity_policy, alive.reference_cycle_ns), VALUE_DURATION},
    {"expected", offsetof(struct xhm_entity_policy, alive.expected), VALUE_NUMBER},
    {"min_margin", offsetof(struct xhm_entity_policy, alive.min_margin), VALUE_NUMBER},
    {"max_margin", offsetof(struct xhm_entity_policy, alive.max_margin), VALUE_NUMBER},
    {"failed_tolerance", offsetof(struct xhm_entity_policy, alive.failed_tolerance), VALUE_NUMBER},
    {"miss_window", offsetof(struct xhm_entity_policy, deadline_miss.window_ns), VALUE_DURATION},
    {"miss_limit", offsetof(struct xhm_entity_policy, deadline_miss.limit), VALUE_NUMBER},
    {"id", offsetof(struct xhm_entity_policy, id), VALUE_NUMBER},
    {"page", offsetof(struct xhm_entity_policy, page), VALUE_NUMBER},
    {"clock_window", offsetof(struct xhm_entity_policy, clock.window_ns), VALUE_DURATION},
    {"clock_tolerance", offsetof(struct xhm_entity_policy, clock.tolerance_percent), VALUE_NUMBER},
    {"latency_raise", offsetof(struct xhm_entity_policy, latency.raise_ns), VALUE_DURATION},
    {"latency_clear", offsetof(struct xhm_entity_policy, latency.clear_ns), VALUE_DURATION},
    {"latency_up", offsetof(struct xhm_entity_policy, latency.debounce.up_step), VALUE_NUMBER},
    {"latency_down", offsetof(struct xhm_entity_policy, latency.debounce.down_step), VALUE_NUMBER},
    {"budget_worst", offsetof(struct xhm_entity_policy, latency_budget.worst_ns), VALUE_DURATION},
    {"budget_late", offsetof(struct xhm_entity_policy, latency_budget.late_ns), VALUE_DURATION},
    {"budget_window", offsetof(struct xhm_entity_policy, latency_budget.window_ns), VALUE_DURATION},
    {"budget_limit", offsetof(struct xhm_entity_policy, latency_budget.late_limit), VALUE_NUMBER},
    {"checkpoints_per_second", offsetof(struct xhm_entity_policy, checkpoints_per_second), VALUE_NUMBER},
};

static bool parse_value(enum value_kind kind, const char *text, uint64_t *value) {
    switch (kind) {
    case VALUE_DURATION:
        return trace_duration(text, value);
    case VALUE_SIZE:
        return trace_size(text, value);
    case VALUE_NUMBER:
        return trace_number(text, value);
    case VALUE_FLAG:
        *value = strcmp(text, "yes") == 0;
        return *value == 1 || strcmp(text, "no") == 0;
    }
    return false;
}

static void take_value(enum value_kind kind, uint64_t value, char *member) {
    const uint32_t number = (uint32_t)value;
    const bool flag = value != 0;

    switch (kind) {
    case VALUE_DURATION:
    case VALUE_SIZE:
        memcpy(member, &value, sizeof(value));
        break;
    case VALUE_NUMBER:
        memcpy(member, &number, sizeof(number));
        break;
    case VALUE_FLAG:
        memcpy(member, &flag, sizeof(flag));
        break;
    }
}

/* Returns NULL when the key is known and took the value. */
static const char *set_key(const struct key *keys, size_t count, void *base, const char *name, const char *text) {
    for (size_t i = 0; i < count; i++) {
        uint64_t value;
        char *member = (char *)base + keys[i].offset;

        if (strcmp(keys[i].name, name) != 0) {
            continue;
        }
        if (!parse_value(keys[i].kind, text, &value)) {
            return "the value does not fit the key";
        }
        take_value(keys[i].kind, value, member);
        return NULL;
    }
    return "no such policy key";
}

#define KEYS(table) table, sizeof(table) / sizeof((table)[0])

static const char *drop_partition(struct xhm_policy *policy, const char *name) {
    const uint32_t index = sim_policy_find(policy, name);

    if (index == XHM_NONE) {
        return "no such partition";
    }
    policy->partition_count--;
    memmove(&policy->partitions[index], &policy->partitions[index + 1],
            (policy->partition_count - index) * sizeof(policy->partitions[0]));
    sim_policy_unrelate(policy);
    sim_policy_unsecure(policy);
    sim_policy_unequip(policy);
    return NULL;
}

static bool is_among(const char *name, char *const *words, unsigned word_count) {
    for (unsigned i = 0; i < word_count; i++) {
        if (strcmp(name, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

static const char *keep_only(struct xhm_policy *policy, char *const *words, unsigned word_count) {
    for (uint32_t i = policy->partition_count; i > 0; i--) {
        if (!is_among(policy->partitions[i - 1].name, words, word_count)) {
            drop_partition(policy, policy->partitions[i - 1].name);
        }
    }
    return policy->partition_count == word_count ? NULL : "no such partition";
}

static bool parse_ladder(struct xhm_ladder *ladder, char *const *words, unsigned word_count) {
    *ladder = (struct xhm_ladder){0, {0}};
    for (unsigned i = 0; i < word_count && i < XHM_MAX_RUNGS; i++) {
        for (unsigned reaction = XHM_REACTION_REPORT; reaction < XHM_REACTION_END; reaction++) {
            if (strcmp(words_find(XHM_WORDS_REACTION, reaction), words[i]) == 0) {
                ladder->rungs[ladder->count++] = (enum xhm_reaction)reaction;
            }
        }
    }
    return ladder->count == word_count;
}

/* The ladder of one fault class, or of all. */
static const char *set_reaction(struct xhm_partition_policy *partition, const char *class_name, char *const *words,
                                unsigned word_count) {
    static const char *const names[XHM_CLASS_COUNT] = {
        [XHM_CLASS_PRESENCE] = "presence", [XHM_CLASS_ENTITY] = "entity",       [XHM_CLASS_PROBE] = "probe",
        [XHM_CLASS_DEADLINE] = "deadline", [XHM_CLASS_PLACEMENT] = "placement", [XHM_CLASS_MEMORY] = "memory",
        [XHM_CLASS_LOAD] = "load",         [XHM_CLASS_DEVICE] = "device",
    };
    struct xhm_ladder ladder;
    bool found = false;

    if (!parse_ladder(&ladder, words, word_count)) {
        return "no such ladder";
    }
    for (unsigned i = 0; i < XHM_CLASS_COUNT; i++) {
        if (strcmp(class_name, "all") == 0 || strcmp(class_name, names[i]) == 0) {
            partition->reactions[i] = ladder;
            found = true;
        }
    }
    return found ? NULL : "no such fault class";
}

static const char *set_identity(struct xhm_partition_policy *partition, char *const *words, unsigned word_count) {
    uint64_t number = 0;

    if (word_count > 1 && !trace_number(words[1], &number)) {
        return "identity needs a number";
    }
    partition->identity = (struct xhm_identity){.kind = XHM_IDENTITY_UUID};
    if (strcmp(words[0], "uuid") == 0) {
        memset(partition->identity.uuid.bytes, (int)number, sizeof(partition->identity.uuid.bytes));
    } else if (strcmp(words[0], "dom0") == 0) {
        partition->identity.kind = XHM_IDENTITY_DOM0;
    } else {
        partition->identity.kind = XHM_IDENTITY_STATIC_DOMID;
        partition->identity.domid = (uint16_t)number;
    }
    return NULL;
}

static const char *set_vcpus(struct xhm_partition_policy *partition, const char *text) {
    uint64_t count;

    if (!trace_number(text, &count) || count > XHM_MAX_VCPUS) {
        return "too many vCPUs";
    }
    for (uint32_t vcpu = 1; vcpu < count; vcpu++) {
        partition->vcpus[vcpu] = partition->vcpus[0];
    }
    partition->vcpu_count = (uint32_t)count;
    return NULL;
}

static const char *change_partition(struct xhm_partition_policy *partition, char *const *words, unsigned word_count) {
    if (word_count >= 3 && strcmp(words[0], "reaction") == 0) {
        return set_reaction(partition, words[1], words + 2, word_count - 2);
    }
    if (word_count >= 2 && strcmp(words[0], "identity") == 0) {
        return set_identity(partition, words + 1, word_count - 1);
    }
    if (word_count == 2 && strcmp(words[0], "vcpus") == 0) {
        return set_vcpus(partition, words[1]);
    }
    if (word_count == 2 && strcmp(words[0], "exclusive") == 0) {
        partition->vcpus[0].exclusive = strcmp(words[1], "yes") == 0;
        return NULL;
    }
    return word_count == 2 ? set_key(KEYS(partition_keys), partition, words[0], words[1]) : "needs a key and a value";
}

static const char *add_entity(struct xhm_partition_policy *partition, const char *name, const char *slot_text) {
    struct xhm_entity_policy *entity = &partition->entities[partition->entity_count];
    uint64_t slot;

    if (partition->entity_count == XHM_MAX_ENTITIES || !trace_number(slot_text, &slot)) {
        return "needs a slot, and room for another entity";
    }
    *entity = partition->entities[0];
    snprintf(entity->name, sizeof(entity->name), "%s", name);
    entity->slot = (uint32_t)slot;
    entity->id = entity->slot + 1;
    partition->entity_count++;
    return NULL;
}

static const char *change_entity(struct xhm_partition_policy *partition, const char *name, char *const *words,
                                 unsigned word_count) {
    const uint32_t index = sim_policy_find_entity(partition, name);

    if (word_count == 2 && strcmp(words[0], "add") == 0) {
        return add_entity(partition, name, words[1]);
    }
    if (index == XHM_NONE) {
        return "no such entity";
    }
    if (word_count == 1 && strcmp(words[0], "drop") == 0) {
        partition->entity_count--;
        memmove(&partition->entities[index], &partition->entities[index + 1],
                (partition->entity_count - index) * sizeof(partition->entities[0]));
        return NULL;
    }
    const char *mistake = NULL;
    if (sim_policy_declare_checkpoints(&partition->entities[index], words, word_count, &mistake)) {
        return mistake;
    }
    return word_count == 2 ? set_key(KEYS(entity_keys), &partition->entities[index], words[0], words[1])
                           : "needs a key and a value";
}

static const char *change_element(struct xhm_policy *policy, char *const *words, unsigned word_count) {
    char name[2 * XHM_NAME_SIZE];
    char *entity = NULL;

    snprintf(name, sizeof(name), "%s", words[0]);
    entity = strchr(name, '.');
    if (entity != NULL) {
        *entity++ = '\0';
    }
    const uint32_t partition = sim_policy_find(policy, name);
    if (partition == XHM_NONE) {
        return word_count == 2 ? set_key(KEYS(supervisor_keys), &policy->supervisor, words[0], words[1])
                               : "no such partition";
    }
    return entity == NULL ? change_partition(&policy->partitions[partition], words + 1, word_count - 1)
                          : change_entity(&policy->partitions[partition], entity, words + 1, word_count - 1);
}

const char *sim_policy_change(struct xhm_policy *policy, char *const *words, unsigned word_count) {
    uint64_t count;

    if (word_count < 2) {
        return "needs a key and a value";
    }
    if (strcmp(words[0], "only") == 0) {
        return keep_only(policy, words + 1, word_count - 1);
    }
    if (strcmp(words[0], "drop") == 0) {
        return drop_partition(policy, words[1]);
    }
    if (strcmp(words[0], "partitions") == 0) {
        if (!trace_number(words[1], &count) || count == 0 || count > XHM_MAX_PARTITIONS) {
            return "more partitions than this build has room for";
        }
        sim_policy_many(policy, (uint32_t)count);
        return NULL;
    }
    const char *mistake = NULL;
    const bool taken = sim_policy_relate(policy, words, word_count, &mistake) ||
                       sim_policy_secure(policy, words, word_count, &mistake) ||
                       sim_policy_equip(policy, words, word_count, &mistake);
    return taken ? mistake : change_element(policy, words, word_count);
}
