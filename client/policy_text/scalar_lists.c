// SPDX-License-Identifier: Apache-2.0
#include "scalar_lists.h"

#include <stdio.h>
#include <string.h>

#define AS_TEXT_(number) #number
#define AS_TEXT(number)  AS_TEXT_(number)

enum xhm_number_verdict scalar_lists_number(const char *text, uint64_t limit, uint64_t *value, const char **after) {
    *after = text;
    *value = 0;
    bool too_large = false;
    for (; **after >= '0' && **after <= '9'; (*after)++) {
        uint64_t digit = (uint64_t)(**after - '0');
        too_large = too_large || __builtin_mul_overflow(*value, 10u, value) ||
                    __builtin_add_overflow(*value, digit, value) || *value > limit;
    }
    if (*after == text) {
        return XHM_NUMBER_NONE;
    }
    return too_large ? XHM_NUMBER_TOO_LARGE : XHM_NUMBER_READ;
}

static bool has_pcpu(const struct xhm_pcpu_set *set, uint64_t pcpu) {
    return (set->words[pcpu / 64] >> (pcpu % 64) & 1u) != 0;
}

static const char *add_range(struct xhm_pcpu_set *set, uint64_t first, uint64_t last) {
    if (first > last) {
        return "has a range that runs backwards";
    }
    for (uint64_t pcpu = first; pcpu <= last; pcpu++) {
        if (has_pcpu(set, pcpu)) {
            return "names a pCPU twice";
        }
        set->words[pcpu / 64] |= UINT64_C(1) << (pcpu % 64);
    }
    return NULL;
}

const char *scalar_lists_read_pcpus(const char *text, void *target) {
    const char *malformed = "is not a set of pCPUs: write numbers and ranges, like 1 or \"1,4-5\"";
    const char *too_large = "names a pCPU that this build has no room for: it knows fewer than " AS_TEXT(XHM_MAX_PCPUS);
    const char *at = text;
    for (;;) {
        uint64_t first;
        enum xhm_number_verdict verdict = scalar_lists_number(at, XHM_MAX_PCPUS - 1u, &first, &at);
        uint64_t last = first;
        if (verdict == XHM_NUMBER_READ && *at == '-') {
            verdict = scalar_lists_number(at + 1, XHM_MAX_PCPUS - 1u, &last, &at);
        }
        if (verdict != XHM_NUMBER_READ) {
            return verdict == XHM_NUMBER_TOO_LARGE ? too_large : malformed;
        }
        const char *wrong = add_range(target, first, last);
        if (wrong != NULL || *at == '\0') {
            return wrong;
        }
        if (*at++ != ',') {
            return malformed;
        }
        at += strspn(at, " ");
    }
}

static uint64_t range_end(const struct xhm_pcpu_set *set, uint64_t first) {
    uint64_t last = first;
    while (last + 1 < XHM_MAX_PCPUS && has_pcpu(set, last + 1)) {
        last++;
    }
    return last;
}

void scalar_lists_write_pcpus(const void *source, char text[XHM_SCALAR_TEXT_SIZE]) {
    const struct xhm_pcpu_set *set = source;
    char list[XHM_SCALAR_TEXT_SIZE - 2] = "";
    size_t used = 0;
    for (uint64_t pcpu = 0; pcpu < XHM_MAX_PCPUS; pcpu++) {
        if (!has_pcpu(set, pcpu)) {
            continue;
        }
        uint64_t last = range_end(set, pcpu);
        used +=
            (size_t)snprintf(list + used, sizeof(list) - used, "%s%llu", used > 0 ? "," : "", (unsigned long long)pcpu);
        if (last > pcpu) {
            used += (size_t)snprintf(list + used, sizeof(list) - used, "-%llu", (unsigned long long)last);
            pcpu = last;
        }
    }
    const char *quote = strpbrk(list, ",-") != NULL || used == 0 ? "\"" : "";
    snprintf(text, XHM_SCALAR_TEXT_SIZE, "%s%s%s", quote, list, quote);
}

/* How struct xhm_logical_policy has them. */
struct checkpoints {
    uint32_t count;
    uint32_t ids[XHM_MAX_GRAPH_ENDS];
};
_Static_assert(offsetof(struct xhm_logical_policy, initial) - offsetof(struct xhm_logical_policy, initial_count) ==
                       offsetof(struct checkpoints, ids) &&
                   offsetof(struct xhm_logical_policy, finals) - offsetof(struct xhm_logical_policy, final_count) ==
                       offsetof(struct checkpoints, ids),
               "checkpoints stand right behind their count");

const char *scalar_lists_read_checkpoint(const char *text, void *target) {
    struct checkpoints *checkpoints = target;
    const char *after;
    uint64_t value = 0;
    enum xhm_number_verdict verdict = scalar_lists_number(text, UINT32_MAX, &value, &after);
    if (verdict != XHM_NUMBER_READ || *after != '\0') {
        return "is not the number of a checkpoint";
    }
    if (checkpoints->count == XHM_MAX_GRAPH_ENDS) {
        return "is one checkpoint too many: there is room for " AS_TEXT(XHM_MAX_GRAPH_ENDS);
    }
    checkpoints->ids[checkpoints->count++] = (uint32_t)value;
    return NULL;
}

void scalar_lists_write_checkpoints(const void *source, char text[XHM_SCALAR_TEXT_SIZE]) {
    const struct checkpoints *checkpoints = source;
    size_t used = (size_t)snprintf(text, XHM_SCALAR_TEXT_SIZE, "[");
    for (uint32_t i = 0; i < checkpoints->count && i < XHM_MAX_GRAPH_ENDS; i++) {
        used +=
            (size_t)snprintf(text + used, XHM_SCALAR_TEXT_SIZE - used, "%s%u", i > 0 ? ", " : "", checkpoints->ids[i]);
    }
    snprintf(text + used, XHM_SCALAR_TEXT_SIZE - used, "]");
}

static const struct {
    const char *name;
    uint32_t bit;
} roles[] = {
    {"observer", XHM_ROLE_OBSERVER}, {"operator", XHM_ROLE_OPERATOR}, {"rig", XHM_ROLE_RIG},
    {"agent", XHM_ROLE_AGENT},       {"cluster", XHM_ROLE_CLUSTER},   {"integrator", XHM_ROLE_INTEGRATOR},
};
#define ROLE_COUNT (sizeof(roles) / sizeof(roles[0]))

const char *scalar_lists_read_role(const char *text, void *target) {
    uint32_t *set = target;
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        if (strcmp(text, roles[i].name) == 0) {
            bool twice = (*set & roles[i].bit) != 0;
            *set |= roles[i].bit;
            return twice ? "is named twice" : NULL;
        }
    }
    return "is not a role: observer, operator, rig, agent, cluster or integrator";
}

void scalar_lists_write_roles(const void *source, char text[XHM_SCALAR_TEXT_SIZE]) {
    uint32_t set = *(const uint32_t *)source;
    size_t used = (size_t)snprintf(text, XHM_SCALAR_TEXT_SIZE, "[");
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        if ((set & roles[i].bit) != 0) {
            used +=
                (size_t)snprintf(text + used, XHM_SCALAR_TEXT_SIZE - used, "%s%s", used > 1 ? ", " : "", roles[i].name);
        }
    }
    snprintf(text + used, XHM_SCALAR_TEXT_SIZE - used, "]");
}
