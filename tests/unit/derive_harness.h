// SPDX-License-Identifier: Apache-2.0
/*
 * An ECU that runs in the test's mind, as the supervisor tells of it and as a core sees it that is given the derived
 * policy. A test changes the ECU, and then derives.
 */
#ifndef XHM_DERIVE_HARNESS_H
#define XHM_DERIVE_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "derive.h"
#include "facts.h"
#include "observation.h"
#include "sample_policy.h"

#define MAX_DOMAINS 6
#define MAX_SEEN    4

/* What runs, from which both the supervisor's answer and what its core sees are made. */
struct seen_domain {
    struct xhm_domain_reading reading;
    struct xhm_vcpu_reading vcpus[MAX_SEEN];
};

extern struct seen_domain ecu[MAX_DOMAINS];
extern uint32_t ecu_count;
extern struct xhm_facts facts;
/* The policy that is derived from, and then the derived one. */
extern struct xhm_policy policy;
extern struct derive_notes notes;

/* cmocka set-up: dom0, and the three partitions of the sample policy, each on its pCPU; one pool under credit2. */
int make_ecu(void **state);
struct seen_domain *add_domain(uint16_t domid, uint8_t uuid, uint32_t vcpus, uint64_t pcpus);
struct xhm_cpupool_facts *add_pool(uint32_t id, const char *name, enum xhm_scheduler scheduler, uint64_t pcpus);

/* The supervisor's answer about this ECU, made anew; a test may change it. */
Xhm__V1__FactsShowReply *answer(void);

/* Derives; what comes is sound, is read back from its text, and a core that has it raises nothing about this ECU. */
void derive(void);
/* One of the notes says this. */
void assert_says(const char *words);

#endif
