#include "injection_parts.h"

#include <stdio.h>
#include <string.h>

#define MAX_UNDOS 128u

static struct injection_undo undos[MAX_UNDOS];

struct injection_undo injection_undo_make(const struct agent_job *job, enum injection_undo_kind kind,
                                          const xc_domaininfo_t *domain) {
    struct injection_undo undo = {.kind = kind, .domid = domain->domain};

    snprintf(undo.partition, sizeof(undo.partition), "%s", job->partition->name);
    memcpy(undo.uuid, domain->handle, sizeof(undo.uuid));
    return undo;
}

static bool is_same(const struct injection_undo *left, const struct injection_undo *right) {
    return left->kind == right->kind && left->domid == right->domid && left->vcpu == right->vcpu &&
           memcmp(left->uuid, right->uuid, sizeof(left->uuid)) == 0 && strcmp(left->partition, right->partition) == 0;
}

/* The first one remembered is how it was before any injection, so a second is not taken. */
enum step_result injection_undo_remember(struct agent_job *job, const struct injection_undo *undo) {
    struct injection_undo *free_entry = NULL;

    for (size_t i = 0; i < MAX_UNDOS; i++) {
        if (is_same(&undos[i], undo)) {
            return STEP_NEXT;
        }
        if (undos[i].kind == INJECTION_UNDO_NOTHING && free_entry == NULL) {
            free_entry = &undos[i];
        }
    }
    if (free_entry == NULL) {
        return jobs_fail(job, "cannot inject into %s: too many injections to be undone", job->partition->name);
    }
    *free_entry = *undo;
    return STEP_NEXT;
}

static bool take(struct agent_job *job, struct injection_undo *taken) {
    for (size_t i = 0; i < MAX_UNDOS; i++) {
        if (undos[i].kind != INJECTION_UNDO_NOTHING && strcmp(undos[i].partition, job->partition->name) == 0) {
            *taken = undos[i];
            undos[i] = (struct injection_undo){.kind = INJECTION_UNDO_NOTHING};
            return true;
        }
    }
    return false;
}

static bool is_still_there(struct agent_job *job, const struct injection_undo *undo) {
    xc_domaininfo_t domain;

    return domains_read(job->agent->xen, undo->domid, &domain) == 1 &&
           memcmp(domain.handle, undo->uuid, sizeof(undo->uuid)) == 0;
}

static enum step_result (*const put_back[INJECTION_UNDO_KIND_COUNT])(struct agent_job *job,
                                                                     const struct injection_undo *undo) = {
    [INJECTION_UNDO_ORDER] = injection_order_end,  [INJECTION_UNDO_PIN] = injection_pin_end,
    [INJECTION_UNDO_LIMIT] = injection_memory_end, [INJECTION_UNDO_SIZE] = injection_memory_end,
    [INJECTION_UNDO_PAUSE] = injection_pause_end,  [INJECTION_UNDO_VCPU] = injection_vcpu_off_end,
};

static enum step_result undo_all(struct agent_job *job) {
    enum step_result result = STEP_NEXT;
    struct injection_undo undo;

    while (result == STEP_NEXT && take(job, &undo)) {
        if (is_still_there(job, &undo)) {
            result = put_back[undo.kind](job, &undo);
        }
    }
    return result;
}

static enum step_result undo_ended(struct agent_job *job, const struct child_end *end) {
    return end->is_success ? undo_all(job) : jobs_child_failed(job, end);
}

const struct job_step injection_undo_steps[] = {{undo_all, undo_ended}, {NULL, NULL}};
