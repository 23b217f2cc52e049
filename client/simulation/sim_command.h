// SPDX-License-Identifier: Apache-2.0
/*
 * The commands of a trace, by the file that they are in. Each returns what is wrong with its words, or NULL.
 */
#ifndef XHM_SIM_COMMAND_H
#define XHM_SIM_COMMAND_H

#include "sim_runner.h"

/* One call: words[0] is the command. */
struct xhm_sim_call {
    struct xhm_sim_runner *runner;
    char *const *words;
    unsigned word_count;
};

/* The domain that words[1] names; NULL: none. */
struct xhm_sim_domain *command_domain(const struct xhm_sim_call *call);

/* The partition that words[1] names, or XHM_NONE. */
uint32_t command_partition(const struct xhm_sim_call *call);

/* Whether there is such a word at a position. */
bool command_has(const struct xhm_sim_call *call, unsigned position, const char *word);

/* sim_command.c */
const char *command_nothing(const struct xhm_sim_call *call);

/* sim_command_domain.c */
const char *command_start(const struct xhm_sim_call *call);
const char *command_foreign(const struct xhm_sim_call *call);
const char *command_twin(const struct xhm_sim_call *call);
const char *command_shadow(const struct xhm_sim_call *call);
const char *command_shut_down(const struct xhm_sim_call *call);
const char *command_prelatch(const struct xhm_sim_call *call);
const char *command_destroy(const struct xhm_sim_call *call);
const char *command_pause(const struct xhm_sim_call *call);
const char *command_steal_pause(const struct xhm_sim_call *call);
const char *command_stubborn(const struct xhm_sim_call *call);
const char *command_blind(const struct xhm_sim_call *call);
const char *command_pin(const struct xhm_sim_call *call);
const char *command_place(const struct xhm_sim_call *call);
const char *command_online(const struct xhm_sim_call *call);
const char *command_memory(const struct xhm_sim_call *call);
const char *command_load(const struct xhm_sim_call *call);
const char *command_guest_clock(const struct xhm_sim_call *call);

/* sim_command_host.c */
const char *command_facts(const struct xhm_sim_call *call);
const char *command_host(const struct xhm_sim_call *call);
const char *command_pool(const struct xhm_sim_call *call);
const char *command_move(const struct xhm_sim_call *call);
const char *command_rtds(const struct xhm_sim_call *call);
const char *command_credit2(const struct xhm_sim_call *call);
const char *command_device(const struct xhm_sim_call *call);
const char *command_assigned(const struct xhm_sim_call *call);
const char *command_cache(const struct xhm_sim_call *call);

/* sim_command_task.c */
const char *command_hang(const struct xhm_sim_call *call);
const char *command_pace(const struct xhm_sim_call *call);
const char *command_burst(const struct xhm_sim_call *call);
const char *command_miss(const struct xhm_sim_call *call);
const char *command_leave_out(const struct xhm_sim_call *call);
const char *command_path(const struct xhm_sim_call *call);
const char *command_spacing(const struct xhm_sim_call *call);
const char *command_stall(const struct xhm_sim_call *call);
const char *command_checkpoint(const struct xhm_sim_call *call);
const char *command_latency(const struct xhm_sim_call *call);

/* sim_command_probe.c */
const char *command_restart_probe(const struct xhm_sim_call *call);
const char *command_share_again(const struct xhm_sim_call *call);
const char *command_detach(const struct xhm_sim_call *call);
const char *command_refuse(const struct xhm_sim_call *call);
const char *command_scribble(const struct xhm_sim_call *call);
const char *command_unscribble(const struct xhm_sim_call *call);

/* sim_command_supervisor.c */
const char *command_agent(const struct xhm_sim_call *call);
const char *command_xenstore(const struct xhm_sim_call *call);
const char *command_hypervisor(const struct xhm_sim_call *call);
const char *command_clock(const struct xhm_sim_call *call);
const char *command_wall_clock(const struct xhm_sim_call *call);
const char *command_overrun(const struct xhm_sim_call *call);
const char *command_late(const struct xhm_sim_call *call);
const char *command_action_fails(const struct xhm_sim_call *call);
const char *command_fault_memory(const struct xhm_sim_call *call);
const char *command_supervisor_restart(const struct xhm_sim_call *call);
const char *command_ecu_restart(const struct xhm_sim_call *call);
const char *command_policy(const struct xhm_sim_call *call);
const char *command_apply(const struct xhm_sim_call *call);

/* sim_command_order.c */
const char *command_order_partition(const struct xhm_sim_call *call);
const char *command_order_mode(const struct xhm_sim_call *call);
const char *command_order_maintenance(const struct xhm_sim_call *call);
const char *command_order_safe_state(const struct xhm_sim_call *call);
const char *command_order_clear(const struct xhm_sim_call *call);
const char *command_order_confirm(const struct xhm_sim_call *call);
const char *command_order_operation_cycle(const struct xhm_sim_call *call);

#endif
