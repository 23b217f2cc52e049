/* A Xen, a xenstore and a libxenstat of the tests' own, for what the agent tells of the host. */
#ifndef AGENT_FAKE_HOST_H
#define AGENT_FAKE_HOST_H

#include "facts_gather.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define FAKE_MAX_NODES   96
#define FAKE_MAX_DOMAINS (XHM_MAX_FACT_DOMAINS + 2)

/* The ECU that the agent sees. */
struct fake_ecu {
    struct {
        char path[96];
        char value[64];
    } nodes[FAKE_MAX_NODES];
    unsigned node_count;
    const char *broken_path; /* cannot be read */
    xc_domaininfo_t domains[FAKE_MAX_DOMAINS];
    unsigned domain_count;
    int failure;        /* errno of Xen's answers about the host and the list */
    int pod_failure;    /* likewise, about populate-on-demand */
    int shares_failure; /* likewise, about cache and bandwidth */
    unsigned sockets;
    bool masks_are_apart;
    uint64_t data_mask;
    unsigned pool_count;
    int pool_failure;
    int schedule_failure;
    bool has_statistics;
};

extern struct fake_ecu ecu;

/* What the functions under test are given, and what they fill in. */
extern struct facts_sources sources;
extern struct xhm_facts facts;

/* cmocka set-up: one pool, one socket, no domain, an empty xenstore. */
int fake_host_set_up(void **state);

/* Makes a node in xenstore. */
void put(const char *path, const char *value);

/* Makes a device as the toolstack does. */
void put_device(unsigned domid, const char *kind, const char *id, unsigned backend_domid, const char *backend_kind,
                const char *frontend_state, const char *backend_state);

#endif
