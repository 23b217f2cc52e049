// SPDX-License-Identifier: Apache-2.0
/**
 * Who is at the other end of a socket, and what the policy lets them do.
 */
#ifndef XHM_CONTROL_ROLES_H
#define XHM_CONTROL_ROLES_H

#include "policy.h"
#include <sys/types.h>

/** Supplementary groups that are looked at; a peer with more is taken for its uid and first group only. */
#define CREDENTIALS_MAX_GROUPS 256

/** As the kernel says, from the moment of the connection. */
struct credentials {
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

#endif
