#include "agent_fake_host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstat.h>

#define VIF_COUNT 3

struct fake_ecu ecu;
struct facts_sources sources = {.processes = "/proc"};
struct xhm_facts facts;

int fake_host_set_up(void **state) {
    (void)state;
    memset(&ecu, 0, sizeof(ecu));
    memset(&facts, 0, sizeof(facts));
    ecu.pool_count = 1;
    ecu.sockets = 1;
    ecu.has_statistics = true;
    return 0;
}

/* ---- xenstore ---- */

void put(const char *path, const char *value) {
    assert_true(ecu.node_count < FAKE_MAX_NODES);
    snprintf(ecu.nodes[ecu.node_count].path, sizeof(ecu.nodes[0].path), "%s", path);
    snprintf(ecu.nodes[ecu.node_count].value, sizeof(ecu.nodes[0].value), "%s", value);
    ecu.node_count++;
}

static bool is_below(const char *path, const char *folder) {
    const size_t length = strlen(folder);

    return strncmp(path, folder, length) == 0 && path[length] == '/';
}

void *xs_read(struct xs_handle *store, xs_transaction_t transaction, const char *path, unsigned *length) {
    (void)store, (void)transaction;
    errno = EIO;
    if (ecu.broken_path != NULL && strcmp(path, ecu.broken_path) == 0) {
        return NULL;
    }
    for (unsigned i = 0; i < ecu.node_count; i++) {
        if (strcmp(ecu.nodes[i].path, path) == 0) {
            *length = (unsigned)strlen(ecu.nodes[i].value);
            return strdup(ecu.nodes[i].value);
        }
        if (is_below(ecu.nodes[i].path, path)) {
            *length = 0;
            return strdup("");
        }
    }
    errno = ENOENT;
    return NULL;
}

/* The pointers and the names in one piece of memory, as the real one does. */
char **xs_directory(struct xs_handle *store, xs_transaction_t transaction, const char *path, unsigned *count) {
    char **entries = calloc(1, FAKE_MAX_NODES * (sizeof(*entries) + 96));
    char *names = (char *)(entries + FAKE_MAX_NODES);

    (void)store, (void)transaction;
    *count = 0;
    errno = EIO;
    if (ecu.broken_path != NULL && strcmp(path, ecu.broken_path) == 0) {
        free(entries);
        return NULL;
    }
    for (unsigned i = 0; i < ecu.node_count; i++) {
        bool is_new = is_below(ecu.nodes[i].path, path);

        snprintf(names, 96, "%s", is_new ? ecu.nodes[i].path + strlen(path) + 1 : "");
        names[strcspn(names, "/")] = '\0';
        for (unsigned j = 0; j < *count; j++) {
            is_new &= strcmp(entries[j], names) != 0;
        }
        if (is_new) {
            entries[(*count)++] = names;
            names += 96;
        }
    }
    if (*count == 0) {
        free(entries);
        errno = ENOENT;
        return NULL;
    }
    return entries;
}

/* ---- Xen ---- */

static int answer(int failure) {
    errno = failure;
    return failure != 0 ? -1 : 0;
}

int xc_version(xc_interface *xen, int command, void *argument) {
    (void)xen;
    if (command == XENVER_commandline) {
        memset(argument, 'x', XHM_COMMAND_LINE_SIZE); /* without its terminating zero */
        memcpy(argument, "sched=rtds ", 11);
    }
    return ecu.failure != 0 ? answer(ecu.failure) : 4 << 16 | 17;
}

int xc_physinfo(xc_interface *xen, xc_physinfo_t *physical) {
    (void)xen;
    physical->capabilities = XEN_SYSCTL_PHYSCAP_hvm | XEN_SYSCTL_PHYSCAP_directio;
    physical->nr_cpus = 4;
    physical->free_pages = 1000;
    physical->outstanding_pages = 3;
    return 0;
}

int xc_sched_id(xc_interface *xen, int *scheduler) {
    (void)xen;
    *scheduler = XHM_SCHEDULER_RTDS;
    return 0;
}

/* Two sockets of two cores, which count anew in each; the second core of the first has two pCPUs, one is offline. */
int xc_cputopoinfo(xc_interface *xen, unsigned *count, xc_cputopo_t *pcpus) {
    static const xc_cputopo_t host[] = {{0, 0, 0}, {1, 0, 0}, {1, 0, 0}, {0, 1, 0}, {~0u, ~0u, ~0u}, {1, 1, 0}};

    (void)xen;
    *count = sizeof(host) / sizeof(host[0]);
    if (pcpus != NULL) {
        memcpy(pcpus, host, sizeof(host));
    }
    return answer(ecu.failure);
}

int xc_get_max_cpus(xc_interface *xen) {
    (void)xen;
    return 6;
}

/* Pools 0, 3, 6, …: the second under ARINC 653. */
xc_cpupoolinfo_t *xc_cpupool_getinfo(xc_interface *xen, uint32_t first_id) {
    const uint32_t index = (first_id + 2) / 3;
    xc_cpupoolinfo_t *pool;

    (void)xen;
    errno = ecu.pool_failure != 0 ? ecu.pool_failure : ENOENT;
    if (index >= ecu.pool_count || (ecu.pool_failure != 0 && index > 0)) {
        return NULL;
    }
    pool = calloc(1, sizeof(*pool));
    pool->cpumap = calloc(1, 8);
    pool->cpupool_id = 3 * index;
    pool->sched_id = index == 1 ? XHM_SCHEDULER_ARINC653 : XHM_SCHEDULER_CREDIT2;
    pool->cpumap[0] = index == 0 ? 0xc5 : 0x02; /* bits above the number of pCPUs mean nothing */
    return pool;
}

void xc_cpupool_infofree(xc_interface *xen, xc_cpupoolinfo_t *pool) {
    (void)xen;
    free(pool->cpumap);
    free(pool);
}

int xc_sched_arinc653_schedule_get(xc_interface *xen, uint32_t pool_id, struct xen_sysctl_arinc653_schedule *schedule) {
    (void)xen;
    assert_int_equal(pool_id, 3);
    schedule->major_frame = 100000000;
    schedule->num_sched_entries = 40;
    schedule->sched_entries[1].dom_handle[15] = 9;
    schedule->sched_entries[1].vcpu_id = 2;
    schedule->sched_entries[1].runtime = 30000000;
    return answer(ecu.schedule_failure);
}

int xc_domain_getinfolist(xc_interface *xen, uint32_t first, unsigned maximum, xc_domaininfo_t *list) {
    unsigned count = 0;

    (void)xen;
    for (unsigned i = 0; i < ecu.domain_count && count < maximum; i++) {
        if (ecu.domains[i].domain >= first) {
            list[count++] = ecu.domains[i];
        }
    }
    return ecu.failure != 0 ? answer(ecu.failure) : (int)count;
}

int xc_domain_get_pod_target(xc_interface *xen, uint32_t domid, uint64_t *total, uint64_t *cached, uint64_t *entries) {
    (void)xen;
    *total = 5000;
    *cached = 100;
    *entries = domid;
    return answer(ecu.pod_failure);
}

int xc_psr_get_hw_info(xc_interface *xen, uint32_t socket, xc_psr_feat_type type, xc_psr_hw_info *hardware) {
    (void)xen;
    if (type == XC_PSR_CAT_L3) {
        hardware->cat.cdp_enabled = ecu.masks_are_apart;
    }
    return answer(ecu.shares_failure != 0 ? ecu.shares_failure : socket < ecu.sockets ? 0 : ERANGE);
}

int xc_psr_get_domain_data(xc_interface *xen, uint32_t domid, xc_psr_type type, uint32_t socket, uint64_t *data) {
    static const uint64_t masks[] = {0xf0, 0x0f};

    (void)xen, (void)domid;
    assert_int_equal(type == XC_PSR_CAT_L3_CBM, type != XC_PSR_MBA_THRTL && !ecu.masks_are_apart);
    *data = type == XC_PSR_MBA_THRTL ? 40 : type == XC_PSR_CAT_L3_CBM_DATA ? ecu.data_mask : masks[socket];
    return 0;
}

/* ---- libxenstat: domain 5 has vifs 0 and 1, domain 6 has vif 0 ---- */

static int node_object;
static const int vif_domids[VIF_COUNT] = {5, 5, 6};
static int domain_objects[8];
static int network_objects[VIF_COUNT];

xenstat_handle *xenstat_init(void) {
    return (xenstat_handle *)&node_object;
}

void xenstat_uninit(xenstat_handle *handle) {
    (void)handle;
}

xenstat_node *xenstat_get_node(xenstat_handle *handle, unsigned flags) {
    (void)handle;
    assert_int_equal(flags, XENSTAT_NETWORK);
    return ecu.has_statistics ? (xenstat_node *)&node_object : NULL;
}

void xenstat_free_node(xenstat_node *node) {
    (void)node;
}

xenstat_domain *xenstat_node_domain(xenstat_node *node, unsigned domid) {
    (void)node;
    return domid == 5 || domid == 6 ? (xenstat_domain *)&domain_objects[domid] : NULL;
}

static int domid_of(const void *domain) {
    return (int)((const int *)domain - domain_objects);
}

static unsigned index_of(const void *network) {
    return (unsigned)((const int *)network - network_objects);
}

unsigned xenstat_domain_num_networks(xenstat_domain *domain) {
    return domid_of(domain) == 5 ? 2 : 1;
}

xenstat_network *xenstat_domain_network(xenstat_domain *domain, unsigned network) {
    return (xenstat_network *)&network_objects[domid_of(domain) == 5 ? network : 2];
}

unsigned xenstat_network_id(xenstat_network *network) {
    const unsigned index = index_of(network);

    return index > 0 && vif_domids[index] == vif_domids[index - 1] ? 1 : 0;
}

unsigned long long xenstat_network_rerrs(xenstat_network *network) {
    return 1 + index_of(network);
}

unsigned long long xenstat_network_rdrop(xenstat_network *network) {
    (void)network;
    return 10;
}

unsigned long long xenstat_network_terrs(xenstat_network *network) {
    (void)network;
    return 100;
}

unsigned long long xenstat_network_tdrop(xenstat_network *network) {
    (void)network;
    return 1000;
}

/* ---- what tests make ---- */

void put_device(unsigned domid, const char *kind, const char *id, unsigned backend_domid, const char *backend_kind,
                const char *frontend_state, const char *backend_state) {
    char path[96];
    char backend[64];
    char frontend[64];

    snprintf(backend, sizeof(backend), "/local/domain/%u/backend/%s/%u/%s", backend_domid, backend_kind, domid, id);
    snprintf(frontend, sizeof(frontend), "/local/domain/%u/device/%s/%s", domid, kind, id);
    snprintf(path, sizeof(path), "/libxl/%u/device/%s/%s/backend", domid, kind, id);
    put(path, backend);
    snprintf(path, sizeof(path), "%s/state", frontend);
    put(path, frontend_state);
    snprintf(path, sizeof(path), "%s/backend", frontend);
    put(path, backend);
    snprintf(path, sizeof(path), "%s/state", backend);
    put(path, backend_state);
    snprintf(path, sizeof(path), "%s/frontend", backend);
    put(path, frontend);
}
