// SPDX-License-Identifier: Apache-2.0
#include "policy_platform_message.h"

static bool options_read(struct xhm_policy_place *place, const Xhm__V1__PlatformPolicy *from,
                         struct xhm_platform_policy *to) {
    if (!policy_place_fits(place, from->n_options, XHM_MAX_OPTIONS, "platform.options")) {
        return false;
    }
    for (size_t i = 0; i < from->n_options; i++) {
        const size_t depth = policy_place_enter(place, "platform.options", i);

        to->options[i].forbidden = from->options[i]->forbidden;
        if (!policy_place_read_text(place, from->options[i]->text, to->options[i].text, XHM_OPTION_SIZE, "text")) {
            return false;
        }
        policy_place_leave(place, depth);
    }
    to->option_count = (uint32_t)from->n_options;
    return true;
}

static bool services_read(struct xhm_policy_place *place, const Xhm__V1__PlatformPolicy *from,
                          struct xhm_platform_policy *to) {
    if (!policy_place_fits(place, from->n_services, XHM_MAX_SERVICES, "platform.services")) {
        return false;
    }
    for (size_t i = 0; i < from->n_services; i++) {
        if (!policy_place_read_name(place, from->services[i], to->services[i], "platform.services")) {
            return false;
        }
    }
    to->service_count = (uint32_t)from->n_services;
    return true;
}

static bool platform_read(struct xhm_policy_place *place, const Xhm__V1__PlatformPolicy *from,
                          struct xhm_platform_policy *to) {
    if (!from) {
        return true;
    }
    to->facts_period_ns = from->facts_period_ns;
    to->facts_timeout_ns = from->facts_timeout_ns;
    to->xen_version_min = from->xen_version_min;
    to->xen_version_max = from->xen_version_max;
    to->capabilities = from->capabilities;
    to->pcpus_online = from->pcpus_online;
    to->free_memory_kib = from->free_memory_kib;
    to->claims_forbidden = from->claims_forbidden;
    to->supervisor_number = from->supervisor_number;
    return options_read(place, from, to) && services_read(place, from, to) &&
           policy_place_require(place, policy_platform_is_declared(to), "platform");
}

static bool is_scheduler(uint32_t number) {
    return number == XHM_SCHEDULER_ANY || (number >= XHM_SCHEDULER_CREDIT && number <= XHM_SCHEDULER_NULL);
}

static bool frames_read(struct xhm_policy_place *place, const Xhm__V1__CpupoolPolicy *from,
                        struct xhm_cpupool_policy *to) {
    if (!policy_place_fits(place, from->n_frames, XHM_MAX_FRAMES, "frames")) {
        return false;
    }
    for (size_t i = 0; i < from->n_frames; i++) {
        to->frames[i] = (struct xhm_frame_policy){.partition_number = from->frames[i]->partition_number,
                                                  .vcpu = from->frames[i]->vcpu,
                                                  .duration_ns = from->frames[i]->duration_ns};
    }
    to->frame_count = (uint32_t)from->n_frames;
    return true;
}

static bool cpupool_read(struct xhm_policy_place *place, const Xhm__V1__CpupoolPolicy *from,
                         struct xhm_cpupool_policy *to) {
    to->scheduler = (enum xhm_scheduler)from->scheduler;
    to->major_frame_ns = from->major_frame_ns;
    return policy_place_read_name(place, from->name, to->name, "name") &&
           policy_place_require(place, is_scheduler(from->scheduler), "scheduler") &&
           policy_place_read_pcpus(place, from->pcpus, from->n_pcpus, &to->pcpus, "pcpus") &&
           frames_read(place, from, to);
}

static bool cpupools_read(struct xhm_policy_place *place, const Xhm__V1__Policy *from, struct xhm_policy *to) {
    if (!policy_place_fits(place, from->n_cpupools, XHM_MAX_CPUPOOLS, "cpupools")) {
        return false;
    }
    for (size_t i = 0; i < from->n_cpupools; i++) {
        const size_t depth = policy_place_enter(place, "cpupools", i);

        if (!cpupool_read(place, from->cpupools[i], &to->cpupools[i])) {
            return false;
        }
        policy_place_leave(place, depth);
    }
    to->cpupool_count = (uint32_t)from->n_cpupools;
    return true;
}

bool policy_platform_from_message(struct xhm_policy_place *place, const Xhm__V1__Policy *from, struct xhm_policy *to) {
    return platform_read(place, from->platform, &to->platform) && cpupools_read(place, from, to);
}
