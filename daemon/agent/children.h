/**
 * Child processes: programs without a shell, and functions of the agent that could wait without limit (xenstore). Each
 * has a time-out, after which it is killed with everything that it started. Nothing here waits.
 */
#ifndef XHM_AGENT_CHILDREN_H
#define XHM_AGENT_CHILDREN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

/** Bytes of output kept of a child: the end, which is where the reason stands. */
#define CHILD_OUTPUT_SIZE 2048

struct child;

/** How a child ended. */
struct child_end {
    bool is_success;    /**< exit status 0 */
    bool is_timed_out;  /**< killed at its time-out */
    int status;         /**< exit status, or 128 + signal */
    const char *output; /**< what it wrote, zero-terminated; valid during the call */
};

/** What to run: a program with its arguments (NULL-terminated, [0] is looked up in a fixed PATH), or a function. */
struct child_work {
    const char *const *arguments;   /**< or NULL: */
    int (*function)(void *context); /**< runs in the child process; its result is the exit status */
    void *function_context;
    uint64_t timeout_ms;
};

typedef void child_end_function(void *context, const struct child_end *end);

/** Starts @p work; @p on_end is called once, unless the child is abandoned before. @return NULL with errno */
struct child *child_start(sd_event *event, const struct child_work *work, child_end_function *on_end, void *context);

/** Kills the child and forgets it: on_end will not be called. NULL is allowed. */
void child_abandon(struct child *child);

#endif
