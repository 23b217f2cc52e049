// SPDX-License-Identifier: Apache-2.0
/* After control_open() and the first turn of the loop, nothing that a peer does makes the supervision thread allocate.
 */
#include "control_harness.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

static unsigned long allocations;

#ifndef SANITIZED
/* These stand in front of the C library's, for libsystemd and libprotobuf-c, too. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *pointer, size_t size);

void *malloc(size_t size) {
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *pointer, size_t size) {
    allocations++;
    return __libc_realloc(pointer, size);
}
#endif

static struct client clients[16];
static struct client late;

/* Everybody sends, and one more connects, before the loop has a turn: every source is pending. */
static void send_at_once(const Xhm__V1__ClientMessage *message) {
    uint8_t data[64];
    const size_t size = xhm__v1__client_message__pack(message, data + 1);

    data[0] = (uint8_t)size;
    for (size_t i = 0; i < 16; i++) {
        assert_int_equal(send(clients[i].descriptor, data, size + 1, MSG_NOSIGNAL), (ssize_t)(size + 1));
    }
    client_connect(&late);
}

static void nothing_is_allocated_for_peers(void **state) {
    static uint8_t compiled[100000];
    static char brake[] = "brake";
    static char limp_home[] = "limp-home";
    const struct xhm_action action = {.kind = XHM_ACTION_RECREATE, .partition = 0, .task_id = 7};

    STATUS(status);
    EVENTS(events);
    RESTART(restart);
    INJECT(inject);
    POLICY_APPLY(apply);
    POLICY_SHOW(show);
    HEARTBEAT(heartbeat);
    FAULTS(faults);
    FAIL_OVER(fail_over);
    MODE(mode);
    MAINTENANCE(maintenance);
    SAFE_STATE(safe_state);
    SAFE_STATE_CLEAR(clear);
    OPERATION_CYCLE(cycle);
    FAULTS_CLEAR(faults_clear);
    FACTS(facts);
    FACTS_SHOW(facts_show);
    CONFORMANCE(conformance);
    Xhm__V1__ClientMessage *const messages[] = {
        &status, &events,      &restart,    &heartbeat, &inject, &apply,        &show,  &faults,     &fail_over,
        &mode,   &maintenance, &safe_state, &clear,     &cycle,  &faults_clear, &facts, &facts_show, &conformance};

    events_body.follow = true;
    events_body.since = 100;
    restart_body.partition = fail_over_body.partition = maintenance_body.partition = brake;
    safe_state_body.name = limp_home;
    inject_body.partition = brake;
    inject_body.kind = XHM__V1__INJECTION_KIND__INJECTION_HANG;
    heartbeat_body.injection_supported = true;
    apply_body.compiled.data = compiled;
    apply_body.compiled.len = sizeof(compiled);
    harness.fault_count = 1000;
    harness_turn();
    allocations = 0;
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < 16; i++) {
            client_open(&clients[i]);
        }
        send_at_once(&status);
        client_close(&late);
        for (size_t i = 0; i < 16; i++) {
            for (size_t j = 0; j < sizeof(messages) / sizeof(messages[0]); j++) {
                client_send(&clients[i], messages[j]);
            }
        }
        control_agent_recreate(harness.control, &action);
        for (int i = 0; i < 5000; i++) {
            harness_event();
        }
        for (size_t i = 0; i < 16; i++) {
            while (client_receive(&clients[i])) {
            }
        }
        harness_observe((uint64_t)(round + 1) * SAMPLE_S);
        for (size_t i = 0; i < 16; i++) {
            client_close(&clients[i]);
        }
    }
    assert_true(harness.applied > 0);
    assert_int_equal(allocations, 0);
}

static void the_counter_counts(void **state) {
#ifdef SANITIZED
    skip();
#endif
    struct sd_event *event = NULL;

    allocations = 0;
    assert_true(sd_event_new(&event) >= 0);
    sd_event_unref(event);
    assert_true(allocations > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_counter_counts),
        cmocka_unit_test_setup_teardown(nothing_is_allocated_for_peers, harness_open, harness_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
