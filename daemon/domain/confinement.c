// SPDX-License-Identifier: Apache-2.0
#include "confinement.h"

#include "base.h"
#include "system_calls.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* Highest real-time priority that xhmd may give itself. */
#define HIGHEST_PRIORITY 50u
#define MOST_DESCRIPTORS 128u
/* The first program's threads do not count: they are another user's. */
#define MOST_THREADS     32u

static int set_limits(void) {
    static const struct {
        int resource;
        rlim_t limit;
    } limits[] = {
        {RLIMIT_RTPRIO, HIGHEST_PRIORITY}, {RLIMIT_MEMLOCK, RLIM_INFINITY}, {RLIMIT_CORE, 0},
        {RLIMIT_NOFILE, MOST_DESCRIPTORS}, {RLIMIT_NPROC, MOST_THREADS},
    };

    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        const struct rlimit limit = {.rlim_cur = limits[i].limit, .rlim_max = limits[i].limit};

        if (setrlimit((__rlimit_resource_t)limits[i].resource, &limit) != 0) {
            return -1;
        }
    }
    return 0;
}

/* EINVAL ends the kernel's list of capabilities. */
static int drop_bounding_set(void) {
    for (unsigned long capability = 0;; capability++) {
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) {
            return errno == EINVAL && capability > CAP_AUDIT_READ ? 0 : -1;
        }
    }
}

int confinement_enter(void) {
    if (set_limits() != 0 || drop_bounding_set() != 0 || setgroups(0, NULL) != 0 ||
        setresgid(XHM_DOMAIN_USER, XHM_DOMAIN_USER, XHM_DOMAIN_USER) != 0 ||
        setresuid(XHM_DOMAIN_USER, XHM_DOMAIN_USER, XHM_DOMAIN_USER) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return -1;
    }
    return system_calls_restrict();
}
