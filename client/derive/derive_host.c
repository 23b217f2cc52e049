// SPDX-License-Identifier: Apache-2.0
#include "derive_parts.h"

#include <inttypes.h>
#include <string.h>

#define NS_PER_S           UINT64_C(1000000000)
#define FACTS_PERIOD_NS    (5 * NS_PER_S)
#define FACTS_TIMEOUT_NS   (15 * NS_PER_S)
#define KNOWN_CAPABILITIES 0x3ffu

/* A word of the command line is there as a whole; one that ends with = stands for all that begin so. */
static bool has_option(const char *command_line, const char *option) {
    const size_t length = strlen(option);
    const bool is_beginning = length > 0 && option[length - 1] == '=';
    for (const char *at = command_line; *at != '\0';) {
        const size_t word = strcspn(at, " ");
        if (strncmp(at, option, length) == 0 && (word == length || (is_beginning && word > length))) {
            return true;
        }
        at += word;
        at += strspn(at, " ");
    }
    return false;
}

static void keep_options(struct derivation *derivation, const char *command_line) {
    struct xhm_platform_policy *platform = &derivation->policy->platform;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < platform->option_count; i++) {
        const struct xhm_option_policy *option = &platform->options[i];
        if (has_option(command_line, option->text) != option->forbidden) {
            platform->options[kept++] = *option;
        } else {
            derive_note(derivation->notes, DERIVE_OF_PLATFORM, 0, "The option %s was declared %s, and is%s there.",
                        option->text, option->forbidden ? "forbidden" : "required", option->forbidden ? "" : " not");
        }
    }
    platform->option_count = kept;
}

static void add_option(struct derivation *derivation, const char *word, size_t length) {
    struct xhm_platform_policy *platform = &derivation->policy->platform;
    struct xhm_option_policy option = {.forbidden = false};
    if (length >= sizeof(option.text) || platform->option_count == XHM_MAX_OPTIONS) {
        derive_note(derivation->notes, DERIVE_OF_PLATFORM, 0, "No room for the option %.*s of Xen's command line.",
                    length < 64 ? (int)length : 64, word);
        return;
    }
    memcpy(option.text, word, length);
    for (uint32_t i = 0; i < platform->option_count; i++) {
        if (strcmp(platform->options[i].text, option.text) == 0) {
            return;
        }
    }
    platform->options[platform->option_count++] = option;
}

static void add_options(struct derivation *derivation, const char *command_line) {
    for (const char *at = command_line + strspn(command_line, " "); *at != '\0';) {
        const size_t length = strcspn(at, " ");
        add_option(derivation, at, length);
        at += length;
        at += strspn(at, " ");
    }
}

static void keep_services(struct derivation *derivation, const struct xhm_service_facts *services) {
    struct xhm_platform_policy *platform = &derivation->policy->platform;
    uint32_t kept = 0;
    if (services->availability != XHM_FACTS_KNOWN || services->count != platform->service_count) {
        return;
    }
    for (uint32_t i = 0; i < services->count; i++) {
        if (services->running[i]) {
            memmove(platform->services[kept++], platform->services[i], sizeof(platform->services[0]));
        } else {
            derive_note(derivation->notes, DERIVE_OF_PLATFORM, 0, "The service %s does not run.",
                        platform->services[i]);
        }
    }
    platform->service_count = kept;
}

static void derive_host(struct derivation *derivation, const struct xhm_host_facts *host) {
    struct xhm_platform_policy *platform = &derivation->policy->platform;
    platform->xen_version_min = platform->xen_version_max = host->xen_version;
    platform->capabilities = host->capabilities & KNOWN_CAPABILITIES;
    platform->pcpus_online = host->pcpus_online;
    platform->claims_forbidden = host->claimed_kib == 0;
    keep_options(derivation, host->command_line);
    add_options(derivation, host->command_line);
    if (platform->free_memory_kib > host->free_memory_kib) {
        platform->free_memory_kib = 0;
    }
    derive_note(derivation->notes, DERIVE_OF_PLATFORM, 0,
                "%" PRIu64 "KiB of the host's memory are free: free_memory declares how much must be.",
                host->free_memory_kib);
}

void derive_platform(struct derivation *derivation) {
    struct xhm_platform_policy *platform = &derivation->policy->platform;
    const struct xhm_facts *facts = derivation->running->facts;
    if (facts == NULL) {
        derive_note(
            derivation->notes, DERIVE_OF_ALL, 0,
            "The agent told nothing: host, cpupools and devices are not known, and what was declared of the host "
            "and of cpupools stays.");
        return;
    }
    if (platform->facts_period_ns == 0) {
        platform->facts_period_ns = FACTS_PERIOD_NS;
        platform->facts_timeout_ns = FACTS_TIMEOUT_NS;
    }
    if (facts->host.availability == XHM_FACTS_KNOWN) {
        derive_host(derivation, &facts->host);
    } else {
        derive_note(derivation->notes, DERIVE_OF_PLATFORM, 0, "The host is not known: declared as before.");
    }
    keep_services(derivation, &facts->services);
}

/* ---- cpupools ---- */

static bool is_idle(const struct xhm_uuid *uuid) {
    static const struct xhm_uuid idle;
    return memcmp(uuid, &idle, sizeof(idle)) == 0;
}

/* Dom0 usually has no handle, so that a frame of its own looks like an idle one: it is dom0's where dom0 is. */
static bool is_in_frame(const Xhm__V1__RunningDomain *domain, const struct xhm_cpupool_facts *pool,
                        const struct xhm_uuid *uuid) {
    return domain->uuid.len == sizeof(uuid->bytes) && memcmp(domain->uuid.data, uuid->bytes, domain->uuid.len) == 0 &&
           (!is_idle(uuid) || (domain->domid == 0 && domain->cpupool_id == pool->id));
}

/* @return false when somebody runs in it who is no partition */
static bool derive_frame(const struct derivation *derivation, const struct xhm_cpupool_facts *pool,
                         const struct xhm_frame_facts *from, struct xhm_frame_policy *frame) {
    const uint32_t count = derive_domain_count(derivation);
    *frame = (struct xhm_frame_policy){.vcpu = from->vcpu, .duration_ns = from->duration_ns};
    for (uint32_t i = 0; i < count; i++) {
        if (derivation->partition_of[i] != DERIVE_NONE &&
            is_in_frame(derivation->running->reply->domains[i], pool, &from->uuid)) {
            frame->partition_number = derivation->partition_of[i] + 1;
            return true;
        }
    }
    frame->vcpu = 0;
    return is_idle(&from->uuid);
}

static void derive_schedule(struct derivation *derivation, const struct xhm_cpupool_facts *from,
                            struct xhm_cpupool_policy *pool, uint32_t index) {
    bool known = from->schedule == XHM_FACTS_KNOWN && from->frame_count <= XHM_MAX_FRAMES;
    if (from->schedule == XHM_FACTS_NOT_AVAILABLE) {
        return;
    }
    for (uint32_t i = 0; known && i < from->frame_count; i++) {
        known = derive_frame(derivation, from, &from->frames[i], &pool->frames[i]);
    }
    if (known && from->frame_count > 0) {
        pool->frame_count = from->frame_count;
        pool->major_frame_ns = from->major_frame_ns;
    } else {
        derive_note(derivation->notes, DERIVE_OF_CPUPOOL, index,
                    "Its schedule is not declared: not known, empty, too long, or of a domain that is no partition.");
    }
}

void derive_cpupools(struct derivation *derivation) {
    const struct xhm_facts *facts = derivation->running->facts;
    struct xhm_policy *policy = derivation->policy;
    if (facts == NULL || facts->cpupools.availability != XHM_FACTS_KNOWN) {
        return;
    }
    policy->cpupool_count = 0;
    memset(policy->cpupools, 0, sizeof(policy->cpupools));
    for (uint32_t i = 0; i < facts->cpupools.count; i++) {
        const struct xhm_cpupool_facts *from = &facts->cpupools.pools[i];
        struct xhm_cpupool_policy *pool = &policy->cpupools[policy->cpupool_count];
        derivation->pool_number_of[i] = 0;
        if (from->name[0] == '\0') {
            derive_note(derivation->notes, DERIVE_OF_ALL, 0, "Cpupool %u has no name and is not declared.", from->id);
            continue;
        }
        memcpy(pool->name, from->name, sizeof(pool->name));
        pool->scheduler = from->scheduler;
        pool->pcpus = from->pcpus;
        derive_schedule(derivation, from, pool, policy->cpupool_count);
        derivation->pool_number_of[i] = ++policy->cpupool_count;
    }
    if (facts->cpupools.more) {
        derive_note(derivation->notes, DERIVE_OF_ALL, 0, "There are more cpupools than a policy can declare.");
    }
}
