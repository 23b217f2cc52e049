#include "facts_gather.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define KIB_PER_PAGE (XC_PAGE_SIZE / 1024)

_Static_assert(sizeof(xen_commandline_t) == XHM_COMMAND_LINE_SIZE, "Xen's command line fits");

static enum xhm_availability cannot(const char *what) {
    fprintf(stderr, "cannot read %s: %s\n", what, strerror(errno));
    return XHM_FACTS_UNKNOWN;
}

static bool read_version(xc_interface *xen, struct xhm_host_facts *host) {
    xen_commandline_t command_line = {0};
    const int version = xc_version(xen, XENVER_version, NULL);

    if (version < 0 || xc_version(xen, XENVER_commandline, command_line) < 0) {
        return false;
    }
    host->xen_version = (uint32_t)version;
    memcpy(host->command_line, command_line, sizeof(host->command_line));
    host->command_line[sizeof(host->command_line) - 1] = '\0';
    return true;
}

static bool read_physical(xc_interface *xen, struct xhm_host_facts *host) {
    xc_physinfo_t physical = {0};

    if (xc_physinfo(xen, &physical) != 0) {
        return false;
    }
    host->capabilities = physical.capabilities;
    host->pcpus_online = physical.nr_cpus;
    host->free_memory_kib = physical.free_pages * KIB_PER_PAGE;
    host->claimed_kib = physical.outstanding_pages * KIB_PER_PAGE;
    return true;
}

static bool read_scheduler(xc_interface *xen, struct xhm_host_facts *host) {
    int scheduler = 0;

    if (xc_sched_id(xen, &scheduler) != 0 || scheduler < 0) {
        return false;
    }
    host->scheduler = (enum xhm_scheduler)scheduler;
    return true;
}

void facts_read_host(const struct facts_sources *sources, struct xhm_host_facts *host) {
    if (!read_version(sources->xen, host)) {
        host->availability = cannot("version and command line of Xen");
    } else if (!read_physical(sources->xen, host)) {
        host->availability = cannot("what the host has");
    } else if (!read_scheduler(sources->xen, host)) {
        host->availability = cannot("the scheduler of the host");
    } else {
        host->availability = XHM_FACTS_KNOWN;
    }
}

/* A core is named by the first of its pCPUs: Xen's own numbers count anew in each socket. */
static uint32_t first_of_core(const xc_cputopo_t *pcpus, uint32_t pcpu) {
    uint32_t first = 0;

    if (pcpus[pcpu].core == XEN_INVALID_CORE_ID || pcpus[pcpu].socket == XEN_INVALID_SOCKET_ID) {
        return UINT32_MAX;
    }
    while (pcpus[first].core != pcpus[pcpu].core || pcpus[first].socket != pcpus[pcpu].socket) {
        first++;
    }
    return first;
}

void facts_read_topology(const struct facts_sources *sources, struct xhm_topology_facts *topology) {
    static xc_cputopo_t pcpus[XHM_MAX_PCPUS];
    unsigned count = 0;

    if (xc_cputopoinfo(sources->xen, &count, NULL) != 0) {
        topology->availability = cannot("the number of pCPUs");
        return;
    }
    if (count > XHM_MAX_PCPUS) {
        fprintf(stderr, "cannot tell the cores of %u pCPUs: this program was built for %d (build option max_pcpus)\n",
                count, XHM_MAX_PCPUS);
        return;
    }
    if (xc_cputopoinfo(sources->xen, &count, pcpus) != 0 || count > XHM_MAX_PCPUS) {
        topology->availability = cannot("the cores of the pCPUs");
        return;
    }
    for (uint32_t pcpu = 0; pcpu < count; pcpu++) {
        topology->core[pcpu] = first_of_core(pcpus, pcpu);
    }
    topology->pcpu_count = count;
    topology->availability = XHM_FACTS_KNOWN;
}
