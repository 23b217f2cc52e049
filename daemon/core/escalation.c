#include "step.h"

/** One climb of a ladder. */
struct climb {
    const struct xhm_step *step;
    uint32_t partition; /**< on which a rung is carried out */
    uint32_t owner;     /**< whose ladder it is */
    enum xhm_fault_class fault_class;
    bool heals; /**< a new instance can end what calls for the reaction */
};

/** How a rung is carried out, and when it can be. */
struct rung {
    bool (*is_available)(const struct climb *climb);
    void (*carry_out)(const struct climb *climb);
};

/* What is only a matter of the standby's readiness never costs more than the standby. */
static const struct xhm_ladder restart_only = {1, {XHM_REACTION_RESTART}};

static bool is_always_available(const struct climb *climb) {
    (void)climb;
    return true;
}

static bool can_restart(const struct climb *climb) {
    return climb->heals && restart_is_available(climb->step, climb->partition);
}

static void restart(const struct climb *climb) {
    lifecycle_restart(climb->step, climb->partition);
    step_state(climb->step, climb->partition)->ladder_class = climb->fault_class;
}

static void halt(const struct climb *climb, enum xhm_disposition how) {
    struct xhm_partition_state *state = step_state(climb->step, climb->partition);

    lifecycle_halt(climb->step, climb->partition, how);
    state->halted_by_ladder = true;
    state->ladder_class = climb->fault_class;
}

static void stop(const struct climb *climb) {
    halt(climb, XHM_DISPOSITION_STOP);
}

static void pause(const struct climb *climb) {
    halt(climb, XHM_DISPOSITION_PAUSE);
}

static bool can_fail_over(const struct climb *climb) {
    return fail_over_is_available(climb->step, climb->partition);
}

static void fail_over(const struct climb *climb) {
    fail_over_begin(climb->step, climb->partition, climb->fault_class, XHM_NONE);
}

static bool has_safe_state(const struct climb *climb) {
    return step_policy(climb->step, climb->owner)->safe_state_number != 0;
}

static void enter_safe_state(const struct climb *climb) {
    safe_state_enter(climb->step, step_policy(climb->step, climb->owner)->safe_state_number - 1, XHM_CAUSE_LADDER);
}

static bool has_last_resort(const struct climb *climb) {
    return last_resort_is_available(climb->step->core);
}

/* There is nothing above the last resort: the ladder is used up with it. */
static void take_last_resort(const struct climb *climb) {
    last_resort_take(climb->step);
    lifecycle_event(climb->step, climb->partition, XHM_LIFE_EXHAUSTED);
}

static const struct rung rungs[XHM_REACTION_END] = {
    [XHM_REACTION_RESTART] = {can_restart, restart},
    [XHM_REACTION_STOP] = {is_always_available, stop},
    [XHM_REACTION_PAUSE] = {is_always_available, pause},
    [XHM_REACTION_FAIL_OVER] = {can_fail_over, fail_over},
    [XHM_REACTION_SAFE_STATE] = {has_safe_state, enter_safe_state},
    [XHM_REACTION_LAST_RESORT] = {has_last_resort, take_last_resort},
};

/* Reporting is no reaction. A ladder without an available rung is used up, unless what calls for it is nothing that a
   restart could heal. */
static bool climb_ladder(const struct climb *climb, const struct xhm_ladder *ladder, uint32_t first) {
    for (uint32_t i = first; i < ladder->count; i++) {
        const enum xhm_reaction reaction = ladder->rungs[i];
        if (reaction == XHM_REACTION_REPORT) {
            return false;
        }
        if (!rungs[reaction].is_available(climb)) {
            continue;
        }
        step_event(climb->step, XHM_EVENT_REACTION, climb->partition, XHM_NONE, reaction, climb->fault_class);
        rungs[reaction].carry_out(climb);
        return true;
    }
    if (climb->heals) {
        lifecycle_event(climb->step, climb->partition, XHM_LIFE_EXHAUSTED);
    }
    return climb->heals;
}

static bool is_report_only(const struct xhm_ladder *ladder) {
    return ladder->rungs[0] == XHM_REACTION_REPORT;
}

static const struct xhm_ladder *ladder_of(const struct xhm_step *step, uint32_t partition,
                                          enum xhm_fault_class fault_class) {
    if (fail_over_is_inactive(step->core, partition)) {
        return &restart_only;
    }
    return &step_policy(step, partition)->reactions[fault_class];
}

static bool climb(const struct xhm_step *step, uint32_t partition, enum xhm_fault_class fault_class, bool heals) {
    return climb_ladder(&(struct climb){step, partition, partition, fault_class, heals},
                        ladder_of(step, partition, fault_class), 0);
}

bool escalation_climb(const struct xhm_step *step, uint32_t partition, enum xhm_fault_class fault_class) {
    return climb(step, partition, fault_class, true);
}

/* Where the ladder has no such rung (an operator ordered the fail over), it is climbed from its beginning. */
static uint32_t after(const struct xhm_ladder *ladder, enum xhm_reaction reaction) {
    for (uint32_t i = 0; i < ladder->count; i++) {
        if (ladder->rungs[i] == reaction) {
            return i + 1;
        }
    }
    return 0;
}

void escalation_go_on(const struct xhm_step *step, uint32_t owner, enum xhm_fault_class fault_class,
                      uint32_t partition) {
    const struct xhm_ladder *ladder = &step_policy(step, owner)->reactions[fault_class];

    if (gate_reaction_is_allowed(step, partition)) {
        climb_ladder(&(struct climb){step, partition, owner, fault_class, true}, ladder,
                     after(ladder, XHM_REACTION_FAIL_OVER));
    }
}

bool escalation_any_expired(const struct xhm_step *step, uint32_t partition) {
    for (uint32_t entity = 0; entity < step_policy(step, partition)->entity_count; entity++) {
        if (step_state(step, partition)->entities[entity].status == XHM_STATUS_EXPIRED) {
            return true;
        }
    }
    return false;
}

bool escalation_expired_for_long(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_partition_state *state = step_state(step, partition);

    return state->expired_cycles > step_policy(step, partition)->expired_tolerance;
}

/* A second domain with the same identity would only be mistaken for the new instance; a foreign domain stays where it
   is; and nobody allocates the cache for a new instance. */
static bool is_healed_by_restart(enum xhm_fault fault) {
    static const bool stays[XHM_FAULT_COUNT] = {[XHM_FAULT_IDENTITY_AMBIGUOUS] = true,
                                                [XHM_FAULT_PCPU_SHARED] = true,
                                                [XHM_FAULT_CORE_SHARED] = true,
                                                [XHM_FAULT_CACHE_ALLOCATION] = true};
    return !stays[fault];
}

/* Whether a fault of the class is active that a restart heals, or one that it does not. */
static bool has_fault(const struct xhm_partition_state *state, enum xhm_fault_class fault_class, bool healed) {
    for (unsigned i = 0; i < XHM_FAULT_COUNT; i++) {
        const enum xhm_fault fault = (enum xhm_fault)i;
        if (state->fault_scopes[fault] != 0 && faults_info(fault)->fault_class == fault_class &&
            is_healed_by_restart(fault) == healed) {
            return true;
        }
    }
    return false;
}

/* A failed entity is within its tolerance: only an expired one calls for the reaction of its class. */
static bool answer_class(const struct xhm_step *step, uint32_t partition, enum xhm_fault_class fault_class) {
    const struct xhm_partition_state *state = step_state(step, partition);
    const bool heals = fault_class == XHM_CLASS_ENTITY ? escalation_expired_for_long(step, partition)
                                                       : has_fault(state, fault_class, true);

    if (heals) {
        return climb(step, partition, fault_class, true);
    }
    return has_fault(state, fault_class, false) && climb(step, partition, fault_class, false);
}

/* Nearly always nothing is wrong: then no class is looked at. */
static void answer_all(const struct xhm_step *step, uint32_t partition) {
    if (!fault_state_any_of(step_state(step, partition)->fault_scopes) &&
        !escalation_expired_for_long(step, partition)) {
        return;
    }
    for (unsigned i = 0; i < XHM_CLASS_COUNT; i++) {
        if (answer_class(step, partition, (enum xhm_fault_class)i)) {
            return;
        }
    }
}

static void answer_presence(const struct xhm_step *step, uint32_t partition) {
    answer_class(step, partition, XHM_CLASS_PRESENCE);
}

/* Faults of the instance before may still be active while a new one starts: only what concerns its start counts. */
static void answer_start(const struct xhm_step *step, uint32_t partition) {
    if (step_state(step, partition)->fault_scopes[XHM_FAULT_PARTITION_START_OVERDUE] != 0) {
        escalation_climb(step, partition, XHM_CLASS_PRESENCE);
    }
}

/* What a fault of the old instance called for is being done while a restart is under way. One that fails is tried
   again, within its limit, whoever wanted it. */
static void answer_failed_restart(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_partition_state *state = step_state(step, partition);
    const struct xhm_ladder *ladder = ladder_of(step, partition, state->ladder_class);

    if (state->restart_wanted_again) {
        climb_ladder(&(struct climb){step, partition, partition, state->ladder_class, true},
                     is_report_only(ladder) ? &restart_only : ladder, 0);
    }
}

/* A stop or a pause that has no effect is not repeated: the rung behind it is taken, where there is one. */
static void answer_failed_halt(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);
    const struct xhm_ladder *ladder = ladder_of(step, partition, state->ladder_class);
    const enum xhm_reaction taken = state->halted == XHM_DISPOSITION_PAUSE ? XHM_REACTION_PAUSE : XHM_REACTION_STOP;

    if (state->halted_by_ladder && (state->stop_failed || state->pause_failed)) {
        state->halted_by_ladder = false;
        climb_ladder(&(struct climb){step, partition, partition, state->ladder_class, false}, ladder,
                     after(ladder, taken));
    }
}

static void count_expired_cycles(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);
    const bool before = escalation_expired_for_long(step, partition);

    if (!escalation_any_expired(step, partition)) {
        state->expired_cycles = 0;
        return;
    }
    state->expired_cycles += step->overrun ? 1 : step->observation->ticks;
    if (!before && step_policy(step, partition)->expired_tolerance > 0 &&
        escalation_expired_for_long(step, partition)) {
        step_event(step, XHM_EVENT_PARTITION_STOPPED, partition, XHM_NONE, 0, 0);
    }
}

void escalation_step(const struct xhm_step *step, uint32_t partition) {
    static void (*const answers[XHM_LIFE_COUNT])(const struct xhm_step *, uint32_t) = {
        [XHM_LIFE_ABSENT] = answer_presence,
        [XHM_LIFE_STARTING] = answer_start,
        [XHM_LIFE_RUNNING] = answer_all,
        [XHM_LIFE_RECREATING] = answer_failed_restart,
        [XHM_LIFE_VERIFYING] = answer_failed_restart,
        [XHM_LIFE_HALTED] = answer_failed_halt,
        [XHM_LIFE_RESUMING] = answer_start,
    };
    const enum xhm_life life = step_state(step, partition)->life;

    count_expired_cycles(step, partition);
    if (answers[life] != NULL && gate_reaction_is_allowed(step, partition)) {
        answers[life](step, partition);
    }
}
