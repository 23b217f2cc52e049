// SPDX-License-Identifier: Apache-2.0
#include "facts_link.h"

#include "facts_message.h"
#include "state.h"

#include <stdio.h>
#include <string.h>

#define NS_PER_MS       UINT64_C(1000000)
#define NS_PER_S        UINT64_C(1000000000)
#define SHOW_PERIOD_MS  1000u
#define SHOW_LASTS_NS   (10 * NS_PER_S)
#define MS_OF_NS_UP(ns) (((ns) + NS_PER_MS - 1) / NS_PER_MS)

static void note_services(struct facts_link *link, const struct xhm_platform_policy *policy) {
    memcpy(link->ordered, policy->services, sizeof(link->ordered));
    link->ordered_count = policy->service_count;
    link->wanted.number++;
}

static bool services_differ(const struct facts_link *link, const struct xhm_platform_policy *policy) {
    if (link->ordered_count != policy->service_count) {
        return true;
    }
    for (uint32_t i = 0; i < policy->service_count; i++) {
        if (strcmp(link->ordered[i], policy->services[i]) != 0) {
            return true;
        }
    }
    return false;
}

static void want_period(struct xhm_control *control) {
    struct facts_link *link = &control->facts;
    const uint64_t declared_ms = MS_OF_NS_UP(control_policy(control)->platform.facts_period_ns);
    const bool declared_is_enough = declared_ms > 0 && declared_ms <= SHOW_PERIOD_MS;

    link->wanted.period_ms = facts_link_is_wanted(control) && !declared_is_enough ? SHOW_PERIOD_MS : declared_ms;
    if (control->agent.peer && facts_link_has_order(control, control->agent.peer)) {
        peer_wake(control->agent.peer);
    }
}

void facts_link_init(struct xhm_control *control) {
    note_services(&control->facts, &control_policy(control)->platform);
    want_period(control);
}

bool facts_link_is_wanted(const struct xhm_control *control) {
    return control->facts.now_ns < control->facts.shown_until_ns;
}

void facts_link_want(struct xhm_control *control) {
    control->facts.shown_until_ns = control->facts.now_ns + SHOW_LASTS_NS;
    want_period(control);
}

const struct xhm_facts *facts_link_current(const struct xhm_control *control) {
    return control->facts.told > 0 ? &control->facts.sets[control->facts.current] : NULL;
}

/* Said once for each spell: an agent that is not understood goes on sending. */
static bool refuse(struct xhm_control *control, const char *why, char error[XHM_ERROR_SIZE]) {
    snprintf(error, XHM_ERROR_SIZE, "the agent's facts are not taken: %s", why);
    if (!control->facts.refusing) {
        control->facts.refusing = true;
        writer_say(control->options.writer, error);
    }
    return false;
}

/*
 * The agent says how old its facts were when it sent them, and nobody knows how long they waited in the socket: the
 * socket was empty, or was being emptied, at the last observation but one, so they are dated as if sent then. Younger
 * than they are they are never called.
 */
static uint64_t gathered_ns(const struct facts_link *link, uint64_t age_ms) {
    return age_ms < link->before_ns / NS_PER_MS ? link->before_ns - age_ms * NS_PER_MS : 0;
}

static void take_over(struct facts_link *link, const Xhm__V1__Facts *message) {
    struct xhm_facts *facts = &link->sets[1 - link->current];

    if (message->order != link->wanted.number) {
        facts->services = (struct xhm_service_facts){.availability = XHM_FACTS_UNKNOWN};
    }
    facts->number = ++link->told;
    facts->gathered_ns = gathered_ns(link, message->age_ms);
    link->current = 1 - link->current;
    link->refusing = false;
}

bool facts_link_take(struct xhm_control *control, const struct peer *peer, const Xhm__V1__Facts *message,
                     char error[XHM_ERROR_SIZE]) {
    struct facts_link *link = &control->facts;
    const char *group;
    char why[96];

    if (control->agent.peer != peer) {
        return refuse(control, "they do not come from the peer that is the agent", error);
    }
    control->agent.spoke = true;
    if (link->before_ns == 0) {
        return refuse(control, "the supervisor does not know the time yet", error);
    }
    group = facts_from_message(message, &link->sets[1 - link->current]);
    if (group) {
        snprintf(why, sizeof(why), "those about %s are malformed, or more than this build has room for", group);
        return refuse(control, why, error);
    }
    take_over(link, message);
    return true;
}

void facts_link_observe(struct xhm_control *control, uint64_t now_ns, struct xhm_observation *observation) {
    struct facts_link *link = &control->facts;

    if (now_ns != 0) {
        link->before_ns = link->now_ns;
        link->now_ns = now_ns;
    }
    want_period(control);
    observation->facts = facts_link_current(control);
}

/* An agent that was never asked gathers nothing, and has to be told nothing for that. */
bool facts_link_has_order(const struct xhm_control *control, const struct peer *peer) {
    const struct facts_order *wanted = &control->facts.wanted;
    const struct facts_order *sent = &control->facts.sent;

    return control->agent.peer == peer &&
           (wanted->period_ms != sent->period_ms || (wanted->period_ms != 0 && wanted->number != sent->number));
}

void facts_link_fill(struct xhm_control *control, struct peer *peer) {
    struct facts_link *link = &control->facts;
    char *services[XHM_MAX_SERVICES];
    Xhm__V1__ServerMessage message = XHM__V1__SERVER_MESSAGE__INIT;
    Xhm__V1__FactsOrder order = XHM__V1__FACTS_ORDER__INIT;

    if (!facts_link_has_order(control, peer)) {
        return;
    }
    for (uint32_t i = 0; i < link->ordered_count; i++) {
        services[i] = link->ordered[i];
    }
    message.body_case = XHM__V1__SERVER_MESSAGE__BODY_FACTS_ORDER;
    message.facts_order = &order;
    order.period_ms = link->wanted.period_ms;
    order.order = link->wanted.number;
    order.n_services = link->ordered_count;
    order.services = services;
    if (peer_offer(peer, &message)) {
        link->sent = link->wanted;
    }
}

void facts_link_lost(struct xhm_control *control) {
    control->facts.sent = (struct facts_order){0};
}

void facts_link_policy_changed(struct xhm_control *control) {
    struct facts_link *link = &control->facts;
    const struct xhm_platform_policy *policy = &control_policy(control)->platform;

    if (services_differ(link, policy)) {
        note_services(link, policy);
        for (unsigned i = 0; i < 2; i++) {
            link->sets[i].services = (struct xhm_service_facts){.availability = XHM_FACTS_UNKNOWN};
        }
    }
    want_period(control);
}
