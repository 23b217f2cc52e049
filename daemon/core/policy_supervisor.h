/**
 * What a policy declares of the supervisor itself: its timing, where it runs, and what is left to it at last.
 */
#ifndef XHM_CORE_POLICY_SUPERVISOR_H
#define XHM_CORE_POLICY_SUPERVISOR_H

#include <stdint.h>

/** What is left when nothing else is. */
enum xhm_last_resort {
    XHM_LAST_RESORT_NONE = 0,
    XHM_LAST_RESORT_REBOOT_ECU = 1,         /**< the hardware domain reboots the machine; deployment dom0 only */
    XHM_LAST_RESORT_RESTART_SUPERVISOR = 2, /**< xhmd ends with an error; its service manager starts it again */
};

/** Where the supervisor runs: what it can do depends on it. */
enum xhm_deployment {
    XHM_DEPLOYMENT_DOM0 = 1,
    XHM_DEPLOYMENT_DEDICATED = 2,
};

/** Operating mode of the ECU. Numbers are the API's. */
enum xhm_ecu_mode {
    XHM_MODE_STARTUP = 1,  /**< partitions that are not there yet are no fault; reactions are carried out */
    XHM_MODE_RUN = 2,      /**< everything is judged */
    XHM_MODE_SHUTDOWN = 3, /**< partitions end on purpose: nothing is judged, nothing is done */
    XHM_MODE_UPDATE = 4,   /**< likewise, while software is replaced */
    XHM_MODE_END
};

/** The supervisor's own timing. */
struct xhm_supervisor_policy {
    uint64_t cycle_ns;                     /**< supervision cycle */
    uint64_t crash_check_period_ns;        /**< period of reading the domain list, whole multiple of the cycle */
    uint64_t conformance_period_ns;        /**< time within which every vCPU of every domain is looked at once */
    uint32_t conformance_checks_per_cycle; /**< bound on vCPU look-ups in one cycle */
    uint64_t overrun_tolerance_ns;    /**< a step later than this is an overrun fault and re-baselines every window */
    uint64_t probe_busy_tolerance_ns; /**< a probe slot that stays mid-write for longer is a fault */
    uint64_t visibility_timeout_ns;   /**< xenstore or hypervisor silent for longer is a fault of the link */
    uint64_t agent_timeout_ns;        /**< agent silent for longer is a fault of the link */
    enum xhm_deployment deployment;
    enum xhm_ecu_mode initial_mode; /**< after a boot of the ECU */
    /**
     * Bounds that the integrator measured or was given, terms of every FDTI and FRTI: how late a supervision step may
     * be by scheduling, and how long a direct action takes until it shows (hypercall, or a message to a peer).
     */
    uint64_t scheduling_latency_ns;
    uint64_t direct_action_ns;
    uint32_t boot_limit; /**< starts in a row without a healthy ECU before the supervisor starts latched; 0: no limit */
    uint32_t boot_safe_state_number; /**< 1 + index of the safe state of a boot loop or an unreadable latch; 0: none */
    enum xhm_last_resort last_resort;
    uint32_t last_resort_limit; /**< last resorts in a row without a healthy ECU, over boots */
};

#endif
