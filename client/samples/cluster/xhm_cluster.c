// SPDX-License-Identifier: Apache-2.0
/*
 * xhm-cluster: what an instrument cluster does with the health monitor, as a sample to start from.
 *
 *     xhm-cluster [--connect ADDRESS] [--period MS] [--silence-limit MS]
 *
 * It sends a heartbeat every period, by which the supervisor misses it, and shows its telltale on standard output, a
 * line for each change: on while the ECU is in a safe state, and on when no supervision step was proved for longer than
 * the limit. Then it also leaves the connection: over vchan a domain that was destroyed says nothing any more.
 */
#include "telltale.h"
#include "xhm_client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DEFAULT_ADDRESS          "vchan:0"
#define DEFAULT_PERIOD_MS        200u
#define DEFAULT_SILENCE_LIMIT_MS 1000u
#define LONGEST_MS               60000u

struct cluster {
    const char *address;
    uint64_t period_ms;
    uint64_t silence_limit_ms;
    struct xhm_client *client;
    struct telltale telltale;
    uint64_t beat_due_ms;
    enum telltale_reason shown;
};

static uint64_t now_ms(void) {
    struct timespec now = {0};

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

/* --- what the supervisor says ---------------------------------------------------------------------------------------
 */

static void on_answer(void *context, int result, const Xhm__V1__ServerMessage *reply) {
    struct cluster *cluster = context;

    if (result == XHM_CLIENT_OK && reply->body_case == XHM__V1__SERVER_MESSAGE__BODY_HEARTBEAT) {
        telltale_answered(&cluster->telltale, now_ms(), reply->heartbeat->steps,
                          reply->heartbeat->safe_state[0] != '\0');
    }
}

/* Sooner than the next answer, which would say the same. */
static void on_event(void *context, const Xhm__V1__Event *event) {
    struct cluster *cluster = context;

    if (event->kind == XHM__V1__EVENT_KIND__EVENT_SAFE_STATE_ENTERED) {
        telltale_safe_state_entered(&cluster->telltale);
    }
}

static void on_disconnected(void *context, const char *reason) {
    (void)context;
    fprintf(stderr, "xhm-cluster: %s\n", reason);
}

/* --- what we do -----------------------------------------------------------------------------------------------------
 */

/* The supervisor is to miss us after as long a silence as we allow it. */
static void send_heartbeat(struct cluster *cluster) {
    Xhm__V1__ClientMessage message = XHM__V1__CLIENT_MESSAGE__INIT;
    Xhm__V1__HeartbeatRequest heartbeat = XHM__V1__HEARTBEAT_REQUEST__INIT;

    message.body_case = XHM__V1__CLIENT_MESSAGE__BODY_HEARTBEAT;
    message.heartbeat = &heartbeat;
    heartbeat.within_ms = cluster->silence_limit_ms;
    /* A heartbeat that cannot be sent is not made up for: the next one is as good. */
    (void)xhm_client_request(cluster->client, &message, (uint32_t)cluster->silence_limit_ms, on_answer, cluster);
}

static void show(struct cluster *cluster, enum telltale_reason reason) {
    static const char *const lines[] = {
        [TELLTALE_OFF] = "telltale off",
        [TELLTALE_SAFE_STATE] = "telltale on: safe state",
        [TELLTALE_SUPERVISOR_SILENT] = "telltale on: supervisor silent",
    };

    if (reason != cluster->shown) {
        cluster->shown = reason;
        puts(lines[reason]);
        fflush(stdout);
    }
}

static void do_what_is_due(struct cluster *cluster) {
    const uint64_t at_ms = now_ms();

    if (at_ms >= cluster->beat_due_ms) {
        cluster->beat_due_ms = at_ms + cluster->period_ms;
        send_heartbeat(cluster);
    }
    if (cluster->shown != TELLTALE_SUPERVISOR_SILENT && telltale_supervisor_is_silent(&cluster->telltale, at_ms)) {
        xhm_client_reconnect(cluster->client, "the supervisor has fallen silent");
    }
    show(cluster, telltale_at(&cluster->telltale, at_ms));
}

/* Until a heartbeat is due, or the supervisor would be silent for too long. */
static int wait_ms(const struct cluster *cluster) {
    const uint64_t at_ms = now_ms();
    const uint64_t beat_ms = cluster->beat_due_ms > at_ms ? cluster->beat_due_ms - at_ms : 0;
    const uint64_t holds_ms = telltale_holds_ms(&cluster->telltale, at_ms);

    return (int)(holds_ms < beat_ms ? holds_ms + 1 : beat_ms);
}

static int run(struct cluster *cluster) {
    struct pollfd polled = {.fd = xhm_client_descriptor(cluster->client), .events = POLLIN};
    int result = xhm_client_follow(cluster->client, UINT64_MAX);

    while (result == 0) {
        do_what_is_due(cluster);
        if (poll(&polled, 1, wait_ms(cluster)) < 0 && errno != EINTR) {
            result = -errno;
        } else {
            result = xhm_client_process(cluster->client);
        }
    }
    fprintf(stderr, "xhm-cluster: %s\n", xhm_client_result_name(result));
    return EXIT_FAILURE;
}

/* --- start ----------------------------------------------------------------------------------------------------------
 */

static bool read_ms(const char *text, uint64_t *value) {
    char *end;

    errno = 0;
    *value = strtoull(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *value >= 1 && *value <= LONGEST_MS;
}

static bool read_options(struct cluster *cluster, int count, char **words) {
    bool understood = count % 2 == 1;

    for (int i = 1; understood && i < count; i += 2) {
        if (strcmp(words[i], "--connect") == 0) {
            cluster->address = words[i + 1];
        } else if (strcmp(words[i], "--period") == 0) {
            understood = read_ms(words[i + 1], &cluster->period_ms);
        } else if (strcmp(words[i], "--silence-limit") == 0) {
            understood = read_ms(words[i + 1], &cluster->silence_limit_ms);
        } else {
            understood = false;
        }
    }
    return understood;
}

int main(int argument_count, char **arguments) {
    struct cluster cluster = {
        .address = DEFAULT_ADDRESS, .period_ms = DEFAULT_PERIOD_MS, .silence_limit_ms = DEFAULT_SILENCE_LIMIT_MS};
    struct xhm_client_options options = {
        .name = "xhm-cluster",
        .handler = {.context = &cluster, .event = on_event, .disconnected = on_disconnected},
        .backoff_max_ms = DEFAULT_SILENCE_LIMIT_MS,
    };
    char error[XHM_CLIENT_ERROR_SIZE];

    if (!read_options(&cluster, argument_count, arguments)) {
        fprintf(stderr, "usage: xhm-cluster [--connect ADDRESS] [--period MS] [--silence-limit MS], MS from 1 to %u\n",
                LONGEST_MS);
        return 2;
    }
    options.socket_path = cluster.address;
    cluster.client = xhm_client_open(&options, error);
    if (!cluster.client) {
        fprintf(stderr, "xhm-cluster: %s\n", error);
        return EXIT_FAILURE;
    }
    telltale_init(&cluster.telltale, cluster.silence_limit_ms, now_ms());
    cluster.shown = TELLTALE_OFF; /* so that the first line says that it is on, until a step is proved */
    return run(&cluster);
}
