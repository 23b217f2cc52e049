// SPDX-License-Identifier: Apache-2.0
/*
 * A core with hand-made observations, for the tests of its modules. Every step answers the domain list, and attaches
 * the pages of the partitions that have one.
 */
#ifndef XHM_CORE_BENCH_H
#define XHM_CORE_BENCH_H

#include "sim_policy.h"
#include "step.h"
#include "xhm_probe.h"

#define BENCH_BRAKE_DOMID  5
#define BENCH_FUSION_DOMID 8

struct xhm_bench_page {
    bool attached;
    struct xhm_probe_writer writer;
    struct xhm_probe_page page;
    struct xhm_probe_entity *entities[XHM_PROBE_SLOT_COUNT];
};

struct xhm_core_bench {
    struct xhm_policy policy;
    struct xhm_core core;
    struct xhm_core scratch;
    struct xhm_plan plan;
    struct xhm_observation observation; /* of the next step; domains and flags stay from step to step */
    struct xhm_outcome outcome;
    struct xhm_bench_page pages[XHM_MAX_PARTITIONS];
    bool reporting; /* every step, each entity reports what is expected of it */
    struct xhm_facts facts;
};

/* The built-in policy, its core, and nothing seen yet. Owned by the caller, ended by free(). */
struct xhm_core_bench *bench_make(void);

/* Begins anew, with the policy as it is now. */
void bench_restart(struct xhm_core_bench *bench);

/* Adds a running domain with the partition's identity and everything as declared. */
struct xhm_domain_reading *bench_add_domain(struct xhm_core_bench *bench, uint32_t partition, uint16_t domid);

/* Makes a page with all entities of the partition's page 0 and attaches it. */
void bench_attach(struct xhm_core_bench *bench, uint32_t partition, uint64_t instance_id);

/* A vCPU that the next step looks at. */
struct xhm_vcpu_reading *bench_add_vcpu(struct xhm_core_bench *bench, uint16_t domid, uint16_t vcpu, uint32_t pcpu);

/* The policy has facts gathered: each 1s, unknown after 3s. */
void bench_want_facts(struct xhm_core_bench *bench);

/* Adds a cpupool to the facts. */
struct xhm_cpupool_facts *bench_add_cpupool(struct xhm_core_bench *bench, uint32_t id, const char *name,
                                            enum xhm_scheduler scheduler, uint64_t pcpus);

/* Adds to the facts what is told of the last domain with this domid. */
struct xhm_domain_facts *bench_add_domain_facts(struct xhm_core_bench *bench, uint16_t domid);

/* bench->facts are a new set, gathered now, that the next step sees. */
void bench_tell_facts(struct xhm_core_bench *bench);

/* Verdict on brake. */
enum xhm_verdict bench_verdict(const struct xhm_core_bench *bench, enum xhm_partition_check check, uint32_t scope);

/* Verdict on the host. */
enum xhm_verdict bench_host_verdict(const struct xhm_core_bench *bench, enum xhm_platform_check check, uint32_t scope);

/* A whole sweep goes through in one step, with the vCPU readings that were added. */
void bench_sweep(struct xhm_core_bench *bench);

/* One cycle. vCPU readings and agent reports are used up by it. */
void bench_step(struct xhm_core_bench *bench);
void bench_steps(struct xhm_core_bench *bench, unsigned count);

/* brake runs under BENCH_BRAKE_DOMID, healthy and reporting. */
void bench_run_brake(struct xhm_core_bench *bench);

/* brake and fusion run, and fusion is brake's ready standby, paused under BENCH_FUSION_DOMID. */
void bench_run_pair(struct xhm_core_bench *bench);

/* A ladder for every fault class. */
void bench_set_ladder(struct xhm_core_bench *bench, uint32_t partition, struct xhm_ladder ladder);

/* Two safe states: limp, and the more severe silent, which stops brake, pauses fusion and starts infotainment. */
void bench_declare_safe_states(struct xhm_core_bench *bench);

/* An order of the peer with uid 1000. */
enum xhm_order_answer bench_order(struct xhm_core_bench *bench, struct xhm_order order);

/* The supervisor ends, and begins again with what it finds of itself. Domains and pages go on. */
void bench_begin_again(struct xhm_core_bench *bench, const struct xhm_persistent *persistent,
                       enum xhm_persistent_reading reading);

/* A step for calls of single functions, into an empty outcome. */
struct xhm_step bench_call(struct xhm_core_bench *bench);

/* What the last step said: how often, or whether. */
unsigned bench_events(const struct xhm_core_bench *bench, enum xhm_event_kind kind, uint32_t partition);
bool bench_raised(const struct xhm_core_bench *bench, enum xhm_fault fault);
bool bench_cleared(const struct xhm_core_bench *bench, enum xhm_fault fault);
const struct xhm_action *bench_action(const struct xhm_core_bench *bench, enum xhm_action_kind kind);
unsigned bench_actions(const struct xhm_core_bench *bench, enum xhm_action_kind kind, uint32_t partition);

/* State of brake. */
struct xhm_partition_state *bench_brake(struct xhm_core_bench *bench);
bool bench_brake_has(const struct xhm_core_bench *bench, enum xhm_fault fault);

#endif
