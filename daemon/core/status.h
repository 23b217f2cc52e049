/**
 * Statuses of AUTOSAR WdgM, in the order from harmless to severe: the worse of two is the greater.
 */
#ifndef XHM_CORE_STATUS_H
#define XHM_CORE_STATUS_H

/**
 * Local status of an entity (never STOPPED), global status of a partition or of the ECU. Numbers are the API's.
 * What is supervised but unknown is never OK: DEACTIVATED until first known, FAILED once lost.
 */
enum xhm_status {
    XHM_STATUS_OK = 1,
    XHM_STATUS_DEACTIVATED = 2, /**< not supervised: not started yet, or by declaration */
    XHM_STATUS_FAILED = 3,      /**< faulty within tolerance */
    XHM_STATUS_EXPIRED = 4,     /**< faulty beyond tolerance; latched until the instance is replaced */
    XHM_STATUS_STOPPED = 5,     /**< expired, and the supervisor will do nothing more about it by itself */
};

#endif
