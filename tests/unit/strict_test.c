// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-POLICY-1 */
/* Refusal of unknown fields, on bytes as a newer client would send them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arena.h"
#include "control.pb-c.h"
#include "strict.h"

static _Alignas(16) uint8_t memory[4096];

static bool is_known(const uint8_t *data, size_t size) {
    struct xhm_arena arena;
    Xhm__V1__ClientMessage *message;

    arena_init(&arena, memory, sizeof(memory));
    message = xhm__v1__client_message__unpack(&arena.allocator, size, data);
    assert_non_null(message);
    return strict_is_known(&message->base);
}

static void known_messages_are_known(void **state) {
    static const uint8_t nothing[1];
    static const uint8_t restart[] = {0x08, 0x07, 0x2a, 0x03, 0x0a, 0x01, 'b'};

    assert_true(is_known(nothing, 0));
    assert_true(is_known(restart, sizeof(restart)));
}

static void an_unknown_field_is_seen_on_top(void **state) {
    static const uint8_t data[] = {0x08, 0x07, 0xf8, 0x07, 0x01};

    assert_false(is_known(data, sizeof(data)));
}

static void an_unknown_field_is_seen_in_the_chosen_member_of_a_oneof(void **state) {
    static const uint8_t restart[] = {0x08, 0x07, 0x2a, 0x05, 0x0a, 0x01, 'b', 0x78, 0x01};

    assert_false(is_known(restart, sizeof(restart)));
}

static void an_unknown_field_is_seen_in_repeated_messages(void **state) {
    ProtobufCMessageUnknownField unknown = {0};
    Xhm__V1__ActiveFault sound = XHM__V1__ACTIVE_FAULT__INIT;
    Xhm__V1__ActiveFault newer = XHM__V1__ACTIVE_FAULT__INIT;
    Xhm__V1__ActiveFault *faults[] = {&sound, &newer};
    Xhm__V1__PartitionStatus partition = XHM__V1__PARTITION_STATUS__INIT;
    Xhm__V1__PartitionStatus *partitions[] = {&partition};
    Xhm__V1__Status status = XHM__V1__STATUS__INIT;

    status.partitions = partitions;
    status.n_partitions = 1;
    partition.faults = faults;
    partition.n_faults = 2;
    assert_true(strict_is_known(&status.base));
    newer.base.n_unknown_fields = 1;
    newer.base.unknown_fields = &unknown;
    assert_false(strict_is_known(&status.base));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_messages_are_known),
        cmocka_unit_test(an_unknown_field_is_seen_on_top),
        cmocka_unit_test(an_unknown_field_is_seen_in_the_chosen_member_of_a_oneof),
        cmocka_unit_test(an_unknown_field_is_seen_in_repeated_messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
