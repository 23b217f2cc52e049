// SPDX-License-Identifier: Apache-2.0
/*
 * The simulated ECU: domains, the platform's side of the supervision core, and the agent in dom0.
 */
#ifndef XHM_SIM_ECU_H
#define XHM_SIM_ECU_H

#include "core.h"
#include "sim_guest.h"
#include "sim_host.h"

/* The simulated toolstack's times. */
#define XHM_SIM_BUILD_NS      (200 * UINT64_C(1000000)) /* xl create, until the domain is unpaused */
#define XHM_SIM_RENDEZVOUS_NS (30 * UINT64_C(1000000))  /* from FOLLOW to a mapped page */

enum xhm_sim_agent_mood {
    XHM_SIM_AGENT_WORKS,
    XHM_SIM_AGENT_FAILS,   /* reports that it could not */
    XHM_SIM_AGENT_LIES,    /* reports success, but nothing was created */
    XHM_SIM_AGENT_FORGETS, /* creates, but its report never comes */
};

struct xhm_sim_agent {
    bool connected;
    bool silent;
    uint64_t silent_since_ns;
    uint64_t delay_ns; /* from a task to its end */
    enum xhm_sim_agent_mood mood;
    struct {
        uint64_t task_id; /* 0: none */
        uint64_t done_at_ns;
    } tasks[XHM_MAX_PARTITIONS];
};

/* What the platform holds of one partition. */
struct xhm_sim_link {
    bool following;
    uint16_t domid;
    uint64_t since_ns;
    bool attached[XHM_MAX_PAGES];
    struct xhm_probe_page copies[XHM_MAX_PAGES];
};

struct xhm_sim_ecu {
    const struct xhm_policy *policy;
    uint64_t now_ns; /* since the trace began */
    uint16_t next_domid;
    struct xhm_sim_domain domains[XHM_MAX_DOMAINS];
    struct xhm_sim_link links[XHM_MAX_PARTITIONS];
    struct xhm_sim_agent agent;

    struct xhm_sim_host host;

    bool xenstore_stalled;
    uint64_t xenstore_since_ns;
    bool hypervisor_stalled;
    bool clock_failed;
    int64_t clock_offset_ns;
    bool events_lost;
    bool fault_memory_degraded;
    bool action_failed;
    enum xhm_last_resort last_resort; /* taken by the supervisor, and due */

    uint32_t report_count;
    struct xhm_agent_report reports[XHM_MAX_AGENT_REPORTS];
};

/* An ECU with dom0 on pCPU 0, a connected agent and nothing else. */
void ecu_init(struct xhm_sim_ecu *ecu, const struct xhm_policy *policy);

/* Lets everything run until now_ns. */
void ecu_run(struct xhm_sim_ecu *ecu, uint64_t now_ns);

/* What the platform and the control API would see in this cycle. */
void ecu_observe(struct xhm_sim_ecu *ecu, const struct xhm_plan *plan, uint32_t ticks,
                 struct xhm_observation *observation);

/* Carries out one action of the core. */
void ecu_act(struct xhm_sim_ecu *ecu, const struct xhm_action *action);

/* The core took another policy; origin as in core_apply_policy(). */
void ecu_renumber(struct xhm_sim_ecu *ecu, const struct xhm_policy *policy, const uint32_t origin[XHM_MAX_PARTITIONS]);

/* The supervisor's process ended: everything that it held is gone. */
void ecu_forget_supervisor(struct xhm_sim_ecu *ecu);

/* The machine boots: every domain is gone but dom0, and the toolstack starts every partition. */
void ecu_reboot(struct xhm_sim_ecu *ecu);

/* Starts an instance of a partition; domid 0 takes the next free one. NULL when there is no room. */
struct xhm_sim_domain *ecu_start(struct xhm_sim_ecu *ecu, uint32_t partition, uint16_t domid, uint64_t build_ns);

/* Makes a domain that is no partition. NULL when there is no room. */
struct xhm_sim_domain *ecu_add_domain(struct xhm_sim_ecu *ecu, const char *name, uint16_t domid);

/* The newest domain of that name that is not dying; NULL: none. */
struct xhm_sim_domain *ecu_find(struct xhm_sim_ecu *ecu, const char *name);

/* The toolstack destroys a domain. It stays in the list, dying, while the supervisor maps a page of it. */
void ecu_destroy(struct xhm_sim_ecu *ecu, struct xhm_sim_domain *domain);

#endif
