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

static bool same_latency_budget(const struct xhm_latency_budget_policy *a, const struct xhm_latency_budget_policy *b) {
    return a->worst_ns == b->worst_ns && a->late_ns == b->late_ns && a->window_ns == b->window_ns &&
           a->late_limit == b->late_limit;
}

bool policy_same_entity(const struct xhm_entity_policy *a, const struct xhm_entity_policy *b) {
    return strcmp(a->name, b->name) == 0 && a->id == b->id && a->page == b->page && a->slot == b->slot &&
           same_alive(&a->alive, &b->alive) && same_misses(&a->deadline_miss, &b->deadline_miss) &&
           same_deadlines(a, b) && same_graph(&a->logical, &b->logical) && same_clock(&a->clock, &b->clock) &&
           same_latency(&a->latency, &b->latency) && same_latency_budget(&a->latency_budget, &b->latency_budget);
}

static bool same_pcpus(const struct xhm_pcpu_set *a, const struct xhm_pcpu_set *b) {
    return memcmp(a, b, sizeof(*a)) == 0;
}

static bool same_vcpu(const struct xhm_vcpu_policy *a, const struct xhm_vcpu_policy *b) {
    return same_pcpus(&a->pcpus, &b->pcpus) && a->exclusive == b->exclusive && a->whole_core == b->whole_core &&
           a->rtds.period_ns == b->rtds.period_ns && a->rtds.budget_ns == b->rtds.budget_ns &&
           a->rtds.extratime == b->rtds.extratime;
}

static bool same_cache(const struct xhm_cache_policy *a, const struct xhm_cache_policy *b) {
    return a->l3_mask == b->l3_mask && a->exclusive == b->exclusive && a->bandwidth_percent == b->bandwidth_percent;
}

/* Where something is declared by its number, it is the same when it has the same name. */
static bool same_cpupool_name(const struct xhm_policy *a, uint32_t number_a, const struct xhm_policy *b,
                              uint32_t number_b) {
    const char *name_a = number_a > 0 ? a->cpupools[number_a - 1].name : "";
    const char *name_b = number_b > 0 ? b->cpupools[number_b - 1].name : "";

    return strcmp(name_a, name_b) == 0;
}

static bool same_partition_name(const struct xhm_policy *a, uint32_t number_a, const struct xhm_policy *b,
                                uint32_t number_b) {
    const char *name_a = number_a > 0 ? a->partitions[number_a - 1].name : "";
    const char *name_b = number_b > 0 ? b->partitions[number_b - 1].name : "";

    return strcmp(name_a, name_b) == 0;
}

bool policy_same_placement(const struct xhm_policy *policy_a, const struct xhm_partition_policy *a,
                           const struct xhm_policy *policy_b, const struct xhm_partition_policy *b) {
    if (a->vcpu_count != b->vcpu_count || a->credit2.weight != b->credit2.weight || a->credit2.cap != b->credit2.cap ||
        !same_cache(&a->cache, &b->cache) ||
        !same_cpupool_name(policy_a, a->cpupool_number, policy_b, b->cpupool_number)) {
        return false;
    }
    for (uint32_t vcpu = 0; vcpu < a->vcpu_count; vcpu++) {
        if (!same_vcpu(&a->vcpus[vcpu], &b->vcpus[vcpu])) {
            return false;
        }
    }
    return true;
}

static bool same_assignment(const struct xhm_partition_policy *a, const struct xhm_partition_policy *b) {
    return a->assigned_declared == b->assigned_declared &&
           same_ids(a->assigned, a->assigned_count, b->assigned, b->assigned_count);
}

bool policy_same_devices(const struct xhm_policy *policy_a, const struct xhm_partition_policy *a,
                         const struct xhm_policy *policy_b, const struct xhm_partition_policy *b) {
    if (a->devices_declared != b->devices_declared || a->device_count != b->device_count || !same_assignment(a, b)) {
        return false;
    }
    for (uint32_t i = 0; i < a->device_count; i++) {
        const struct xhm_device_policy *one = &a->devices[i];
        const struct xhm_device_policy *other = &b->devices[i];
        if (one->kind != other->kind || one->id != other->id || one->error_window_ns != other->error_window_ns ||
            one->error_limit != other->error_limit ||
            !same_partition_name(policy_a, one->backend_number, policy_b, other->backend_number)) {
            return false;
        }
    }
    return true;
}

static bool same_frames(const struct xhm_policy *policy_a, const struct xhm_cpupool_policy *a,
                        const struct xhm_policy *policy_b, const struct xhm_cpupool_policy *b) {
    if (a->major_frame_ns != b->major_frame_ns || a->frame_count != b->frame_count) {
        return false;
    }
    for (uint32_t i = 0; i < a->frame_count; i++) {
        const struct xhm_frame_policy *one = &a->frames[i];
        const struct xhm_frame_policy *other = &b->frames[i];
        if (one->vcpu != other->vcpu || one->duration_ns != other->duration_ns ||
            !same_partition_name(policy_a, one->partition_number, policy_b, other->partition_number)) {
            return false;
        }
    }
    return true;
}

static bool same_cpupools(const struct xhm_policy *a, const struct xhm_policy *b) {
    for (uint32_t i = 0; i < a->cpupool_count; i++) {
        const struct xhm_cpupool_policy *one = &a->cpupools[i];
        const struct xhm_cpupool_policy *other = &b->cpupools[i];
        if (strcmp(one->name, other->name) != 0 || one->scheduler != other->scheduler ||
            !same_pcpus(&one->pcpus, &other->pcpus) || !same_frames(a, one, b, other)) {
            return false;
        }
    }
    return true;
}

static bool same_options(const struct xhm_platform_policy *a, const struct xhm_platform_policy *b) {
    for (uint32_t i = 0; i < a->option_count; i++) {
        if (a->options[i].forbidden != b->options[i].forbidden || strcmp(a->options[i].text, b->options[i].text) != 0) {
            return false;
        }
    }
    return true;
}

static bool same_services(const struct xhm_platform_policy *a, const struct xhm_platform_policy *b) {
    for (uint32_t i = 0; i < a->service_count; i++) {
        if (strcmp(a->services[i], b->services[i]) != 0) {
            return false;
        }
    }
    return true;
}

static bool same_numbers(const struct xhm_platform_policy *a, const struct xhm_platform_policy *b) {
    return a->xen_version_min == b->xen_version_min && a->xen_version_max == b->xen_version_max &&
           a->capabilities == b->capabilities && a->pcpus_online == b->pcpus_online &&
           a->free_memory_kib == b->free_memory_kib && a->claims_forbidden == b->claims_forbidden &&
           a->option_count == b->option_count && a->service_count == b->service_count &&
           (a->facts_period_ns > 0) == (b->facts_period_ns > 0);
}

bool policy_same_host(const struct xhm_policy *a, const struct xhm_policy *b) {
    return same_numbers(&a->platform, &b->platform) && same_options(&a->platform, &b->platform) &&
           same_services(&a->platform, &b->platform) && a->cpupool_count == b->cpupool_count && same_cpupools(a, b);
}

bool policy_same_memory(const struct xhm_memory_policy *a, const struct xhm_memory_policy *b) {
    return a->size_kib == b->size_kib && a->slack_kib == b->slack_kib && a->clear_slack_kib == b->clear_slack_kib &&
           a->up_front == b->up_front && same_debounce(&a->debounce, &b->debounce);
}

bool policy_same_load(const struct xhm_load_policy *a, const struct xhm_load_policy *b) {
    return a->raise_percent == b->raise_percent && a->clear_percent == b->clear_percent &&
           same_debounce(&a->debounce, &b->debounce);
}
