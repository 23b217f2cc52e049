// SPDX-License-Identifier: Apache-2.0
/*
 * Words about safe states and what else outlives the supervisor:
 *   safe_state NAME [P pause|stop|start]…      a further one, more severe than those before it
 *   boot_safe_state NAME                       P safe_state NAME
 *   last_resort reboot_ecu|restart_supervisor LIMIT
 *   initial_mode startup|run|shutdown|update
 */
#include "outcome.h"
#include "sim_policy.h"
#include "trace.h"
#include "words.h"

#include <stdio.h>
#include <string.h>

bool sim_policy_word(enum xhm_vocabulary vocabulary, const char *text, uint64_t end, uint64_t *number) {
    for (*number = 0; *number < end; (*number)++) {
        const char *word = words_find(vocabulary, *number);
        if (word != NULL && strcmp(word, text) == 0) {
            return true;
        }
    }
    return false;
}

uint32_t sim_policy_find_safe_state(const struct xhm_policy *policy, const char *name) {
    for (uint32_t i = 0; i < policy->safe_state_count; i++) {
        if (strcmp(policy->safe_states[i].name, name) == 0) {
            return i;
        }
    }
    return XHM_NONE;
}

static const char *add_safe_state(struct xhm_policy *policy, char *const *words, unsigned word_count) {
    struct xhm_safe_state_policy safe_state = {.name = ""};

    if (policy->safe_state_count == XHM_MAX_SAFE_STATES) {
        return "too many safe states";
    }
    snprintf(safe_state.name, sizeof(safe_state.name), "%s", words[1]);
    for (unsigned i = 2; i + 1 < word_count; i += 2) {
        const uint32_t partition = sim_policy_find(policy, words[i]);
        uint64_t disposition;
        if (partition == XHM_NONE) {
            return "no such partition";
        }
        if (!sim_policy_word(XHM_WORDS_DISPOSITION, words[i + 1], XHM_DISPOSITION_END, &disposition)) {
            return "no such disposition";
        }
        safe_state.dispositions[partition] = (enum xhm_disposition)disposition;
    }
    policy->safe_states[policy->safe_state_count++] = safe_state;
    return NULL;
}

/* XHM_NONE is one below 0: no safe state has number 0. */
static const char *set_safe_state_number(const struct xhm_policy *policy, const char *name, uint32_t *number) {
    *number = 1 + sim_policy_find_safe_state(policy, name);
    return *number == 0 ? "no such safe state" : NULL;
}

static const char *set_last_resort(struct xhm_supervisor_policy *policy, char *const *words) {
    uint64_t kind;
    uint64_t limit;

    if (!sim_policy_word(XHM_WORDS_LAST_RESORT, words[1], XHM_LAST_RESORT_RESTART_SUPERVISOR + 1, &kind) ||
        !trace_number(words[2], &limit)) {
        return "needs a last resort and a limit";
    }
    policy->last_resort = (enum xhm_last_resort)kind;
    policy->last_resort_limit = (uint32_t)limit;
    policy->deployment = XHM_DEPLOYMENT_DOM0;
    return NULL;
}

static const char *set_initial_mode(struct xhm_supervisor_policy *policy, const char *text) {
    uint64_t mode;

    if (!sim_policy_word(XHM_WORDS_MODE, text, XHM_MODE_END, &mode)) {
        return "no such mode";
    }
    policy->initial_mode = (enum xhm_ecu_mode)mode;
    return NULL;
}

bool sim_policy_secure(struct xhm_policy *policy, char *const *words, unsigned word_count, const char **mistake) {
    const uint32_t partition = sim_policy_find(policy, words[0]);

    if (strcmp(words[0], "safe_state") == 0) {
        *mistake = add_safe_state(policy, words, word_count);
    } else if (strcmp(words[0], "boot_safe_state") == 0) {
        *mistake = set_safe_state_number(policy, words[1], &policy->supervisor.boot_safe_state_number);
    } else if (word_count == 3 && partition != XHM_NONE && strcmp(words[1], "safe_state") == 0) {
        *mistake = set_safe_state_number(policy, words[2], &policy->partitions[partition].safe_state_number);
    } else if (word_count == 3 && strcmp(words[0], "last_resort") == 0) {
        *mistake = set_last_resort(&policy->supervisor, words);
    } else if (strcmp(words[0], "initial_mode") == 0) {
        *mistake = set_initial_mode(&policy->supervisor, words[1]);
    } else {
        return false;
    }
    return true;
}

void sim_policy_unsecure(struct xhm_policy *policy) {
    policy->safe_state_count = 0;
    memset(policy->safe_states, 0, sizeof(policy->safe_states));
    policy->supervisor.boot_safe_state_number = 0;
    for (uint32_t i = 0; i < policy->partition_count; i++) {
        policy->partitions[i].safe_state_number = 0;
    }
}
