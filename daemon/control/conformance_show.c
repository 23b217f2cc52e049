// SPDX-License-Identifier: Apache-2.0
#include "conformance_show.h"

#include "state.h"
#include "words.h"

#include <stdio.h>

#define NS_PER_MS    UINT64_C(1000000)
#define SUBJECT_SIZE (XHM_OPTION_SIZE + 16u)

/* What the scopes of a check are: writes one of them in words. */
typedef void subject_function(const struct xhm_policy *policy, uint32_t partition, uint32_t scope,
                              char subject[SUBJECT_SIZE]);

static void name_vcpu(const struct xhm_policy *policy, uint32_t partition, uint32_t scope, char subject[SUBJECT_SIZE]) {
    snprintf(subject, SUBJECT_SIZE, "vCPU %u", scope);
}

static void name_device(const struct xhm_policy *policy, uint32_t partition, uint32_t scope,
                        char subject[SUBJECT_SIZE]) {
    const struct xhm_device_policy *device = &policy->partitions[partition].devices[scope];

    snprintf(subject, SUBJECT_SIZE, "%s %u", words_find(XHM_WORDS_DEVICE_KIND, device->kind), device->id);
}

static void name_option(const struct xhm_policy *policy, uint32_t partition, uint32_t scope,
                        char subject[SUBJECT_SIZE]) {
    const struct xhm_option_policy *option = &policy->platform.options[scope];

    snprintf(subject, SUBJECT_SIZE, "%s %s", option->forbidden ? "no option" : "option", option->text);
}

static void name_service(const struct xhm_policy *policy, uint32_t partition, uint32_t scope,
                         char subject[SUBJECT_SIZE]) {
    snprintf(subject, SUBJECT_SIZE, "service %s", policy->platform.services[scope]);
}

static void name_cpupool(const struct xhm_policy *policy, uint32_t partition, uint32_t scope,
                         char subject[SUBJECT_SIZE]) {
    snprintf(subject, SUBJECT_SIZE, "pool %s", policy->cpupools[scope].name);
}

static subject_function *const partition_subjects[XHM_PARTITION_CHECK_COUNT] = {
    [XHM_CHECK_VCPU_AFFINITY] = name_vcpu,         [XHM_CHECK_VCPU_PLACEMENT] = name_vcpu,
    [XHM_CHECK_SCHEDULING_PARAMETERS] = name_vcpu, [XHM_CHECK_DEVICE_MISSING] = name_device,
    [XHM_CHECK_DEVICE_DISCONNECTED] = name_device, [XHM_CHECK_DEVICE_ERRORS] = name_device,
};
static subject_function *const platform_subjects[XHM_PLATFORM_CHECK_COUNT] = {
    [XHM_CHECK_PLATFORM_OPTION] = name_option,  [XHM_CHECK_PLATFORM_SERVICE] = name_service,
    [XHM_CHECK_CPUPOOL_MISSING] = name_cpupool, [XHM_CHECK_CPUPOOL_PCPUS] = name_cpupool,
    [XHM_CHECK_SCHEDULER_KIND] = name_cpupool,  [XHM_CHECK_SCHEDULE_FRAMES] = name_cpupool,
};

/* A list of checks in the making. */
struct listing {
    const struct xhm_core *core;
    struct xhm_arena *arena;
    Xhm__V1__ConformanceReply *reply;
    uint32_t partition; /* XHM_NONE: the host */
    bool is_complete;   /* there was room for all so far */
};

static char *text_of(struct listing *listing, const char *text) {
    char *copy = arena_take(listing->arena, SUBJECT_SIZE);

    if (copy) {
        snprintf(copy, SUBJECT_SIZE, "%s", text);
    }
    return copy;
}

static Xhm__V1__ConformanceCheck *check_encode(struct listing *listing, enum xhm_fault fault, const char *subject,
                                               const struct xhm_verdicts *verdicts, enum xhm_verdict verdict) {
    const struct xhm_policy *policy = listing->core->policy;
    Xhm__V1__ConformanceCheck *to = arena_message(listing->arena, &xhm__v1__conformance_check__descriptor);

    if (!to || !(to->subject = text_of(listing, subject))) {
        return NULL;
    }
    to->check = (char *)(uintptr_t)faults_info(fault)->name;
    if (listing->partition != XHM_NONE) {
        to->partition = (char *)(uintptr_t)policy->partitions[listing->partition].name;
    }
    to->verdict = (Xhm__V1__Verdict)verdict;
    to->known = verdicts->known_ns != 0;
    to->age_ms = to->known ? (listing->core->supervised_ns - verdicts->known_ns) / NS_PER_MS : 0;
    return to;
}

static void list_scope(struct listing *listing, enum xhm_fault fault, subject_function *name,
                       const struct xhm_verdicts *verdicts, uint32_t scope) {
    const enum xhm_verdict verdict = conformance_verdict_of(verdicts, scope);
    char subject[SUBJECT_SIZE] = "";

    if (verdict == XHM_VERDICT_UNDECLARED) {
        return;
    }
    if (name && scope < XHM_SCOPE_WHOLE) {
        name(listing->core->policy, listing->partition, scope, subject);
    }

    Xhm__V1__ConformanceCheck *check = check_encode(listing, fault, subject, verdicts, verdict);

    listing->is_complete &= check != NULL;
    if (check) {
        listing->reply->checks[listing->reply->n_checks++] = check;
    }
}

static uint32_t count(const struct xhm_verdicts *verdicts, unsigned checks) {
    uint32_t total = 0;

    for (unsigned i = 0; i < checks; i++) {
        for (unsigned j = 0; j < XHM_VERDICT_COUNT; j++) {
            total += (uint32_t)__builtin_popcountll(verdicts[i].scopes[j]);
        }
    }
    return total;
}

static uint32_t count_all(const struct xhm_core *core, uint32_t first, uint32_t end) {
    uint32_t total = count(core->verdicts, XHM_PLATFORM_CHECK_COUNT);

    for (uint32_t i = first; i < end; i++) {
        total += count(core->partitions[i].verdicts, XHM_PARTITION_CHECK_COUNT);
    }
    return total;
}

static void list_platform(struct listing *listing) {
    listing->partition = XHM_NONE;
    for (unsigned check = 0; check < XHM_PLATFORM_CHECK_COUNT; check++) {
        for (uint32_t scope = 0; scope <= XHM_SCOPE_WHOLE; scope++) {
            list_scope(listing, conformance_platform_fault((enum xhm_platform_check)check), platform_subjects[check],
                       &listing->core->verdicts[check], scope);
        }
    }
}

static void list_partition(struct listing *listing, uint32_t partition) {
    listing->partition = partition;
    for (unsigned check = 0; check < XHM_PARTITION_CHECK_COUNT; check++) {
        for (uint32_t scope = 0; scope <= XHM_SCOPE_WHOLE; scope++) {
            list_scope(listing, conformance_partition_fault((enum xhm_partition_check)check), partition_subjects[check],
                       &listing->core->partitions[partition].verdicts[check], scope);
        }
    }
}

/* @return false when there is no room. @p partition XHM_NONE: all, and the host */
static bool list(struct xhm_control *control, uint32_t partition, Xhm__V1__ConformanceReply *reply) {
    const struct xhm_core *core = control->options.core;
    const uint32_t first = partition == XHM_NONE ? 0 : partition;
    const uint32_t end = partition == XHM_NONE ? core->policy->partition_count : partition + 1;
    struct listing listing = {.core = core, .arena = &control->arena, .reply = reply, .is_complete = true};

    reply->checks = arena_take(&control->arena, count_all(core, first, end) * sizeof(reply->checks[0]));
    if (!reply->checks) {
        return false;
    }
    if (partition == XHM_NONE) {
        list_platform(&listing);
    }
    for (uint32_t i = first; i < end; i++) {
        list_partition(&listing, i);
    }
    return listing.is_complete;
}

void conformance_show_answer(struct peer *peer, const Xhm__V1__ClientMessage *message) {
    struct xhm_control *control = peer->control;
    const char *name = message->conformance->partition;
    const uint32_t partition = name[0] == '\0' ? XHM_NONE : control_find_partition(control, name);
    Xhm__V1__ServerMessage reply = XHM__V1__SERVER_MESSAGE__INIT;
    Xhm__V1__ConformanceReply conformance = XHM__V1__CONFORMANCE_REPLY__INIT;

    if (name[0] != '\0' && partition == XHM_NONE) {
        peer_refuse(peer, message->request_id, XHM__V1__REFUSAL_REASON__REFUSAL_NOT_FOUND,
                    "conformance: the policy names no partition %.31s", name);
        return;
    }
    reply.request_id = message->request_id;
    reply.body_case = XHM__V1__SERVER_MESSAGE__BODY_CONFORMANCE;
    reply.conformance = &conformance;
    if (!list(control, partition, &conformance)) {
        peer_refuse_room(peer, message->request_id, "conformance");
        return;
    }
    peer_tell(peer, &reply);
}
