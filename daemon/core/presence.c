#include "conformance_parts.h"
#include <string.h>

/** What the domain list says of one partition. Entries are NULL when there is none. */
struct sighting {
    const struct xhm_domain_reading *followed; /**< the instance that is followed, alive or shut down */
    const struct xhm_domain_reading *live;     /**< an entry that has not shut down, the followed one if possible */
    const struct xhm_domain_reading *shut_down;
    uint32_t live_count;
};

static bool is_identity(const struct xhm_identity *identity, const struct xhm_domain_reading *domain) {
    if (identity->kind == XHM_IDENTITY_UUID) {
        return memcmp(&identity->uuid, &domain->uuid, sizeof(domain->uuid)) == 0;
    }
    return domain->domid == (identity->kind == XHM_IDENTITY_DOM0 ? 0 : identity->domid);
}

/* Of several live entries the one that is followed already stands for the partition: nothing is done to a stranger. */
static void add_to_sighting(struct sighting *sighting, const struct xhm_domain_reading *domain, bool followed) {
    if (followed) {
        sighting->followed = domain;
    }
    if (domain->shutdown) {
        sighting->shut_down = domain;
        return;
    }
    sighting->live_count++;
    if (sighting->live == NULL || followed) {
        sighting->live = domain;
    }
}

static struct sighting look_for(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_partition_state *state = step_state(step, partition);
    struct sighting sighting = {NULL, NULL, NULL, 0};

    for (uint32_t i = 0; i < step->observation->domain_count; i++) {
        const struct xhm_domain_reading *domain = &step->observation->domains[i];
        if (!domain->dying && is_identity(&step_policy(step, partition)->identity, domain)) {
            add_to_sighting(&sighting, domain, state->instance_known && domain->domid == state->domid);
        }
    }
    return sighting;
}

static bool ended_by_us(const struct xhm_partition_state *state) {
    return state->life == XHM_LIFE_STOPPING || state->life == XHM_LIFE_RECREATING || state->life == XHM_LIFE_HALTED;
}

/* That an optional partition has no instance is no fault; that its instance crashed is one. */
static bool is_fault(const struct xhm_step *step, uint32_t partition, enum xhm_fault fault) {
    return gate_presence_is_judged(step, partition) &&
           !(step_policy(step, partition)->optional && fault != XHM_FAULT_PARTITION_CRASHED);
}

/* A dead instance leaves its faults to the one that follows and heals them, unless none is expected to. */
static bool has_no_heir(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_partition_state *state = step_state(step, partition);

    if (ended_by_us(state)) {
        return fail_over_is_inactive(step->core, partition);
    }
    return step_policy(step, partition)->optional;
}

static void instance_ended(const struct xhm_step *step, uint32_t partition, enum xhm_fault fault, uint64_t reason) {
    struct xhm_partition_state *state = step_state(step, partition);
    const struct xhm_fault_details details = {{reason, 0}};
    const bool forget = has_no_heir(step, partition);
    const bool faulty = !ended_by_us(state) && is_fault(step, partition, fault);

    step_event(step, XHM_EVENT_INSTANCE_ENDED, partition, XHM_NONE, reason, 0);
    if (forget) {
        lifecycle_forget_instance(step, partition);
    }
    if (faulty) {
        fault_state_set(step, partition, fault, XHM_SCOPE_WHOLE, true, details);
    }
    lifecycle_event(step, partition, XHM_LIFE_ENDED);
    conformance_forget(step->core, partition);
    state->instance_known = false;
    state->instance_since_ns = step->core->supervised_ns;
}

/* A remembered pause that does not show was never made, or was taken back, in the last moments of the life before: then
   there is none of ours to keep. */
static void instance_appeared(const struct xhm_step *step, uint32_t partition,
                              const struct xhm_domain_reading *domain) {
    struct xhm_partition_state *state = step_state(step, partition);

    state->instance_known = true;
    state->domid = domain->domid;
    state->uuid = domain->uuid;
    state->domain = *domain;
    state->instance_since_ns = step->core->supervised_ns;
    step_event(step, XHM_EVENT_INSTANCE_STARTED, partition, XHM_NONE, 0, 0);
    if (pause_is_ours(state) && domain->paused) {
        lifecycle_event(step, partition, XHM_LIFE_KEPT);
    } else {
        pause_forget(step, partition);
        lifecycle_event(step, partition, XHM_LIFE_APPEARED);
    }
}

static enum xhm_fault fault_of_shutdown(uint8_t reason) {
    return reason == XHM_SHUTDOWN_CRASH ? XHM_FAULT_PARTITION_CRASHED : XHM_FAULT_PARTITION_STOPPED;
}

/* An instance that was never seen alive, found shut down at the supervisor's start: said once, not followed. */
static void found_dead(const struct xhm_step *step, uint32_t partition, const struct xhm_domain_reading *domain) {
    const struct xhm_partition_state *state = step_state(step, partition);
    const struct xhm_fault_details details = {{domain->reason, 0}};

    if (state->life == XHM_LIFE_ABSENT && !fault_state_any(state, XHM_CLASS_PRESENCE) &&
        is_fault(step, partition, fault_of_shutdown(domain->reason))) {
        fault_state_set(step, partition, fault_of_shutdown(domain->reason), XHM_SCOPE_WHOLE, true, details);
    }
}

static void absent_for_long(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_partition_state *state = step_state(step, partition);
    const uint64_t absent_ns = step->core->supervised_ns - state->instance_since_ns;
    const struct xhm_fault_details none = {{0, 0}};

    if (state->life == XHM_LIFE_ABSENT && absent_ns >= step_policy(step, partition)->start_within_ns &&
        !fault_state_any(state, XHM_CLASS_PRESENCE) && is_fault(step, partition, XHM_FAULT_PARTITION_MISSING)) {
        fault_state_set(step, partition, XHM_FAULT_PARTITION_MISSING, XHM_SCOPE_WHOLE, true, none);
    }
}

static void match_partition(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);
    const struct sighting sighting = look_for(step, partition);
    const struct xhm_fault_details count = {{sighting.live_count, 0}};

    fault_state_set(step, partition, XHM_FAULT_IDENTITY_AMBIGUOUS, XHM_SCOPE_WHOLE,
                    sighting.live_count > 1 && gate_presence_is_judged(step, partition), count);

    if (state->instance_known && sighting.followed == NULL) {
        instance_ended(step, partition, XHM_FAULT_PARTITION_MISSING, XHM_NONE);
    } else if (state->instance_known && sighting.followed->shutdown) {
        const uint8_t reason = sighting.followed->reason;
        instance_ended(step, partition, fault_of_shutdown(reason), reason);
    } else if (state->instance_known) {
        state->domain = *sighting.followed;
        return;
    }
    if (sighting.live != NULL) {
        instance_appeared(step, partition, sighting.live);
        return;
    }
    pause_forget(step, partition); /* one that the life before left ended with its instance */
    if (sighting.shut_down != NULL) {
        found_dead(step, partition, sighting.shut_down);
    } else {
        absent_for_long(step, partition);
    }
}

/* A paused domain runs nowhere; while the toolstack builds one, its affinity is not set yet. */
static void remember_roll(const struct xhm_step *step) {
    struct xhm_domain_roll *roll = &step->core->roll;

    roll->count = 0;
    for (uint32_t i = 0; i < step->observation->domain_count; i++) {
        const struct xhm_domain_reading *domain = &step->observation->domains[i];
        if (!domain->dying && !domain->shutdown && !domain->paused) {
            roll->domains[roll->count++] = (struct xhm_roll_domain){
                .domid = domain->domid, .vcpu_slots = (uint16_t)domain->vcpu_slots, .cpupool_id = domain->cpupool_id};
        }
    }
}

const struct xhm_roll_domain *presence_find(const struct xhm_core *core, uint16_t domid) {
    for (uint32_t i = 0; i < core->roll.count; i++) {
        if (core->roll.domains[i].domid == domid) {
            return &core->roll.domains[i];
        }
    }
    return NULL;
}

bool presence_can_run(const struct xhm_core *core, uint16_t domid) {
    return presence_find(core, domid) != NULL;
}

static void watch_pauses(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_partition_state *state = step_state(step, partition);
    const struct xhm_fault_details none = {{0, 0}};
    const bool runs = state->life == XHM_LIFE_RUNNING || state->life == XHM_LIFE_RESUMING;

    if (state->instance_known && runs && gate_presence_is_judged(step, partition)) {
        fault_state_set(step, partition, XHM_FAULT_PARTITION_PAUSED, XHM_SCOPE_WHOLE, state->domain.paused, none);
    }
}

void presence_step(const struct xhm_step *step) {
    if (step->observation->domains_sight != XHM_SIGHT_KNOWN) {
        return;
    }
    step->core->domains_known_ns = step->core->supervised_ns;
    remember_roll(step);
    for (uint32_t partition = 0; partition < step->core->policy->partition_count; partition++) {
        match_partition(step, partition);
        watch_pauses(step, partition);
    }
}
