#include "injection_parts.h"
#include "stopper.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define KIND(name)      XHM__V1__INJECTION_KIND__INJECTION_##name
/* Long enough for the report to be on its way before who sends or takes it is stopped. */
#define REPORT_DELAY_MS 200u
/* Whatever a supervisor asks for, nothing is stopped for longer. */
#define LONGEST_MS      60000u

static struct stopper *running;

static int find_target(Xhm__V1__InjectionKind kind) {
    switch ((int)kind) {
    case KIND(VISIBILITY):
        return stopper_find((const char *const[]){"xenstored", "oxenstored", NULL});
    case KIND(OVERRUN):
        return stopper_find((const char *const[]){"xhmd", NULL});
    default:
        return getpid();
    }
}

enum step_result injection_stop_service(struct agent_job *job) {
    const struct injection_wish *wish = job->details;
    const struct stopper_order order = {
        .process = find_target(wish->kind),
        .delay_ms = wish->kind == KIND(VISIBILITY) ? 0 : REPORT_DELAY_MS,
        .duration_ms = wish->duration_ms < LONGEST_MS ? wish->duration_ms : LONGEST_MS,
    };
    int result = order.process;

    stopper_end(running);
    running = NULL;
    if (result > 0) {
        result = stopper_begin(&running, &order);
    }
    return result < 0
               ? jobs_fail(job, "cannot stop the service of injection kind %d: %s", (int)wish->kind, strerror(-result))
               : STEP_NEXT;
}

enum step_result injection_stop_service_end(struct agent_job *job) {
    (void)job;
    stopper_end(running);
    running = NULL;
    return STEP_NEXT;
}
