// SPDX-License-Identifier: Apache-2.0
#include "roles.h"

#include <sys/socket.h>

bool credentials_read(int descriptor, struct credentials *credentials) {
    struct ucred peer;
    socklen_t size = sizeof(peer);

    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
        return false;
    }
    credentials->uid = peer.uid;
    credentials->gid = peer.gid;
    credentials->pid = peer.pid;
    credentials->group_count = 0;
    size = sizeof(credentials->groups);
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, credentials->groups, &size) == 0) {
        credentials->group_count = (uint32_t)(size / sizeof(credentials->groups[0]));
    }
    return true;
}

static bool is_in_group(const struct credentials *credentials, uint32_t gid) {
    for (uint32_t i = 0; i < credentials->group_count; i++) {
        if (credentials->groups[i] == gid) {
            return true;
        }
    }
    return credentials->gid == gid;
}

uint32_t roles_of(const struct xhm_policy *policy, const struct credentials *credentials) {
    uint32_t roles = 0;

    for (uint32_t i = 0; i < policy->access_count; i++) {
        const struct xhm_access_policy *row = &policy->access[i];

        if (row->by_gid ? is_in_group(credentials, row->id) : credentials->uid == row->id) {
            roles |= row->roles;
        }
    }
    return roles;
}
