// SPDX-License-Identifier: Apache-2.0
#include "policy_platform_message.h"

#include "policy_resource_message.h"

/* protobuf-c's members are not const, but packing does not write through them. */
static char *string_of(const char *text) {
    return (char *)(uintptr_t)text;
}

static bool options_build(const struct xhm_platform_policy *from, struct xhm_arena *arena,
                          Xhm__V1__PlatformPolicy *to) {
    to->options = arena_take(arena, from->option_count * sizeof(to->options[0]));
    if (!to->options) {
        return false;
    }
    for (uint32_t i = 0; i < from->option_count; i++) {
        Xhm__V1__OptionPolicy *option = arena_message(arena, &xhm__v1__option_policy__descriptor);

        if (!option) {
            return false;
        }
        option->text = string_of(from->options[i].text);
        option->forbidden = from->options[i].forbidden;
        to->options[to->n_options++] = option;
    }
    return true;
}

static bool services_build(const struct xhm_platform_policy *from, struct xhm_arena *arena,
                           Xhm__V1__PlatformPolicy *to) {
    to->services = arena_take(arena, from->service_count * sizeof(to->services[0]));
    if (!to->services) {
        return false;
    }
    for (uint32_t i = 0; i < from->service_count; i++) {
        to->services[to->n_services++] = string_of(from->services[i]);
    }
    return true;
}

bool policy_platform_is_declared(const struct xhm_platform_policy *platform) {
    return platform->facts_period_ns || platform->facts_timeout_ns || platform->xen_version_min ||
           platform->xen_version_max || platform->option_count || platform->capabilities || platform->pcpus_online ||
           platform->free_memory_kib || platform->claims_forbidden || platform->service_count ||
           platform->supervisor_number;
}

static bool platform_build(const struct xhm_platform_policy *from, struct xhm_arena *arena,
                           Xhm__V1__PlatformPolicy **to) {
    Xhm__V1__PlatformPolicy *platform;

    if (!policy_platform_is_declared(from)) {
        return true;
    }
    *to = platform = arena_message(arena, &xhm__v1__platform_policy__descriptor);
    if (!platform || from->option_count > XHM_MAX_OPTIONS || from->service_count > XHM_MAX_SERVICES) {
        return false;
    }
    platform->facts_period_ns = from->facts_period_ns;
    platform->facts_timeout_ns = from->facts_timeout_ns;
    platform->xen_version_min = from->xen_version_min;
    platform->xen_version_max = from->xen_version_max;
    platform->capabilities = from->capabilities;
    platform->pcpus_online = from->pcpus_online;
    platform->free_memory_kib = from->free_memory_kib;
    platform->claims_forbidden = from->claims_forbidden;
    platform->supervisor_number = from->supervisor_number;
    return options_build(from, arena, platform) && services_build(from, arena, platform);
}

static bool frames_build(const struct xhm_cpupool_policy *from, struct xhm_arena *arena, Xhm__V1__CpupoolPolicy *to) {
    if (from->frame_count > XHM_MAX_FRAMES ||
        !(to->frames = arena_take(arena, from->frame_count * sizeof(to->frames[0])))) {
        return false;
    }
    for (uint32_t i = 0; i < from->frame_count; i++) {
        Xhm__V1__FramePolicy *frame = arena_message(arena, &xhm__v1__frame_policy__descriptor);

        if (!frame) {
            return false;
        }
        frame->partition_number = from->frames[i].partition_number;
        frame->vcpu = from->frames[i].vcpu;
        frame->duration_ns = from->frames[i].duration_ns;
        to->frames[to->n_frames++] = frame;
    }
    return true;
}

static bool cpupools_build(const struct xhm_policy *from, struct xhm_arena *arena, Xhm__V1__Policy *to) {
    if (from->cpupool_count > XHM_MAX_CPUPOOLS ||
        !(to->cpupools = arena_take(arena, from->cpupool_count * sizeof(to->cpupools[0])))) {
        return false;
    }
    for (uint32_t i = 0; i < from->cpupool_count; i++) {
        const struct xhm_cpupool_policy *row = &from->cpupools[i];
        Xhm__V1__CpupoolPolicy *pool = arena_message(arena, &xhm__v1__cpupool_policy__descriptor);

        if (!pool || !policy_pcpus_to_message(&row->pcpus, arena, &pool->pcpus, &pool->n_pcpus) ||
            !frames_build(row, arena, pool)) {
            return false;
        }
        pool->name = string_of(row->name);
        pool->scheduler = row->scheduler;
        pool->major_frame_ns = row->major_frame_ns;
        to->cpupools[to->n_cpupools++] = pool;
    }
    return true;
}

bool policy_platform_to_message(const struct xhm_policy *from, struct xhm_arena *arena, Xhm__V1__Policy *to) {
    return platform_build(&from->platform, arena, &to->platform) && cpupools_build(from, arena, to);
}
