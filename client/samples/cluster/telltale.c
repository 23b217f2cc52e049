// SPDX-License-Identifier: Apache-2.0
#include "telltale.h"

void telltale_init(struct telltale *telltale, uint64_t silence_limit_ms, uint64_t now_ms) {
    *telltale = (struct telltale){.silence_limit_ms = silence_limit_ms, .proved_ms = now_ms};
}

void telltale_answered(struct telltale *telltale, uint64_t now_ms, uint64_t steps, bool is_safe_state) {
    telltale->is_safe_state = is_safe_state;
    if (!telltale->is_proved || telltale->steps != steps) {
        telltale->is_proved = true;
        telltale->steps = steps;
        telltale->proved_ms = now_ms;
    }
}

void telltale_safe_state_entered(struct telltale *telltale) {
    telltale->is_safe_state = true;
}

bool telltale_supervisor_is_silent(const struct telltale *telltale, uint64_t now_ms) {
    return now_ms - telltale->proved_ms > telltale->silence_limit_ms;
}

enum telltale_reason telltale_at(const struct telltale *telltale, uint64_t now_ms) {
    if (!telltale->is_proved || telltale_supervisor_is_silent(telltale, now_ms)) {
        return TELLTALE_SUPERVISOR_SILENT;
    }
    return telltale->is_safe_state ? TELLTALE_SAFE_STATE : TELLTALE_OFF;
}

uint64_t telltale_holds_ms(const struct telltale *telltale, uint64_t now_ms) {
    if (telltale_supervisor_is_silent(telltale, now_ms)) {
        return UINT64_MAX;
    }
    return telltale->proved_ms + telltale->silence_limit_ms - now_ms;
}
