// SPDX-License-Identifier: Apache-2.0
/*
 * The built-in policy of the simulated ECU, and small changes to it by words.
 *
 * brake (entities control-loop, diagnostics), fusion (tracker) and infotainment (ui) on pCPUs 1, 2 and 3. brake and
 * fusion own their pCPU and are restarted for every fault; what happens to infotainment is only reported. The
 * supervision cycle is 10ms, the domain list is read every 100ms, a sweep takes 1s.
 *
 * Words:
 *   cycle DURATION, crash_check_period …, …        the supervisor's keys, named as in struct xhm_supervisor_policy
 *   only P… | drop P                               which partitions there are
 *   partitions N                                   N equal partitions p1, p2, … instead
 *   P startup_grace|window|backoff|timeout DURATION
 *   P limit N      P memory|slack SIZE     P id N      P vcpus N      P exclusive yes|no
 *   P reaction CLASS report|restart                CLASS: presence, entity, probe, deadline, placement, memory, all
 *   safe_state NAME [P pause|stop|start]…          a further one, more severe than those before it
 *   boot_safe_state NAME   P safe_state NAME       last_resort reboot_ecu|restart_supervisor LIMIT
 *   initial_mode startup|run|shutdown|update
 *   facts, host, pool, frame, member, rtds, …      see sim_policy_host.c
 *   P identity dom0 | uuid N | domid N
 *   P.E reference_cycle|miss_window DURATION       P.E expected|min_margin|max_margin|failed_tolerance|miss_limit|id N
 *   P.E drop                                       P.E add SLOT
 */
#ifndef XHM_SIM_POLICY_H
#define XHM_SIM_POLICY_H

#include "policy.h"
#include "words.h"

#include <stdbool.h>

#define XHM_SIM_MS UINT64_C(1000000)
#define XHM_SIM_S  UINT64_C(1000000000)

/* Indices of the built-in policy. */
enum {
    XHM_SIM_BRAKE,
    XHM_SIM_FUSION,
    XHM_SIM_INFOTAINMENT,
};

void sim_policy_default(struct xhm_policy *policy);

/* Makes count equal partitions of the default policy's first one. */
void sim_policy_many(struct xhm_policy *policy, uint32_t count);

/* Changes policy by words. Returns what is wrong with them, or NULL. */
const char *sim_policy_change(struct xhm_policy *policy, char *const *words, unsigned word_count);

/* Words about what partitions have to do with each other. Returns whether they are such; *mistake is then what is wrong
   with them, or NULL. */
bool sim_policy_relate(struct xhm_policy *policy, char *const *words, unsigned word_count, const char **mistake);

/* Words about an entity's checkpoints. Returns as sim_policy_relate() does. */
bool sim_policy_declare_checkpoints(struct xhm_entity_policy *entity, char *const *words, unsigned word_count,
                                    const char **mistake);

/* Forgets standbys, dependencies and groups: the partitions are numbered anew. */
void sim_policy_unrelate(struct xhm_policy *policy);

/* Words about safe states and the like (sim_policy_safety.c), as sim_policy_relate(). */
bool sim_policy_secure(struct xhm_policy *policy, char *const *words, unsigned word_count, const char **mistake);

/* Forgets safe states: the partitions are numbered anew. */
void sim_policy_unsecure(struct xhm_policy *policy);

/* Words about host, cpupools, devices and shared resources (sim_policy_host.c), as sim_policy_relate(). */
bool sim_policy_equip(struct xhm_policy *policy, char *const *words, unsigned word_count, const char **mistake);

/* Forgets what is declared by numbers of partitions: they are numbered anew. */
void sim_policy_unequip(struct xhm_policy *policy);

/* pCPUs as in xl: `all`, or numbers and ranges with commas. */
bool sim_policy_pcpus(const char *text, struct xhm_pcpu_set *set);

/* Finds the number, below end, that a word of the vocabulary stands for. */
bool sim_policy_word(enum xhm_vocabulary vocabulary, const char *text, uint64_t end, uint64_t *number);

/* Index of a safe state by name, or XHM_NONE. */
uint32_t sim_policy_find_safe_state(const struct xhm_policy *policy, const char *name);

/* Index of a partition by name, or XHM_NONE. */
uint32_t sim_policy_find(const struct xhm_policy *policy, const char *name);

/* Index of an entity by name, or XHM_NONE. */
uint32_t sim_policy_find_entity(const struct xhm_partition_policy *partition, const char *name);

#endif
