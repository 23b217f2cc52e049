/**
 * How much a policy can hold: what is fixed here, and what the build chooses (xhm_config.h, meson_options.txt).
 */
#ifndef XHM_CORE_POLICY_LIMITS_H
#define XHM_CORE_POLICY_LIMITS_H

#include "xhm_config.h"

/** Bytes of a name, its terminating zero included. Names match [a-z][a-z0-9-]*. */
#define XHM_NAME_SIZE       32
/** Entries of the access list. */
#define XHM_MAX_ACCESS      16
/** Deadlines (pairs of checkpoints) of one entity. */
#define XHM_MAX_DEADLINES   4
/** Transitions of one entity's checkpoint graph. */
#define XHM_MAX_TRANSITIONS 24
/** Initial, and likewise final, checkpoints of one entity's graph. */
#define XHM_MAX_GRAPH_ENDS  4
/** Rungs of an escalation ladder. */
#define XHM_MAX_RUNGS       4
/** Named safe states. */
#define XHM_MAX_SAFE_STATES 8
/** Restart groups. */
#define XHM_MAX_GROUPS      8
/** Room for a number of each fault of the catalogue (faults.h). */
#define XHM_MAX_FAULTS      96

/** Cpupools that a policy may declare. */
#define XHM_MAX_CPUPOOLS      8
/** Minor frames of one ARINC 653 schedule. */
#define XHM_MAX_FRAMES        32
/** Paravirtual devices of one partition. */
#define XHM_MAX_DEVICES       8
/** Devices assigned to one partition. */
#define XHM_MAX_ASSIGNED      8
/** Options of Xen's command line, and services of dom0, that a policy may name. */
#define XHM_MAX_OPTIONS       16
#define XHM_MAX_SERVICES      8
/** Bytes of one option of Xen's command line, its terminating zero included. */
#define XHM_OPTION_SIZE       64
/** 64-bit words of a set of pCPUs. */
#define XHM_PCPU_WORDS        (XHM_MAX_PCPUS / 64)
/** Highest restart limit a policy may declare: the times of that many restarts are kept. */
#define XHM_MAX_RESTART_LIMIT 16

#endif
