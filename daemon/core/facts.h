/**
 * What only dom0 can tell about the host: gathered by xhm-agent, sent over the control API, dated. Untrusted input like
 * every observation; a group that could not be gathered says so, and is never taken for "fine".
 */
#ifndef XHM_CORE_FACTS_H
#define XHM_CORE_FACTS_H

#include "policy.h"

/** Domains that one set of facts can describe. */
#define XHM_MAX_FACT_DOMAINS  XHM_MAX_DOMAINS
/** Bytes of Xen's command line, its terminating zero included (xen_commandline_t has 1024). */
#define XHM_COMMAND_LINE_SIZE 1024

/** Whether a group of facts can be used. Numbers are the API's. */
enum xhm_availability {
    XHM_FACTS_UNKNOWN = 0,       /**< not gathered, or the attempt failed */
    XHM_FACTS_KNOWN = 1,         /**< as said */
    XHM_FACTS_NOT_AVAILABLE = 2, /**< this host does not have it: no cache allocation, no IOMMU, … */
};

/** The host. */
struct xhm_host_facts {
    enum xhm_availability availability;
    uint32_t xen_version; /**< major << 16 | minor */
    char command_line[XHM_COMMAND_LINE_SIZE];
    uint32_t capabilities; /**< XEN_SYSCTL_PHYSCAP_* bits */
    uint32_t pcpus_online;
    uint64_t free_memory_kib;
    uint64_t claimed_kib;         /**< outstanding claims of all domains */
    enum xhm_scheduler scheduler; /**< of the system: of cpupools that are created without one */
};

/** SMT siblings: for each pCPU the number of its core, over all sockets; equal numbers share a core. */
struct xhm_topology_facts {
    enum xhm_availability availability;
    uint32_t pcpu_count;
    uint32_t core[XHM_MAX_PCPUS]; /**< UINT32_MAX: that pCPU is offline */
};

/** Services of dom0, in the order in which the policy names them. */
struct xhm_service_facts {
    enum xhm_availability availability;
    uint32_t count;
    bool running[XHM_MAX_SERVICES];
};

/** One minor frame as Xen has it. */
struct xhm_frame_facts {
    struct xhm_uuid uuid; /**< of the domain; null: idle */
    uint32_t vcpu;
    uint64_t duration_ns;
};

/** One cpupool. */
struct xhm_cpupool_facts {
    uint32_t id; /**< as in xhm_domain_reading */
    char name[XHM_NAME_SIZE];
    enum xhm_scheduler scheduler;
    struct xhm_pcpu_set pcpus;
    enum xhm_availability schedule; /**< of what follows: NOT_AVAILABLE but under ARINC 653 */
    uint64_t major_frame_ns;
    uint32_t frame_count; /**< may exceed XHM_MAX_FRAMES: then only the first are here */
    struct xhm_frame_facts frames[XHM_MAX_FRAMES];
};

/** All cpupools. */
struct xhm_cpupools_facts {
    enum xhm_availability availability;
    uint32_t count;
    struct xhm_cpupool_facts pools[XHM_MAX_CPUPOOLS];
    bool more; /**< there are more than fit */
};

/** XenbusState of a device's two sides (xen/include/public/io/xenbus.h): 4 is connected. */
#define XHM_XENBUS_CONNECTED 4u

/** One paravirtual device of a domain. */
struct xhm_device_facts {
    enum xhm_device_kind kind;
    uint32_t id;
    uint16_t backend_domid;
    uint32_t frontend_state;
    uint32_t backend_state;         /**< 0: there is no backend */
    enum xhm_availability counters; /**< of what follows */
    uint64_t errors; /**< receive and transmit errors and drops together, since the device was connected */
};

/** One domain. */
struct xhm_domain_facts {
    uint16_t domid;
    struct xhm_uuid uuid;
    enum xhm_availability pod; /**< populate-on-demand; NOT_AVAILABLE for a PV domain, which cannot have it */
    uint64_t pod_kib;          /**< memory that would be populated on demand: entries not populated yet */
    enum xhm_availability devices;
    uint32_t device_count;
    struct xhm_device_facts device[XHM_MAX_DEVICES];
    bool more_devices; /**< there are more than fit */
    enum xhm_availability assigned;
    uint32_t assigned_count;
    uint32_t assigned_pci[XHM_MAX_ASSIGNED];
    bool more_assigned;
    enum xhm_availability cache;
    uint64_t l3_mask[2]; /**< of the first two sockets; equal where there is one */
    enum xhm_availability bandwidth;
    uint32_t bandwidth_percent;
};

/** Everything the agent told at one moment. About 200 KiB: one copy is kept, by the daemon. */
struct xhm_facts {
    uint64_t number; /**< grows with each set; 0: none was ever received */
    uint64_t
        gathered_ns; /**< supervisor's monotonic clock at which its gathering began, as far as the agent can tell */
    struct xhm_host_facts host;
    struct xhm_topology_facts topology;
    struct xhm_service_facts services;
    struct xhm_cpupools_facts cpupools;
    enum xhm_availability domains; /**< of the list that follows */
    uint32_t domain_count;
    struct xhm_domain_facts domain[XHM_MAX_FACT_DOMAINS];
};

#endif
