// SPDX-License-Identifier: Apache-2.0
#include "roles.h"

#include <sys/socket.h>

bool credentials_read(int descriptor, struct credentials *credentials) {
    struct ucred peer;
    socklen_t size = sizeof(peer);

    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
        return false;
    }
    credentials->is_domain = false;
    credentials->partition = XHM_NONE;
    credentials->domid = 0;
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

static bool is_named(const struct xhm_access_policy *row, const struct credentials *credentials) {
    if (credentials->is_domain) {
        return row->kind == XHM_ACCESS_PARTITION && credentials->partition != XHM_NONE &&
               row->id == credentials->partition + 1;
    }
    return row->kind == XHM_ACCESS_UID ? credentials->uid == row->id
                                       : row->kind == XHM_ACCESS_GID && is_in_group(credentials, row->id);
}

uint32_t roles_of(const struct xhm_policy *policy, const struct credentials *credentials) {
    uint32_t roles = 0;

    for (uint32_t i = 0; i < policy->access_count; i++) {
        const struct xhm_access_policy *row = &policy->access[i];

        roles |= is_named(row, credentials) ? row->roles : 0;
    }
    return roles;
}

uint64_t credentials_peer(const struct credentials *credentials) {
    return credentials->is_domain ? XHM_PEER_DOMAIN | credentials->domid : credentials->uid;
}
