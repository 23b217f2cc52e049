// SPDX-License-Identifier: Apache-2.0
#include "control_facts_peers.h"
#include "facts_message.h"

#include <string.h>

struct client agent;
struct client second;
struct client observer;
struct xhm_facts told;
static struct xhm_arena arena;
static _Alignas(16) uint8_t memory[4u * 1024u * 1024u];

static void beat(struct client *who) {
    HEARTBEAT(heartbeat);
    heartbeat.request_id = 0;
    client_send(who, &heartbeat);
}

void open_agent(struct client *who) {
    client_open(who);
    beat(who);
}

void declare(uint64_t period_ns, const char *service, const char *other) {
    static const uint32_t same[XHM_MAX_PARTITIONS] = {0, 1, 2, 3};
    struct xhm_platform_policy *platform = &harness.policy.platform;

    platform->facts_period_ns = period_ns;
    platform->service_count = 0;
    if (service) {
        strcpy(platform->services[platform->service_count++], service);
    }
    if (other) {
        strcpy(platform->services[platform->service_count++], other);
    }
    control_policy_changed(harness.control, &harness.policy, same);
}

const Xhm__V1__FactsOrder *receive_order(struct client *who) {
    const Xhm__V1__ServerMessage *message = client_receive(who);

    assert_non_null(message);
    assert_int_equal(message->body_case, XHM__V1__SERVER_MESSAGE__BODY_FACTS_ORDER);
    assert_int_equal(message->request_id, 0);
    return message->facts_order;
}

void fill_domains(uint32_t count) {
    memset(&told, 0, sizeof(told));
    told.domains = XHM_FACTS_KNOWN;
    told.domain_count = count;
    for (uint32_t i = 0; i < count; i++) {
        told.domain[i].domid = (uint16_t)i;
        told.domain[i].uuid.bytes[0] = (uint8_t)i;
        told.domain[i].device_count = XHM_MAX_DEVICES;
        for (uint32_t j = 0; j < XHM_MAX_DEVICES; j++) {
            told.domain[i].device[j].kind = XHM_DEVICE_VBD;
        }
    }
}

const Xhm__V1__ServerMessage *tell(struct client *who, uint64_t age_ms, uint64_t order) {
    Xhm__V1__Facts *facts;

    FACTS(request);
    arena_init(&arena, memory, sizeof(memory));
    told.services = (struct xhm_service_facts){.availability = XHM_FACTS_KNOWN, .count = 2, .running = {true, false}};
    facts = facts_to_message(&told, &arena);
    assert_non_null(facts);
    facts->age_ms = age_ms;
    facts->order = order;
    request_body = *facts;
    return client_ask(who, &request);
}

const struct xhm_facts *observe(uint64_t now_ns) {
    harness_observe(now_ns);
    return harness.observation.facts;
}

const Xhm__V1__FactsShowReply *show(void) {
    const Xhm__V1__ServerMessage *reply;

    FACTS_SHOW(request);
    reply = client_ask(&observer, &request);
    assert_non_null(reply);
    assert_int_equal(reply->body_case, XHM__V1__SERVER_MESSAGE__BODY_FACTS_SHOW);
    return reply->facts_show;
}
