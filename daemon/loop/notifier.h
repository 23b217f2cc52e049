/**
 * What the service manager is told: READY, STATUS and WATCHDOG, each only when it is true.
 */
#ifndef XHM_NOTIFIER_H
#define XHM_NOTIFIER_H

#include "core.h"
#include "writer.h"

/** What STATUS says. */
struct xhm_notified {
    enum xhm_status status;
    enum xhm_ecu_mode mode;
    uint32_t safe_state_number; /**< 1 + index of the latched one, 0: none */
};

/** What was told to the service manager. */
struct xhm_notifier {
    bool ready;
    struct xhm_notified told;
    uint64_t watchdog_period_ns; /**< 0: nobody waits for it */
    uint64_t watchdog_due_ns;
};

/** Reads WATCHDOG_USEC. */
void notifier_init(struct xhm_notifier *notifier);

/**
 * Tells READY once the ECU was seen, STATUS when it changes, WATCHDOG in time. To be called after a completed step
 * only: that is what makes these true.
 */
void notifier_step(struct xhm_notifier *notifier, struct xhm_writer *writer, const struct xhm_core *core,
                   uint64_t now_ns);

#endif
