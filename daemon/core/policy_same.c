#include "policy_same.h"
#include <string.h>

bool policy_same_identity(const struct xhm_identity *a, const struct xhm_identity *b) {
    return a->kind == b->kind && a->domid == b->domid && memcmp(&a->uuid, &b->uuid, sizeof(a->uuid)) == 0;
}

static bool same_alive(const struct xhm_alive_policy *a, const struct xhm_alive_policy *b) {
    return a->reference_cycle_ns == b->reference_cycle_ns && a->expected == b->expected &&
           a->min_margin == b->min_margin && a->max_margin == b->max_margin &&
           a->failed_tolerance == b->failed_tolerance;
}

static bool same_misses(const struct xhm_deadline_miss_policy *a, const struct xhm_deadline_miss_policy *b) {
    return a->window_ns == b->window_ns && a->limit == b->limit;
}

static bool same_deadlines(const struct xhm_entity_policy *a, const struct xhm_entity_policy *b) {
    if (a->deadline_count != b->deadline_count) {
        return false;
    }
    for (uint32_t i = 0; i < a->deadline_count; i++) {
        const struct xhm_deadline_policy *one = &a->deadlines[i];
        const struct xhm_deadline_policy *other = &b->deadlines[i];
        if (one->from != other->from || one->to != other->to || one->min_ns != other->min_ns ||
            one->max_ns != other->max_ns) {
            return false;
        }
    }
    return true;
}

static bool same_ids(const uint32_t *a, uint32_t a_count, const uint32_t *b, uint32_t b_count) {
    return a_count == b_count && memcmp(a, b, a_count * sizeof(*a)) == 0;
}

/* A transition is two ids without padding. */
static bool same_graph(const struct xhm_logical_policy *a, const struct xhm_logical_policy *b) {
    return same_ids(a->initial, a->initial_count, b->initial, b->initial_count) &&
           same_ids(a->finals, a->final_count, b->finals, b->final_count) &&
           a->transition_count == b->transition_count &&
           memcmp(a->transitions, b->transitions, a->transition_count * sizeof(a->transitions[0])) == 0;
}

static bool same_debounce(const struct xhm_debounce_policy *a, const struct xhm_debounce_policy *b) {
    return a->up_step == b->up_step && a->down_step == b->down_step;
}

static bool same_latency(const struct xhm_latency_policy *a, const struct xhm_latency_policy *b) {
    return a->raise_ns == b->raise_ns && a->clear_ns == b->clear_ns && same_debounce(&a->debounce, &b->debounce);
}

static bool same_clock(const struct xhm_clock_policy *a, const struct xhm_clock_policy *b) {
    return a->window_ns == b->window_ns && a->tolerance_percent == b->tolerance_percent;
}

bool policy_same_entity(const struct xhm_entity_policy *a, const struct xhm_entity_policy *b) {
    return strcmp(a->name, b->name) == 0 && a->id == b->id && a->page == b->page && a->slot == b->slot &&
           same_alive(&a->alive, &b->alive) && same_misses(&a->deadline_miss, &b->deadline_miss) &&
           same_deadlines(a, b) && same_graph(&a->logical, &b->logical) && same_clock(&a->clock, &b->clock) &&
           same_latency(&a->latency, &b->latency);
}

bool policy_same_placement(const struct xhm_partition_policy *a, const struct xhm_partition_policy *b) {
    if (a->vcpu_count != b->vcpu_count) {
        return false;
    }
    for (uint32_t vcpu = 0; vcpu < a->vcpu_count; vcpu++) {
        if (a->vcpus[vcpu].exclusive != b->vcpus[vcpu].exclusive ||
            memcmp(&a->vcpus[vcpu].pcpus, &b->vcpus[vcpu].pcpus, sizeof(a->vcpus[vcpu].pcpus)) != 0) {
            return false;
        }
    }
    return true;
}

bool policy_same_memory(const struct xhm_memory_policy *a, const struct xhm_memory_policy *b) {
    return a->size_kib == b->size_kib && a->slack_kib == b->slack_kib && a->clear_slack_kib == b->clear_slack_kib &&
           same_debounce(&a->debounce, &b->debounce);
}

bool policy_same_load(const struct xhm_load_policy *a, const struct xhm_load_policy *b) {
    return a->raise_percent == b->raise_percent && a->clear_percent == b->clear_percent &&
           same_debounce(&a->debounce, &b->debounce);
}
