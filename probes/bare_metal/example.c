// SPDX-License-Identifier: Apache-2.0
/*
 * The probe without an operating system: what an RTOS task or a bare-metal loop adds to report its health.
 *
 * The page is static shared memory of a dom0less system (attach kind XHM_PROBE_ATTACH_STATIC_MEMORY): Xen maps it into
 * this domain and, read-only, into the supervisor's, both as normal cacheable memory, which is what the barriers of the
 * encoder rely on. Compiled without libc for x86-64 and aarch64 by probes/freestanding_test.sh; an integrator replaces
 * the two board_ functions.
 */
#include "xhm_probe.h"

#define PARTITION_ID               7u
#define ENTITY_CONTROL_LOOP        1u
#define CHECKPOINT_INPUTS_READ     1u
#define CHECKPOINT_OUTPUTS_WRITTEN 2u

#define PERIOD_NS   10000000u
#define DEADLINE_NS 8000000u

/* The integrator's: waits for the release at release_ns of a free-running hardware counter, scaled to nanoseconds. */
void board_wait_until(uint64_t release_ns);
uint64_t board_now_ns(void);

/*
 * boot_count: differs at each start of this partition, for instance from retained memory or the hardware counter. It
 * tells the supervisor that the counters began anew.
 */
void example_run(struct xhm_probe_page *shared_page, uint64_t boot_count);

void example_run(struct xhm_probe_page *shared_page, uint64_t boot_count) {
    static struct xhm_probe_writer writer;
    struct xhm_probe_entity *entity = NULL;
    const struct xhm_probe_identity identity = {
        .partition_id = PARTITION_ID,
        .page_index = 0,
        .instance_id = boot_count,
        .clock_kind = XHM_PROBE_CLOCK_HARDWARE_COUNTER,
    };

    if (xhm_probe_page_init(&writer, shared_page, &identity) != XHM_PROBE_DONE ||
        xhm_probe_entity_init(&writer, 0, ENTITY_CONTROL_LOOP, board_now_ns(), &entity) != XHM_PROBE_DONE) {
        /* Nothing is reported, so the supervisor will notice. */
        return;
    }

    uint64_t release_ns = board_now_ns() + PERIOD_NS;

    for (;;) {
        board_wait_until(release_ns);

        const uint64_t start_ns = board_now_ns();

        /* Inputs are read here. */
        xhm_probe_checkpoint(entity, CHECKPOINT_INPUTS_READ, start_ns);
        /* The control law runs and outputs are written here. */
        const uint64_t end_ns = board_now_ns();

        xhm_probe_checkpoint(entity, CHECKPOINT_OUTPUTS_WRITTEN, end_ns);
        xhm_probe_alive(entity, end_ns);
        xhm_probe_deadline_report(entity, end_ns <= release_ns + DEADLINE_NS, start_ns - release_ns, end_ns);
        release_ns += PERIOD_NS;
    }
}
