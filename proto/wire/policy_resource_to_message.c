// SPDX-License-Identifier: Apache-2.0
#include "policy_resource_message.h"

#include <string.h>

bool policy_pcpus_to_message(const struct xhm_pcpu_set *set, struct xhm_arena *arena, uint32_t **numbers,
                             size_t *count) {
    size_t room = 0;

    for (unsigned i = 0; i < XHM_PCPU_WORDS; i++) {
        room += (size_t)__builtin_popcountll(set->words[i]);
    }
    *numbers = arena_take(arena, room * sizeof(**numbers));
    if (!*numbers) {
        return false;
    }
    for (uint32_t pcpu = 0; pcpu < XHM_MAX_PCPUS; pcpu++) {
        if (set->words[pcpu / 64] >> (pcpu % 64) & 1) {
            (*numbers)[(*count)++] = pcpu;
        }
    }
    return true;
}

static bool rtds_build(const struct xhm_rtds_policy *from, struct xhm_arena *arena, Xhm__V1__RtdsPolicy **to) {
    if (!from->period_ns) {
        return true;
    }
    *to = arena_message(arena, &xhm__v1__rtds_policy__descriptor);
    if (!*to) {
        return false;
    }
    (*to)->period_ns = from->period_ns;
    (*to)->budget_ns = from->budget_ns;
    (*to)->extratime = from->extratime;
    return true;
}

static bool vcpus_build(const struct xhm_partition_policy *from, struct xhm_arena *arena,
                        Xhm__V1__PartitionPolicy *to) {
    to->vcpus = arena_take(arena, from->vcpu_count * sizeof(to->vcpus[0]));
    if (!to->vcpus) {
        return false;
    }
    for (uint32_t i = 0; i < from->vcpu_count; i++) {
        Xhm__V1__VcpuPolicy *vcpu = arena_message(arena, &xhm__v1__vcpu_policy__descriptor);

        if (!vcpu || !policy_pcpus_to_message(&from->vcpus[i].pcpus, arena, &vcpu->pcpus, &vcpu->n_pcpus) ||
            !rtds_build(&from->vcpus[i].rtds, arena, &vcpu->rtds)) {
            return false;
        }
        vcpu->exclusive = from->vcpus[i].exclusive;
        vcpu->whole_core = from->vcpus[i].whole_core;
        to->vcpus[i] = vcpu;
    }
    to->n_vcpus = from->vcpu_count;
    return true;
}

static bool credit2_build(const struct xhm_credit2_policy *from, struct xhm_arena *arena, Xhm__V1__Credit2Policy **to) {
    if (!from->weight) {
        return true;
    }
    *to = arena_message(arena, &xhm__v1__credit2_policy__descriptor);
    if (!*to) {
        return false;
    }
    (*to)->weight = from->weight;
    (*to)->cap = from->cap;
    return true;
}

static bool cache_build(const struct xhm_cache_policy *from, struct xhm_arena *arena, Xhm__V1__CachePolicy **to) {
    if (!from->l3_mask && !from->bandwidth_percent) {
        return true;
    }
    *to = arena_message(arena, &xhm__v1__cache_policy__descriptor);
    if (!*to) {
        return false;
    }
    (*to)->l3_mask = from->l3_mask;
    (*to)->exclusive = from->exclusive;
    (*to)->bandwidth_percent = from->bandwidth_percent;
    return true;
}

static bool devices_build(const struct xhm_partition_policy *from, struct xhm_arena *arena,
                          Xhm__V1__PartitionPolicy *to) {
    if (!from->devices_declared) {
        return true;
    }
    to->devices = arena_message(arena, &xhm__v1__devices_policy__descriptor);
    if (!to->devices ||
        !(to->devices->devices = arena_take(arena, from->device_count * sizeof(to->devices->devices[0])))) {
        return false;
    }
    for (uint32_t i = 0; i < from->device_count; i++) {
        const struct xhm_device_policy *row = &from->devices[i];
        Xhm__V1__DevicePolicy *device = arena_message(arena, &xhm__v1__device_policy__descriptor);

        if (!device) {
            return false;
        }
        device->kind = row->kind;
        device->id = row->id;
        device->backend_number = row->backend_number;
        device->error_window_ns = row->error_window_ns;
        device->error_limit = row->error_limit;
        to->devices->devices[to->devices->n_devices++] = device;
    }
    return true;
}

static bool assigned_build(const struct xhm_partition_policy *from, struct xhm_arena *arena,
                           Xhm__V1__PartitionPolicy *to) {
    const size_t size = from->assigned_count * sizeof(from->assigned[0]);

    if (!from->assigned_declared) {
        return true;
    }
    to->assigned = arena_message(arena, &xhm__v1__assigned_policy__descriptor);
    if (!to->assigned || !(to->assigned->addresses = arena_take(arena, size))) {
        return false;
    }
    memcpy(to->assigned->addresses, from->assigned, size);
    to->assigned->n_addresses = from->assigned_count;
    return true;
}

bool policy_resources_to_message(const struct xhm_partition_policy *from, struct xhm_arena *arena,
                                 Xhm__V1__PartitionPolicy *to) {
    return from->vcpu_count <= XHM_MAX_VCPUS && from->device_count <= XHM_MAX_DEVICES &&
           from->assigned_count <= XHM_MAX_ASSIGNED && vcpus_build(from, arena, to) &&
           credit2_build(&from->credit2, arena, &to->credit2) && cache_build(&from->cache, arena, &to->cache) &&
           devices_build(from, arena, to) && assigned_build(from, arena, to);
}
