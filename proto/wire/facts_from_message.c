// SPDX-License-Identifier: Apache-2.0
#include "facts_message.h"

#include <string.h>

#define DOMID_END 0x7ff0u /* DOMID_FIRST_RESERVED */

static bool take_availability(Xhm__V1__Availability from, enum xhm_availability *to) {
    *to = (enum xhm_availability)from;
    return *to == XHM_FACTS_UNKNOWN || *to == XHM_FACTS_KNOWN || *to == XHM_FACTS_NOT_AVAILABLE;
}

static bool take_text(const char *from, char *to, size_t size) {
    const size_t length = strlen(from);

    if (length >= size) {
        return false;
    }
    memcpy(to, from, length + 1);
    return true;
}

static bool take_uuid(const ProtobufCBinaryData *from, struct xhm_uuid *to) {
    if (from->len != sizeof(to->bytes)) {
        return false;
    }
    memcpy(to->bytes, from->data, sizeof(to->bytes));
    return true;
}

static bool take_domid(uint32_t from, uint16_t *to) {
    *to = (uint16_t)from;
    return from < DOMID_END;
}

/* Xen's numbers; which of them there are is Xen's affair. */
static bool take_scheduler(uint32_t from, enum xhm_scheduler *to) {
    *to = (enum xhm_scheduler)from;
    return from <= UINT8_MAX;
}

/* A group that is not there was not gathered. */
static bool take_host(const Xhm__V1__HostFacts *from, struct xhm_host_facts *to) {
    if (!from) {
        return true;
    }
    to->xen_version = from->xen_version;
    to->capabilities = from->capabilities;
    to->pcpus_online = from->pcpus_online;
    to->free_memory_kib = from->free_memory_kib;
    to->claimed_kib = from->claimed_kib;
    return take_availability(from->availability, &to->availability) &&
           take_text(from->command_line, to->command_line, sizeof(to->command_line)) &&
           take_scheduler(from->scheduler, &to->scheduler);
}

static bool take_topology(const Xhm__V1__TopologyFacts *from, struct xhm_topology_facts *to) {
    if (!from) {
        return true;
    }
    if (from->n_cores > XHM_MAX_PCPUS) {
        return false;
    }
    for (size_t i = 0; i < from->n_cores; i++) {
        to->core[to->pcpu_count++] = from->cores[i] - 1;
    }
    return take_availability(from->availability, &to->availability);
}

static bool take_services(const Xhm__V1__ServiceFacts *from, struct xhm_service_facts *to) {
    if (!from) {
        return true;
    }
    if (from->n_running > XHM_MAX_SERVICES) {
        return false;
    }
    for (size_t i = 0; i < from->n_running; i++) {
        to->running[to->count++] = from->running[i] != 0;
    }
    return take_availability(from->availability, &to->availability);
}

static bool take_pcpus(const Xhm__V1__CpupoolFacts *from, struct xhm_pcpu_set *to) {
    for (size_t i = 0; i < from->n_pcpus; i++) {
        if (from->pcpus[i] >= XHM_MAX_PCPUS) {
            return false;
        }
        to->words[from->pcpus[i] / 64] |= UINT64_C(1) << from->pcpus[i] % 64;
    }
    return true;
}

/* As many frames as there are, or as there is room for. */
static bool take_frames(const Xhm__V1__CpupoolFacts *from, struct xhm_cpupool_facts *to) {
    const uint32_t expected = from->frame_count < XHM_MAX_FRAMES ? from->frame_count : XHM_MAX_FRAMES;

    if (from->n_frames != expected) {
        return false;
    }
    to->frame_count = from->frame_count;
    for (uint32_t i = 0; i < expected; i++) {
        const Xhm__V1__FrameFacts *frame = from->frames[i];

        if (frame->uuid.len > 0 && !take_uuid(&frame->uuid, &to->frames[i].uuid)) {
            return false;
        }
        to->frames[i].vcpu = frame->vcpu;
        to->frames[i].duration_ns = frame->duration_ns;
    }
    return true;
}

static bool take_cpupool(const Xhm__V1__CpupoolFacts *from, struct xhm_cpupool_facts *to) {
    to->id = from->id;
    to->major_frame_ns = from->major_frame_ns;
    return take_text(from->name, to->name, sizeof(to->name)) && take_scheduler(from->scheduler, &to->scheduler) &&
           take_availability(from->schedule, &to->schedule) && take_pcpus(from, &to->pcpus) && take_frames(from, to);
}

static bool take_cpupools(const Xhm__V1__Facts *from, struct xhm_cpupools_facts *to) {
    if (from->n_cpupool > XHM_MAX_CPUPOOLS) {
        return false;
    }
    to->more = from->more_cpupools;
    for (size_t i = 0; i < from->n_cpupool; i++) {
        if (!take_cpupool(from->cpupool[i], &to->pools[to->count++])) {
            return false;
        }
    }
    return take_availability(from->cpupools, &to->availability);
}

static bool take_device(const Xhm__V1__DeviceFacts *from, struct xhm_device_facts *to) {
    to->kind = (enum xhm_device_kind)from->kind;
    to->id = from->id;
    to->frontend_state = from->frontend_state;
    to->backend_state = from->backend_state;
    to->errors = from->errors;
    return from->kind > 0 && from->kind < XHM_DEVICE_KIND_END && take_domid(from->backend_domid, &to->backend_domid) &&
           take_availability(from->counters, &to->counters);
}

static bool take_devices(const Xhm__V1__DomainFacts *from, struct xhm_domain_facts *to) {
    if (from->n_device > XHM_MAX_DEVICES) {
        return false;
    }
    to->more_devices = from->more_devices;
    for (size_t i = 0; i < from->n_device; i++) {
        if (!take_device(from->device[i], &to->device[to->device_count++])) {
            return false;
        }
    }
    return take_availability(from->devices, &to->devices);
}

static bool take_assigned(const Xhm__V1__DomainFacts *from, struct xhm_domain_facts *to) {
    if (from->n_assigned_pci > XHM_MAX_ASSIGNED) {
        return false;
    }
    to->more_assigned = from->more_assigned;
    for (size_t i = 0; i < from->n_assigned_pci; i++) {
        to->assigned_pci[to->assigned_count++] = from->assigned_pci[i];
    }
    return take_availability(from->assigned, &to->assigned);
}

static bool take_shares(const Xhm__V1__DomainFacts *from, struct xhm_domain_facts *to) {
    if (from->n_l3_masks > sizeof(to->l3_mask) / sizeof(to->l3_mask[0])) {
        return false;
    }
    for (size_t i = 0; i < from->n_l3_masks; i++) {
        to->l3_mask[i] = from->l3_masks[i];
    }
    to->bandwidth_percent = from->bandwidth_percent;
    return take_availability(from->cache, &to->cache) && take_availability(from->bandwidth, &to->bandwidth);
}

static bool take_domain(const Xhm__V1__DomainFacts *from, struct xhm_domain_facts *to) {
    to->pod_kib = from->pod_kib;
    return take_domid(from->domid, &to->domid) && take_uuid(&from->uuid, &to->uuid) &&
           take_availability(from->pod, &to->pod) && take_devices(from, to) && take_assigned(from, to) &&
           take_shares(from, to);
}

static bool take_domains(const Xhm__V1__Facts *from, struct xhm_facts *to) {
    if (from->n_domain > XHM_MAX_FACT_DOMAINS) {
        return false;
    }
    for (size_t i = 0; i < from->n_domain; i++) {
        if (!take_domain(from->domain[i], &to->domain[to->domain_count++])) {
            return false;
        }
    }
    return take_availability(from->domains, &to->domains);
}

const char *facts_from_message(const Xhm__V1__Facts *message, struct xhm_facts *facts) {
    memset(facts, 0, sizeof(*facts));
    facts->number = message->number;
    if (!take_host(message->host, &facts->host)) {
        return "host";
    }
    if (!take_topology(message->topology, &facts->topology)) {
        return "topology";
    }
    if (!take_services(message->services, &facts->services)) {
        return "services";
    }
    if (!take_cpupools(message, &facts->cpupools)) {
        return "cpupools";
    }
    return take_domains(message, facts) ? NULL : "domains";
}
