// SPDX-License-Identifier: Apache-2.0
/*
 * The real server of the control API, with a played core, for clients in other processes.
 *
 * Says the path of its socket, then takes one command a line from standard input and says "done" after each:
 *   event        a fault of partition brake is raised
 *   ok | failed  the ECU's status
 *   roles N      the roles that the user has from the next connection on
 *   bad          policies that are applied are refused
 *   answer N     what the core answers to orders
 *   stored N     generations of the state up to N are on storage
 *   degraded     the fault memory cannot be written
 *   latch N      the safe state with number N is latched, and handed to storage
 *   faults N     records in the fault memory
 *   running      dom0 and the policy's partitions run as declared, and every vCPU was looked at
 *   verdict N    partition brake's vCPU 0 has that verdict about its affinity, and nothing else is declared
 * It ends when its input ends.
 */
#include "control_harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <unistd.h>

static void judge(unsigned verdict) {
    struct xhm_verdicts *verdicts = &harness.core.partitions[SAMPLE_BRAKE].verdicts[XHM_CHECK_VCPU_AFFINITY];

    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        memset(harness.core.partitions[i].verdicts, 0, sizeof(harness.core.partitions[i].verdicts));
    }
    memset(harness.core.verdicts, 0, sizeof(harness.core.verdicts));
    harness.core.supervised_ns = 5 * SAMPLE_S;
    if (verdict > XHM_VERDICT_UNDECLARED && verdict < XHM_VERDICT_COUNT) {
        verdicts->scopes[verdict] = 1;
        verdicts->known_ns = verdict == XHM_VERDICT_UNKNOWN ? 0 : 3750 * SAMPLE_MS;
    }
}

static void run_domain(uint16_t domid, const struct xhm_uuid *uuid) {
    struct xhm_vcpu_reading *vcpu = &harness.observation.vcpus[harness.observation.vcpu_count++];

    harness.observation.domains[harness.observation.domain_count++] =
        (struct xhm_domain_reading){.domid = domid,
                                    .uuid = *uuid,
                                    .online_vcpus = 1,
                                    .vcpu_slots = 1,
                                    .memory_kib = 98304,
                                    .memory_limit_kib = 98304 + XHM_TOOLSTACK_MEMORY_KIB};
    *vcpu = (struct xhm_vcpu_reading){.sight = XHM_SIGHT_KNOWN, .domid = domid, .online = true, .pcpu = domid};
    vcpu->hard_affinity.words[0] = UINT64_C(1) << domid;
    vcpu->scheduling = (struct xhm_scheduling_reading){
        .sight = XHM_SIGHT_KNOWN, .scheduler = XHM_SCHEDULER_CREDIT2, .credit2 = {.weight = 256}};
}

/* Twice, so that the supervisor knows the time. */
static void run_all(void) {
    static const struct xhm_uuid none;

    harness.observation.domains_sight = XHM_SIGHT_KNOWN;
    run_domain(0, &none);
    for (uint32_t i = 0; i < harness.policy.partition_count; i++) {
        run_domain((uint16_t)(i + 1), &harness.policy.partitions[i].identity.uuid);
    }
    harness_observe(100 * SAMPLE_S);
    harness_observe(101 * SAMPLE_S);
}

static bool obey(const char *line) {
    unsigned number;
    if (strcmp(line, "event") == 0) {
        harness_event();
    } else if (strcmp(line, "named event") == 0) {
        harness_named_event();
    } else if (strcmp(line, "ok") == 0) {
        harness.core.status = XHM_STATUS_OK;
    } else if (strcmp(line, "failed") == 0) {
        harness.core.status = XHM_STATUS_FAILED;
    } else if (strcmp(line, "bad") == 0) {
        harness.apply_answer = XHM_POLICY_UNSOUND;
    } else if (strcmp(line, "degraded") == 0) {
        harness.degraded = true;
    } else if (sscanf(line, "roles %u", &number) == 1) {
        harness_roles(number);
    } else if (sscanf(line, "answer %u", &number) == 1) {
        harness.order_answer = (enum xhm_order_answer)number;
    } else if (sscanf(line, "faults %u", &number) == 1) {
        harness.fault_count = number;
    } else if (strcmp(line, "running") == 0) {
        run_all();
    } else if (sscanf(line, "verdict %u", &number) == 1) {
        judge(number);
    } else if (sscanf(line, "latch %u", &number) == 1) {
        harness.core.latch.number = number;
        harness.state_generation++;
        harness_observe(1);
    } else if (sscanf(line, "stored %u", &number) == 1) {
        harness.state_stored = number;
        harness_observe(1);
    } else {
        return false;
    }
    return true;
}

static int on_command(sd_event_source *source, int descriptor, uint32_t flags, void *context) {
    char line[64];
    ssize_t size = read(descriptor, line, sizeof(line) - 1);
    if (size <= 0) {
        return sd_event_exit(harness.event, 0);
    }
    line[size] = '\0';
    line[strcspn(line, "\n")] = '\0';
    puts(obey(line) ? "done" : "unknown");
    return fflush(stdout);
}

int main(void) {
    void *state = NULL;
    if (harness_open(&state) != 0) {
        return EXIT_FAILURE;
    }
    puts(harness.socket_path);
    fflush(stdout);
    if (sd_event_add_io(harness.event, NULL, STDIN_FILENO, 1 /* EPOLLIN */, on_command, NULL) < 0 ||
        sd_event_loop(harness.event) < 0) {
        return EXIT_FAILURE;
    }
    return harness_close(&state);
}
