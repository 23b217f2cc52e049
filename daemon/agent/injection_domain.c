#include "injection_parts.h"
#include "vcpu_stop.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define KIB_PER_PAGE  4u
/* What libxl adds to every limit that it is given, and takes off nothing when it is read back. */
#define TOOLSTACK_KIB 1024u

static enum step_result run_xl(struct agent_job *job, const char *command, uint32_t domid, const char *argument) {
    char domid_text[16];
    const char *const arguments[] = {"xl", command, domid_text, argument, NULL};
    const struct child_work work = {.arguments = arguments};

    snprintf(domid_text, sizeof(domid_text), "%" PRIu32, domid);
    return jobs_start_child(job, &work, NULL);
}

enum step_result injection_crash(struct agent_job *job) {
    const struct injection_wish *wish = job->details;

    return run_xl(job, "sysrq", wish->domain.domain, "c");
}

/* Above its size a partition gets a higher limit, which it would have to use itself; below, it has to give memory back.
 */
enum step_result injection_memory(struct agent_job *job) {
    const struct injection_wish *wish = job->details;
    const uint64_t size_kib = wish->domain.tot_pages * KIB_PER_PAGE;
    const bool is_raise = wish->memory_kib > size_kib;
    struct injection_undo undo =
        injection_undo_make(job, is_raise ? INJECTION_UNDO_LIMIT : INJECTION_UNDO_SIZE, &wish->domain);
    char argument[32];

    undo.kib = is_raise ? wish->domain.max_pages * KIB_PER_PAGE - TOOLSTACK_KIB : size_kib;
    if (injection_undo_remember(job, &undo) != STEP_NEXT) {
        return STEP_FAILED;
    }
    snprintf(argument, sizeof(argument), "%" PRIu64 "k", wish->memory_kib);
    return run_xl(job, is_raise ? "mem-max" : "mem-set", wish->domain.domain, argument);
}

enum step_result injection_memory_end(struct agent_job *job, const struct injection_undo *undo) {
    char argument[32];

    snprintf(argument, sizeof(argument), "%" PRIu64 "k", undo->kib);
    return run_xl(job, undo->kind == INJECTION_UNDO_LIMIT ? "mem-max" : "mem-set", undo->domid, argument);
}

/* Pauses are counted by Xen: this is one of them, and its end takes back one. */
enum step_result injection_pause(struct agent_job *job) {
    const struct injection_wish *wish = job->details;
    const struct injection_undo undo = injection_undo_make(job, INJECTION_UNDO_PAUSE, &wish->domain);

    if (injection_undo_remember(job, &undo) != STEP_NEXT) {
        return STEP_FAILED;
    }
    if (xc_domain_pause(job->agent->xen, wish->domain.domain) != 0) {
        return jobs_fail(job, "cannot pause domain %u: %s", (unsigned)wish->domain.domain, strerror(errno));
    }
    return STEP_NEXT;
}

enum step_result injection_pause_end(struct agent_job *job, const struct injection_undo *undo) {
    if (xc_domain_unpause(job->agent->xen, undo->domid) != 0) {
        return jobs_fail(job, "cannot unpause domain %" PRIu32 ": %s", undo->domid, strerror(errno));
    }
    return STEP_NEXT;
}

enum step_result injection_vcpu_off(struct agent_job *job) {
    const struct injection_wish *wish = job->details;
    const struct injection_undo undo = injection_undo_make(job, INJECTION_UNDO_VCPU, &wish->domain);
    int result;

    if (injection_undo_remember(job, &undo) != STEP_NEXT) {
        return STEP_FAILED;
    }
    result = vcpu_stop(job->agent->xen, wish->domain.domain, 0);
    if (result < 0) {
        return jobs_fail(job, "cannot stop vCPU 0 of domain %u: %s", (unsigned)wish->domain.domain, strerror(-result));
    }
    return STEP_NEXT;
}

enum step_result injection_vcpu_off_end(struct agent_job *job, const struct injection_undo *undo) {
    const int result = vcpu_continue(job->agent->xen, undo->domid, 0);

    if (result < 0) {
        return jobs_fail(job, "cannot continue vCPU 0 of domain %" PRIu32 ": %s", undo->domid, strerror(-result));
    }
    return STEP_NEXT;
}
