// SPDX-License-Identifier: Apache-2.0
#include "listener.h"

#include "state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define ACCEPTED_PER_TURN  4
#define BACKLOG            16
/* The kernel's own buffer counts as memory that a slow peer can hold. */
#define KERNEL_BUFFER_SIZE (64 * 1024)

static bool fail(char error[XHM_ERROR_SIZE], const char *doing, const char *path, int number) {
    snprintf(error, XHM_ERROR_SIZE, "%s %s: %s", doing, path, strerror(number));
    return false;
}

/* Only as far as the socket takes it: nobody waits for someone who has no place. */
static void tell_no_place(int descriptor) {
    static char sentence[] = "no place is free for a peer of these roles";
    Xhm__V1__ServerMessage message = XHM__V1__SERVER_MESSAGE__INIT;
    Xhm__V1__Refused refused = XHM__V1__REFUSED__INIT;
    struct output output;
    uint8_t memory[128];

    message.body_case = XHM__V1__SERVER_MESSAGE__BODY_REFUSED;
    message.refused = &refused;
    refused.reason = XHM__V1__REFUSAL_REASON__REFUSAL_BUSY;
    refused.message = sentence;
    output_init(&output, memory, sizeof(memory));
    if (output_put(&output, &message.base)) {
        (void)output_send(&output, descriptor);
    }
}

void listener_admit(struct xhm_control *control, int descriptor, const struct credentials *credentials) {
    const int size = KERNEL_BUFFER_SIZE;

    /* Only a bound: without it the kernel's default holds. */
    (void)setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    if (!peers_admit(control, descriptor, credentials)) {
        tell_no_place(descriptor);
        close(descriptor);
    }
}

static void admit_process(struct xhm_control *control, int descriptor) {
    struct credentials credentials;

    if (credentials_read(descriptor, &credentials)) {
        listener_admit(control, descriptor, &credentials);
    } else {
        close(descriptor);
    }
}

/* Out of descriptors or memory: trying again at once would keep the thread busy. */
static void pause_listening(struct listener *listener) {
    (void)sd_event_source_set_enabled(listener->source, SD_EVENT_OFF);
}

static int on_connection(sd_event_source *source, int descriptor, uint32_t revents, void *context) {
    struct xhm_control *control = context;

    (void)source;
    (void)revents;
    for (int i = 0; i < ACCEPTED_PER_TURN; i++) {
        const int peer = accept4(descriptor, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (peer >= 0) {
            admit_process(control, peer);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return 0;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            pause_listening(&control->listener);
            return 0;
        }
    }
    return 0;
}

void listener_resume(struct listener *listener) {
    /* Tried again in every supervision cycle. */
    (void)sd_event_source_set_enabled(listener->source, SD_EVENT_ON);
}

/* A socket that nobody answers at was left by a supervisor that ended uncleanly. */
static bool remove_stale(const struct sockaddr_un *address, char error[XHM_ERROR_SIZE]) {
    struct stat status;
    int probe;
    int number;

    if (lstat(address->sun_path, &status) != 0 || !S_ISSOCK(status.st_mode)) {
        snprintf(error, XHM_ERROR_SIZE, "binding the API socket %s: something that is no socket is there",
                 address->sun_path);
        return false;
    }
    probe = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (probe < 0) {
        return fail(error, "making a socket to try", address->sun_path, errno);
    }
    number = connect(probe, (const struct sockaddr *)address, sizeof(*address)) == 0 ? 0 : errno;
    close(probe);
    if (number != ECONNREFUSED) {
        snprintf(error, XHM_ERROR_SIZE, "binding the API socket %s: another supervisor listens there",
                 address->sun_path);
        return false;
    }
    if (unlink(address->sun_path) != 0) {
        return fail(error, "removing the stale API socket", address->sun_path, errno);
    }
    return true;
}

static bool bind_path(struct listener *listener, char error[XHM_ERROR_SIZE]) {
    const struct sockaddr *address = (const struct sockaddr *)&listener->address;

    if (bind(listener->descriptor, address, sizeof(listener->address)) == 0) {
        return true;
    }
    if (errno != EADDRINUSE) {
        return fail(error, "binding the API socket", listener->address.sun_path, errno);
    }
    if (!remove_stale(&listener->address, error)) {
        return false;
    }
    return bind(listener->descriptor, address, sizeof(listener->address)) == 0 ||
           fail(error, "binding the API socket", listener->address.sun_path, errno);
}

static bool listen_at(struct xhm_control *control, char error[XHM_ERROR_SIZE]) {
    struct listener *listener = &control->listener;
    const char *path = listener->address.sun_path;
    int result;

    /* Everybody may connect: roles are decided by who it is, not by who may open a file. */
    if (chmod(path, 0666) != 0 || listen(listener->descriptor, BACKLOG) != 0) {
        return fail(error, "listening at the API socket", path, errno);
    }
    result = sd_event_add_io(control->event, &listener->source, listener->descriptor, EPOLLIN, on_connection, control);
    if (result >= 0) {
        result = sd_event_source_set_priority(listener->source, SD_EVENT_PRIORITY_NORMAL + 10);
    }
    return result >= 0 || fail(error, "adding to the event loop the API socket", path, -result);
}

bool listener_open(struct xhm_control *control, const char *path, char error[XHM_ERROR_SIZE]) {
    struct listener *listener = &control->listener;

    listener->address.sun_family = AF_UNIX;
    if (strlen(path) >= sizeof(listener->address.sun_path)) {
        return fail(error, "binding the API socket", path, ENAMETOOLONG);
    }
    strcpy(listener->address.sun_path, path);
    listener->descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener->descriptor < 0) {
        return fail(error, "making the API socket", path, errno);
    }
    if (!bind_path(listener, error)) {
        close(listener->descriptor);
        listener->descriptor = -1;
        return false;
    }
    return listen_at(control, error);
}

void listener_close(struct listener *listener) {
    listener->source = sd_event_source_disable_unref(listener->source);
    if (listener->descriptor >= 0) {
        close(listener->descriptor);
        unlink(listener->address.sun_path);
        listener->descriptor = -1;
    }
}
