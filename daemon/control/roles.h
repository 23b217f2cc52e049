// SPDX-License-Identifier: Apache-2.0
/**
 * Who is at the other end of a connection, and what the policy lets them do.
 */
#ifndef XHM_CONTROL_ROLES_H
#define XHM_CONTROL_ROLES_H

#include "outcome.h"
#include "policy.h"
#include <sys/types.h>

/** Supplementary groups that are looked at; a peer with more is taken for its uid and first group only. */
#define CREDENTIALS_MAX_GROUPS 256

/** As the kernel says of a process, or the hypervisor of a domain, from the moment of the connection. */
struct credentials {
    bool is_domain;     /**< it came over vchan: these two count, and of its processes nothing is known */
    uint32_t partition; /**< in which it runs: index in the policy, XHM_NONE when that does not name it any more */
    uint16_t domid;     /**< of the partition's instance */
    uid_t uid;
    gid_t gid;
    pid_t pid;
    uint32_t group_count;
    gid_t groups[CREDENTIALS_MAX_GROUPS];
};

/** Asks the kernel who is connected at @p descriptor. @return false when it does not say */
bool credentials_read(int descriptor, struct credentials *credentials);

/** Every role that a row of the access list gives to @p credentials: a set of enum xhm_role. */
uint32_t roles_of(const struct xhm_policy *policy, const struct credentials *credentials);

/** The peer's number in events: its uid, or XHM_PEER_DOMAIN and its domid. */
uint64_t credentials_peer(const struct credentials *credentials);

#endif
