/**
 * Gathering facts about the host: one function a group. They run in a child process of their own, because every one of
 * them may wait for xenstore or Xen without limit, and they tell what they could not learn as XHM_FACTS_UNKNOWN, with a
 * line on stderr that says why. Everything in xenstore that a guest can write is taken as untrusted input.
 */
#ifndef XHM_AGENT_FACTS_GATHER_H
#define XHM_AGENT_FACTS_GATHER_H

#include "facts.h"

#include <xenctrl.h>
#include <xenstore.h>

/** Bytes of a path in xenstore, its terminating zero included. */
#define FACTS_PATH_SIZE 192

/** What the groups ask. */
struct facts_sources {
    xc_interface *xen;
    struct xs_handle *store;
    const char *processes; /**< "/proc", but in tests */
};

/** Xen's version, command line and capabilities; pCPUs; memory; scheduler. */
void facts_read_host(const struct facts_sources *sources, struct xhm_host_facts *host);

/** Which pCPUs share a core. */
void facts_read_topology(const struct facts_sources *sources, struct xhm_topology_facts *topology);

/** Whether a process of each of @p count names runs (and is neither stopped nor a zombie). */
void facts_read_services(const struct facts_sources *sources, uint32_t count,
                         const char names[XHM_MAX_SERVICES][XHM_NAME_SIZE], struct xhm_service_facts *services);

/** Cpupools, with the ARINC 653 schedule of those that have one. */
void facts_read_cpupools(const struct facts_sources *sources, struct xhm_cpupools_facts *cpupools);

/** All domains that are not dying, with everything below. */
void facts_read_domains(const struct facts_sources *sources, struct xhm_facts *facts);

/**
 * Paravirtual devices of @p domain. Which there are, and who has the backend, is told by the toolstack's own part of
 * xenstore, /libxl; devices that only the frontend's part knows are told, too, with a backend only if that names them.
 */
void facts_read_devices(const struct facts_sources *sources, struct xhm_domain_facts *domain);

/** PCI devices assigned to @p domain, as the toolstack has them. */
void facts_read_assigned(const struct facts_sources *sources, struct xhm_domain_facts *domain);

/** Cache capacity masks and throttling of memory bandwidth of @p domain. */
void facts_read_shares(const struct facts_sources *sources, struct xhm_domain_facts *domain);

/** Errors and drops of the network devices whose backend is in dom0. */
void facts_read_counters(uint32_t domain_count, struct xhm_domain_facts *domains);

/**
 * Reads a node of xenstore that holds at most @p size - 1 bytes.
 * @return 1 with its text in @p text, 0 when there is no such node, -1 when it cannot be read or is too long
 */
int facts_read_node(struct xs_handle *store, const char *path, char *text, size_t size);

/** Reads a node that holds a decimal number of at most @p greatest. @return as facts_read_node() */
int facts_read_number(struct xs_handle *store, const char *path, uint32_t greatest, uint32_t *number);

/** Reads a decimal number that is all of @p text and at most @p greatest. */
bool facts_parse_number(const char *text, uint32_t greatest, uint32_t *number);

#endif
