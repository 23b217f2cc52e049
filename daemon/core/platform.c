// SPDX-License-Identifier: Apache-2.0
#include "conformance_parts.h"
#include <string.h>

/** One comparison. */
struct finding {
    enum xhm_availability known;
    bool deviates;
    uint64_t values[2];
};

static void tell(const struct xhm_step *step, enum xhm_platform_check check, uint32_t scope, struct finding finding) {
    const bool declared = (conformance_declared_of_host(step->core->policy, check) >> scope & 1u) != 0;
    const struct xhm_fault_details details = {{finding.values[0], finding.values[1]}};

    conformance_tell_platform(step, check, scope, conformance_judge(declared, finding.known, finding.deviates),
                              details);
}

static bool is_word(const char *word, size_t length, const char *wanted) {
    const size_t wanted_length = strlen(wanted);
    const bool any_value = wanted_length > 0 && wanted[wanted_length - 1] == '=';

    return (any_value ? length >= wanted_length : length == wanted_length) && memcmp(word, wanted, wanted_length) == 0;
}

/* Words are separated by spaces, as Xen takes them. */
static bool has_word(const char line[XHM_COMMAND_LINE_SIZE], const char *wanted) {
    size_t begin = 0;

    for (size_t i = 0; i < XHM_COMMAND_LINE_SIZE; i++) {
        if (line[i] != ' ' && line[i] != '\0') {
            continue;
        }
        if (is_word(&line[begin], i - begin, wanted)) {
            return true;
        }
        if (line[i] == '\0') {
            return false;
        }
        begin = i + 1;
    }
    return false;
}

static bool is_version_outside(const struct xhm_platform_policy *policy, uint32_t version) {
    return version < policy->xen_version_min || (policy->xen_version_max > 0 && version > policy->xen_version_max);
}

static void check_options(const struct xhm_step *step, const struct xhm_host_facts *host) {
    const struct xhm_platform_policy *policy = &step->core->policy->platform;

    for (uint32_t i = 0; i < policy->option_count; i++) {
        const struct xhm_option_policy *option = &policy->options[i];
        tell(step, XHM_CHECK_PLATFORM_OPTION, i,
             (struct finding){
                 host->availability, has_word(host->command_line, option->text) == option->forbidden, {i, 0}});
    }
}

static void check_services(const struct xhm_step *step, const struct xhm_service_facts *services) {
    for (uint32_t i = 0; i < step->core->policy->platform.service_count; i++) {
        const bool told = services->availability == XHM_FACTS_KNOWN && i < services->count;
        const enum xhm_availability known =
            services->availability == XHM_FACTS_KNOWN && !told ? XHM_FACTS_UNKNOWN : services->availability;
        tell(step, XHM_CHECK_PLATFORM_SERVICE, i, (struct finding){known, told && !services->running[i], {i, 0}});
    }
}

void platform_take_facts(const struct xhm_step *step) {
    const struct xhm_platform_policy *policy = &step->core->policy->platform;
    const struct xhm_host_facts *host = &step->observation->facts->host;
    const enum xhm_availability known = host->availability;
    const uint64_t missing = policy->capabilities & ~host->capabilities;

    tell(step, XHM_CHECK_PLATFORM_VERSION, XHM_SCOPE_WHOLE,
         (struct finding){known, is_version_outside(policy, host->xen_version), {host->xen_version, 0}});
    tell(step, XHM_CHECK_PLATFORM_CAPABILITY, XHM_SCOPE_WHOLE,
         (struct finding){known, missing != 0, {missing, host->capabilities}});
    tell(step, XHM_CHECK_PLATFORM_PCPUS, XHM_SCOPE_WHOLE,
         (struct finding){
             known, host->pcpus_online != policy->pcpus_online, {host->pcpus_online, policy->pcpus_online}});
    tell(step, XHM_CHECK_PLATFORM_MEMORY, XHM_SCOPE_WHOLE,
         (struct finding){
             known, host->free_memory_kib < policy->free_memory_kib, {host->free_memory_kib, policy->free_memory_kib}});
    tell(step, XHM_CHECK_PLATFORM_CLAIMS, XHM_SCOPE_WHOLE,
         (struct finding){known, host->claimed_kib > 0, {host->claimed_kib, 0}});
    check_options(step, host);
    check_services(step, &step->observation->facts->services);
}
