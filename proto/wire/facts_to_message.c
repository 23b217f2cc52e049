// SPDX-License-Identifier: Apache-2.0
#include "facts_message.h"

static char *string_of(const char *text) {
    return (char *)(uintptr_t)text;
}

static ProtobufCBinaryData uuid_of(const struct xhm_uuid *uuid) {
    return (ProtobufCBinaryData){.len = sizeof(uuid->bytes), .data = (uint8_t *)(uintptr_t)uuid->bytes};
}

static bool is_null(const struct xhm_uuid *uuid) {
    uint8_t any = 0;

    for (size_t i = 0; i < sizeof(uuid->bytes); i++) {
        any |= uuid->bytes[i];
    }
    return any == 0;
}

static Xhm__V1__HostFacts *host_to_message(const struct xhm_host_facts *from, struct xhm_arena *arena) {
    Xhm__V1__HostFacts *to = arena_message(arena, &xhm__v1__host_facts__descriptor);

    if (to) {
        to->availability = (Xhm__V1__Availability)from->availability;
        to->xen_version = from->xen_version;
        to->command_line = string_of(from->command_line);
        to->capabilities = from->capabilities;
        to->pcpus_online = from->pcpus_online;
        to->free_memory_kib = from->free_memory_kib;
        to->claimed_kib = from->claimed_kib;
        to->scheduler = from->scheduler;
    }
    return to;
}

static Xhm__V1__TopologyFacts *topology_to_message(const struct xhm_topology_facts *from, struct xhm_arena *arena) {
    Xhm__V1__TopologyFacts *to = arena_message(arena, &xhm__v1__topology_facts__descriptor);

    if (!to || !(to->cores = arena_take(arena, from->pcpu_count * sizeof(to->cores[0])))) {
        return NULL;
    }
    to->availability = (Xhm__V1__Availability)from->availability;
    for (uint32_t i = 0; i < from->pcpu_count; i++) {
        to->cores[to->n_cores++] = from->core[i] + 1;
    }
    return to;
}

static Xhm__V1__ServiceFacts *services_to_message(const struct xhm_service_facts *from, struct xhm_arena *arena) {
    Xhm__V1__ServiceFacts *to = arena_message(arena, &xhm__v1__service_facts__descriptor);

    if (!to || !(to->running = arena_take(arena, from->count * sizeof(to->running[0])))) {
        return NULL;
    }
    to->availability = (Xhm__V1__Availability)from->availability;
    for (uint32_t i = 0; i < from->count; i++) {
        to->running[to->n_running++] = from->running[i];
    }
    return to;
}

static bool set_to_message(const struct xhm_pcpu_set *set, struct xhm_arena *arena, size_t *count, uint32_t **pcpus) {
    size_t members = 0;

    for (unsigned i = 0; i < XHM_PCPU_WORDS; i++) {
        members += (size_t)__builtin_popcountll(set->words[i]);
    }
    *pcpus = arena_take(arena, members * sizeof((*pcpus)[0]));
    for (uint32_t pcpu = 0; *pcpus && pcpu < XHM_MAX_PCPUS; pcpu++) {
        if (set->words[pcpu / 64] >> pcpu % 64 & 1) {
            (*pcpus)[(*count)++] = pcpu;
        }
    }
    return *pcpus != NULL;
}

static bool frames_to_message(const struct xhm_cpupool_facts *from, struct xhm_arena *arena,
                              Xhm__V1__CpupoolFacts *to) {
    const uint32_t count = from->frame_count < XHM_MAX_FRAMES ? from->frame_count : XHM_MAX_FRAMES;

    to->frame_count = from->frame_count;
    to->frames = arena_take(arena, count * sizeof(to->frames[0]));
    for (uint32_t i = 0; to->frames && i < count; i++) {
        Xhm__V1__FrameFacts *frame = arena_message(arena, &xhm__v1__frame_facts__descriptor);

        if (!frame) {
            return false;
        }
        if (!is_null(&from->frames[i].uuid)) {
            frame->uuid = uuid_of(&from->frames[i].uuid);
        }
        frame->vcpu = from->frames[i].vcpu;
        frame->duration_ns = from->frames[i].duration_ns;
        to->frames[to->n_frames++] = frame;
    }
    return to->frames != NULL;
}

static Xhm__V1__CpupoolFacts *cpupool_to_message(const struct xhm_cpupool_facts *from, struct xhm_arena *arena) {
    Xhm__V1__CpupoolFacts *to = arena_message(arena, &xhm__v1__cpupool_facts__descriptor);

    if (!to || !set_to_message(&from->pcpus, arena, &to->n_pcpus, &to->pcpus) || !frames_to_message(from, arena, to)) {
        return NULL;
    }
    to->id = from->id;
    to->name = string_of(from->name);
    to->scheduler = from->scheduler;
    to->schedule = (Xhm__V1__Availability)from->schedule;
    to->major_frame_ns = from->major_frame_ns;
    return to;
}

static bool cpupools_to_message(const struct xhm_cpupools_facts *from, struct xhm_arena *arena, Xhm__V1__Facts *to) {
    to->cpupools = (Xhm__V1__Availability)from->availability;
    to->more_cpupools = from->more;
    to->cpupool = arena_take(arena, from->count * sizeof(to->cpupool[0]));
    if (!to->cpupool) {
        return false;
    }
    for (uint32_t i = 0; i < from->count; i++) {
        if (!(to->cpupool[i] = cpupool_to_message(&from->pools[i], arena))) {
            return false;
        }
        to->n_cpupool++;
    }
    return true;
}

static Xhm__V1__DeviceFacts *device_to_message(const struct xhm_device_facts *from, struct xhm_arena *arena) {
    Xhm__V1__DeviceFacts *to = arena_message(arena, &xhm__v1__device_facts__descriptor);

    if (to) {
        to->kind = from->kind;
        to->id = from->id;
        to->backend_domid = from->backend_domid;
        to->frontend_state = from->frontend_state;
        to->backend_state = from->backend_state;
        to->counters = (Xhm__V1__Availability)from->counters;
        to->errors = from->errors;
    }
    return to;
}

static bool devices_to_message(const struct xhm_domain_facts *from, struct xhm_arena *arena, Xhm__V1__DomainFacts *to) {
    to->devices = (Xhm__V1__Availability)from->devices;
    to->more_devices = from->more_devices;
    to->device = arena_take(arena, from->device_count * sizeof(to->device[0]));
    if (!to->device) {
        return false;
    }
    for (uint32_t i = 0; i < from->device_count; i++) {
        if (!(to->device[i] = device_to_message(&from->device[i], arena))) {
            return false;
        }
        to->n_device++;
    }
    return true;
}

static Xhm__V1__DomainFacts *domain_to_message(const struct xhm_domain_facts *from, struct xhm_arena *arena) {
    Xhm__V1__DomainFacts *to = arena_message(arena, &xhm__v1__domain_facts__descriptor);

    if (!to || !devices_to_message(from, arena, to)) {
        return NULL;
    }
    to->domid = from->domid;
    to->uuid = uuid_of(&from->uuid);
    to->pod = (Xhm__V1__Availability)from->pod;
    to->pod_kib = from->pod_kib;
    to->assigned = (Xhm__V1__Availability)from->assigned;
    to->n_assigned_pci = from->assigned_count;
    to->assigned_pci = (uint32_t *)(uintptr_t)from->assigned_pci;
    to->more_assigned = from->more_assigned;
    to->cache = (Xhm__V1__Availability)from->cache;
    to->n_l3_masks = sizeof(from->l3_mask) / sizeof(from->l3_mask[0]);
    to->l3_masks = (uint64_t *)(uintptr_t)from->l3_mask;
    to->bandwidth = (Xhm__V1__Availability)from->bandwidth;
    to->bandwidth_percent = from->bandwidth_percent;
    return to;
}

static bool domains_to_message(const struct xhm_facts *from, struct xhm_arena *arena, Xhm__V1__Facts *to) {
    to->domains = (Xhm__V1__Availability)from->domains;
    to->domain = arena_take(arena, from->domain_count * sizeof(to->domain[0]));
    if (!to->domain) {
        return false;
    }
    for (uint32_t i = 0; i < from->domain_count; i++) {
        if (!(to->domain[i] = domain_to_message(&from->domain[i], arena))) {
            return false;
        }
        to->n_domain++;
    }
    return true;
}

Xhm__V1__Facts *facts_to_message(const struct xhm_facts *facts, struct xhm_arena *arena) {
    Xhm__V1__Facts *to = arena_message(arena, &xhm__v1__facts__descriptor);

    if (!to) {
        return NULL;
    }
    to->number = facts->number;
    return (to->host = host_to_message(&facts->host, arena)) &&
                   (to->topology = topology_to_message(&facts->topology, arena)) &&
                   (to->services = services_to_message(&facts->services, arena)) &&
                   cpupools_to_message(&facts->cpupools, arena, to) && domains_to_message(facts, arena, to)
               ? to
               : NULL;
}
