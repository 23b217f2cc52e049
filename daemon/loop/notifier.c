#include "notifier.h"
#include "words.h"

#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

void notifier_init(struct xhm_notifier *notifier) {
    uint64_t timeout_us = 0;

    memset(notifier, 0, sizeof(*notifier));
    if (sd_watchdog_enabled(0, &timeout_us) > 0) {
        notifier->watchdog_period_ns = timeout_us * 1000u / 4u;
    }
}

static struct xhm_notified look(const struct xhm_core *core) {
    return (struct xhm_notified){.status = core->status, .mode = core->mode, .safe_state_number = core->latch.number};
}

static bool is_same(const struct xhm_notified *one, const struct xhm_notified *other) {
    return one->status == other->status && one->mode == other->mode &&
           one->safe_state_number == other->safe_state_number;
}

static void tell_status(struct xhm_writer *writer, const struct xhm_core *core) {
    const struct xhm_policy *policy = core->policy;
    const char *status = words_find(XHM_WORDS_STATUS, core->status);
    const char *mode = words_find(XHM_WORDS_MODE, core->mode);
    const bool is_latched = core->latch.number != 0;
    char state[128];

    snprintf(state, sizeof(state), "STATUS=ECU %s, mode %s, %u partitions%s%s", status != NULL ? status : "unknown",
             mode != NULL ? mode : "unknown", policy->partition_count, is_latched ? ", safe state " : "",
             is_latched ? policy->safe_states[core->latch.number - 1].name : "");
    writer_notify(writer, state);
}

void notifier_step(struct xhm_notifier *notifier, struct xhm_writer *writer, const struct xhm_core *core,
                   uint64_t now_ns) {
    const struct xhm_notified seen = look(core);

    if (!notifier->ready && core->domains_known_ns > 0) {
        notifier->ready = true;
        writer_notify(writer, "READY=1");
    }
    if (notifier->ready && !is_same(&notifier->told, &seen)) {
        notifier->told = seen;
        tell_status(writer, core);
    }
    if (notifier->watchdog_period_ns > 0 && now_ns >= notifier->watchdog_due_ns) {
        notifier->watchdog_due_ns = now_ns + notifier->watchdog_period_ns;
        writer_notify(writer, "WATCHDOG=1");
    }
}
