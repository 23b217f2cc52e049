// SPDX-License-Identifier: Apache-2.0
#include "derive_parts.h"

#include <string.h>

static void leave_devices(struct derivation *derivation, uint32_t partition, const char *why) {
    struct xhm_partition_policy *policy = &derivation->policy->partitions[partition];
    policy->devices_declared = false;
    policy->device_count = 0;
    derive_note(derivation->notes, DERIVE_OF_PARTITION, partition, "Its devices are not declared: %s.", why);
}

/* @return the partition's number, 0 for dom0, DERIVE_NONE when the backend is nobody's */
static uint32_t backend_number(const struct derivation *derivation, uint16_t domid) {
    const uint32_t count = derive_domain_count(derivation);
    if (domid == 0) {
        return 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (derivation->running->reply->domains[i]->domid == domid && derivation->partition_of[i] != DERIVE_NONE) {
            return derivation->partition_of[i] + 1;
        }
    }
    return DERIVE_NONE;
}

static const struct xhm_device_policy *find_declared(const struct xhm_partition_policy *policy,
                                                     const struct xhm_device_facts *device) {
    for (uint32_t i = 0; i < policy->device_count; i++) {
        if (policy->devices[i].kind == device->kind && policy->devices[i].id == device->id) {
            return &policy->devices[i];
        }
    }
    return NULL;
}

/* @return why the device cannot be declared as it is, or NULL */
static const char *derive_device(const struct derivation *derivation, const struct xhm_partition_policy *before,
                                 const struct xhm_device_facts *from, struct xhm_device_policy *device) {
    const uint32_t backend = backend_number(derivation, from->backend_domid);
    const struct xhm_device_policy *declared = find_declared(before, from);
    if (from->frontend_state != XHM_XENBUS_CONNECTED || from->backend_state != XHM_XENBUS_CONNECTED) {
        return "one is not connected, which would be a fault";
    }
    if (backend == DERIVE_NONE) {
        return "the backend of one is in a domain that is no partition";
    }
    *device = (struct xhm_device_policy){.kind = from->kind, .id = from->id, .backend_number = backend};
    if (declared != NULL) {
        device->error_window_ns = declared->error_window_ns;
        device->error_limit = declared->error_limit;
    }
    return NULL;
}

void derive_devices(struct derivation *derivation, uint32_t partition) {
    struct xhm_partition_policy *policy = &derivation->policy->partitions[partition];
    const struct xhm_domain_facts *facts = derive_domain_facts(derivation, derive_domain(derivation, partition));
    const struct xhm_partition_policy before = *policy;
    const char *why = NULL;
    if (facts == NULL || facts->devices != XHM_FACTS_KNOWN) {
        leave_devices(derivation, partition, "they are not known");
        return;
    }
    if (facts->more_devices) {
        leave_devices(derivation, partition, "there are more than a policy can declare");
        return;
    }
    for (uint32_t i = 0; i < facts->device_count && why == NULL; i++) {
        why = derive_device(derivation, &before, &facts->device[i], &policy->devices[i]);
    }
    policy->devices_declared = true;
    policy->device_count = facts->device_count;
    if (why != NULL) {
        leave_devices(derivation, partition, why);
    }
}

void derive_assigned(struct derivation *derivation, uint32_t partition) {
    struct xhm_partition_policy *policy = &derivation->policy->partitions[partition];
    const struct xhm_domain_facts *facts = derive_domain_facts(derivation, derive_domain(derivation, partition));
    policy->assigned_declared = facts != NULL && facts->assigned == XHM_FACTS_KNOWN && !facts->more_assigned;
    policy->assigned_count = 0;
    if (!policy->assigned_declared) {
        derive_note(derivation->notes, DERIVE_OF_PARTITION, partition,
                    "Devices assigned to it are not declared: they are not known, or more than a policy can declare.");
        return;
    }
    policy->assigned_count = facts->assigned_count;
    memcpy(policy->assigned, facts->assigned_pci, sizeof(policy->assigned));
    policy->assigned_devices = facts->assigned_count > 0;
}

/* A bandwidth that is not throttled, and masks that differ between sockets, cannot be declared. */
void derive_cache(struct derivation *derivation, uint32_t partition) {
    struct xhm_cache_policy *cache = &derivation->policy->partitions[partition].cache;
    const struct xhm_domain_facts *facts = derive_domain_facts(derivation, derive_domain(derivation, partition));
    const struct xhm_cache_policy before = *cache;
    *cache = (struct xhm_cache_policy){0};
    if (facts != NULL && facts->cache == XHM_FACTS_KNOWN && facts->l3_mask[0] == facts->l3_mask[1]) {
        cache->l3_mask = facts->l3_mask[0];
        cache->exclusive = before.exclusive;
    }
    if (facts != NULL && facts->bandwidth == XHM_FACTS_KNOWN) {
        cache->bandwidth_percent = facts->bandwidth_percent;
    }
    if ((before.l3_mask != 0 && cache->l3_mask == 0) ||
        (before.bandwidth_percent != 0 && cache->bandwidth_percent == 0)) {
        derive_note(derivation->notes, DERIVE_OF_PARTITION, partition,
                    "Shares of cache or memory bandwidth were declared; this host has none, or they are not known.");
    }
}
