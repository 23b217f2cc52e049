#include "injection_parts.h"
#include "xhm_probe_attach.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#define PATH_SIZE  128
#define MS_PER_S   1000u
#define KIND(name) XHM__V1__INJECTION_KIND__INJECTION_##name

/* Words that xhm-rt-task understands (probes/linux/injection.c). */
static const char *const words[] = {
    [KIND(HANG)] = "hang",           [KIND(SLOW)] = "slow",       [KIND(EARLY)] = "early",
    [KIND(WRONG_ORDER)] = "order",   [KIND(SPIN)] = "spin",       [KIND(CORRUPT)] = "corrupt",
    [KIND(FROZEN_CLOCK)] = "frozen", [KIND(LATENCY)] = "latency", [KIND(RING_OVERFLOW)] = "ring",
    [KIND(TORN)] = "torn",           [KIND(LOAD)] = "overload",
};

static bool has_value(struct xs_handle *store, const char *path, const char *wanted) {
    unsigned length = 0;
    char *value = xs_read(store, XBT_NULL, path, &length);
    const bool is_same = value != NULL && strcmp(value, wanted) == 0;

    free(value);
    return is_same;
}

/* The watch fires once at once, and for every change; whoever runs this bounds the time. */
static bool await_value(struct xs_handle *store, const char *path, const char *wanted) {
    while (!has_value(store, path, wanted)) {
        unsigned count = 0;
        char **event = xs_read_watch(store, &count);

        if (event == NULL) {
            return false;
        }
        free(event);
    }
    return true;
}

int injection_order_carried_out(void *context) {
    const struct rendezvous_node *node = context;
    struct xs_handle *store = xs_open(0);
    char answer[PATH_SIZE];

    snprintf(answer, sizeof(answer), "/local/domain/%" PRIu32 "/" XHM_PROBE_XENSTORE_INJECTED, node->domid);
    if (store == NULL || !xs_watch(store, answer, "answer")) {
        perror("cannot talk to xenstore");
        return EXIT_FAILURE;
    }
    /* An answer to the same order, given before, is no answer to this one; mostly there is none. */
    xs_rm(store, XBT_NULL, answer);
    if (rendezvous_write(context) != EXIT_SUCCESS) {
        return EXIT_FAILURE;
    }
    return await_value(store, answer, node->value) ? EXIT_SUCCESS : EXIT_FAILURE;
}

static enum step_result give_order(struct agent_job *job, const xc_domaininfo_t *domain, const char *order) {
    const struct child_work work = {.function = injection_order_carried_out, .function_context = &job->node};
    const struct injection_undo undo = injection_undo_make(job, INJECTION_UNDO_ORDER, domain);
    char doing[AGENT_MESSAGE_SIZE / 3];

    if (injection_undo_remember(job, &undo) != STEP_NEXT) {
        return STEP_FAILED;
    }
    job->node = (struct rendezvous_node){.domid = domain->domain, .path = XHM_PROBE_XENSTORE_INJECT};
    snprintf(job->node.value, sizeof(job->node.value), "%s", order);
    snprintf(doing, sizeof(doing), "telling domain %u \"%s\"", (unsigned)domain->domain, order);
    return jobs_start_child(job, &work, doing);
}

enum step_result injection_order(struct agent_job *job) {
    const struct injection_wish *wish = job->details;
    const uint64_t seconds = (wish->duration_ms + MS_PER_S - 1) / MS_PER_S;
    char order[64];

    if (wish->kind == KIND(SPIN)) {
        snprintf(order, sizeof(order), "%s %" PRIu32 " %" PRIu64, words[wish->kind], wish->entity_id, seconds);
    } else {
        snprintf(order, sizeof(order), "%s %" PRIu32, words[wish->kind], wish->entity_id);
    }
    return give_order(job, &wish->domain, order);
}

enum step_result injection_order_overload(struct agent_job *job) {
    const struct injection_wish *wish = job->details;

    return give_order(job, &wish->other_domain, "overload 0");
}

/* Not awaited: a guest that spins, or is paused, answers when it can. */
enum step_result injection_order_end(struct agent_job *job, const struct injection_undo *undo) {
    const struct child_work work = {.function = rendezvous_write, .function_context = &job->node};

    job->node = (struct rendezvous_node){.domid = undo->domid, .path = XHM_PROBE_XENSTORE_INJECT, .value = "none"};
    return jobs_start_child(job, &work, "telling the partition to end its injection");
}
