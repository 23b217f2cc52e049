#include "facts_gather.h"

#include <stdio.h>
#include <xenstat.h>

static struct xhm_device_facts *find_vif(struct xhm_domain_facts *domain, uint32_t id) {
    for (uint32_t i = 0; i < domain->device_count; i++) {
        struct xhm_device_facts *device = &domain->device[i];

        if (device->kind == XHM_DEVICE_VIF && device->id == id && device->counters != XHM_FACTS_NOT_AVAILABLE) {
            return device;
        }
    }
    return NULL;
}

static void take_counters(xenstat_domain *from, struct xhm_domain_facts *domain) {
    for (unsigned i = 0; i < xenstat_domain_num_networks(from); i++) {
        xenstat_network *network = xenstat_domain_network(from, i);
        struct xhm_device_facts *device = network != NULL ? find_vif(domain, xenstat_network_id(network)) : NULL;

        if (device != NULL) {
            device->errors = xenstat_network_rerrs(network) + xenstat_network_rdrop(network) +
                             xenstat_network_terrs(network) + xenstat_network_tdrop(network);
            device->counters = XHM_FACTS_KNOWN;
        }
    }
}

/* libxenstat leaves out domains without a name; what it does not tell stays unknown. */
static void take_all(xenstat_node *node, uint32_t domain_count, struct xhm_domain_facts *domains) {
    for (uint32_t i = 0; i < domain_count; i++) {
        xenstat_domain *domain = xenstat_node_domain(node, domains[i].domid);

        if (domain != NULL) {
            take_counters(domain, &domains[i]);
        }
    }
}

void facts_read_counters(uint32_t domain_count, struct xhm_domain_facts *domains) {
    xenstat_handle *handle = xenstat_init();
    xenstat_node *node = handle != NULL ? xenstat_get_node(handle, XENSTAT_NETWORK) : NULL;

    if (node != NULL) {
        take_all(node, domain_count, domains);
        xenstat_free_node(node);
    } else {
        fprintf(stderr, "cannot read the counters of network devices: libxenstat tells nothing\n");
    }
    if (handle != NULL) {
        xenstat_uninit(handle);
    }
}
