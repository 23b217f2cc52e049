#include "keeping.h"

#include <stdio.h>
#include <string.h>

void keeping_restore(struct xhm_keeping *keeping, const struct xhm_writer_memory *memory, struct xhm_core *core,
                     struct xhm_outcome *outcome) {
    struct xhm_persistent found = memory->persistent;

    found.same_boot = strncmp(found.boot_id, keeping->boot_id, sizeof(found.boot_id)) == 0;
    found.clean = memory->clean;
    core_restore(core, &found, memory->reading, outcome);
}

void keeping_take(struct xhm_keeping *keeping, const struct xhm_core *core, const struct xhm_outcome *outcome) {
    if (outcome->persistent_changed) {
        keeping_store(keeping, core);
    }
}

void keeping_store(struct xhm_keeping *keeping, const struct xhm_core *core) {
    core_export(core, &keeping->state);
    snprintf(keeping->state.boot_id, sizeof(keeping->state.boot_id), "%s", keeping->boot_id);
    keeping->generation = writer_state(keeping->writer, &keeping->state);
}

void keeping_last_resort(struct xhm_keeping *keeping, enum xhm_action_kind kind) {
    keeping->wanted = kind == XHM_ACTION_REBOOT_ECU ? XHM_LOOP_REBOOT : XHM_LOOP_RESTART;
    keeping->wanted_generation = keeping->generation;
    keeping->waited_steps = 0;
}

enum xhm_loop_end keeping_step(struct xhm_keeping *keeping) {
    if (keeping->wanted == XHM_LOOP_GOES_ON) {
        return XHM_LOOP_GOES_ON;
    }
    const bool stored = writer_state_stored(keeping->writer) >= keeping->wanted_generation;
    const bool hopeless = writer_degraded(keeping->writer) || keeping->waited_steps >= XHM_KEEPING_PATIENCE_STEPS;

    keeping->waited_steps++;
    return stored || hopeless ? keeping->wanted : XHM_LOOP_GOES_ON;
}
