// SPDX-License-Identifier: Apache-2.0
#include "vchan_listener.h"

#include "state.h"

#include <stdio.h>
#include <string.h>

#define TAKEN_PER_TURN 4

static uint32_t find_partition(const struct vchan_listener *listener, uint32_t seat) {
    uint32_t partition = 0;

    while (listener->guests[partition].seat != seat) {
        partition++;
    }
    return partition;
}

static int on_connection(sd_event_source *source, int descriptor, uint32_t revents, void *context) {
    struct xhm_control *control = context;
    struct vchan_listener *listener = &control->vchan_listener;
    struct vchan_connection connection;

    (void)source;
    (void)descriptor;
    (void)revents;
    for (int i = 0; i < TAKEN_PER_TURN && vchan_offers_take(listener->offers, &connection); i++) {
        const struct credentials credentials = {
            .is_domain = true, .partition = find_partition(listener, connection.seat), .domid = connection.domid};

        listener_admit(control, connection.descriptor, &credentials);
    }
    return 0;
}

bool vchan_listener_open(struct xhm_control *control, char error[XHM_ERROR_SIZE]) {
    struct vchan_listener *listener = &control->vchan_listener;
    int result;

    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        listener->guests[i].seat = i;
    }
    listener->offers = vchan_offers_open(error);
    if (!listener->offers) {
        return false;
    }
    result = sd_event_add_io(control->event, &listener->source, vchan_offers_descriptor(listener->offers), EPOLLIN,
                             on_connection, control);
    if (result >= 0) {
        result = sd_event_source_set_priority(listener->source, SD_EVENT_PRIORITY_NORMAL + 10);
    }
    if (result < 0) {
        snprintf(error, XHM_ERROR_SIZE, "adding to the event loop the API over vchan: %s", strerror(-result));
    }
    return result >= 0;
}

static bool has_role(const struct xhm_policy *policy, uint32_t partition) {
    const struct credentials credentials = {.is_domain = true, .partition = partition};

    return partition < policy->partition_count && roles_of(policy, &credentials) != 0;
}

static bool is_offered_to(const struct vchan_guest *guest, const struct xhm_partition_state *state) {
    return guest->offered && guest->domid == state->domid && guest->since_ns == state->instance_since_ns;
}

static void follow(struct xhm_control *control, uint32_t partition) {
    struct vchan_listener *listener = &control->vchan_listener;
    struct vchan_guest *guest = &listener->guests[partition];
    const struct xhm_partition_state *state = &control->options.core->partitions[partition];
    const bool wanted = has_role(control_policy(control), partition) && state->instance_known;

    if (!wanted && guest->offered) {
        guest->offered = false;
        vchan_offers_end(listener->offers, guest->seat);
    } else if (wanted && !is_offered_to(guest, state)) {
        guest->offered = true;
        guest->domid = state->domid;
        guest->since_ns = state->instance_since_ns;
        vchan_offers_begin(listener->offers, guest->seat, guest->domid);
    }
}

/* Once for each change of the reason, not with every attempt. */
static void tell_failure(struct xhm_control *control) {
    struct vchan_listener *listener = &control->vchan_listener;
    const int failure = vchan_offers_failure(listener->offers);
    char sentence[XHM_ERROR_SIZE];

    if (failure != 0 && failure != listener->told_failure) {
        snprintf(sentence, sizeof(sentence), "offering the API to a partition over vchan: %s; it is tried again",
                 strerror(failure));
        writer_say(control->options.writer, sentence);
    }
    listener->told_failure = failure;
}

void vchan_listener_observe(struct xhm_control *control) {
    if (!control->vchan_listener.offers) {
        return;
    }
    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        follow(control, i);
    }
    tell_failure(control);
}

/* Seats stay with their instances, so that connections go on; the others get what is left. */
void vchan_listener_renumber(struct xhm_control *control, const uint32_t origin[XHM_MAX_PARTITIONS]) {
    struct vchan_listener *listener = &control->vchan_listener;
    struct vchan_guest guests[XHM_MAX_PARTITIONS];
    bool kept[XHM_MAX_PARTITIONS] = {false};
    uint32_t next = 0;

    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        if (origin[i] != XHM_NONE) {
            kept[origin[i]] = true;
        }
    }
    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        if (origin[i] != XHM_NONE) {
            guests[i] = listener->guests[origin[i]];
            continue;
        }
        while (kept[next]) {
            next++;
        }
        guests[i] = listener->guests[next++];
    }
    memcpy(listener->guests, guests, sizeof(guests));
}

void vchan_listener_close(struct vchan_listener *listener) {
    listener->source = sd_event_source_disable_unref(listener->source);
    vchan_offers_close(listener->offers);
    listener->offers = NULL;
}
