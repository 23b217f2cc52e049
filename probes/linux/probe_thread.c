// SPDX-License-Identifier: Apache-2.0
#include "probe_thread.h"

#include <sched.h>
#include <stddef.h>

#define STACK_SIZE ((size_t)128 * 1024)

static int set_cpu(pthread_attr_t *attributes, int cpu) {
    cpu_set_t cpus;

    if (cpu == XHM_PROBE_ANY_CPU) {
        return 0;
    }
    CPU_ZERO(&cpus);
    CPU_SET((size_t)cpu, &cpus);
    return pthread_attr_setaffinity_np(attributes, sizeof(cpus), &cpus);
}

int xhm_probe_thread_start(pthread_t *thread, const struct xhm_probe_scheduling *scheduling, void *(*run)(void *),
                           void *argument) {
    const struct sched_param parameters = {.sched_priority = scheduling->priority};
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);

    if (error != 0) {
        return -error;
    }
    error = pthread_attr_setstacksize(&attributes, STACK_SIZE);
    error = error != 0 ? error : pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
    error = error != 0 ? error : pthread_attr_setschedpolicy(&attributes, scheduling->policy);
    error = error != 0 ? error : pthread_attr_setschedparam(&attributes, &parameters);
    error = error != 0 ? error : set_cpu(&attributes, scheduling->cpu);
    error = error != 0 ? error : pthread_create(thread, &attributes, run, argument);
    pthread_attr_destroy(&attributes);
    return -error;
}
