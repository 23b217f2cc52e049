// SPDX-License-Identifier: Apache-2.0
/*
 * What can happen in a trace. D is a domain by its name (a partition, dom0, or one that `foreign` made), P a partition,
 * E an entity of it, PAGE the index of a probe page. `all` in the place of P or D means every partition.
 */
#include "sim_command.h"

#include "sim_policy.h"

#include <string.h>

/* One command: its name, how many words follow at least, and what it does. */
struct command {
    const char *name;
    unsigned least_words;
    const char *(*run)(const struct xhm_sim_call *call);
};

static const struct command commands[] = {
    {"start", 1, command_start},
    {"foreign", 3, command_foreign},
    {"twin", 2, command_twin},
    {"shadow", 2, command_shadow},
    {"crash", 1, command_shut_down},
    {"poweroff", 1, command_shut_down},
    {"reboot", 1, command_shut_down},
    {"suspend", 1, command_shut_down},
    {"watchdog", 1, command_shut_down},
    {"prelatch", 2, command_prelatch},
    {"destroy", 1, command_destroy},
    {"pause", 1, command_pause},
    {"unpause", 1, command_pause},
    {"steal-pause", 1, command_steal_pause},
    {"stubborn", 1, command_stubborn},
    {"blind", 2, command_blind},
    {"pin", 3, command_pin},
    {"place", 3, command_place},
    {"offline", 2, command_online},
    {"online", 2, command_online},
    {"memory", 2, command_memory},
    {"memory-limit", 2, command_memory},
    {"memory-shared", 2, command_memory},
    {"memory-paged", 2, command_memory},
    {"memory-claimed", 2, command_memory},
    {"memory-on-demand", 2, command_memory},
    {"facts", 1, command_facts},
    {"host", 2, command_host},
    {"pool", 3, command_pool},
    {"move", 2, command_move},
    {"rtds", 4, command_rtds},
    {"credit2", 3, command_credit2},
    {"device", 4, command_device},
    {"assigned", 1, command_assigned},
    {"cache", 2, command_cache},
    {"load", 2, command_load},
    {"guest-clock", 3, command_guest_clock},
    {"hang", 2, command_hang},
    {"resume", 2, command_hang},
    {"pace", 3, command_pace},
    {"burst", 3, command_burst},
    {"miss", 3, command_miss},
    {"path", 2, command_path},
    {"spacing", 3, command_spacing},
    {"stall", 2, command_stall},
    {"checkpoint", 3, command_checkpoint},
    {"latency", 3, command_latency},
    {"leave-out", 2, command_leave_out},
    {"restart-probe", 2, command_restart_probe},
    {"share-again", 2, command_share_again},
    {"detach", 2, command_detach},
    {"attach", 2, command_detach},
    {"refuse", 2, command_refuse},
    {"scribble", 3, command_scribble},
    {"unscribble", 2, command_unscribble},
    {"agent", 1, command_agent},
    {"xenstore", 1, command_xenstore},
    {"hypervisor", 1, command_hypervisor},
    {"clock", 1, command_clock},
    {"wall-clock", 1, command_wall_clock},
    {"overrun", 1, command_overrun},
    {"late", 1, command_late},
    {"action-fails", 0, command_action_fails},
    {"fault-memory", 1, command_fault_memory},
    {"supervisor-restart", 0, command_supervisor_restart},
    {"restart", 1, command_order_partition},
    {"fail-over", 1, command_order_partition},
    {"ecu-restart", 0, command_ecu_restart},
    {"mode", 1, command_order_mode},
    {"maintenance", 2, command_order_maintenance},
    {"safe-state", 1, command_order_safe_state},
    {"clear", 0, command_order_clear},
    {"confirm", 0, command_order_confirm},
    {"operation-cycle", 1, command_order_operation_cycle},
    {"policy", 2, command_policy},
    {"apply", 0, command_apply},
    {"nothing", 0, command_nothing},
};

struct xhm_sim_domain *command_domain(const struct xhm_sim_call *call) {
    return ecu_find(&call->runner->ecu, call->words[1]);
}

uint32_t command_partition(const struct xhm_sim_call *call) {
    return sim_policy_find(call->runner->ecu.policy, call->words[1]);
}

bool command_has(const struct xhm_sim_call *call, unsigned position, const char *word) {
    return call->word_count > position && strcmp(call->words[position], word) == 0;
}

const char *command_nothing(const struct xhm_sim_call *call) {
    (void)call;
    return NULL;
}

static const char *run(const struct xhm_sim_call *call) {
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(commands[i].name, call->words[0]) == 0) {
            return call->word_count > commands[i].least_words ? commands[i].run(call) : "needs more words";
        }
    }
    return "no such command";
}

/* For every partition of the policy in use; the first mistake ends it. */
static const char *run_for_all(const struct xhm_sim_call *call) {
    const struct xhm_policy *policy = call->runner->ecu.policy;
    const char *mistake = NULL;
    char *words[XHM_TRACE_MAX_WORDS];

    memcpy(words, call->words, call->word_count * sizeof(words[0]));
    for (uint32_t i = 0; i < policy->partition_count && mistake == NULL; i++) {
        char name[XHM_NAME_SIZE];
        memcpy(name, policy->partitions[i].name, sizeof(name));
        words[1] = name;
        mistake = run(&(struct xhm_sim_call){call->runner, words, call->word_count});
    }
    return mistake;
}

const char *sim_command(struct xhm_sim_runner *runner, char *const *words, unsigned word_count) {
    const struct xhm_sim_call call = {runner, words, word_count};

    return command_has(&call, 1, "all") ? run_for_all(&call) : run(&call);
}
