#include "step.h"

bool last_resort_is_available(const struct xhm_core *core) {
    return core->policy->supervisor.last_resort != XHM_LAST_RESORT_NONE;
}

void last_resort_take(const struct xhm_step *step) {
    (void)step;
}
