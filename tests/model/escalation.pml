/*
 * The escalation of a pair of partitions (0, and 1 which stands by for it), with the ladders restart, fail over, pause
 * and restart, fail over, safe state. What a transition does and which rung is taken comes from the core itself (table.pml, printed by
 * print_table.c); here is everything around it: instances that come and go as they like, an agent, operators, a safe
 * state, and the order in which a step decides. Checked are, in every reachable state:
 *
 *   - there is at most one terminal action (stop, pause, unpause) for a partition in one step, and one that had to wait
 *     for another one is never lost: it is carried out in the next step that has none;
 *   - no restart is counted beyond the limit, and a ladder restarts nothing that is not counted;
 *   - no restart is decided and nothing is recreated while a safe state is latched, but what the safe state starts;
 *   - a pause is made only when none is ours, and taken back only when one is;
 *   - exactly one side of the pair serves;
 *   - a partition that is used up or halted is left alone until somebody leads out.
 *
 * Compiled with one of the BREAK_ macros it must be found wrong: that shows that it can be.
 */
#define NOTHING     0
#define RESTART     1
#define STOP        2
#define PAUSE       3
#define FAIL_OVER   4
#define EXHAUST     5

#define LEAVE 0

#define LIMIT 1

#include "table.pml"

byte life[2];
bool active_side[2];
bool known[2];        /* a live instance was seen */
bool faulty[2];       /* a fault calls for a reaction */
bool ours[2];         /* one pause of the instance is ours */
bool seen[2];         /* and the domain list has shown it */
bool stop_ordered[2]; /* of the present instance */
byte halted[2];       /* STOP, PAUSE or LEAVE */
bool wanted_again[2]; /* the restart under way failed */
bool rebuild[2];
bool start_wanted[2];
bool taking_over[2];
byte used[2];         /* restarts in the window */
bool latched;

/* Of one step. */
bool acted[2];
bool healthy[2];
bool led_out[2];
bool new[2];
byte life_before[2];
bool by_order;
bool safe_state_wanted;
bool observed;

/* Of one transition, and where the step is. */
hidden byte cell;
hidden byte rung;
byte p;
byte q;

/* What the core says. */
hidden byte follows[LIFE_COUNT * EVENT_COUNT];
hidden byte effect[LIFE_COUNT * EVENT_COUNT];
hidden byte rungs[LIFE_COUNT * 8];

#define does(what)  ((effect[cell] & what) != 0)
#define is_ready(x) (life[x] == STANDBY && known[x] && ours[x] && seen[x])

/* Where there was a terminal action in this step already, keep() does it in the next one. */
inline take_stop(x) {
    if
    :: known[x] && !stop_ordered[x] && !acted[x] -> acted[x] = 1; stop_ordered[x] = 1
    :: else
    fi
}

inline give_back_pause(x) {
    if
    :: known[x] && ours[x] && !acted[x] -> acted[x] = 1; ours[x] = 0; seen[x] = 0
    :: else
    fi
}

inline take_pause(x) {
    if
    :: known[x] && !ours[x] && !acted[x] -> acted[x] = 1; ours[x] = 1; seen[x] = 0
    :: else
    fi
}

inline count_restart(x) {
    assert(by_order || used[x] < LIMIT);
    assert(!latched);
    if
    :: used[x] < LIMIT -> used[x]++
    :: else
    fi
}

inline send(x, event) {
    d_step {
        cell = life[x] * EVENT_COUNT + event;
        life[x] = follows[cell];
        if
        :: does(ENDS) -> wanted_again[x] = 0; rebuild[x] = 0; start_wanted[x] = 0; taking_over[x] = 0
        :: else
        fi;
        if
        :: does(COUNTS) -> count_restart(x)
        :: else
        fi;
        if
        :: does(ENDS) && life[x] == STOPPING -> halted[x] = LEAVE
        :: does(DOES_UNPAUSE) -> halted[x] = LEAVE
        :: else
        fi;
        if
        :: does(DOES_STOP) -> stop_ordered[x] = 0; take_stop(x)
        :: does(DOES_UNPAUSE) -> give_back_pause(x)
        :: does(DOES_PAUSE) -> take_pause(x)
        :: does(DOES_RECREATE) -> assert(!latched || start_wanted[x])
        :: does(LOSES) -> wanted_again[x] = 1
        :: else
        fi;
        if
        :: does(HEALS) -> faulty[x] = 0; wanted_again[x] = 0
        :: else
        fi
    }
}

/* halt.c: what is halted or stands by is kept so; what had to wait is done. */
inline keep(x) {
    d_step {
        if
        :: known[x] && !stop_ordered[x] && (life[x] == STANDBY || (life[x] == HALTED && halted[x] == PAUSE)) ->
            take_pause(x)
        :: life[x] == HALTED && halted[x] == STOP -> take_stop(x)
#ifndef BREAK_RETRY
        :: life[x] == STOPPING -> take_stop(x)
        :: life[x] == RESUMING -> give_back_pause(x)
#endif
        :: else
        fi
    }
}

inline halt(x, how) {
    halted[x] = how;
    send(x, TO_HALT);
    keep(x)
}

inline serve(x) {
    d_step {
        active_side[0] = 0;
        active_side[1] = 0;
        active_side[x] = 1
    }
}

inline resume(x) {
    if
    :: life[x] == HALTED && known[x] && ours[x] && !faulty[x] -> send(x, TO_RESUME)
    :: life[x] == HALTED && !(known[x] && ours[x] && !faulty[x]) -> send(x, PULLED)
    :: else
    fi
}

inline start(x) {
    if
    :: life[x] == STANDBY -> serve(x); send(x, TO_RESUME)
    :: life[x] == HALTED -> resume(x)
    :: (life[x] == ABSENT || life[x] == LIMITED) && !known[x] -> send(x, PULLED)
    :: else
    fi;
    start_wanted[x] = 1
}

/* Any declaration of a safe state for the pair. */
inline enter_safe_state() {
    if
    :: safe_state_wanted ->
        safe_state_wanted = 0;
        latched = 1;
        q = 0;
        do
        :: q < 2 ->
            if
            :: skip
            :: halt(q, STOP)
            :: halt(q, PAUSE)
            :: start(q)
            fi;
            q++
        :: else -> break
        od;
        q = 0
    :: else
    fi
}

inline fail_over(x) {
    serve(1 - x);
    if
    :: life[x] != STOPPING -> send(x, PULLED); rebuild[x] = 1
    :: else
    fi;
    if
    :: !known[x] -> faulty[x] = 0
    :: else
    fi;
    send(1 - x, TO_RESUME);
    taking_over[1 - x] = 1
}

#define is_making(x) (life[x] == RECREATING || life[x] == VERIFYING)

inline climb(x) {
    d_step {
        rung = NOTHING;
        if
        :: !latched && ((is_making(x) && wanted_again[x]) || (!is_making(x) && faulty[x])) ->
            rung = rungs[life[x] * 8 + 4 * is_ready(1 - x) + 2 * (used[x] < LIMIT) + active_side[x]]
        :: else
        fi;
#ifdef BREAK_LIMIT
        if
        :: rung == EXHAUST -> rung = RESTART
        :: else
        fi;
#endif
    }
    if
    :: rung == RESTART -> send(x, GRANTED)
    :: rung == FAIL_OVER -> fail_over(x)
    :: rung == PAUSE -> halt(x, PAUSE)
    :: rung == PAUSE -> safe_state_wanted = 1 /* the other ladder */
    :: rung == EXHAUST -> send(x, EXHAUSTED)
    :: else
    fi
}

/* A fail over fails when the instance ends, or at any time by itself; the ladder goes on behind its rung. */
inline watch_fail_over(x) {
    if
    :: taking_over[x] && life[x] == RESUMING
    :: taking_over[x] ->
        taking_over[x] = 0;
        if
        :: !latched -> halt(x, PAUSE)
        :: !latched -> safe_state_wanted = 1; enter_safe_state()
        :: else
        fi
    :: else
    fi
}

/* What the domain list, the probes, the agent and the clock can bring. */
inline observe(x) {
    if
    :: known[x] ->
        if
        :: life[x] == STOPPING || life[x] == RECREATING || life[x] == HALTED ->
            faulty[x] = faulty[x] && active_side[x]
        :: else -> faulty[x] = 1
        fi;
        ours[x] = 0; seen[x] = 0; stop_ordered[x] = 0; send(x, ENDED); known[x] = 0
    :: !known[x] -> known[x] = 1; new[x] = 1; send(x, APPEARED)
    :: !known[x] && life[x] == ABSENT -> faulty[x] = 1
    :: known[x] && !ours[x] && !stop_ordered[x] -> healthy[x] = 1
    :: known[x] && !ours[x] -> faulty[x] = 1
    :: ours[x] && !seen[x] -> seen[x] = 1
    :: ours[x] && seen[x] -> ours[x] = 0; seen[x] = 0 /* somebody took it back, and the list shows it */
    :: used[x] > 0 -> used[x]--
    :: is_making(x) -> wanted_again[x] = 1
    :: skip
    fi
}

inline decide(x) {
#ifndef BREAK_LATCH
    if
    :: latched && life[x] == STOPPING && !start_wanted[x] -> halt(x, STOP)
    :: else
    fi;
#endif
    if
    :: healthy[x] && !active_side[x] && !latched -> send(x, READY)
    :: healthy[x] && (active_side[x] || latched) ->
        send(x, HEALTHY);
        taking_over[x] = taking_over[x] && life[x] != RUNNING
    :: else
    fi;
    if
    :: life[x] == STANDBY && active_side[x] -> send(x, TO_RESUME)
    :: else
    fi;
    watch_fail_over(x);
    climb(x);
    enter_safe_state();
    if
    :: life[x] == STOPPING && rebuild[x] && used[x] < LIMIT -> count_restart(x); send(x, WAITED)
    :: life[x] == STOPPING && !rebuild[x] -> send(x, WAITED)
    :: life[x] == STOPPING
    :: else
    fi;
    keep(x)
}

inline order(x) {
    by_order = 1;
    if
    :: !latched && life[x] != STOPPING && !is_making(x) -> led_out[x] = 1; send(x, GRANTED)
    :: !latched && active_side[x] && is_ready(1 - x) -> led_out[x] = 1; led_out[1 - x] = 1; fail_over(x)
    :: latched -> latched = 0; led_out[0] = 1; led_out[1] = 1; resume(0); resume(1)
    :: led_out[0] = 1; led_out[1] = 1; safe_state_wanted = 1; enter_safe_state()
    fi;
    by_order = 0
}

inline begin() {
    d_step {
        acted[0] = 0; acted[1] = 0;
        healthy[0] = 0; healthy[1] = 0;
        led_out[0] = 0; led_out[1] = 0;
        new[0] = 0; new[1] = 0;
        life_before[0] = life[0]; life_before[1] = life[1];
        p = 0;
        observed = 0
    }
}

/* Halted: only somebody leads out. Used up: somebody, or a new instance. */
inline check(x) {
    assert(active_side[0] != active_side[1]);
    assert(!observed || acted[x] || !known[x] || life[x] != STOPPING || stop_ordered[x]);
    assert(!observed || acted[x] || !known[x] || life[x] != RESUMING || !ours[x]);
    assert(life_before[x] != HALTED || life[x] == HALTED || led_out[x] || latched);
    assert(life_before[x] != LIMITED || life[x] != STOPPING || led_out[x] || new[x] || latched)
}

active proctype ecu() {
    d_step { fill_table(); fill_rungs(); active_side[0] = 1 }
    do
    :: atomic {
            begin();
            observed = 1;
            do
            :: p < 2 -> observe(p); p++
            :: else -> break
            od;
            p = 0;
            do
            :: p < 2 -> decide(p); p++
            :: else -> break
            od;
            check(0); check(1);
            begin()
        }
    :: atomic {
            begin();
            if
            :: p = 0
            :: p = 1
            fi;
            order(p);
            check(0); check(1);
            begin()
        }
    od
}
