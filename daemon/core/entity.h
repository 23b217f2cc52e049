/**
 * Private to the core: supervision of one entity, and its parts.
 *
 * probe_supervision.c reads the pages and hands each sound reading of a slot to the parts below.
 */
#ifndef XHM_CORE_ENTITY_H
#define XHM_CORE_ENTITY_H

#include "step.h"

/** An entity under supervision in this step, with everything that concerns it. */
struct xhm_subject {
    const struct xhm_step *step;
    uint32_t partition;
    uint32_t entity;
    const struct xhm_entity_policy *policy;
    struct xhm_entity_state *state;
};

/** The subject of entity @p entity. */
struct xhm_subject entity_subject(const struct xhm_step *step, uint32_t partition, uint32_t entity);

/** Says whether @p fault is present for the entity. */
void entity_fault(const struct xhm_subject *subject, enum xhm_fault fault, bool present,
                  struct xhm_fault_details details);

/** True while the entity's slot is mid-write for longer than is tolerated. */
bool entity_is_stuck(const struct xhm_subject *subject);

/** True when what the slot says is only known by its next reading: it happens to be mid-write. */
bool entity_is_mid_write(const struct xhm_subject *subject);

/** True before the first good reference cycle: the start-up grace bounds that, not the supervision of this entity. */
bool entity_is_starting(const struct xhm_subject *subject);

/** Sets the local status, and tells it. An entity that turns OK has no fault of its class any more. */
void entity_set_status(const struct xhm_subject *subject, enum xhm_status status);

/** Counters, graph, deadlines and clock go on from the next sound reading: what lies before it is not blamed. */
void entity_rebaseline(const struct xhm_subject *subject);

/** A reference cycle begins now. */
void entity_begin_reference_cycle(const struct xhm_subject *subject);

/** Alive supervision, once a step, after the readings. */
void entity_supervise_alive(const struct xhm_subject *subject);

/** An entity that a policy added to a running instance has the start-up grace of an instance to begin. */
void entity_watch_start(const struct xhm_subject *subject);

/** Without alive supervision an entity is OK once it was read. */
void entity_is_read(const struct xhm_subject *subject);

/** Deadline and logical supervision by the checkpoints of a sound reading. */
void entity_take_checkpoints(const struct xhm_subject *subject, const struct xhm_probe_slot_reading *slot);

/** Ends that never came: once a step, after the readings. */
void entity_watch_deadlines(const struct xhm_subject *subject);

/** The latency budget, by a sound reading; leaves the verdict of the slot's histogram, where it was read. */
void entity_supervise_latency_budget(const struct xhm_subject *subject, const struct xhm_probe_slot_reading *slot);

/** Deadline misses, latency and clock by a sound reading, before the state takes it. */
void entity_take_measures(const struct xhm_subject *subject, const struct xhm_probe_slot_reading *slot);

#endif
