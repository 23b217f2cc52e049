// SPDX-License-Identifier: Apache-2.0
#include "property_parts.h"

#include <stdio.h>
#include <string.h>

/* P stands for a partition, E for an entity of it, N for a number, D for a foreign domain. */
static const char *const commands[] = {
    "start P",
    "start P building 300ms",
    "destroy P",
    "crash P",
    "poweroff P",
    "reboot P",
    "prelatch P suspend",
    "pause P",
    "unpause P",
    "unpause P",
    "stubborn P",
    "twin P D",
    "shadow P D",
    "foreign D pcpus N",
    "destroy D",
    "foreign D pcpus all paused",
    "unpause D",
    "blind P yes",
    "blind P no",
    "pin P 0 N",
    "pin P 0 all",
    "pin dom0 0 all",
    "pin dom0 0 0",
    "place P 0 N",
    "offline P 0",
    "online P 0",
    "online P 1",
    "memory P 80MiB",
    "memory P 96MiB",
    "memory-limit P 200MiB",
    "memory-limit P 97MiB",
    "hang P E",
    "hang P E",
    "resume P E",
    "pace P E 5ms",
    "pace P E 10ms",
    "pace P E 30ms",
    "burst P E 9",
    "miss P E N",
    "miss P E 1",
    "leave-out P E",
    "restart-probe P 0",
    "share-again P 0",
    "detach P 0",
    "attach P 0",
    "refuse P 0",
    "refuse P 0 no",
    "scribble P 0 garbage",
    "scribble P 0 version",
    "scribble P 0 header",
    "scribble P 0 busy-header",
    "scribble P 0 partition",
    "scribble P 0 slot",
    "scribble P 0 empty-slot",
    "scribble P 0 busy-slot",
    "scribble P 0 moved-slot",
    "unscribble P 0",
    "unscribble P 0",
    "unscribble P 0",
    "agent down",
    "agent up",
    "agent up",
    "agent silent",
    "agent speaks",
    "agent works",
    "agent works",
    "agent fails",
    "agent lies",
    "agent forgets",
    "agent takes 50ms",
    "agent takes 2s",
    "xenstore stalls",
    "xenstore answers",
    "hypervisor stalls",
    "hypervisor answers",
    "hypervisor answers",
    "clock fails",
    "clock works",
    "clock works",
    "clock back 30ms",
    "clock ahead 40ms",
    "clock ahead 5s",
    "overrun 40ms",
    "overrun 3s",
    "action-fails",
    "fault-memory degraded",
    "fault-memory fine",
    "restart P",
    "restart P",
    "fail-over P",
    "fail-over P",
    "fail-over brake",
    "steal-pause P",
    "policy P limit 2",
    "policy P limit 4",
    "policy P.E min_margin 2",
    "policy P.E expected 8",
    "policy P memory 80MiB",
    "policy P reaction all restart",
    "policy P reaction all report",
    "policy P reaction all restart stop",
    "policy P reaction all pause",
    "policy P reaction all restart fail_over pause",
    "policy P reaction all fail_over stop",
    "policy P reaction all fail_over restart",
    "policy P optional yes",
    "policy P supervision_off yes",
    "policy P supervision_off no",
    "policy P expired_tolerance 20",
    "policy standby fusion for brake",
    "policy depends infotainment on brake",
    "policy group chain in-order brake fusion infotainment",
    "policy group pair together brake infotainment",
    "policy drop fusion",
    "policy from declared",
    "apply",
    "supervisor-restart",
    "supervisor-restart clean",
    "supervisor-restart unreadable",
    "supervisor-restart lost",
    "ecu-restart",
    "mode startup",
    "mode run",
    "mode run",
    "mode run",
    "mode shutdown",
    "mode update",
    "maintenance P 2s",
    "maintenance P ends",
    "safe-state limp",
    "safe-state silent",
    "clear",
    "clear",
    "confirm",
    "confirm",
    "confirm wrong",
    "operation-cycle begins",
    "operation-cycle ends",
    "policy P safe_state limp",
    "policy P reaction all restart safe_state",
    "policy P reaction all last_resort restart",
    "policy boot_limit 2",
    "path P E 1 2 3",
    "path P E 1 2 3",
    "path P E 1 3",
    "path P E 1 2 N 3",
    "spacing P E 500us",
    "spacing P E 500us",
    "spacing P E 100us",
    "spacing P E 4ms",
    "stall P E",
    "stall P E no",
    "stall P E no",
    "checkpoint P E N",
    "checkpoint P E 2 N",
    "checkpoint P E 2 70",
    "latency P E 1ms",
    "latency P E 1ms",
    "latency P E 2ms",
    "latency P E 70us",
    "latency P E 10us",
    "latency P E 10us",
    "load P 90",
    "load P 50",
    "load P 20",
    "load P 20",
    "guest-clock P runs 0",
    "guest-clock P runs 80",
    "guest-clock P runs 100",
    "guest-clock P runs 100",
    "guest-clock P back 1s",
    "guest-clock P ahead 1s",
    "policy P memory_up 40",
    "policy P.E latency_raise 60us",
    "policy P.E deadline 1 2 1ms 30ms",
    "policy P.E transitions 2 1",
    "policy P load_raise 70",
};

static const char *fill_in(char word, uint64_t *random) {
    static const char *const partitions[] = {"brake", "fusion", "infotainment"};
    static const char *const entities[] = {"control-loop", "diagnostics", "tracker", "ui"};
    static const char *const numbers[] = {"0", "1", "2", "3", "4", "7"};
    static const char *const domains[] = {"guest", "other"};

    switch (word) {
    case 'P':
        return partitions[property_draw(random, 3)];
    case 'E':
        return entities[property_draw(random, 4)];
    case 'N':
        return numbers[property_draw(random, 6)];
    case 'D':
        return domains[property_draw(random, 2)];
    default:
        return NULL;
    }
}

void property_command(struct xhm_sim_runner *runner, const char *text) {
    char copy[128];
    char *words[XHM_TRACE_MAX_WORDS];
    unsigned word_count = 0;
    char *rest = NULL;

    snprintf(copy, sizeof(copy), "%s", text);
    for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        words[word_count++] = word;
    }
    sim_command(runner, words, word_count);
}

void property_command_by_pattern(struct xhm_sim_runner *runner, const char *pattern) {
    char text[128] = "";

    for (; *pattern != '\0'; pattern++) {
        const char *filled = fill_in(*pattern, &runner->random);
        const char single[2] = {*pattern, '\0'};
        strcat(text, filled != NULL ? filled : single);
    }
    property_command(runner, text);
}

void property_command_at_random(struct xhm_sim_runner *runner) {
    property_command_by_pattern(runner,
                                commands[property_draw(&runner->random, sizeof(commands) / sizeof(commands[0]))]);
}
