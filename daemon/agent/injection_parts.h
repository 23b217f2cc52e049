/**
 * Private to the injections: what their parts know of each other. Each step function belongs to a row of the table in
 * injection.c.
 */
#ifndef XHM_AGENT_INJECTION_PARTS_H
#define XHM_AGENT_INJECTION_PARTS_H

#include "jobs.h"

/** Bytes of a set of pCPUs that can be put back. */
#define INJECTION_CPUMAP_BYTES 128u

/** A task's wishes, as the job's details. */
struct injection_wish {
    Xhm__V1__InjectionKind kind;
    uint32_t entity_id;
    uint32_t target_pcpu;
    uint64_t memory_kib;
    uint64_t duration_ms;
    char other[AGENT_NAME_SIZE];
    xc_domaininfo_t domain;       /**< the partition's instance */
    xc_domaininfo_t other_domain; /**< for DEADLINE */
};

/** What has to be put back. */
enum injection_undo_kind {
    INJECTION_UNDO_NOTHING,
    INJECTION_UNDO_ORDER, /**< what the guest was told to do */
    INJECTION_UNDO_PIN,
    INJECTION_UNDO_LIMIT,
    INJECTION_UNDO_SIZE,
    INJECTION_UNDO_PAUSE,
    INJECTION_UNDO_VCPU,
    INJECTION_UNDO_KIND_COUNT
};

/** One thing to be put back, in one instance: a later instance is as declared without it. */
struct injection_undo {
    enum injection_undo_kind kind;
    char partition[AGENT_NAME_SIZE]; /**< of the task, which for DEADLINE is not the instance's */
    uint32_t domid;
    uint8_t uuid[DOMAINS_UUID_SIZE];
    int vcpu;                                 /**< PIN, VCPU */
    uint8_t affinity[INJECTION_CPUMAP_BYTES]; /**< PIN */
    uint64_t kib;                             /**< LIMIT, SIZE */
};

/** An undo of @p kind for @p domain; what depends on the kind is the caller's to fill in. */
struct injection_undo injection_undo_make(const struct agent_job *job, enum injection_undo_kind kind,
                                          const xc_domaininfo_t *domain);

/** Remembers @p undo before it is needed. @return STEP_NEXT, or STEP_FAILED without room */
enum step_result injection_undo_remember(struct agent_job *job, const struct injection_undo *undo);

/** Steps that put everything back that was remembered for the job's partition. */
extern const struct job_step injection_undo_steps[];

/** Tells a guest what to do, and waits until it says that it does: waits on xenstored. Context: rendezvous_node. */
int injection_order_carried_out(void *node);
/** Step: the order of the wish's kind to the partition. */
enum step_result injection_order(struct agent_job *job);
/** Step: an overload in the other domain. */
enum step_result injection_order_overload(struct agent_job *job);
/** Puts back: ends what the guest was told to do. */
enum step_result injection_order_end(struct agent_job *job, const struct injection_undo *undo);

/** Steps on the domain itself, and what puts them back. */
enum step_result injection_crash(struct agent_job *job);
enum step_result injection_memory(struct agent_job *job);
enum step_result injection_memory_end(struct agent_job *job, const struct injection_undo *undo);
enum step_result injection_pause(struct agent_job *job);
enum step_result injection_pause_end(struct agent_job *job, const struct injection_undo *undo);
enum step_result injection_vcpu_off(struct agent_job *job);
enum step_result injection_vcpu_off_end(struct agent_job *job, const struct injection_undo *undo);

/** Steps on affinities, and what puts them back. */
enum step_result injection_pin(struct agent_job *job);
enum step_result injection_pin_other(struct agent_job *job);
enum step_result injection_pin_end(struct agent_job *job, const struct injection_undo *undo);

/** Steps on the ECU's services. */
enum step_result injection_stop_service(struct agent_job *job);
enum step_result injection_stop_service_end(struct agent_job *job);

#endif
