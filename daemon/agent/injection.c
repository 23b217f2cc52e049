#include "injection.h"
#include "xhm_probe_attach.h"

#if XHM_INJECTION

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KIB_PER_PAGE  4u
/* What libxl adds to every limit that it is given, and takes off nothing when it is read back. */
#define TOOLSTACK_KIB 1024u
/* A spinning guest cannot be told to stop; it stops by itself. */
#define SPIN_SECONDS  60u
#define FIRST_ENTITY  1u
#define MAX_UNDOS     128u
#define CPUMAP_BYTES  128u

/* A task's wishes, as the job's details. */
struct wish {
    uint32_t entity_id;
    uint32_t target_pcpu;
    uint64_t memory_kib;
    char other[AGENT_NAME_SIZE];
    xc_domaininfo_t domain;       /* the partition's instance */
    xc_domaininfo_t other_domain; /* for DEADLINE */
};

enum undo_kind {
    UNDO_NOTHING,
    UNDO_NODE,
    UNDO_PIN,
    UNDO_LIMIT,
    UNDO_SIZE
};

/* One thing to be put back, in one instance: a later instance is as declared without it. */
struct undo {
    enum undo_kind kind;
    char partition[AGENT_NAME_SIZE]; /* of the task, which for DEADLINE is not the instance's */
    uint32_t domid;
    uint8_t uuid[DOMAINS_UUID_SIZE];
    int vcpu;                       /* UNDO_PIN */
    uint8_t affinity[CPUMAP_BYTES]; /* UNDO_PIN */
    uint64_t kib;                   /* UNDO_LIMIT, UNDO_SIZE */
};

static struct undo undos[MAX_UNDOS];

static bool is_same_undo(const struct undo *left, const struct undo *right) {
    return left->kind == right->kind && left->domid == right->domid && left->vcpu == right->vcpu &&
           memcmp(left->uuid, right->uuid, sizeof(left->uuid)) == 0 && strcmp(left->partition, right->partition) == 0;
}

/* The first one remembered is how it was before any injection, so a second is not taken. */
static bool remember(const struct undo *undo) {
    struct undo *free_entry = NULL;

    for (size_t i = 0; i < MAX_UNDOS; i++) {
        if (is_same_undo(&undos[i], undo)) {
            return true;
        }
        if (undos[i].kind == UNDO_NOTHING && free_entry == NULL) {
            free_entry = &undos[i];
        }
    }
    if (free_entry != NULL) {
        *free_entry = *undo;
    }
    return free_entry != NULL;
}

static struct undo make_undo(const struct agent_job *job, enum undo_kind kind, const xc_domaininfo_t *domain) {
    struct undo undo = {.kind = kind, .domid = domain->domain};

    snprintf(undo.partition, sizeof(undo.partition), "%s", job->partition->name);
    memcpy(undo.uuid, domain->handle, sizeof(undo.uuid));
    return undo;
}

static enum step_result find_instance(struct agent_job *job) {
    struct wish *wish = job->details;
    const int found = domains_find(job->agent->xen, job->uuid, &wish->domain);

    job->result.domid = wish->domain.domain;
    return found == 1 ? STEP_NEXT
                      : jobs_fail(job, "cannot inject into %s: %s", job->partition->name,
                                  found == 0 ? "it has no live instance" : strerror(-found));
}

static enum step_result find_other(struct agent_job *job) {
    struct wish *wish = job->details;
    const struct agent_partition *other = partitions_find(&job->agent->partitions, wish->other);

    if (other == NULL || other->running_domid < 0 ||
        domains_read(job->agent->xen, (uint32_t)other->running_domid, &wish->other_domain) != 1) {
        return jobs_fail(job, "cannot move a vCPU of \"%.32s\" to the pCPU of %s: no such partition is running",
                         wish->other, job->partition->name);
    }
    return STEP_NEXT;
}

static enum step_result write_order(struct agent_job *job, const xc_domaininfo_t *domain, const char *order) {
    const struct child_work work = {.function = rendezvous_write, .function_context = &job->node};
    const struct undo undo = make_undo(job, UNDO_NODE, domain);
    char doing[AGENT_MESSAGE_SIZE / 3];

    if (!remember(&undo)) {
        return jobs_fail(job, "cannot inject into %s: too many injections to be undone", job->partition->name);
    }
    job->node = (struct rendezvous_node){.domid = domain->domain, .path = XHM_PROBE_XENSTORE_INJECT};
    snprintf(job->node.value, sizeof(job->node.value), "%s", order);
    snprintf(doing, sizeof(doing), "telling domain %u \"%s\"", (unsigned)domain->domain, order);
    return jobs_start_child(job, &work, doing);
}

static enum step_result order_hang(struct agent_job *job) {
    struct wish *wish = job->details;
    char order[32];

    snprintf(order, sizeof(order), "hang %" PRIu32, wish->entity_id);
    return write_order(job, &wish->domain, order);
}

static enum step_result order_spin(struct agent_job *job) {
    struct wish *wish = job->details;
    char order[32];

    snprintf(order, sizeof(order), "spin %" PRIu32 " %u", wish->entity_id, SPIN_SECONDS);
    return write_order(job, &wish->domain, order);
}

static enum step_result order_overload(struct agent_job *job) {
    struct wish *wish = job->details;

    return write_order(job, &wish->other_domain, "overload 0");
}

static enum step_result run_xl(struct agent_job *job, const char *command, uint32_t domid, const char *argument) {
    char domid_text[16];
    const char *const arguments[] = {"xl", command, domid_text, argument, NULL};
    const struct child_work work = {.arguments = arguments};

    snprintf(domid_text, sizeof(domid_text), "%" PRIu32, domid);
    return jobs_start_child(job, &work, NULL);
}

static enum step_result crash(struct agent_job *job) {
    const struct wish *wish = job->details;

    return run_xl(job, "sysrq", wish->domain.domain, "c");
}

/* Above its size a partition gets a higher limit, which it would have to use itself; below, it has to give memory back.
 */
static enum step_result change_memory(struct agent_job *job) {
    const struct wish *wish = job->details;
    const uint64_t size_kib = wish->domain.tot_pages * KIB_PER_PAGE;
    const bool is_raise = wish->memory_kib > size_kib;
    struct undo undo = make_undo(job, is_raise ? UNDO_LIMIT : UNDO_SIZE, &wish->domain);
    char argument[32];

    undo.kib = is_raise ? wish->domain.max_pages * KIB_PER_PAGE - TOOLSTACK_KIB : size_kib;
    if (!remember(&undo)) {
        return jobs_fail(job, "cannot inject into %s: too many injections to be undone", job->partition->name);
    }
    snprintf(argument, sizeof(argument), "%" PRIu64 "k", wish->memory_kib);
    return run_xl(job, is_raise ? "mem-max" : "mem-set", wish->domain.domain, argument);
}

static bool is_pcpu_storable(xc_interface *xen) {
    const int size = xc_get_cpumap_size(xen);

    return size > 0 && (size_t)size <= CPUMAP_BYTES;
}

/* Xen writes the mask that took effect back, so the caller's copy must not be the one that is remembered. */
static int set_affinity(xc_interface *xen, uint32_t domid, int vcpu, const uint8_t affinity[CPUMAP_BYTES]) {
    uint8_t mask[CPUMAP_BYTES];

    memcpy(mask, affinity, sizeof(mask));
    return xc_vcpu_setaffinity(xen, domid, vcpu, mask, NULL, XEN_VCPUAFFINITY_HARD);
}

static enum step_result pin_vcpu(struct agent_job *job, const xc_domaininfo_t *domain, int vcpu) {
    const struct wish *wish = job->details;
    struct undo undo = make_undo(job, UNDO_PIN, domain);
    uint8_t target[CPUMAP_BYTES] = {0};

    undo.vcpu = vcpu;
    if (!is_pcpu_storable(job->agent->xen) || wish->target_pcpu >= CPUMAP_BYTES * 8) {
        return jobs_fail(job, "cannot pin domain %u to pCPU %" PRIu32 ": no room for so many pCPUs",
                         (unsigned)domain->domain, wish->target_pcpu);
    }
    if (xc_vcpu_getaffinity(job->agent->xen, domain->domain, vcpu, undo.affinity, NULL, XEN_VCPUAFFINITY_HARD) != 0) {
        return jobs_fail(job, "cannot read the affinity of vCPU %d of domain %u: %s", vcpu, (unsigned)domain->domain,
                         strerror(errno));
    }
    target[wish->target_pcpu / 8] = (uint8_t)(1u << wish->target_pcpu % 8);
    if (!remember(&undo) || set_affinity(job->agent->xen, domain->domain, vcpu, target) != 0) {
        return jobs_fail(job, "cannot pin vCPU %d of domain %u to pCPU %" PRIu32 ": %s", vcpu, (unsigned)domain->domain,
                         wish->target_pcpu, strerror(errno));
    }
    return STEP_NEXT;
}

static enum step_result pin(struct agent_job *job) {
    const struct wish *wish = job->details;

    return pin_vcpu(job, &wish->domain, 0);
}

static enum step_result pin_other(struct agent_job *job) {
    const struct wish *wish = job->details;
    enum step_result result = STEP_NEXT;

    for (uint32_t vcpu = 0; result == STEP_NEXT && vcpu <= wish->other_domain.max_vcpu_id; vcpu++) {
        result = pin_vcpu(job, &wish->other_domain, (int)vcpu);
    }
    return result;
}

static bool take_undo(struct agent_job *job, struct undo *taken) {
    for (size_t i = 0; i < MAX_UNDOS; i++) {
        if (undos[i].kind != UNDO_NOTHING && strcmp(undos[i].partition, job->partition->name) == 0) {
            *taken = undos[i];
            undos[i] = (struct undo){.kind = UNDO_NOTHING};
            return true;
        }
    }
    return false;
}

static bool is_still_there(struct agent_job *job, const struct undo *undo) {
    xc_domaininfo_t domain;

    return domains_read(job->agent->xen, undo->domid, &domain) == 1 &&
           memcmp(domain.handle, undo->uuid, sizeof(undo->uuid)) == 0;
}

static enum step_result undo_pin(struct agent_job *job, const struct undo *undo) {
    if (set_affinity(job->agent->xen, undo->domid, undo->vcpu, undo->affinity) != 0) {
        return jobs_fail(job, "cannot restore the affinity of vCPU %d of domain %" PRIu32 ": %s", undo->vcpu,
                         undo->domid, strerror(errno));
    }
    return STEP_NEXT;
}

static enum step_result undo_node(struct agent_job *job, const struct undo *undo) {
    const struct child_work work = {.function = rendezvous_write, .function_context = &job->node};

    job->node = (struct rendezvous_node){.domid = undo->domid, .path = XHM_PROBE_XENSTORE_INJECT, .value = "none"};
    return jobs_start_child(job, &work, "telling the partition to end its injection");
}

static enum step_result undo_memory(struct agent_job *job, const struct undo *undo) {
    char argument[32];

    snprintf(argument, sizeof(argument), "%" PRIu64 "k", undo->kib);
    return run_xl(job, undo->kind == UNDO_LIMIT ? "mem-max" : "mem-set", undo->domid, argument);
}

static enum step_result undo_nothing(struct agent_job *job, const struct undo *undo) {
    (void)job, (void)undo;
    return STEP_NEXT;
}

static enum step_result (*const undo_functions[])(struct agent_job *job, const struct undo *undo) = {
    [UNDO_NOTHING] = undo_nothing, [UNDO_NODE] = undo_node,   [UNDO_PIN] = undo_pin,
    [UNDO_LIMIT] = undo_memory,    [UNDO_SIZE] = undo_memory,
};

static enum step_result undo_all(struct agent_job *job) {
    enum step_result result = STEP_NEXT;
    struct undo undo;

    while (result == STEP_NEXT && take_undo(job, &undo)) {
        if (is_still_there(job, &undo)) {
            result = undo_functions[undo.kind](job, &undo);
        }
    }
    return result;
}

static enum step_result undo_ended(struct agent_job *job, const struct child_end *end) {
    return end->is_success ? undo_all(job) : jobs_child_failed(job, end);
}

#define MAX_STEPS 5

static const struct job_step steps_of[][MAX_STEPS] = {
    [XHM__V1__INJECTION_KIND__INJECTION_HANG] = {{find_instance, NULL}, {order_hang, NULL}},
    [XHM__V1__INJECTION_KIND__INJECTION_SPIN] = {{find_instance, NULL}, {order_spin, NULL}},
    [XHM__V1__INJECTION_KIND__INJECTION_CRASH] = {{find_instance, NULL}, {crash, NULL}},
    [XHM__V1__INJECTION_KIND__INJECTION_PIN] = {{find_instance, NULL}, {pin, NULL}},
    [XHM__V1__INJECTION_KIND__INJECTION_MEMORY] = {{find_instance, NULL}, {change_memory, NULL}},
    [XHM__V1__INJECTION_KIND__INJECTION_DEADLINE] = {{find_instance, NULL},
                                                     {find_other, NULL},
                                                     {pin_other, NULL},
                                                     {order_overload, NULL}},
};

static const struct job_step clear_steps[] = {{undo_all, undo_ended}, {NULL, NULL}};

static struct wish *make_wish(const Xhm__V1__AgentTask *task) {
    struct wish *wish = calloc(1, sizeof(*wish));

    if (wish != NULL) {
        wish->entity_id = task->entity_id != 0 ? task->entity_id : FIRST_ENTITY;
        wish->target_pcpu = task->target_pcpu < UINT32_MAX ? (uint32_t)task->target_pcpu : UINT32_MAX;
        wish->memory_kib = task->memory_kib;
        snprintf(wish->other, sizeof(wish->other), "%s", task->other_partition);
    }
    return wish;
}

const struct job_step *injection_prepare(const Xhm__V1__AgentTask *task, void **details) {
    const size_t kind = (size_t)task->injection;

    if (task->kind == XHM__V1__AGENT_TASK_KIND__AGENT_TASK_CLEAR_INJECTION) {
        return clear_steps;
    }
    if (kind >= sizeof(steps_of) / sizeof(steps_of[0]) || steps_of[kind][0].begin == NULL) {
        return NULL;
    }
    *details = make_wish(task);
    return *details != NULL ? steps_of[kind] : NULL;
}

#else

const struct job_step *injection_prepare(const Xhm__V1__AgentTask *task, void **details) {
    (void)task, (void)details;
    return NULL;
}

#endif
