/**
 * What one supervision cycle saw. Filled by a platform (daemon/platform, or the simulated ECU in the tests), read by
 * the core. Everything in it is untrusted input; absence of an answer is XHM_SIGHT_UNKNOWN, never "fine" and never
 * "dead".
 */
#ifndef XHM_CORE_OBSERVATION_H
#define XHM_CORE_OBSERVATION_H

#include "facts.h"
#include "policy.h"
#include "xhm_probe_abi.h"

/** Whether a question was asked in this cycle, and answered. */
enum xhm_sight {
    XHM_SIGHT_NOT_DUE, /**< not asked in this cycle */
    XHM_SIGHT_KNOWN,   /**< asked and answered */
    XHM_SIGHT_UNKNOWN, /**< asked, no usable answer */
};

/** Why a domain shut down: Xen's SHUTDOWN_* codes (xen/include/public/sched.h). */
enum xhm_shutdown_reason {
    XHM_SHUTDOWN_POWEROFF = 0,
    XHM_SHUTDOWN_REBOOT = 1,
    XHM_SHUTDOWN_SUSPEND = 2,
    XHM_SHUTDOWN_CRASH = 3,
    XHM_SHUTDOWN_WATCHDOG = 4,
    XHM_SHUTDOWN_SOFT_RESET = 5,
};

/** One entry of Xen's domain list. */
struct xhm_domain_reading {
    uint16_t domid;
    struct xhm_uuid uuid;
    bool dying;    /**< already dead: kept only by its teardown or by somebody's mapping */
    bool shutdown; /**< `reason` is valid */
    bool paused;   /**< paused by a toolstack */
    uint8_t reason;
    uint32_t online_vcpus;
    uint32_t vcpu_slots;       /**< max_vcpu_id + 1 */
    uint64_t memory_kib;       /**< tot_pages */
    uint64_t memory_limit_kib; /**< max_pages */
    uint64_t cpu_time_ns;      /**< consumed by all its vCPUs since its creation */
    uint32_t cpupool_id;
    uint64_t shared_kib;      /**< shr_pages */
    uint64_t paged_kib;       /**< paged_pages */
    uint64_t outstanding_kib; /**< outstanding_pages: claimed, not populated */
};

/** Scheduling parameters of one vCPU, of the kind that was asked for. */
struct xhm_scheduling_reading {
    enum xhm_sight sight;         /**< UNKNOWN also when the vCPU is not under that scheduler */
    enum xhm_scheduler scheduler; /**< RTDS or CREDIT2: what was asked for */
    struct xhm_rtds_policy rtds;
    struct xhm_credit2_policy credit2;
    bool other_scheduler; /**< UNKNOWN because Xen says that the domain is under another scheduler */
};

/** One look at one vCPU. */
struct xhm_vcpu_reading {
    enum xhm_sight sight;
    uint16_t domid;
    uint16_t vcpu;
    bool online;
    uint32_t pcpu; /**< where it runs now */
    struct xhm_pcpu_set hard_affinity;
    struct xhm_scheduling_reading scheduling;
};

/** State of one probe page of one partition. */
enum xhm_page_sight {
    XHM_PAGE_DETACHED, /**< the partition has offered no page, or its instance ended */
    XHM_PAGE_REFUSED,  /**< it offered something that cannot be mapped */
    XHM_PAGE_COPIED,   /**< `copy` holds a copy made in this cycle */
};

/** One probe page; `copy` is owned by the platform and valid during the step. */
struct xhm_page_observation {
    enum xhm_page_sight sight;
    const struct xhm_probe_page *copy; /**< made by probe_reader_copy() when COPIED, else NULL */
};

/** Outcome of a delegated action, as the agent reported it. */
enum xhm_agent_result {
    XHM_AGENT_DONE = 1,
    XHM_AGENT_FAILED = 2
};

/** One report of the agent. */
struct xhm_agent_report {
    uint64_t task_id;
    enum xhm_agent_result result;
    uint16_t domid; /**< of the new instance, when DONE */
};

/** Agent reports that one cycle can take. */
#define XHM_MAX_AGENT_REPORTS 16

/** Vcpu readings that one cycle can hold: the greatest conformance_checks_per_cycle. */
#define XHM_MAX_VCPU_READINGS 64

/** Everything one cycle saw. */
struct xhm_observation {
    uint64_t now_ns; /**< supervisor's monotonic clock; 0 when it could not be read */
    uint32_t ticks;  /**< expirations of the cycle timer since the last step, at least 1 */

    enum xhm_sight domains_sight;
    uint32_t domain_count;
    struct xhm_domain_reading domains[XHM_MAX_DOMAINS];

    uint32_t vcpu_count;
    struct xhm_vcpu_reading vcpus[XHM_MAX_VCPU_READINGS];

    struct xhm_page_observation pages[XHM_MAX_PARTITIONS][XHM_MAX_PAGES];

    uint64_t xenstore_silent_ns; /**< time since the rendezvous last had an answer, 0 when it waits for none */
    bool agent_connected;
    uint64_t agent_silent_ns; /**< time since the agent last spoke, when connected */
    uint32_t agent_report_count;
    struct xhm_agent_report agent_reports[XHM_MAX_AGENT_REPORTS];

    const struct xhm_facts *facts; /**< the last set that the agent told, NULL when it never did; valid in the step */

    bool events_lost;           /**< a queue to writer or peers overflowed since the last step */
    bool fault_memory_degraded; /**< the writer cannot write the fault memory */
    bool action_failed;         /**< a direct action of an earlier cycle had no effect */
};

/** What the next cycle should ask the platform; made by core_plan(). */
struct xhm_plan {
    bool read_domains;
    uint32_t vcpu_count;
    struct {
        uint16_t domid;
        uint16_t vcpu;
        enum xhm_scheduler scheduling; /**< parameters to ask for: RTDS, CREDIT2, or none */
    } vcpus[XHM_MAX_VCPU_READINGS];
};

#endif
