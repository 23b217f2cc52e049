/**
 * Stops a process for a bounded time (SIGSTOP, SIGCONT), for fault injections into the ECU's services.
 *
 * The work is done by a process of its own, the guard, which continues what it stopped when its time is over, when it
 * is told to, or when the agent has ended, whichever comes first. So it also ends when the agent itself is what is
 * stopped.
 */
#ifndef XHM_AGENT_STOPPER_H
#define XHM_AGENT_STOPPER_H

#include <stdint.h>
#include <sys/types.h>

struct stopper;

/** What a stopper does: it stops one process for a time. */
struct stopper_order {
    pid_t process;
    uint32_t delay_ms; /**< before it is stopped */
    uint64_t duration_ms;
};

/** The one process of root whose name is one of @p names (NULL-terminated). @return its id, -ESRCH or -ENOTUNIQ */
pid_t stopper_find(const char *const *names);

/** Starts a guard. @return 0 with *@p stopper, to be ended by stopper_end(), or a negative errno value */
int stopper_begin(struct stopper **stopper, const struct stopper_order *order);

/** Lets the process continue, if it does not already. NULL is allowed. */
void stopper_end(struct stopper *stopper);

#endif
