/**
 * What the agent writes into the partitions' own xenstore subtrees: who the supervisor is, and (test rigs) injections.
 * Every function here may wait for xenstored without limit: they are to run in a child process (children.h), report
 * trouble on stderr and return an exit status.
 */
#ifndef XHM_AGENT_RENDEZVOUS_KEY_H
#define XHM_AGENT_RENDEZVOUS_KEY_H

#include "partitions.h"

/** Which domain the supervisor is in. */
struct rendezvous_supervisor {
    uint16_t domid;
    uint64_t epoch; /**< changes when that domain is replaced */
};

/** The announcement for a supervisor in @p domid; the same over restarts of xhmd and xhm-agent. */
struct rendezvous_supervisor rendezvous_supervisor_make(uint16_t domid);

/** One value for one domain, owned by dom0 and readable for that domain. */
struct rendezvous_node {
    uint32_t domid;
    char path[64]; /**< below /local/domain/<domid>/ */
    char value[64];
};

/** The node that announces @p supervisor to @p domid. */
struct rendezvous_node rendezvous_node_supervisor(uint32_t domid, const struct rendezvous_supervisor *supervisor);

/** Writes a struct rendezvous_node. */
int rendezvous_write(void *node);

/** Context of rendezvous_ensure_all(). */
struct rendezvous_ensure {
    const struct agent_partitions *partitions;
    struct rendezvous_supervisor supervisor;
};

/**
 * Announces the supervisor to every running partition that does not have it yet; a struct rendezvous_ensure. Prints a
 * line "NAME DOMID" for each running partition.
 */
int rendezvous_ensure_all(void *ensure);

#endif
