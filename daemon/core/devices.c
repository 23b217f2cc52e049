// SPDX-License-Identifier: Apache-2.0
#include "conformance_parts.h"

/** The devices of one partition, as declared and as told. */
struct subject {
    const struct xhm_step *step;
    uint32_t partition;
    const struct xhm_partition_policy *policy;
    const struct xhm_domain_facts *facts;
};

static void tell(const struct subject *subject, enum xhm_partition_check check, uint32_t scope,
                 enum xhm_verdict verdict, uint64_t value0, uint64_t value1) {
    const struct xhm_fault_details details = {{value0, value1}};

    if (conformance_declares(subject->step, subject->partition, check, scope)) {
        conformance_tell_partition(subject->step, subject->partition, check, scope, verdict, details);
    }
}

static const struct xhm_device_facts *find(const struct subject *subject, const struct xhm_device_policy *declared) {
    for (uint32_t i = 0; i < subject->facts->device_count; i++) {
        const struct xhm_device_facts *device = &subject->facts->device[i];
        if (device->kind == declared->kind && device->id == declared->id) {
            return device;
        }
    }
    return NULL;
}

static bool is_declared(const struct subject *subject, const struct xhm_device_facts *device) {
    for (uint32_t i = 0; i < subject->policy->device_count; i++) {
        const struct xhm_device_policy *declared = &subject->policy->devices[i];
        if (device->kind == declared->kind && device->id == declared->id) {
            return true;
        }
    }
    return false;
}

/* No more can be declared than fit: where there are more, one at least is not declared. */
static void check_undeclared(const struct subject *subject) {
    const struct xhm_domain_facts *facts = subject->facts;
    uint32_t i = 0;

    while (i < facts->device_count && is_declared(subject, &facts->device[i])) {
        i++;
    }
    const bool found = i < facts->device_count;
    tell(subject, XHM_CHECK_DEVICE_UNDECLARED, XHM_SCOPE_WHOLE,
         conformance_judge(true, facts->devices, found || facts->more_devices), found ? facts->device[i].kind : 0,
         found ? facts->device[i].id : 0);
}

/* Of a partition that has no instance there is no backend. */
static uint32_t backend_domid(const struct subject *subject, const struct xhm_device_policy *declared) {
    if (declared->backend_number == 0) {
        return 0;
    }
    const struct xhm_partition_state *backend = step_state(subject->step, declared->backend_number - 1);
    return backend->instance_known ? backend->domid : XHM_NONE;
}

static bool is_connected(const struct subject *subject, const struct xhm_device_policy *declared,
                         const struct xhm_device_facts *device) {
    return device->frontend_state == XHM_XENBUS_CONNECTED && device->backend_state == XHM_XENBUS_CONNECTED &&
           device->backend_domid == backend_domid(subject, declared) &&
           presence_can_run(subject->step->core, device->backend_domid);
}

/* Fewer than before: the device was connected anew, and they are counted from then on. */
static uint64_t fresh_errors(const struct xhm_device_state *state, uint64_t errors) {
    if (!state->counting) {
        return 0;
    }
    return errors >= state->errors ? errors - state->errors : errors;
}

static void check_errors(const struct subject *subject, uint32_t scope, const struct xhm_device_facts *device) {
    const struct xhm_device_policy *declared = &subject->policy->devices[scope];
    struct xhm_device_state *state = &step_state(subject->step, subject->partition)->measures.devices[scope];
    uint64_t count = 0;

    if (declared->error_window_ns == 0) {
        return;
    }
    if (device->counters == XHM_FACTS_KNOWN) {
        count = counted_window_add(&state->window, declared->error_window_ns, fresh_errors(state, device->errors),
                                   subject->step->core->supervised_ns);
        state->errors = device->errors;
    }
    state->counting = device->counters == XHM_FACTS_KNOWN;
    tell(subject, XHM_CHECK_DEVICE_ERRORS, scope,
         conformance_judge(true, device->counters, count > declared->error_limit), device->errors, count);
}

static void check_device(const struct subject *subject, uint32_t scope, const struct xhm_device_facts *device) {
    const struct xhm_device_policy *declared = &subject->policy->devices[scope];

    tell(subject, XHM_CHECK_DEVICE_MISSING, scope, XHM_VERDICT_CONFORMS, 0, 0);
    tell(subject, XHM_CHECK_DEVICE_DISCONNECTED, scope,
         conformance_judge(true, XHM_FACTS_KNOWN, !is_connected(subject, declared, device)), device->backend_domid,
         device->backend_state);
    check_errors(subject, scope, device);
}

/* Of a device that is not there nothing else is to be known. */
static void check_missing(const struct subject *subject, uint32_t scope) {
    const struct xhm_device_policy *declared = &subject->policy->devices[scope];
    const struct xhm_domain_facts *facts = subject->facts;
    const enum xhm_availability known =
        facts->devices == XHM_FACTS_KNOWN && facts->more_devices ? XHM_FACTS_UNKNOWN : facts->devices;

    tell(subject, XHM_CHECK_DEVICE_MISSING, scope, conformance_judge(true, known, true), declared->kind, declared->id);
    tell(subject, XHM_CHECK_DEVICE_DISCONNECTED, scope, XHM_VERDICT_UNKNOWN, 0, 0);
    tell(subject, XHM_CHECK_DEVICE_ERRORS, scope, XHM_VERDICT_UNKNOWN, 0, 0);
}

static bool has_address(const uint32_t *addresses, uint32_t count, uint32_t address) {
    for (uint32_t i = 0; i < count; i++) {
        if (addresses[i] == address) {
            return true;
        }
    }
    return false;
}

static bool has_all(const uint32_t *addresses, uint32_t count, const uint32_t *wanted, uint32_t wanted_count) {
    for (uint32_t i = 0; i < wanted_count; i++) {
        if (!has_address(addresses, count, wanted[i])) {
            return false;
        }
    }
    return true;
}

static void check_assignment(const struct subject *subject) {
    const struct xhm_partition_policy *policy = subject->policy;
    const struct xhm_domain_facts *facts = subject->facts;
    const bool same = !facts->more_assigned &&
                      has_all(facts->assigned_pci, facts->assigned_count, policy->assigned, policy->assigned_count) &&
                      has_all(policy->assigned, policy->assigned_count, facts->assigned_pci, facts->assigned_count);

    tell(subject, XHM_CHECK_DEVICE_ASSIGNMENT, XHM_SCOPE_WHOLE, conformance_judge(true, facts->assigned, !same),
         facts->assigned_count, policy->assigned_count);
}

void devices_take_facts(const struct xhm_step *step, uint32_t partition, const struct xhm_domain_facts *facts) {
    const struct subject subject = {step, partition, step_policy(step, partition), facts};
    const uint32_t count = subject.policy->devices_declared ? subject.policy->device_count : 0;

    check_undeclared(&subject);
    check_assignment(&subject);
    for (uint32_t i = 0; i < count; i++) {
        const struct xhm_device_facts *device =
            facts->devices == XHM_FACTS_KNOWN ? find(&subject, &subject.policy->devices[i]) : NULL;
        if (device != NULL) {
            check_device(&subject, i, device);
        } else {
            check_missing(&subject, i);
        }
    }
}

void devices_rebaseline(struct xhm_core *core) {
    for (uint32_t partition = 0; partition < core->policy->partition_count; partition++) {
        for (uint32_t i = 0; i < XHM_MAX_DEVICES; i++) {
            core->partitions[partition].measures.devices[i].counting = false;
        }
    }
}
