// SPDX-License-Identifier: Apache-2.0
#include "injection.h"

#include "probe_rendezvous.h"
#include "probe_thread.h"
#include "xhm_probe_attach.h"
#include "xhm_probe_linux.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define HANG_POLL_MS     20
#define SLOW_FACTOR      10
#define SLOW_MINIMUM_US  50000
#define LATENCY_EXTRA_NS 2000000000u
#define SPIN_DEFAULT_S   10
#define SPIN_MAXIMUM_S   600
#define SPIN_PRIORITY    99
#define OPEN_RETRY_MS    1000
#define LOOK_PERIOD_MS   5000

enum injection_kind {
    INJECTION_NONE,
    INJECTION_HANG,
    INJECTION_SLOW,
    INJECTION_EARLY,
    INJECTION_ORDER,
    INJECTION_SPIN,
    INJECTION_CORRUPT,
    INJECTION_FROZEN,
    INJECTION_TORN,
    INJECTION_OVERLOAD,
    INJECTION_LATENCY,
    INJECTION_RING,
    INJECTION_KIND_COUNT
};

static const char *const kind_names[INJECTION_KIND_COUNT] = {
    [INJECTION_NONE] = "none",         [INJECTION_HANG] = "hang",       [INJECTION_SLOW] = "slow",
    [INJECTION_EARLY] = "early",       [INJECTION_ORDER] = "order",     [INJECTION_SPIN] = "spin",
    [INJECTION_CORRUPT] = "corrupt",   [INJECTION_FROZEN] = "frozen",   [INJECTION_TORN] = "torn",
    [INJECTION_OVERLOAD] = "overload", [INJECTION_LATENCY] = "latency", [INJECTION_RING] = "ring",
};

struct injection_order {
    enum injection_kind kind;
    unsigned entity_id;
    unsigned seconds;
};

/* Written by the watching thread, read by the tasks. One injection at a time: a new one undoes the former. */
static enum injection_kind active_kind;
static uint32_t active_entity_id;
static uint64_t frozen_time_ns;

static const struct xhm_probe_scheduling ordinary = {.policy = SCHED_OTHER, .cpu = XHM_PROBE_ANY_CPU};

static bool is_active(enum injection_kind kind, uint32_t entity_id) {
    return __atomic_load_n(&active_kind, __ATOMIC_ACQUIRE) == kind &&
           __atomic_load_n(&active_entity_id, __ATOMIC_RELAXED) == entity_id;
}

static void activate(enum injection_kind kind, uint32_t entity_id) {
    __atomic_store_n(&active_kind, INJECTION_NONE, __ATOMIC_RELEASE);
    __atomic_store_n(&active_entity_id, entity_id, __ATOMIC_RELAXED);
    __atomic_store_n(&frozen_time_ns, xhm_probe_linux_now_ns(), __ATOMIC_RELAXED);
    __atomic_store_n(&active_kind, kind, __ATOMIC_RELEASE);
}

static void sleep_ms(unsigned milliseconds) {
    const struct timespec duration = {
        .tv_sec = milliseconds / 1000,
        .tv_nsec = (long)(milliseconds % 1000) * 1000000,
    };

    nanosleep(&duration, NULL);
}

void injection_before_activation(uint32_t entity_id) {
    while (is_active(INJECTION_HANG, entity_id)) {
        sleep_ms(HANG_POLL_MS);
    }
}

uint64_t injection_work_us(uint32_t entity_id, uint64_t work_us) {
    if (is_active(INJECTION_EARLY, entity_id)) {
        return 0;
    }
    if (!is_active(INJECTION_SLOW, entity_id)) {
        return work_us;
    }
    return work_us * SLOW_FACTOR > SLOW_MINIMUM_US ? work_us * SLOW_FACTOR : SLOW_MINIMUM_US;
}

unsigned injection_alive_count(uint32_t entity_id) {
    return is_active(INJECTION_EARLY, entity_id) ? 2 : 1;
}

uint64_t injection_latency_ns(uint32_t entity_id, uint64_t latency_ns) {
    return is_active(INJECTION_LATENCY, entity_id) ? latency_ns + LATENCY_EXTRA_NS : latency_ns;
}

/* As many as the ring holds, twice: whoever reads it once meanwhile has missed some all the same. */
unsigned injection_extra_rounds(uint32_t entity_id) {
    return is_active(INJECTION_RING, entity_id) ? XHM_PROBE_RING_ENTRY_COUNT : 0;
}

bool injection_reverses_checkpoints(uint32_t entity_id) {
    return is_active(INJECTION_ORDER, entity_id);
}

uint64_t injection_time_ns(uint32_t entity_id, uint64_t now_ns) {
    return is_active(INJECTION_FROZEN, entity_id) ? __atomic_load_n(&frozen_time_ns, __ATOMIC_RELAXED) : now_ns;
}

void injection_after_report(struct xhm_probe_entity *entity) {
    struct xhm_probe_slot_head *head = &entity->slot->head;

    if (is_active(INJECTION_CORRUPT, entity->entity_id)) {
        __atomic_store_n(&head->alive_counter, head->alive_counter ^ 0x10u, __ATOMIC_RELAXED);
    } else if (is_active(INJECTION_TORN, entity->entity_id)) {
        __atomic_store_n(&head->sequence, head->sequence | 1u, __ATOMIC_RELAXED);
    }
}

const char *injection_help(void) {
    return "Fault injection (test rigs): write \"KIND ENTITY_ID [SECONDS]\" to " XHM_PROBE_XENSTORE_INJECT ".\n"
           "  hang      the entity's task blocks\n"
           "  slow      its activations take ten times as long, at least 50 ms of CPU time\n"
           "  early     it does no work, so that its end comes too early, and reports twice the alive indications\n"
           "  order     it reports its checkpoints in the wrong order\n"
           "  frozen    its timestamps stand still\n"
           "  corrupt   a byte of its slot is flipped after each report\n"
           "  torn      its slot is left as if a write never completed\n"
           "  spin      a SCHED_FIFO 99 thread keeps every vCPU busy, for SECONDS (10 if not given)\n"
           "  latency   the wake-up latency that it reports is 2 s higher\n"
           "  ring      it reports its checkpoints 48 times more in each activation\n"
           "  overload  a thread of normal priority burns CPU time\n"
           "  none      undoes all\n";
}

/* The kernel's default keeps 5 % of the time from real-time tasks, which would let a spinning vCPU breathe. */
static void set_realtime_throttling(const char *runtime_us) {
    FILE *file = fopen("/proc/sys/kernel/sched_rt_runtime_us", "we");

    if (file != NULL) {
        fputs(runtime_us, file);
        fclose(file);
    }
}

static void *spin_thread(void *argument) {
    const uint64_t until_ns = *(const uint64_t *)argument;

    while (xhm_probe_linux_now_ns() < until_ns) {
    }
    return NULL;
}

static void *overload_thread(void *argument) {
    (void)argument;
    while (__atomic_load_n(&active_kind, __ATOMIC_RELAXED) == INJECTION_OVERLOAD) {
    }
    return NULL;
}

static bool start_spinning(pthread_t *thread, int cpu, uint64_t *until_ns) {
    const struct xhm_probe_scheduling scheduling = {.policy = SCHED_FIFO, .priority = SPIN_PRIORITY, .cpu = cpu};

    return xhm_probe_thread_start(thread, &scheduling, spin_thread, until_ns) == 0;
}

/* Comes back after the given time by the spinning threads' own clock check; nobody could tell them to stop. */
static void spin(unsigned seconds) {
    static uint64_t until_ns;
    const long cpu_count = sysconf(_SC_NPROCESSORS_ONLN);
    pthread_t threads[64];
    long started = 0;

    until_ns = xhm_probe_linux_now_ns() + (uint64_t)seconds * 1000000000u;
    set_realtime_throttling("-1");
    while (started < cpu_count && started < 64 && start_spinning(&threads[started], (int)started, &until_ns)) {
        started++;
    }
    for (long i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    set_realtime_throttling("950000");
    activate(INJECTION_NONE, 0);
}

static bool parse_order(const char *text, struct injection_order *order) {
    char name[16] = "";

    *order = (struct injection_order){.seconds = SPIN_DEFAULT_S};
    if (sscanf(text, "%15s %u %u", name, &order->entity_id, &order->seconds) < 1) {
        return false;
    }
    if (order->seconds > SPIN_MAXIMUM_S) {
        order->seconds = SPIN_MAXIMUM_S;
    }
    for (size_t i = 0; i < INJECTION_KIND_COUNT; i++) {
        if (strcmp(kind_names[i], name) == 0) {
            order->kind = (enum injection_kind)i;
            return true;
        }
    }
    return false;
}

static void carry_out(struct xhm_xenstore_client *client, const char *text) {
    struct injection_order order;
    pthread_t thread;

    if (!parse_order(text, &order)) {
        fprintf(stderr, "xhm-rt-task: injection not understood: %s\n", text);
        return;
    }
    activate(order.kind, order.entity_id);
    fprintf(stderr, "xhm-rt-task: injecting: %s\n", text);
    xhm_xenstore_write(client, XHM_PROBE_XENSTORE_INJECTED, text);
    if (order.kind == INJECTION_SPIN) {
        spin(order.seconds);
    } else if (order.kind == INJECTION_OVERLOAD &&
               xhm_probe_thread_start(&thread, &ordinary, overload_thread, NULL) == 0) {
        pthread_detach(thread);
    }
}

/* Returns when the connection is broken. */
static void follow_orders(struct xhm_xenstore_client *client) {
    char text[XHM_XENSTORE_VALUE_MAXIMUM + 1];

    while (client->fd >= 0) {
        struct pollfd descriptor = {.fd = client->fd, .events = POLLIN};

        if (!client->has_event) {
            poll(&descriptor, 1, -1);
        }
        /* Without an event nothing changed; the same text written again is a new order. */
        if (xhm_xenstore_take_event(client) && xhm_xenstore_read(client, XHM_PROBE_XENSTORE_INJECT, text) == 0) {
            carry_out(client, text);
        }
    }
}

static void *watch_thread(void *argument) {
    struct xhm_xenstore_client client = XHM_XENSTORE_CLIENT_NULL;

    (void)argument;
    for (;;) {
        if (xhm_rendezvous_open(&client, XHM_PROBE_XENSTORE_INJECT) == 0) {
            follow_orders(&client);
        }
        sleep_ms(OPEN_RETRY_MS);
    }
    return NULL;
}

int injection_start(void) {
    pthread_t thread;
    const int error = xhm_probe_thread_start(&thread, &ordinary, watch_thread, NULL);

    if (error == 0) {
        pthread_detach(thread);
    }
    return error;
}
