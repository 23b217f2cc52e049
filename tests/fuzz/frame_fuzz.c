// SPDX-License-Identifier: Apache-2.0
/*
 * What an API peer sends: the input goes through a real socket to the API's server, after a Hello, and to another
 * connection without one. The server must answer or close, and serve the next.
 */
#include "fuzz_server.h"

#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct fuzz_received received;

static void send_all(int peer, const uint8_t *data, size_t size) {
    while (size > 0) {
        const ssize_t sent = send(peer, data, size, MSG_NOSIGNAL);

        if (sent > 0) {
            data += sent;
            size -= (size_t)sent;
        }
        fuzz_server_turn();
        if (!fuzz_received_drain(&received, peer)) {
            return;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    /* Hello{api_version = 1} with request id 1 */
    static const uint8_t hello[] = {6, 0x08, 0x01, 0x12, 0x02, 0x08, 0x01};
    int peers[2];

    if (!server.control) {
        fuzz_server_open(false);
    }
    for (int i = 0; i < 2; i++) {
        received.size = 0;
        peers[i] = fuzz_server_connect();
        send_all(peers[i], hello, i ? 0 : sizeof(hello));
        send_all(peers[i], data, size);
        fuzz_received_drain(&received, peers[i]);
    }
    fuzz_server_step(SAMPLE_S);
    for (int i = 0; i < 2; i++) {
        received.size = 0;
        fuzz_received_drain(&received, peers[i]);
        close(peers[i]);
    }
    fuzz_server_turn();
    return 0;
}
