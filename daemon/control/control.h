/**
 * The control API's server: peers on a UNIX socket and over vchan, their roles, requests, event streams, and the agent
 * as a peer.
 *
 * Runs in the supervision thread, after the supervision step, and never waits: sockets are non-blocking, one call takes
 * at most a fixed number of requests, every peer has fixed buffers, and all of it is allocated in control_open().
 */
#ifndef XHM_CONTROL_H
#define XHM_CONTROL_H

#include "core.h"
#include "writer.h"

struct sd_event;
struct xhm_control;

/** What the API needs of the loop: requests that change something. Filled by the loop. */
struct xhm_control_handler {
    void *context;
    /** An authorised peer gives an order; it is carried out at once, or refused. */
    enum xhm_order_answer (*order)(void *context, const struct xhm_order *order);
    /**
     * An integrator gives a new policy, compiled and perhaps signed. It is decoded, validated and applied as a whole or
     * not at all. @return XHM_POLICY_TAKEN, or why not with a sentence in @p error
     */
    enum xhm_policy_refusal (*apply)(void *context, const uint8_t *data, size_t size, char error[XHM_ERROR_SIZE]);
    /** Generation of the state (struct xhm_persistent) that was last handed to the writer, 0: none was. */
    uint64_t (*state_generation)(void *context);
    /** Generation of the state that is on storage. A safe state is acknowledged when its own is. */
    uint64_t (*state_stored)(void *context);
    /** Records an event of the API itself (injection, refusal, clearing of faults); its partition is one of @p
     * named_by. */
    void (*record)(void *context, const struct xhm_event *event, const struct xhm_policy *named_by);
};

/** Figures of the supervision that Status carries. */
struct xhm_control_figures {
    uint64_t worst_lateness_ns;
    uint64_t worst_step_ns;
    const char *boot_id; /**< 36 characters */
};

/** What the server is given; what pointers name lives at least as long as the server. */
struct xhm_control_options {
    const char *socket_path; /**< a stale socket there is replaced; its folder must exist */
    bool over_vchan;         /**< partitions are peers, too */
    const struct xhm_core *core;
    struct xhm_writer *writer; /**< for the fault memory's contents */
    const struct xhm_control_figures *figures;
    struct xhm_control_handler handler;
    uint64_t last_sequence;      /**< of the last event before this life of the supervisor */
    bool fault_memory_recovered; /**< it was damaged when it was opened */
};

/** Opens the socket and adds its sources to @p event. @return NULL with a sentence in @p error */
struct xhm_control *control_open(struct sd_event *event, const struct xhm_control_options *options,
                                 char error[XHM_ERROR_SIZE]);

/** Closes every peer and removes the socket. NULL is allowed. */
void control_close(struct xhm_control *control);

/** An event happened: kept for later readers (a ring of XHM_CONTROL_HELD_EVENTS) and sent to those who follow. */
void control_event(struct xhm_control *control, const struct xhm_record *record);

/**
 * Sends those who follow what they were not sent yet, now instead of in their next turn: for what is urgent. What a
 * socket does not take waits for the turn.
 */
void control_hurry(struct xhm_control *control);

/**
 * A delegated action for the agent. It is sent now, or when the agent connects, and again after a reconnection, until a
 * report came or a newer task for the same partition replaced it.
 */
void control_agent_recreate(struct xhm_control *control, const struct xhm_action *action);

/**
 * What somebody who asked wants to see of the next cycle beside what the core has planned: scheduling parameters of
 * vCPUs that are looked at anyway.
 */
void control_plan(struct xhm_control *control, struct xhm_plan *plan);

/**
 * The agent's part of the next observation: connected, silence, reports since the last call, facts. What the platform
 * saw is there already.
 * Also ends injections whose time is over (by asking the agent), by @p now_ns.
 */
void control_observe(struct xhm_control *control, uint64_t now_ns, struct xhm_observation *observation);

/** The policy took the place of @p former: names and indices are looked up again; origin as in core_apply_policy(). */
void control_policy_changed(struct xhm_control *control, const struct xhm_policy *former,
                            const uint32_t origin[XHM_MAX_PARTITIONS]);

/** Events held for later readers. */
#define XHM_CONTROL_HELD_EVENTS 1024

#endif
