// SPDX-License-Identifier: Apache-2.0
/*
 * Prints what the core does in every cell of its life table, and which rung it takes, as Promela: found out by trying
 * it, so that the model in escalation.pml cannot drift from the code. Included there as table.pml.
 */
#include "core_bench.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const lives[XHM_LIFE_COUNT] = {
    [XHM_LIFE_ABSENT] = "ABSENT",     [XHM_LIFE_STARTING] = "STARTING",     [XHM_LIFE_RUNNING] = "RUNNING",
    [XHM_LIFE_STOPPING] = "STOPPING", [XHM_LIFE_RECREATING] = "RECREATING", [XHM_LIFE_VERIFYING] = "VERIFYING",
    [XHM_LIFE_LIMITED] = "LIMITED",   [XHM_LIFE_HALTED] = "HALTED",         [XHM_LIFE_STANDBY] = "STANDBY",
    [XHM_LIFE_RESUMING] = "RESUMING",
};

static const char *const events[XHM_LIFE_EVENT_COUNT] = {
    [XHM_LIFE_APPEARED] = "APPEARED", [XHM_LIFE_KEPT] = "KEPT",           [XHM_LIFE_ENDED] = "ENDED",
    [XHM_LIFE_HEALTHY] = "HEALTHY",   [XHM_LIFE_READY] = "READY",         [XHM_LIFE_GRANTED] = "GRANTED",
    [XHM_LIFE_PULLED] = "PULLED",     [XHM_LIFE_EXHAUSTED] = "EXHAUSTED", [XHM_LIFE_WAITED] = "WAITED",
    [XHM_LIFE_TO_HALT] = "TO_HALT",   [XHM_LIFE_TO_RESUME] = "TO_RESUME", [XHM_LIFE_LET_GO] = "LET_GO",
};

static const char *const reactions[XHM_REACTION_END] = {
    [XHM_REACTION_REPORT] = "NOTHING",
    [XHM_REACTION_RESTART] = "RESTART",
    [XHM_REACTION_PAUSE] = "PAUSE",
    [XHM_REACTION_FAIL_OVER] = "FAIL_OVER",
};

enum {
    DOES_STOP = 1,
    DOES_PAUSE = 2,
    DOES_UNPAUSE = 4,
    DOES_RECREATE = 8,
    COUNTS = 16,
    HEALS = 32,
    ENDS = 64,
    LOSES = 128,
};

static const struct xhm_ladder ladder = {3, {XHM_REACTION_RESTART, XHM_REACTION_FAIL_OVER, XHM_REACTION_PAUSE}};

static void print_names(void) {
    for (unsigned life = 0; life < XHM_LIFE_COUNT; life++) {
        printf("#define %s %u\n", lives[life], life);
    }
    for (unsigned event = 0; event < XHM_LIFE_EVENT_COUNT; event++) {
        printf("#define %s %u\n", events[event], event);
    }
    printf("#define LIFE_COUNT %u\n#define EVENT_COUNT %u\n", XHM_LIFE_COUNT, XHM_LIFE_EVENT_COUNT);
    printf("#define DOES_STOP %u\n#define DOES_PAUSE %u\n#define DOES_UNPAUSE %u\n#define DOES_RECREATE %u\n",
           DOES_STOP, DOES_PAUSE, DOES_UNPAUSE, DOES_RECREATE);
    printf("#define COUNTS %u\n#define HEALS %u\n#define ENDS %u\n#define LOSES %u\n", COUNTS, HEALS, ENDS, LOSES);
}

/* A partition in the given life, with a live instance, and with everything under way that can be. */
static struct xhm_core_bench *put_into(enum xhm_life life) {
    struct xhm_core_bench *bench = bench_make();
    struct xhm_partition_state *brake = bench_brake(bench);

    outcome_clear(&bench->outcome);
    bench->core.supervised_ns = 1000 * XHM_SIM_S;
    brake->life = life;
    brake->domid = BENCH_BRAKE_DOMID;
    brake->instance_known = true;
    brake->following = true;
    brake->judged = true;
    brake->restart_wanted_again = true;
    return bench;
}

/* What a cell does, as bits; the names are printed, too. */
static unsigned done_by(const struct xhm_core_bench *bench, enum xhm_life_event event) {
    unsigned done = 0;

    done |= bench_actions(bench, XHM_ACTION_STOP, 0) > 0 ? DOES_STOP : 0;
    done |= bench_actions(bench, XHM_ACTION_PAUSE, 0) > 0 ? DOES_PAUSE : 0;
    done |= bench_actions(bench, XHM_ACTION_UNPAUSE, 0) > 0 ? DOES_UNPAUSE : 0;
    done |= bench_actions(bench, XHM_ACTION_RECREATE, 0) > 0 ? DOES_RECREATE : 0;
    done |= bench_events(bench, XHM_EVENT_RESTART_DECIDED, 0) > 0 ? COUNTS : 0;
    done |= bench_events(bench, XHM_EVENT_INSTANCE_HEALTHY, 0) > 0 ? HEALS : 0;
    done |= event != XHM_LIFE_ENDED && !bench->core.partitions[0].restart_wanted_again ? ENDS : 0;
    done |= event == XHM_LIFE_ENDED && bench->core.partitions[0].restart_wanted_again ? LOSES : 0;
    return done;
}

static void print_cell(enum xhm_life life, enum xhm_life_event event) {
    struct xhm_core_bench *bench = put_into(life);
    const struct xhm_step step = {.core = &bench->core, .outcome = &bench->outcome};
    const unsigned cell = XHM_LIFE_EVENT_COUNT * life + event;

    bench_brake(bench)->owns_pause = event == XHM_LIFE_TO_RESUME;
    bench_brake(bench)->paused_domid = BENCH_BRAKE_DOMID;
    bench_brake(bench)->restart_wanted_again = event != XHM_LIFE_ENDED;
    lifecycle_event(&step, 0, event);
    printf("    follows[%u] = %s; effect[%u] = %u; /* %s %s */\n", cell, lives[bench_brake(bench)->life], cell,
           done_by(bench, event), lives[life], events[event]);
    free(bench);
}

static void print_table(void) {
    printf("inline fill_table() {\n");
    for (unsigned life = 0; life < XHM_LIFE_COUNT; life++) {
        for (unsigned event = 0; event < XHM_LIFE_EVENT_COUNT; event++) {
            print_cell((enum xhm_life)life, (enum xhm_life_event)event);
        }
    }
    printf("}\n");
}

static enum xhm_reaction reaction_of(const struct xhm_core_bench *bench) {
    for (uint32_t i = 0; i < bench->outcome.event_count; i++) {
        if (bench->outcome.events[i].kind == XHM_EVENT_REACTION) {
            return (enum xhm_reaction)bench->outcome.events[i].values[0];
        }
    }
    return XHM_REACTION_REPORT;
}

static void make_pair(struct xhm_core_bench *bench, bool active, bool ready) {
    struct xhm_partition_state *fusion = &bench->core.partitions[XHM_SIM_FUSION];

    bench->policy.partitions[XHM_SIM_FUSION].standby_for_number = 1 + XHM_SIM_BRAKE;
    bench_brake(bench)->active = active;
    fusion->active = !active;
    fusion->life = ready ? XHM_LIFE_STANDBY : XHM_LIFE_STARTING;
    fusion->instance_known = true;
    fusion->owns_pause = ready;
    fusion->pause_seen = ready;
}

/* The rung that is taken, by life and by what is available; a used-up ladder shows as EXHAUST. */
static void print_rung(enum xhm_life life, bool active, bool room, bool ready) {
    struct xhm_core_bench *bench = put_into(life);
    const struct xhm_step step = {.core = &bench->core, .observation = &bench->observation, .outcome = &bench->outcome};
    const struct xhm_fault_details none = {{0, 0}};
    const char *taken;

    make_pair(bench, active, ready);
    bench_set_ladder(bench, XHM_SIM_BRAKE, ladder);
    bench->policy.partitions[0].restart.limit = room ? 1 : 0;
    fault_state_set(&step, 0, XHM_FAULT_PARTITION_START_OVERDUE, XHM_SCOPE_WHOLE, true, none);
    escalation_step(&step, 0);
    taken = bench_raised(bench, XHM_FAULT_RESTART_LIMIT) ? "EXHAUST" : reactions[reaction_of(bench)];
    printf("    rungs[%u] = %s; /* %s,%s%s%s */\n", 8 * life + 4 * ready + 2 * room + active, taken, lives[life],
           active ? " serves," : "", room ? " room in the window," : "", ready ? " other side ready" : "");
    free(bench);
}

static void print_rungs(void) {
    printf("inline fill_rungs() {\n");
    for (unsigned life = 0; life < XHM_LIFE_COUNT; life++) {
        for (unsigned bits = 0; bits < 8; bits++) {
            print_rung((enum xhm_life)life, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0);
        }
    }
    printf("}\n");
}

int main(void) {
    print_names();
    print_table();
    print_rungs();
    return 0;
}
