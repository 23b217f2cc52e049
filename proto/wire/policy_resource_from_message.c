// SPDX-License-Identifier: Apache-2.0
#include "policy_resource_message.h"

/* What is present but declares nothing to be watched would be a check that is silently skipped: refused. */
static bool rtds_read(struct xhm_policy_place *place, const Xhm__V1__RtdsPolicy *from, struct xhm_rtds_policy *to) {
    if (!from) {
        return true;
    }
    to->period_ns = from->period_ns;
    to->budget_ns = from->budget_ns;
    to->extratime = from->extratime;
    return policy_place_require(place, from->period_ns, "rtds.period_ns");
}

static bool vcpus_read(struct xhm_policy_place *place, const Xhm__V1__PartitionPolicy *from,
                       struct xhm_partition_policy *to) {
    if (!policy_place_fits(place, from->n_vcpus, XHM_MAX_VCPUS, "vcpus")) {
        return false;
    }
    for (size_t i = 0; i < from->n_vcpus; i++) {
        const size_t depth = policy_place_enter(place, "vcpus", i);
        const Xhm__V1__VcpuPolicy *vcpu = from->vcpus[i];

        to->vcpus[i].exclusive = vcpu->exclusive;
        to->vcpus[i].whole_core = vcpu->whole_core;
        if (!policy_place_read_pcpus(place, vcpu->pcpus, vcpu->n_pcpus, &to->vcpus[i].pcpus, "pcpus") ||
            !rtds_read(place, vcpu->rtds, &to->vcpus[i].rtds)) {
            return false;
        }
        policy_place_leave(place, depth);
    }
    to->vcpu_count = (uint32_t)from->n_vcpus;
    return true;
}

static bool credit2_read(struct xhm_policy_place *place, const Xhm__V1__Credit2Policy *from,
                         struct xhm_credit2_policy *to) {
    if (!from) {
        return true;
    }
    to->weight = from->weight;
    to->cap = from->cap;
    return policy_place_require(place, from->weight, "credit2.weight");
}

static bool cache_read(struct xhm_policy_place *place, const Xhm__V1__CachePolicy *from, struct xhm_cache_policy *to) {
    if (!from) {
        return true;
    }
    to->l3_mask = from->l3_mask;
    to->exclusive = from->exclusive;
    to->bandwidth_percent = from->bandwidth_percent;
    return policy_place_require(place, from->l3_mask || from->bandwidth_percent, "cache");
}

static bool devices_read(struct xhm_policy_place *place, const Xhm__V1__DevicesPolicy *from,
                         struct xhm_partition_policy *to) {
    if (!from) {
        return true;
    }
    if (!policy_place_fits(place, from->n_devices, XHM_MAX_DEVICES, "devices")) {
        return false;
    }
    for (size_t i = 0; i < from->n_devices; i++) {
        const size_t depth = policy_place_enter(place, "devices", i);
        const Xhm__V1__DevicePolicy *device = from->devices[i];

        if (!policy_place_require(place, device->kind >= XHM_DEVICE_VIF && device->kind < XHM_DEVICE_KIND_END,
                                  "kind")) {
            return false;
        }
        to->devices[i] = (struct xhm_device_policy){.kind = (enum xhm_device_kind)device->kind,
                                                    .id = device->id,
                                                    .backend_number = device->backend_number,
                                                    .error_window_ns = device->error_window_ns,
                                                    .error_limit = device->error_limit};
        policy_place_leave(place, depth);
    }
    to->devices_declared = true;
    to->device_count = (uint32_t)from->n_devices;
    return true;
}

static bool assigned_read(struct xhm_policy_place *place, const Xhm__V1__AssignedPolicy *from,
                          struct xhm_partition_policy *to) {
    if (!from) {
        return true;
    }
    if (!policy_place_fits(place, from->n_addresses, XHM_MAX_ASSIGNED, "assigned")) {
        return false;
    }
    for (size_t i = 0; i < from->n_addresses; i++) {
        to->assigned[i] = from->addresses[i];
    }
    to->assigned_declared = true;
    to->assigned_count = (uint32_t)from->n_addresses;
    return true;
}

bool policy_resources_from_message(struct xhm_policy_place *place, const Xhm__V1__PartitionPolicy *from,
                                   struct xhm_partition_policy *to) {
    return vcpus_read(place, from, to) && credit2_read(place, from->credit2, &to->credit2) &&
           cache_read(place, from->cache, &to->cache) && devices_read(place, from->devices, to) &&
           assigned_read(place, from->assigned, to);
}
