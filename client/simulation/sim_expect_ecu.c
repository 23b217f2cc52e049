// SPDX-License-Identifier: Apache-2.0
/* What a trace can expect of the ECU as a whole: each is two words, and is true in a cycle. See sim_expect.c. */
#include "sim_policy.h"
#include "sim_runner.h"

#include <string.h>

static const char *const answer_names[] = {
    [XHM_ORDER_ACCEPTED] = "accepted",
    [XHM_ORDER_UNDER_WAY] = "under_way",
    [XHM_ORDER_NOT_FOUND] = "not_found",
    [XHM_ORDER_IMPOSSIBLE] = "impossible",
    [XHM_ORDER_LATCHED] = "latched",
    [XHM_ORDER_NOT_LATCHED] = "not_latched",
    [XHM_ORDER_LESS_SEVERE] = "less_severe",
    [XHM_ORDER_BAD_TOKEN] = "bad_token",
    [XHM_ORDER_OUT_OF_RANGE] = "out_of_range",
    [XHM_ORDER_NOT_READY] = "not_ready",
    [XHM_ORDER_NOTHING_TO_DO] = "nothing_to_do",
};

static enum xhm_sim_match answer(bool yes) {
    return yes ? XHM_SIM_MATCH_YES : XHM_SIM_MATCH_NO;
}

static enum xhm_sim_match expect_latched(const struct xhm_sim_runner *runner, const char *name) {
    const char *latched = core_safe_state_name(&runner->core);

    return answer(strcmp(latched, strcmp(name, "none") == 0 ? "" : name) == 0);
}

static enum xhm_sim_match expect_mode(const struct xhm_sim_runner *runner, const char *name) {
    uint64_t mode;

    return sim_policy_word(XHM_WORDS_MODE, name, XHM_MODE_END, &mode) ? answer(runner->core.mode == mode)
                                                                      : XHM_SIM_MATCH_MISTAKE;
}

static enum xhm_sim_match expect_answered(const struct xhm_sim_runner *runner, const char *name) {
    for (unsigned i = XHM_ORDER_ACCEPTED; i < sizeof(answer_names) / sizeof(answer_names[0]); i++) {
        if (strcmp(answer_names[i], name) == 0) {
            return answer(runner->answer == (enum xhm_order_answer)i);
        }
    }
    return XHM_SIM_MATCH_MISTAKE;
}

static enum xhm_sim_match expect_starts(const struct xhm_sim_runner *runner, const char *text) {
    uint64_t number;

    return trace_number(text, &number) ? answer(runner->core.starts_without_health == number) : XHM_SIM_MATCH_MISTAKE;
}

static enum xhm_sim_match expect_last_resorts(const struct xhm_sim_runner *runner, const char *text) {
    uint64_t number;

    return trace_number(text, &number) ? answer(runner->core.last_resorts_without_health == number)
                                       : XHM_SIM_MATCH_MISTAKE;
}

enum xhm_sim_match sim_expect_ecu(const struct xhm_sim_runner *runner, char *const *words) {
    static const struct {
        const char *name;
        enum xhm_sim_match (*judge)(const struct xhm_sim_runner *runner, const char *word);
    } expectations[] = {
        {"latched", expect_latched},           {"mode", expect_mode},
        {"answered", expect_answered},         {"starts", expect_starts},
        {"last-resorts", expect_last_resorts},
    };

    for (size_t i = 0; i < sizeof(expectations) / sizeof(expectations[0]); i++) {
        if (strcmp(expectations[i].name, words[0]) == 0) {
            return expectations[i].judge(runner, words[1]);
        }
    }
    return XHM_SIM_MATCH_MISTAKE;
}
