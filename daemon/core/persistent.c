#include "step.h"
#include <string.h>

/* While something ages, it is stored how far it came: what a crash loses of it is at most this. */
#define AGEING_STORED_EVERY_NS (10 * UINT64_C(1000000000))

static void export_partition(const struct xhm_core *core, uint32_t partition, struct xhm_persistent_partition *to) {
    const struct xhm_partition_state *from = &core->partitions[partition];
    const uint32_t oldest = from->restart_next + XHM_MAX_RESTART_LIMIT - from->restart_kept;

    step_copy_name(to->name, core->policy->partitions[partition].name);
    for (uint32_t i = 0; i < from->restart_kept; i++) {
        to->restart_times_ns[i] = from->restart_times_ns[(oldest + i) % XHM_MAX_RESTART_LIMIT];
    }
    to->restart_count = from->restart_kept;
    to->maintenance_until_ns = from->maintenance_until_ns;
    to->owns_pause = from->owns_pause;
    to->paused_domid = from->owns_pause ? from->paused_domid : 0;
    if (from->owns_pause) {
        to->paused_uuid = from->paused_uuid;
    }
    to->halted = from->halted;
    to->stays_halted = from->stays_halted;
    to->active = from->active;
}

void core_export(const struct xhm_core *core, struct xhm_persistent *persistent) {
    persistent->supervised_ns = core->supervised_ns;
    persistent->mode = core->mode;
    step_copy_name(persistent->safe_state, core_safe_state_name(core));
    persistent->starts_without_health = core->starts_without_health;
    persistent->last_resorts_without_health = core->last_resorts_without_health;
    persistent->operation_cycle = core->operation_cycle;
    persistent->operation_cycle_open = core->operation_cycle_open;
    persistent->partition_count = core->policy->partition_count;
    memset(persistent->partitions, 0, sizeof(persistent->partitions));
    for (uint32_t partition = 0; partition < core->policy->partition_count; partition++) {
        export_partition(core, partition, &persistent->partitions[partition]);
    }
}

static bool is_ageing(const struct xhm_step *step) {
    for (uint32_t partition = 0; partition < step->core->policy->partition_count; partition++) {
        if (maintenance_is_active(step, partition) || restart_in_window(step, partition) > 0) {
            return true;
        }
    }
    return false;
}

/* A restart always changes the newest time, or how many there are. */
static bool restarts_differ(const struct xhm_partition_state *state, const struct xhm_persistent_partition *told) {
    const uint32_t newest = (state->restart_next + XHM_MAX_RESTART_LIMIT - 1) % XHM_MAX_RESTART_LIMIT;

    return state->restart_kept != told->restart_count ||
           (state->restart_kept > 0 &&
            state->restart_times_ns[newest] != told->restart_times_ns[told->restart_count - 1]);
}

static bool pause_differs(const struct xhm_partition_state *state, const struct xhm_persistent_partition *told) {
    return state->owns_pause != told->owns_pause ||
           (state->owns_pause && (state->paused_domid != told->paused_domid ||
                                  memcmp(&state->paused_uuid, &told->paused_uuid, sizeof(told->paused_uuid)) != 0));
}

static bool partition_differs(const struct xhm_partition_state *state, const struct xhm_persistent_partition *told) {
    return restarts_differ(state, told) || pause_differs(state, told) ||
           state->maintenance_until_ns != told->maintenance_until_ns || state->halted != told->halted ||
           state->stays_halted != told->stays_halted || state->active != told->active;
}

static bool ecu_differs(const struct xhm_core *core, const struct xhm_persistent *told) {
    return core->mode != told->mode || strcmp(core_safe_state_name(core), told->safe_state) != 0 ||
           core->starts_without_health != told->starts_without_health ||
           core->last_resorts_without_health != told->last_resorts_without_health ||
           core->operation_cycle != told->operation_cycle || core->operation_cycle_open != told->operation_cycle_open;
}

/* Comparing is much cheaper than exporting, which is done in few cycles. */
static bool differs(const struct xhm_core *core) {
    for (uint32_t partition = 0; partition < core->policy->partition_count; partition++) {
        if (partition_differs(&core->partitions[partition], &core->told.partitions[partition])) {
            return true;
        }
    }
    return ecu_differs(core, &core->told);
}

void persistent_watch(const struct xhm_step *step) {
    struct xhm_core *core = step->core;
    const bool old = core->supervised_ns - core->told.supervised_ns >= AGEING_STORED_EVERY_NS;

    if (differs(core) || (old && is_ageing(step))) {
        step->outcome->persistent_changed = true;
    }
    if (step->outcome->persistent_changed) {
        core_export(core, &core->told);
    }
}

static const struct xhm_persistent_partition *find(const struct xhm_persistent *persistent, const char *name) {
    for (uint32_t i = 0; i < persistent->partition_count && i < XHM_MAX_PARTITIONS; i++) {
        if (strncmp(persistent->partitions[i].name, name, XHM_NAME_SIZE) == 0) {
            return &persistent->partitions[i];
        }
    }
    return NULL;
}

/* A time that has not come yet belongs to no restart. */
static void restore_restarts(const struct xhm_core *core, const struct xhm_persistent_partition *from,
                             struct xhm_partition_state *to) {
    for (uint32_t i = 0; i < from->restart_count && i < XHM_MAX_RESTART_LIMIT; i++) {
        if (from->restart_times_ns[i] <= core->supervised_ns) {
            to->restart_times_ns[to->restart_kept++] = from->restart_times_ns[i];
        }
    }
    to->restart_next = to->restart_kept % XHM_MAX_RESTART_LIMIT;
}

static bool is_halt(enum xhm_disposition disposition) {
    return disposition == XHM_DISPOSITION_PAUSE || disposition == XHM_DISPOSITION_STOP;
}

/* Instances, and so our pauses of them, end with a boot of the ECU. */
static void restore_partition(const struct xhm_core *core, const struct xhm_persistent *persistent,
                              const struct xhm_persistent_partition *from, struct xhm_partition_state *to) {
    restore_restarts(core, from, to);
    to->maintenance_until_ns = maintenance_restored(core, from->maintenance_until_ns);
    to->owns_pause = from->owns_pause && persistent->same_boot;
    to->pause_seen = to->owns_pause; /* if it is not there any more, somebody took it back meanwhile */
    to->paused_domid = from->paused_domid;
    to->paused_uuid = from->paused_uuid;
    to->halted = is_halt(from->halted) ? from->halted : XHM_DISPOSITION_LEAVE;
    to->stays_halted = from->stays_halted;
    to->active = from->active;
}

static void restore_partitions(struct xhm_core *core, const struct xhm_persistent *persistent) {
    for (uint32_t partition = 0; partition < core->policy->partition_count; partition++) {
        const struct xhm_persistent_partition *from = find(persistent, core->policy->partitions[partition].name);
        if (from != NULL) {
            restore_partition(core, persistent, from, &core->partitions[partition]);
        }
    }
    halt_restored(core);
}

/* What is measured from the start of the supervisor begins where supervised time goes on. */
static void restore_time(struct xhm_core *core, uint64_t supervised_ns) {
    core->supervised_ns = supervised_ns > core->supervised_ns ? supervised_ns : core->supervised_ns;
    core->domains_known_ns = core->supervised_ns;
    core->agent_heard_ns = core->supervised_ns;
    for (uint32_t partition = 0; partition < XHM_MAX_PARTITIONS; partition++) {
        struct xhm_partition_state *state = &core->partitions[partition];
        state->instance_since_ns = core->supervised_ns;
        state->life_since_ns = core->supervised_ns;
        state->standby_seen_ns = core->supervised_ns;
    }
}

static void restore_ecu(struct xhm_core *core, const struct xhm_persistent *persistent) {
    if (persistent->same_boot && mode_exists(persistent->mode)) {
        core->mode = persistent->mode;
    }
    core->last_resorts_without_health = persistent->last_resorts_without_health;
    core->operation_cycle = persistent->operation_cycle;
    core->operation_cycle_open = persistent->operation_cycle_open;
}

/* A start whose end was clean was none too many. */
static uint32_t starts_before(const struct xhm_persistent *persistent) {
    const uint32_t starts = persistent->starts_without_health;

    return persistent->clean && starts > 0 ? starts - 1 : starts;
}

static void restore(const struct xhm_step *step, const struct xhm_persistent *persistent) {
    char safe_state[XHM_NAME_SIZE];

    restore_time(step->core, persistent->supervised_ns);
    restore_ecu(step->core, persistent);
    restore_partitions(step->core, persistent);
    memcpy(safe_state, persistent->safe_state, sizeof(safe_state));
    safe_state[XHM_NAME_SIZE - 1] = '\0';
    if (safe_state[0] != '\0') {
        safe_state_remembered(step, safe_state);
    }
}

void core_restore(struct xhm_core *core, const struct xhm_persistent *persistent, enum xhm_persistent_reading reading,
                  struct xhm_outcome *outcome) {
    const struct xhm_step step = {core, NULL, outcome, false};

    outcome_clear(outcome);
    if (reading == XHM_PERSISTENT_READ) {
        restore(&step, persistent);
    } else if (reading == XHM_PERSISTENT_UNREADABLE) {
        safe_state_unknown(&step);
    }
    boot_guard_start(&step, reading == XHM_PERSISTENT_READ ? starts_before(persistent) : 0);
    persistent_watch(&step);
}
