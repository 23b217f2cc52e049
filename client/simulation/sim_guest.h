// SPDX-License-Identifier: Apache-2.0
/*
 * A simulated domain: what Xen would say of it, and, if it is a partition, tasks that report through the real probe
 * encoder. Time only moves by guest_run().
 */
#ifndef XHM_SIM_GUEST_H
#define XHM_SIM_GUEST_H

#include "observation.h"
#include "xhm_probe.h"

/* From the start of a domain to its first report: kernel and user space. */
#define XHM_SIM_BOOT_NS (300 * UINT64_C(1000000))

/* Checkpoints of one activation of a task. */
#define XHM_SIM_PATH_LENGTH 16

/* One supervised entity, as a periodic task. */
struct xhm_sim_task {
    uint32_t id;
    uint32_t page;
    uint32_t slot;
    uint64_t period_ns; /* between two activations */
    uint64_t next_ns;   /* of the next activation */
    uint32_t reports;   /* alive indications of one activation */
    bool hung;
    bool absent; /* never started */
    struct xhm_probe_entity *probe;
    uint64_t latency_ns; /* reported with each activation, 0: none is */

    /* Checkpoints: from each activation on the task goes along its path. */
    uint32_t path_length; /* 0: it has none */
    uint32_t path[XHM_SIM_PATH_LENGTH];
    uint64_t gaps_ns[XHM_SIM_PATH_LENGTH]; /* time before each of them */
    uint32_t path_position;                /* of the next one; path_length: the path is through */
    uint64_t next_checkpoint_ns;
    bool stalled; /* it waits behind its first checkpoint, and reports that it is alive all the same */
};

/* One probe page. While `scribbled`, the tasks' reports do not reach what the supervisor sees. */
struct xhm_sim_page {
    bool offered;
    bool refused;
    bool scribbled;
    struct xhm_probe_writer writer;
    struct xhm_probe_page *mapped; /* what the supervisor sees */
    struct xhm_probe_page frames[2];
    struct xhm_probe_page scribble;
};

struct xhm_sim_vcpu {
    bool online;
    struct xhm_pcpu_set affinity;
    uint32_t pcpu;
};

struct xhm_sim_domain {
    bool exists;
    char name[XHM_NAME_SIZE];
    uint16_t domid;
    struct xhm_uuid uuid;
    bool dying;
    bool shutdown;
    bool paused;
    int supervisor_pauses; /* pauses that the supervisor made and did not take back */
    bool blind;            /* look-ups of its vCPUs stay unanswered */
    bool stubborn;         /* a remote shutdown, or a pause, has no effect */
    bool prelatched;       /* `reason` is what any shutdown will show */
    uint8_t reason;
    uint64_t memory_kib;
    uint64_t memory_limit_kib;
    uint64_t cpu_time_ns; /* consumed until ran_until_ns */
    uint64_t ran_until_ns;
    uint64_t load_percent; /* of one pCPU, while it runs */
    uint32_t vcpu_count;
    struct xhm_sim_vcpu vcpus[XHM_MAX_VCPUS];
    uint32_t cpupool_id;
    struct xhm_rtds_policy rtds[XHM_MAX_VCPUS]; /* parameters that Xen has, whatever the scheduler */
    struct xhm_credit2_policy credit2;
    uint64_t shared_kib;
    uint64_t paged_kib;
    uint64_t claimed_kib;
    struct xhm_domain_facts facts;      /* what dom0 can tell of it */
    uint32_t backends[XHM_MAX_DEVICES]; /* of its devices: 1 + index of the partition that has it, 0: dom0 */

    /* The guest's clock: it showed clock_shown_ns at clock_since_ns, and runs at clock_percent since. */
    uint64_t clock_since_ns;
    uint64_t clock_shown_ns;
    uint64_t clock_percent;

    /* Of a partition. */
    const struct xhm_partition_policy *policy; /* NULL: no partition */
    bool building; /* until built_at_ns: then the toolstack sets the affinity and unpauses it */
    uint64_t built_at_ns;
    uint64_t boot_at_ns;
    bool booted;
    uint32_t task_count;
    struct xhm_sim_task tasks[XHM_MAX_ENTITIES];
    struct xhm_sim_page pages[XHM_MAX_PAGES];
};

/* A new domain, as the toolstack leaves it at once: one vCPU on pCPU 0, running. */
void guest_create(struct xhm_sim_domain *domain, const char *name, uint16_t domid);

/* Makes it an instance of a partition; the toolstack builds it, paused, until now_ns + build_ns. */
void guest_become_partition(struct xhm_sim_domain *domain, const struct xhm_partition_policy *policy, uint64_t now_ns,
                            uint64_t build_ns);

/* What the guest's clock shows. */
uint64_t guest_time(const struct xhm_sim_domain *domain, uint64_t now_ns);

/* From now on the guest's clock shows shown_ns and runs at a rate of percent. */
void guest_set_clock(struct xhm_sim_domain *domain, uint64_t now_ns, uint64_t shown_ns, uint64_t percent);

/* Gives a task the path that its policy declares, in the times that it declares. */
void task_follow_policy(struct xhm_sim_task *task, const struct xhm_entity_policy *policy);

/* Lets a task of the domain run until now_ns. */
void task_run(struct xhm_sim_task *task, const struct xhm_sim_domain *domain, uint64_t now_ns);

/* Lets the domain run until now_ns. */
void guest_run(struct xhm_sim_domain *domain, uint64_t now_ns);

/* It stops running. A code that the guest latched before wins. */
void guest_shut_down(struct xhm_sim_domain *domain, uint8_t reason);

/* Whether it executes anything. */
bool guest_is_running(const struct xhm_sim_domain *domain);

/* A process of the partition starts again: page `page` begins anew, with a new probe instance. */
void guest_restart_probe(struct xhm_sim_domain *domain, uint32_t page, uint64_t now_ns);

/* The page is shared again by the same probe instance. */
void guest_share_again(struct xhm_sim_domain *domain, uint32_t page);

/* From now on the supervisor sees a copy that the caller may change; guest_unscribble() ends that. */
struct xhm_probe_page *guest_scribble(struct xhm_sim_domain *domain, uint32_t page);
void guest_unscribble(struct xhm_sim_domain *domain, uint32_t page);

/* Moves a vCPU's hard affinity, and the vCPU to its first pCPU. */
void guest_pin(struct xhm_sim_domain *domain, uint32_t vcpu, const struct xhm_pcpu_set *affinity);

#endif
