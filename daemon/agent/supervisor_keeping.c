// SPDX-License-Identifier: Apache-2.0
#include "supervisor_keeping.h"

#define DECISION(its_verdict, its_reason)                                                                              \
    (struct keeping_decision) {                                                                                        \
        .verdict = (its_verdict), .reason = (its_reason)                                                               \
    }

void keeping_hear(struct supervisor_keeping *keeping, uint64_t now_ms, uint64_t steps) {
    if (!keeping->is_known || (keeping->is_heard && keeping->steps == steps)) {
        return;
    }
    keeping->is_heard = true;
    keeping->heard_ms = now_ms;
    keeping->steps = steps;
    keeping->is_given_up = false;
}

/* A silence that began before the agent stood still goes on after it, but does not grow by that. */
static void note_look(struct supervisor_keeping *keeping, const struct keeping_look *look) {
    const uint64_t gap_ms = look->now_ms - keeping->looked_ms;

    keeping->looked_ms = look->now_ms;
    if (look->presence == KEEPING_ABSENT) {
        keeping->is_known = false;
    } else if (look->presence != KEEPING_UNKNOWN && (!keeping->is_known || keeping->domid != look->domid)) {
        keeping->is_known = true;
        keeping->domid = look->domid;
        keeping->is_heard = false;
        keeping->heard_ms = look->now_ms;
        keeping->record.is_started = true;
    }
    if (gap_ms > KEEPING_LOOK_GAP_MS && keeping->heard_ms + gap_ms <= look->now_ms) {
        keeping->heard_ms += gap_ms;
    }
}

static enum keeping_reason find_reason(const struct supervisor_keeping *keeping, const struct keeping_limits *limits,
                                       const struct keeping_look *look) {
    const uint64_t silent_ms = look->now_ms - keeping->heard_ms;

    switch (look->presence) {
    case KEEPING_ABSENT:
        return KEEPING_IS_ABSENT;
    case KEEPING_ENDED:
        return KEEPING_HAS_ENDED;
    case KEEPING_THERE:
        break;
    case KEEPING_UNKNOWN:
    default:
        return KEEPING_IS_FINE;
    }
    if (keeping->is_heard) {
        return silent_ms > limits->silence_ms ? KEEPING_IS_SILENT : KEEPING_IS_FINE;
    }
    return silent_ms > limits->start_ms ? KEEPING_NEVER_HEARD : KEEPING_IS_FINE;
}

static bool may_restart(const struct keeping_record *record, const struct keeping_limits *limits, uint64_t now_ms) {
    if (limits->restart_limit == 0 || record->restart_count < limits->restart_limit) {
        return limits->restart_limit > 0;
    }

    const uint64_t oldest_ms = record->restarts_ms[(record->restart_count - limits->restart_limit) % KEEPING_MAX_LIMIT];

    return now_ms >= oldest_ms + limits->restart_window_ms;
}

struct keeping_decision keeping_judge(struct supervisor_keeping *keeping, const struct keeping_limits *limits,
                                      const struct keeping_look *look) {
    note_look(keeping, look);

    const enum keeping_reason reason = find_reason(keeping, limits, look);

    if (reason == KEEPING_IS_FINE) {
        return DECISION(KEEPING_NOTHING, reason);
    }
    if (!keeping->record.is_started) {
        return DECISION(KEEPING_CREATE, reason);
    }
    if (may_restart(&keeping->record, limits, look->now_ms)) {
        return DECISION(KEEPING_RESTART, reason);
    }
    if (keeping->is_given_up) {
        return DECISION(KEEPING_NOTHING, reason);
    }
    keeping->is_given_up = true;
    return DECISION(KEEPING_LAST_RESORT, reason);
}

void keeping_begin(struct supervisor_keeping *keeping, enum keeping_verdict verdict, uint64_t now_ms) {
    struct keeping_record *record = &keeping->record;

    record->is_started = true;
    keeping->is_known = false;
    if (verdict == KEEPING_RESTART) {
        record->restarts_ms[record->restart_count % KEEPING_MAX_LIMIT] = now_ms;
        record->restart_count++;
    }
}

const char *keeping_reason_text(enum keeping_reason reason) {
    static const char *const texts[] = {
        [KEEPING_IS_FINE] = "is fine",
        [KEEPING_IS_ABSENT] = "is gone",
        [KEEPING_HAS_ENDED] = "has ended",
        [KEEPING_IS_SILENT] = "completes no supervision step any more",
        [KEEPING_NEVER_HEARD] = "did not begin to supervise",
    };

    return texts[reason];
}
