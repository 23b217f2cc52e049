// SPDX-License-Identifier: Apache-2.0
/*
 * api_load SOCKET MILLISECONDS KIND=COUNT...: clients of the control API that ask as much as they can, or behave badly,
 * for so long. Prints one JSON object: for each kind what its clients did and got. The kinds are in a table of
 * api_load_client.c.
 */
#include "api_load_client.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOW_READ 512u

static bool reads_now(const struct client *client, bool is_over) {
    return kind_of(client)->reading == READS_ALL || (is_over && kind_of(client)->reading != READS_ALL);
}

/* Who was closed by the server comes again, but for those whose end is what is looked for. */
static bool comes_again(const struct client *client) {
    return !client->is_closed || kind_of(client)->manner != MANNER_FOLLOWS;
}

static void act(struct client *client, uint64_t now) {
    const struct kind *kind = kind_of(client);

    if (client->descriptor < 0) {
        if (comes_again(client)) {
            connect_client(client);
        }
        return;
    }
    if (now < client->due_ns) {
        return;
    }
    if (kind->reading == READS_SLOWLY) {
        client->due_ns = now + 20 * NS_PER_MS;
        receive(client, SLOW_READ);
    } else if (kind->manner == MANNER_GARBAGE) {
        client->due_ns = now + kind->pace_ns;
        send_garbage(client);
    } else if (kind->pace_ns != PACE_NEVER && client->greeted && !client->waits) {
        client->due_ns = client->due_ns + kind->pace_ns > now ? client->due_ns + kind->pace_ns : now;
        ask(client);
    }
}

/* Who does not read still has to say Hello and hear the answer. */
static void poll_clients(bool is_over, int timeout_ms) {
    struct pollfd polled[CLIENTS_MAX];

    for (unsigned i = 0; i < client_count; i++) {
        const struct client *client = &clients[i];

        polled[i] = (struct pollfd){.fd = reads_now(client, is_over) || !client->greeted ? client->descriptor : -1,
                                    .events = POLLIN};
    }
    if (poll(polled, client_count, timeout_ms) <= 0) {
        return;
    }
    for (unsigned i = 0; i < client_count; i++) {
        if (polled[i].revents != 0 && clients[i].descriptor >= 0) {
            receive(&clients[i], reads_now(&clients[i], is_over) ? INPUT_SIZE : SLOW_READ);
        }
    }
}

static void run(uint64_t duration_ns) {
    const uint64_t end_ns = now_ns() + duration_ns;
    uint64_t now;

    while ((now = now_ns()) < end_ns) {
        for (unsigned i = 0; i < client_count; i++) {
            act(&clients[i], now);
        }
        poll_clients(false, 1);
    }
}

/* What those who did not read have in store, until nothing more comes for a while. */
static void catch_up(void) {
    const uint64_t end_ns = now_ns() + 300 * NS_PER_MS;

    while (now_ns() < end_ns) {
        poll_clients(true, 10);
    }
}

/* --- what came of it -----------------------------------------------------------------------------------------------
 */

static int compare(const void *left, const void *right) {
    const uint32_t a = *(const uint32_t *)left;
    const uint32_t b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

static void print(uint64_t took_ns) {
    qsort(samples_us, sample_count, sizeof(samples_us[0]), compare);
    printf("{\"seconds\": %.3f, \"answers\": %zu, \"p50_us\": %u, \"p99_us\": %u, \"worst_us\": %u",
           (double)took_ns / 1e9, sample_count, sample_count ? samples_us[sample_count / 2] : 0,
           sample_count ? samples_us[sample_count * 99 / 100] : 0, sample_count ? samples_us[sample_count - 1] : 0);
    for (size_t i = 0; i < KIND_COUNT; i++) {
        const struct figures *of_kind = &figures[i];

        if (of_kind->clients > 0) {
            printf(",\n \"%s\": {\"clients\": %u, \"connected\": %lu, \"no_place\": %lu, \"asked\": %lu, "
                   "\"answered\": %lu, \"limited\": %lu, \"refused\": %lu, \"events\": %lu, \"gaps\": %lu, "
                   "\"missing\": %lu, \"closed\": %lu}",
                   kinds[i].name, of_kind->clients, of_kind->connected, of_kind->no_place, of_kind->asked,
                   of_kind->answered, of_kind->limited, of_kind->refused, of_kind->events, of_kind->gaps,
                   of_kind->missing, of_kind->closed);
        }
    }
    printf("}\n");
}

static bool add_clients(const char *argument) {
    const char *equals = strchr(argument, '=');
    unsigned long count = equals ? strtoul(equals + 1, NULL, 10) : 0;

    for (unsigned i = 0; equals && i < KIND_COUNT; i++) {
        if (strlen(kinds[i].name) == (size_t)(equals - argument) &&
            strncmp(kinds[i].name, argument, (size_t)(equals - argument)) == 0) {
            figures[i].clients += (unsigned)count;
            for (; count > 0 && client_count < CLIENTS_MAX; count--) {
                clients[client_count].kind = i;
                clients[client_count++].descriptor = -1;
            }
            return count == 0;
        }
    }
    return false;
}

int main(int argc, char *argv[]) {
    const unsigned long milliseconds = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    bool known = argc > 3 && milliseconds > 0 && strlen(argv[1]) < sizeof(address.sun_path);

    for (int i = 3; known && i < argc; i++) {
        known = add_clients(argv[i]);
    }
    if (!known) {
        fprintf(stderr, "Usage: api_load SOCKET MILLISECONDS KIND=COUNT...\n");
        return 2;
    }
    strcpy(address.sun_path, argv[1]);

    const uint64_t begin_ns = now_ns();

    run(milliseconds * NS_PER_MS);

    const uint64_t took_ns = now_ns() - begin_ns;

    catch_up();
    print(took_ns);
    return 0;
}
