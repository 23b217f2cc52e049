// SPDX-License-Identifier: Apache-2.0
#include "peer.h"

#include "events_stream.h"
#include "peer_input.h"
#include "state.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define NS_PER_S           UINT64_C(1000000000)
#define SILENCE_LIMIT_NS   (5 * NS_PER_S)  /* from the connection to Hello */
#define PARTIAL_LIMIT_NS   (10 * NS_PER_S) /* a frame that does not get complete, a large reply that is not read */
#define LEAVING_LIMIT_NS   (5 * NS_PER_S)
#define MESSAGE_SIZE       256
#define RESERVED_FOR_ROLES 8u /* free places that peers without any role leave */
#define RESERVED_FOR_WORK  4u /* free places that peers that only read leave */

bool peer_has_large_reply(const struct peer *peer) {
    return peer->control->large.writer == peer;
}

bool peer_is_heard(const struct peer *peer) {
    return (peer->state == PEER_GREETING || peer->state == PEER_OPEN) && !peer_has_large_reply(peer);
}

/* --- what the loop shall wait for ----------------------------------------------------------------------------------
 */

static bool wants_input(const struct peer *peer) {
    return peer_is_heard(peer) && peer->input.size < peer->input.capacity;
}

static bool wants_output(const struct peer *peer) {
    return output_pending(&peer->output) > 0 || peer_has_large_reply(peer) || peer->state == PEER_CLOSING ||
           peer->more || events_stream_has_more(peer) || agent_link_has_task(peer->control, peer) ||
           facts_link_has_order(peer->control, peer);
}

static void update_interest(struct peer *peer) {
    if (peer->state != PEER_FREE) {
        /* Of a descriptor that is in the set already; the kernel needs no memory for it. */
        (void)sd_event_source_set_io_events(peer->source, (wants_input(peer) ? (uint32_t)EPOLLIN : 0) |
                                                              (wants_output(peer) ? (uint32_t)EPOLLOUT : 0));
    }
}

void peer_wake(struct peer *peer) {
    update_interest(peer);
}

/* --- sending -------------------------------------------------------------------------------------------------------
 */

/* What was queued before the large reply goes first; nothing is queued behind it until it is gone. */
static bool send_queued(struct peer *peer) {
    struct peer_large *large = &peer->control->large;

    if (!output_send(&peer->output, peer->descriptor)) {
        return false;
    }
    if (large->writer != peer || output_pending(&peer->output) > 0) {
        return true;
    }
    if (!output_send(&large->output, peer->descriptor)) {
        return false;
    }
    if (output_pending(&large->output) == 0) {
        large->writer = NULL;
    }
    return true;
}

static bool put(struct peer *peer, const Xhm__V1__ServerMessage *message) {
    return !peer_has_large_reply(peer) && output_put(&peer->output, &message->base);
}

bool peer_offer(struct peer *peer, const Xhm__V1__ServerMessage *message) {
    return peer->state == PEER_OPEN && put(peer, message);
}

static bool offer_large(struct peer *peer, const Xhm__V1__ServerMessage *message) {
    struct peer_large *large = &peer->control->large;

    output_init(&large->output, large->output_memory, sizeof(large->output_memory));
    if (!output_put(&large->output, &message->base)) {
        return false;
    }
    large->writer = peer;
    return true;
}

/* What was queued in this turn was not sent yet: it is not the peer that lets it pile up. Sending that fails is for its
   next turn. */
static bool put_behind_sent(struct peer *peer, const Xhm__V1__ServerMessage *message) {
    return !peer_has_large_reply(peer) && send_queued(peer) && put(peer, message);
}

void peer_tell(struct peer *peer, const Xhm__V1__ServerMessage *message) {
    if (peer->state == PEER_FREE || put(peer, message)) {
        return;
    }
    if (xhm__v1__server_message__get_packed_size(message) < PEER_OUTPUT_SIZE / 4) {
        if (!put_behind_sent(peer, message)) {
            peer_close(peer);
        }
    } else if (peer->control->large.writer) {
        peer_refuse(peer, message->request_id, XHM__V1__REFUSAL_REASON__REFUSAL_BUSY,
                    "the reply is large, and another peer is still reading one");
    } else if (!offer_large(peer, message)) {
        peer_refuse(peer, message->request_id, XHM__V1__REFUSAL_REASON__REFUSAL_NOT_AVAILABLE,
                    "the reply is larger than a message may be");
    }
}

void peer_accept(struct peer *peer, uint64_t request_id) {
    Xhm__V1__ServerMessage message = XHM__V1__SERVER_MESSAGE__INIT;
    Xhm__V1__Accepted accepted = XHM__V1__ACCEPTED__INIT;

    message.request_id = request_id;
    message.body_case = XHM__V1__SERVER_MESSAGE__BODY_ACCEPTED;
    message.accepted = &accepted;
    accepted.sequence = peer->control->held.last;
    peer_tell(peer, &message);
}

void peer_refuse(struct peer *peer, uint64_t request_id, Xhm__V1__RefusalReason reason, const char *format, ...) {
    Xhm__V1__ServerMessage message = XHM__V1__SERVER_MESSAGE__INIT;
    Xhm__V1__Refused refused = XHM__V1__REFUSED__INIT;
    char sentence[MESSAGE_SIZE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    control_make_plain(sentence);
    message.request_id = request_id;
    message.body_case = XHM__V1__SERVER_MESSAGE__BODY_REFUSED;
    message.refused = &refused;
    refused.reason = reason;
    refused.message = sentence;
    peer_tell(peer, &message);
}

void peer_refuse_room(struct peer *peer, uint64_t request_id, const char *what) {
    peer_refuse(peer, request_id, XHM__V1__REFUSAL_REASON__REFUSAL_NOT_AVAILABLE,
                "%s: too large for the room that this build has for a reply", what);
}

void peer_hurry(struct peer *peer) {
    if (peer->state == PEER_OPEN && peer->stream.active && peer->stream.follow) {
        events_stream_fill(peer);
        (void)send_queued(peer);
        update_interest(peer);
    }
}

/* --- a turn --------------------------------------------------------------------------------------------------------
 */

static void take_turn(struct peer *peer, uint32_t revents) {
    if (!send_queued(peer) || (revents & (uint32_t)EPOLLERR)) {
        peer_close(peer);
        return;
    }
    if ((revents & (uint32_t)(EPOLLIN | EPOLLHUP)) && wants_input(peer) && !peer_input_receive(peer)) {
        peer_close(peer);
        return;
    }
    peer_input_handle(peer);
    facts_link_fill(peer->control, peer);
    agent_link_fill(peer->control, peer);
    events_stream_fill(peer);
    if (peer->state == PEER_FREE) {
        return;
    }
    if (!send_queued(peer) ||
        (peer->state == PEER_CLOSING && !peer_has_large_reply(peer) && output_pending(&peer->output) == 0)) {
        peer_close(peer);
    }
}

static int on_peer(sd_event_source *source, int descriptor, uint32_t revents, void *context) {
    struct peer *peer = context;

    (void)source;
    (void)descriptor;
    if (peer->state == PEER_FREE) {
        return 0;
    }
    /* Hung up and nothing to be read from it any more: it would be reported again and again. */
    if ((revents & (uint32_t)EPOLLHUP) && !wants_input(peer)) {
        peer_close(peer);
        return 0;
    }
    take_turn(peer, revents);
    update_interest(peer);
    return 0;
}

/* A state that must not last: when it was first seen, and whether that is too long ago. */
static bool lasts_too_long(bool lasts, uint64_t *since_ns, uint64_t now_ns, uint64_t limit_ns) {
    if (!lasts) {
        *since_ns = 0;
    } else if (*since_ns == 0) {
        *since_ns = now_ns;
    }
    return lasts && now_ns - *since_ns > limit_ns;
}

void peer_age(struct peer *peer, uint64_t now_ns) {
    if (peer->state == PEER_FREE) {
        return;
    }
    if (lasts_too_long(peer->state == PEER_GREETING, &peer->silent_since_ns, now_ns, SILENCE_LIMIT_NS) ||
        lasts_too_long(peer->input.size > 0 || peer->input.skip > 0 || peer_has_large_reply(peer),
                       &peer->partial_since_ns, now_ns, PARTIAL_LIMIT_NS) ||
        lasts_too_long(peer->state == PEER_CLOSING, &peer->leaving_since_ns, now_ns, LEAVING_LIMIT_NS)) {
        peer_close(peer);
    }
    request_rate_fill(&peer->rate, now_ns);
    peer_heartbeat_age(peer);
}

/* --- coming and going ----------------------------------------------------------------------------------------------
 */

void peer_leave(struct peer *peer) {
    if (peer->state != PEER_FREE) {
        /* Our decision, not its silence. */
        peer->heartbeat = (struct peer_heartbeat){.within_ns = 0};
        peer->state = PEER_CLOSING;
        agent_link_lost(peer->control, peer);
        update_interest(peer);
    }
}

void peer_close(struct peer *peer) {
    if (peer->state == PEER_FREE) {
        return;
    }
    peer->state = PEER_FREE;
    peer->awaited.count = 0;
    peer_heartbeat_end(peer);
    (void)sd_event_source_set_enabled(peer->source, SD_EVENT_OFF);
    peer_input_reset(peer);
    if (peer_has_large_reply(peer)) {
        peer->control->large.writer = NULL;
    }
    agent_link_lost(peer->control, peer);
    close(peer->descriptor);
    peer->descriptor = -1;
}

/* Places for those who keep the ECU running are not taken by those who only look, nor by strangers. */
static struct peer *find_place(struct xhm_control *control, uint32_t roles) {
    const uint32_t work = XHM_ALL_ROLES & ~(uint32_t)XHM_ROLE_OBSERVER;
    const uint32_t leave = roles & work ? 0 : roles ? RESERVED_FOR_WORK : RESERVED_FOR_ROLES;
    struct peer *found = NULL;
    uint32_t free_count = 0;

    for (uint32_t i = 0; i < PEER_COUNT; i++) {
        if (control->peers[i].state == PEER_FREE) {
            found = &control->peers[i];
            free_count++;
        }
    }
    return free_count > leave ? found : NULL;
}

bool peers_admit(struct xhm_control *control, int descriptor, const struct credentials *credentials) {
    const uint32_t roles = roles_of(control_policy(control), credentials);
    struct peer *peer = find_place(control, roles);

    if (!peer) {
        return false;
    }
    peer->credentials = *credentials;
    peer->roles = roles;
    peer->more = false;
    request_rate_init(&peer->rate);
    peer->stream = (struct peer_stream){.active = false};
    peer->silent_since_ns = peer->partial_since_ns = peer->leaving_since_ns = 0;
    output_init(&peer->output, peer->output_memory, sizeof(peer->output_memory));
    peer_input_reset(peer);
    peer->input.skip = 0;
    if (sd_event_source_set_io_fd(peer->source, descriptor) < 0 ||
        sd_event_source_set_io_events(peer->source, EPOLLIN) < 0 ||
        sd_event_source_set_enabled(peer->source, SD_EVENT_ON) < 0) {
        (void)sd_event_source_set_enabled(peer->source, SD_EVENT_OFF);
        return false;
    }
    peer->descriptor = descriptor;
    peer->state = PEER_GREETING;
    return true;
}

int peers_open(struct xhm_control *control, int placeholder) {
    for (uint32_t i = 0; i < PEER_COUNT; i++) {
        struct peer *peer = &control->peers[i];
        int result;

        peer->control = control;
        peer->descriptor = -1;
        peer_input_reset(peer);
        result = sd_event_add_io(control->event, &peer->source, placeholder, EPOLLIN, on_peer, peer);
        if (result >= 0) {
            result = sd_event_source_set_enabled(peer->source, SD_EVENT_OFF);
        }
        if (result >= 0) {
            result = sd_event_source_set_priority(peer->source, SD_EVENT_PRIORITY_NORMAL + 10);
        }
        if (result < 0) {
            return result;
        }
    }
    return 0;
}

void peers_close(struct xhm_control *control) {
    for (uint32_t i = 0; i < PEER_COUNT; i++) {
        struct peer *peer = &control->peers[i];

        events_stream_fill(peer);
        if (peer->state != PEER_FREE) {
            (void)send_queued(peer);
        }
        peer->heartbeat = (struct peer_heartbeat){.within_ns = 0};
        peer_close(peer);
        peer->source = sd_event_source_disable_unref(peer->source);
    }
}
