#include "rendezvous.h"
#include "rendezvous_threads.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct xhm_seat *rendezvous_seat(struct xhm_rendezvous *rendezvous, uint32_t index) {
    return &rendezvous->seats[index];
}

void rendezvous_follow(struct xhm_rendezvous *rendezvous, uint32_t index, xhm_instance_word instance) {
    atomic_store_explicit(&rendezvous->seats[index].instance, instance, memory_order_release);
    helper_thread_wake(rendezvous->grant_wake);
    helper_thread_wake(rendezvous->xenstore_wake);
}

uint64_t rendezvous_silent_ns(const struct xhm_rendezvous *rendezvous, uint64_t now_ns) {
    const uint64_t since_ns = atomic_load_explicit(&rendezvous->asking_since_ns, memory_order_acquire);

    return since_ns != 0 && now_ns > since_ns ? now_ns - since_ns : 0;
}

static bool open_resources(struct xhm_rendezvous *rendezvous, struct xentoollog_logger *logger,
                           char error[XHM_ERROR_SIZE]) {
    rendezvous->gnttab = xengnttab_open(logger, 0);
    if (rendezvous->gnttab == NULL) {
        snprintf(error, XHM_ERROR_SIZE, "cannot open /dev/xen/gntdev, through which probe pages are mapped: %s%s",
                 strerror(errno), errno == ENOENT ? " (is the module xen-gntdev loaded?)" : "");
        return false;
    }
    rendezvous->xenstore_wake = helper_thread_wake_open();
    rendezvous->grant_wake = helper_thread_wake_open();
    if (rendezvous->xenstore_wake < 0 || rendezvous->grant_wake < 0) {
        snprintf(error, XHM_ERROR_SIZE, "cannot make an eventfd for the probe rendezvous: %s", strerror(errno));
        return false;
    }
    return true;
}

static bool start_threads(struct xhm_rendezvous *rendezvous, char error[XHM_ERROR_SIZE]) {
    int failure = helper_thread_start(&rendezvous->grant_thread, "xhm-grants", rendezvous_grants_run, rendezvous);

    rendezvous->grant_started = failure == 0;
    if (failure == 0) {
        failure =
            helper_thread_start(&rendezvous->xenstore_thread, "xhm-xenstore", rendezvous_xenstore_run, rendezvous);
        rendezvous->xenstore_started = failure == 0;
    }
    if (failure != 0) {
        snprintf(error, XHM_ERROR_SIZE, "cannot start the threads of the probe rendezvous: %s", strerror(failure));
    }
    return failure == 0;
}

struct xhm_rendezvous *rendezvous_open(struct xentoollog_logger *logger, char error[XHM_ERROR_SIZE]) {
    struct xhm_rendezvous *rendezvous = calloc(1, sizeof(*rendezvous));

    if (rendezvous == NULL) {
        snprintf(error, XHM_ERROR_SIZE, "cannot allocate the probe rendezvous: out of memory");
        return NULL;
    }
    pthread_mutex_init(&rendezvous->announced_lock, NULL);
    rendezvous->xenstore_wake = -1;
    rendezvous->grant_wake = -1;
    if (!open_resources(rendezvous, logger, error) || !start_threads(rendezvous, error)) {
        rendezvous_close(rendezvous);
        return NULL;
    }
    return rendezvous;
}

static void close_descriptor(int descriptor) {
    if (descriptor >= 0) {
        close(descriptor);
    }
}

void rendezvous_close(struct xhm_rendezvous *rendezvous) {
    if (rendezvous == NULL) {
        return;
    }
    atomic_store(&rendezvous->is_stopping, true);
    helper_thread_wake(rendezvous->grant_wake);
    helper_thread_wake(rendezvous->xenstore_wake);

    const bool grants_ended = !rendezvous->grant_started || helper_thread_stop(rendezvous->grant_thread);
    const bool xenstore_ended = !rendezvous->xenstore_started || helper_thread_stop(rendezvous->xenstore_thread);

    if (!grants_ended || !xenstore_ended) {
        fprintf(stderr, "xhmd: leaving behind the thread that waits for %s, which did not answer within 1 s\n",
                grants_ended ? "xenstore" : "the grant device");
        return;
    }
    if (rendezvous->gnttab != NULL) {
        xengnttab_close(rendezvous->gnttab);
    }
    close_descriptor(rendezvous->xenstore_wake);
    close_descriptor(rendezvous->grant_wake);
    pthread_mutex_destroy(&rendezvous->announced_lock);
    free(rendezvous);
}
