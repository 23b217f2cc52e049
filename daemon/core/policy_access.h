/**
 * Who may do what: the roles of the API's peers.
 */
#ifndef XHM_CORE_POLICY_ACCESS_H
#define XHM_CORE_POLICY_ACCESS_H

#include <stdint.h>

/** Roles of API peers, as bits. */
enum xhm_role {
    XHM_ROLE_OBSERVER = 1u << 0,   /**< may read */
    XHM_ROLE_OPERATOR = 1u << 1,   /**< may read, restart partitions, set modes, enter and clear safe states */
    XHM_ROLE_RIG = 1u << 2,        /**< may read and inject faults */
    XHM_ROLE_AGENT = 1u << 3,      /**< carries out delegated actions */
    XHM_ROLE_CLUSTER = 1u << 4,    /**< may read and enter safe states */
    XHM_ROLE_INTEGRATOR = 1u << 5, /**< may read and apply policies */
};

/** Every role there is. */
#define XHM_ALL_ROLES                                                                                                  \
    ((uint32_t)XHM_ROLE_OBSERVER | (uint32_t)XHM_ROLE_OPERATOR | (uint32_t)XHM_ROLE_RIG | (uint32_t)XHM_ROLE_AGENT |   \
     (uint32_t)XHM_ROLE_CLUSTER | (uint32_t)XHM_ROLE_INTEGRATOR)

/** What the peers of an access row have in common. */
enum xhm_access_kind {
    XHM_ACCESS_UID = 0,       /**< their user, on the UNIX socket */
    XHM_ACCESS_GID = 1,       /**< a group of theirs, on the UNIX socket */
    XHM_ACCESS_PARTITION = 2, /**< the partition in which they run, over vchan */
};

/** One row of the access list: the peers that it names hold these roles. */
struct xhm_access_policy {
    enum xhm_access_kind kind;
    uint32_t id;    /**< user id, group id, or 1 + index of the partition */
    uint32_t roles; /**< set of enum xhm_role */
};

#endif
