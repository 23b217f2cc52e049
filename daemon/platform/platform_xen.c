/*
 * The Xen adapter: puts the parts of this folder behind platform.h.
 */
#include "pages.h"
#include "platform.h"
#include "xen_domains.h"
#include "xen_vcpus.h"

#include <stdio.h>
#include <stdlib.h>

struct xhm_platform {
    struct xhm_xen xen;
    struct xhm_rendezvous *rendezvous;
    struct xhm_pages pages;
};

struct xhm_platform *platform_open(char error[XHM_ERROR_SIZE]) {
    struct xhm_platform *platform = calloc(1, sizeof(*platform));

    if (platform == NULL) {
        snprintf(error, XHM_ERROR_SIZE, "cannot allocate the connection to the hypervisor: out of memory");
        return NULL;
    }
    if (!xen_connection_open(&platform->xen, error)) {
        platform_close(platform);
        return NULL;
    }
    platform->rendezvous = rendezvous_open(xen_connection_logger(), error);
    if (platform->rendezvous == NULL || !pages_open(&platform->pages, platform->rendezvous, error)) {
        platform_close(platform);
        return NULL;
    }
    return platform;
}

void platform_close(struct xhm_platform *platform) {
    if (platform == NULL) {
        return;
    }
    rendezvous_close(platform->rendezvous);
    pages_close(&platform->pages);
    xen_connection_close(&platform->xen);
    free(platform);
}

static void observe_vcpus(struct xhm_platform *platform, const struct xhm_plan *plan,
                          struct xhm_observation *observation) {
    observation->vcpu_count = plan->vcpu_count;
    for (uint32_t i = 0; i < plan->vcpu_count; i++) {
        xen_vcpus_observe(&platform->xen, plan->vcpus[i].domid, plan->vcpus[i].vcpu, plan->vcpus[i].scheduling,
                          &observation->vcpus[i]);
    }
}

void platform_observe(struct xhm_platform *platform, const struct xhm_plan *plan, struct xhm_observation *observation) {
    observation->domains_sight = XHM_SIGHT_NOT_DUE;
    observation->domain_count = 0;
    if (plan->read_domains) {
        xen_domains_observe(&platform->xen, observation);
    }
    observe_vcpus(platform, plan, observation);
    pages_observe(&platform->pages, observation->pages);
    observation->xenstore_silent_ns = rendezvous_silent_ns(platform->rendezvous, observation->now_ns);
}

bool platform_act(struct xhm_platform *platform, const struct xhm_action *action, char error[XHM_ERROR_SIZE]) {
    switch (action->kind) {
    case XHM_ACTION_FOLLOW:
        pages_follow(&platform->pages, action->partition, action->domid);
        return true;
    case XHM_ACTION_RELEASE:
        pages_release(&platform->pages, action->partition);
        return true;
    case XHM_ACTION_STOP:
        return xen_domains_stop(&platform->xen, action->domid, &action->uuid, error);
    case XHM_ACTION_PAUSE:
        return xen_domains_pause(&platform->xen, action->domid, &action->uuid, error);
    case XHM_ACTION_UNPAUSE:
        return xen_domains_unpause(&platform->xen, action->domid, &action->uuid, error);
    case XHM_ACTION_RECREATE:
    case XHM_ACTION_REBOOT_ECU:
    case XHM_ACTION_RESTART_SUPERVISOR:
        break;
    }
    snprintf(error, XHM_ERROR_SIZE, "cannot carry out action %d: it is not for the platform", (int)action->kind);
    return false;
}

void platform_renumber(struct xhm_platform *platform, const uint32_t origin[XHM_MAX_PARTITIONS]) {
    pages_renumber(&platform->pages, origin);
}

uint64_t platform_hypercalls(const struct xhm_platform *platform) {
    return platform->xen.hypercalls;
}
