// SPDX-License-Identifier: Apache-2.0
/*
 * The API over vchan, end to end: a partition connects, gives and takes bytes, and writes into the page that it shares
 * with us whatever it likes: ring positions, sizes, how it lives, also while libxenvchan is at work. The offering
 * thread, the relaying thread and the supervision thread have their turns as the input says; instances come and go.
 * Whatever it does, memory outside the rings is not touched, an operator on the socket is served, and nothing is left
 * behind.
 *
 * An input is a row of operations of two bytes and more: what is done (the four low bits) with which vchan (the next
 * bit), and a number.
 */
#include "fuzz_server.h"
#include "hostile_vchan.h"

#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Nothing waits for longer than this for a thread's turn: pace, last words, retries. */
#define SETTLE_TURNS 4
#define RING_BYTES   16384u

enum operation {
    TURN,     /* one turn of each thread, relaying last */
    RELAY,    /* relaying's only */
    OFFER,    /* offering's only */
    GIVE,     /* so many bytes that follow */
    REQUEST,  /* the same, as one frame */
    GREET,    /* connects and says Hello */
    CONNECT,  /* only connects */
    TAKE,     /* 64 bytes for each of the number */
    POKE,     /* a byte of the header: the number is where, one byte follows */
    ARM,      /* the same, while the library is at work */
    INDEX,    /* a ring position, one of four: a step from where it is, the number */
    KICK,     /* events, so many */
    TIME,     /* 10 ms for each of the number, one supervision step */
    INSTANCE, /* another domid; 0: none */
    HAPPEN,   /* events, four for each of the number */
    FAIL,     /* offering fails when the number is odd */
};

struct input {
    const uint8_t *data;
    size_t size;
};

static struct fuzz_received received[2];

static uint8_t take(struct input *input) {
    if (input->size == 0) {
        return 0;
    }
    input->size--;
    return *input->data++;
}

static void turn(void) {
    hostile_vchan_offer();
    hostile_vchan_relay();
    fuzz_server_turn();
}

static void pass(uint64_t passed_ns) {
    hostile_vchan_pass(passed_ns);
    fuzz_server_step(passed_ns);
}

static void give(unsigned index, const uint8_t *data, size_t size) {
    (void)hostile_vchan_give(index, data, size);
}

static void request(unsigned index, const uint8_t *data, size_t size) {
    uint8_t prefix[XHM_FRAME_PREFIX_SIZE];

    give(index, prefix, frame_prefix((uint32_t)size, prefix));
    give(index, data, size);
}

static void greet(unsigned index) {
    static const uint8_t hello[] = {6, 0x08, 0x01, 0x12, 0x02, 0x08, 0x01};

    hostile_vchan_connect(index);
    turn();
    give(index, hello, sizeof(hello));
}

/* After a poke what comes is no row of replies any more, so nothing is asked of it. */
static void take_some(unsigned index, size_t size) {
    static uint8_t data[RING_BYTES];

    (void)hostile_vchan_take(index, data, size < sizeof(data) ? size : sizeof(data));
}

static void move_position(unsigned index, unsigned which, uint8_t step) {
    static const uint8_t far[] = {0, 1, 0x10, 0x20, 0x40, 0x7f, 0x80, 0xff};

    /* Little-endian positions at 0, 4, 8 and 12: a far step changes the highest byte or the ring's own bits. */
    hostile_vchan_poke(index, 4u * (which % 4) + (step & 3u), far[(step >> 2) % 8], false);
}

static void set_instance(uint8_t domid) {
    struct xhm_partition_state *state = &server.core.partitions[SAMPLE_INFOTAINMENT];

    state->instance_known = domid != 0;
    state->domid = domid;
    state->instance_since_ns++;
    pass(SAMPLE_MS);
}

static void open_server(void) {
    fuzz_server_prepare();
    server.policy.access_count = 2;
    server.policy.access[1] =
        (struct xhm_access_policy){.kind = XHM_ACCESS_PARTITION, .id = 1 + SAMPLE_INFOTAINMENT, .roles = XHM_ALL_ROLES};
    fuzz_server_start(true);
    hostile_vchan_refuse(false);
    set_instance(5);
    turn();
}

static void operate(struct input *input) {
    const uint8_t what = take(input);
    const unsigned index = (what >> 4) & 1u;
    const uint8_t number = take(input);
    const size_t size = number < input->size ? number : input->size;

    switch ((enum operation)(what & 15u)) {
    case TURN:
        turn();
        break;
    case RELAY:
        hostile_vchan_relay();
        break;
    case OFFER:
        hostile_vchan_offer();
        break;
    case GIVE:
    case REQUEST:
        ((what & 15u) == GIVE ? give : request)(index, input->data, size);
        input->data += size;
        input->size -= size;
        break;
    case GREET:
        greet(index);
        break;
    case CONNECT:
        hostile_vchan_connect(index);
        break;
    case TAKE:
        take_some(index, number * 64u);
        break;
    case POKE:
    case ARM:
        hostile_vchan_poke(index, number % 32u, take(input), (what & 15u) == ARM);
        break;
    case INDEX:
        move_position(index, number, take(input));
        break;
    case KICK:
        for (unsigned i = 0; i < number; i++) {
            hostile_vchan_kick(index);
            hostile_vchan_relay();
        }
        break;
    case TIME:
        pass(number * 10u * SAMPLE_MS);
        break;
    case INSTANCE:
        set_instance(number % 8);
        break;
    case HAPPEN:
        for (unsigned i = 0; i < number * 4u; i++) {
            fuzz_server_event();
        }
        fuzz_server_turn();
        break;
    case FAIL:
        hostile_vchan_refuse(number & 1u);
        break;
    }
    require(hostile_vchan_count() <= 2u);
}

/* An honest instance after all that is served as if nothing had been. */
static void require_vchan_service(void) {
    struct fuzz_received *replies = &received[0];
    size_t size;

    hostile_vchan_refuse(false);
    set_instance(9);
    for (unsigned i = 0; i < SETTLE_TURNS; i++) {
        turn();
        pass(2 * SAMPLE_S);
    }
    require(hostile_vchan_count() == 2);
    greet(0);
    for (unsigned i = 0; i < SETTLE_TURNS; i++) {
        turn();
    }
    size = hostile_vchan_take(0, replies->data, sizeof(replies->data));
    require(size > 0);
    replies->size = size;
    fuzz_received_check(replies);
    require(replies->size == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct input input = {data, size};

    open_server();
    while (input.size > 0) {
        operate(&input);
    }
    fuzz_server_require_service();
    require_vchan_service();
    fuzz_server_close();
    require(hostile_vchan_count() == 0);
    return 0;
}
