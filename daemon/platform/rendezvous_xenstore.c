/*
 * The xenstore thread: reads what the followed instances announce. Watches tell when; besides, one seat after the other
 * is looked at every LOOK_PERIOD_NS, which shows that xenstore still answers. Every call into libxenstore may wait
 * without limit; while one does, asking_since_ns says since when.
 */
#include "rendezvous_threads.h"
#include "xhm_probe_attach.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

#define LOOK_PERIOD_NS   1000000000u
#define NS_PER_MS        1000000u
/* Pause between two rounds and watch events taken in one: a partition that rewrites its node without end gets no more
 * of this domain's time than that. */
#define ROUND_PAUSE_NS   5000000
#define ROUND_EVENTS     256
#define PAGE_PATH_SIZE   64
#define TOKEN_SIZE       16
#define MAX_VALUE_LENGTH 4096u

/* The errors that xenstored itself answers with; all others mean that the connection is of no more use. */
static bool is_answer(int error) {
    static const int answers[] = {ENOENT, EACCES, EPERM, EEXIST, E2BIG, ENOSPC, EBUSY, EAGAIN};

    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        if (error == answers[i]) {
            return true;
        }
    }
    return false;
}

/* The clock runs from the first question without an answer, also over failed attempts to connect. */
static void begin_question(struct xhm_rendezvous *rendezvous) {
    if (atomic_load_explicit(&rendezvous->asking_since_ns, memory_order_relaxed) == 0) {
        atomic_store_explicit(&rendezvous->asking_since_ns, helper_thread_now_ns(), memory_order_release);
    }
}

static void disconnect(struct xhm_rendezvous *rendezvous) {
    xs_close(rendezvous->store);
    rendezvous->store = NULL;
    memset(rendezvous->watched, 0, sizeof(rendezvous->watched));
}

/* @return false when the connection broke and is closed now */
static bool end_question(struct xhm_rendezvous *rendezvous, bool is_success, int error) {
    if (!is_success && !is_answer(error)) {
        disconnect(rendezvous);
        return false;
    }
    atomic_store_explicit(&rendezvous->asking_since_ns, 0, memory_order_release);
    return true;
}

static void format_page_directory(char path[PAGE_PATH_SIZE], uint16_t domid) {
    snprintf(path, PAGE_PATH_SIZE, "/local/domain/%u/%s", (unsigned)domid, XHM_PROBE_XENSTORE_PAGE_DIRECTORY);
}

static bool watch(struct xhm_rendezvous *rendezvous, uint32_t index, uint16_t domid, bool is_wanted) {
    char path[PAGE_PATH_SIZE];
    char token[TOKEN_SIZE];

    format_page_directory(path, domid);
    snprintf(token, sizeof(token), "%" PRIu32, index);
    begin_question(rendezvous);

    const bool is_success =
        is_wanted ? xs_watch(rendezvous->store, path, token) : xs_unwatch(rendezvous->store, path, token);

    return end_question(rendezvous, is_success, errno);
}

static void publish(struct xhm_rendezvous *rendezvous, uint32_t index, uint32_t page,
                    const struct xhm_announcement *announcement) {
    const xhm_instance_word instance = rendezvous->watched[index].instance;
    struct xhm_announced_seat *announced = &rendezvous->announced[index];

    pthread_mutex_lock(&rendezvous->announced_lock);
    if (announced->instance != instance) {
        *announced = (struct xhm_announced_seat){.instance = instance};
    }

    const bool is_new = !announcement_equals(&announced->pages[page], announcement);

    announced->pages[page] = *announcement;
    pthread_mutex_unlock(&rendezvous->announced_lock);
    if (is_new) {
        helper_thread_wake(rendezvous->grant_wake);
    }
}

/* @return the length of *text, to be freed, or a negative errno value */
static int read_node(struct xhm_rendezvous *rendezvous, const char *path, char **text) {
    unsigned length = 0;

    begin_question(rendezvous);
    *text = xs_read(rendezvous->store, XBT_NULL, path, &length);

    const int error = errno;

    if (!end_question(rendezvous, *text != NULL, error)) {
        return -ENOTCONN;
    }
    return *text == NULL ? -error : (int)(length < MAX_VALUE_LENGTH ? length : MAX_VALUE_LENGTH);
}

/*
 * A missing node was taken back only if there was one, and the directory still stands. The toolstack removes the whole
 * tree before it destroys the domain; as long as the domain is not seen as dead, its page is the best knowledge there
 * is.
 */
static bool is_taken_back(struct xhm_rendezvous *rendezvous, uint32_t index, uint32_t page) {
    const struct xhm_announced_seat *announced = &rendezvous->announced[index];
    const xhm_instance_word instance = rendezvous->watched[index].instance;
    char path[PAGE_PATH_SIZE];
    char *text = NULL;

    /* Read without the lock: this thread alone writes it. */
    if (announced->instance == instance && announced->pages[page].kind == XHM_ANNOUNCEMENT_NONE) {
        return false;
    }
    format_page_directory(path, instance_word_domid(instance));

    const int length = read_node(rendezvous, path, &text);

    free(text);
    return length >= 0;
}

/* @return false when the connection broke */
static bool look_at_page(struct xhm_rendezvous *rendezvous, uint32_t index, uint32_t page) {
    const uint16_t domid = instance_word_domid(rendezvous->watched[index].instance);
    char path[PAGE_PATH_SIZE];
    char *text = NULL;

    snprintf(path, sizeof(path), "/local/domain/%u/%s/%" PRIu32, (unsigned)domid, XHM_PROBE_XENSTORE_PAGE_DIRECTORY,
             page);

    const int length = read_node(rendezvous, path, &text);

    if (length >= 0) {
        const struct xhm_announcement announcement = announcement_parse(text, (size_t)length);

        publish(rendezvous, index, page, &announcement);
    } else if (length == -ENOENT && is_taken_back(rendezvous, index, page)) {
        publish(rendezvous, index, page, &(struct xhm_announcement){.kind = XHM_ANNOUNCEMENT_NONE});
    }
    free(text);
    return rendezvous->store != NULL;
}

static bool look_at_seat(struct xhm_rendezvous *rendezvous, uint32_t index) {
    rendezvous->watched[index].is_due = false;
    for (uint32_t page = 0; page < XHM_MAX_PAGES; page++) {
        if (!look_at_page(rendezvous, index, page)) {
            return false;
        }
    }
    return true;
}

/* Brings the watches of one seat up to what the supervision thread wants. @return false when the connection broke */
static bool follow_seat(struct xhm_rendezvous *rendezvous, uint32_t index) {
    struct xhm_watched_seat *watched = &rendezvous->watched[index];
    const xhm_instance_word instance = atomic_load_explicit(&rendezvous->seats[index].instance, memory_order_acquire);
    const xhm_instance_word before = watched->instance;

    if (instance == before) {
        return true;
    }
    watched->instance = instance;
    watched->is_due = instance != 0;
    return (before == 0 || watch(rendezvous, index, instance_word_domid(before), false)) &&
           (instance == 0 || watch(rendezvous, index, instance_word_domid(instance), true));
}

static void mark_next_due(struct xhm_rendezvous *rendezvous) {
    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        struct xhm_watched_seat *watched = &rendezvous->watched[rendezvous->next_look++ % XHM_MAX_PARTITIONS];

        if (watched->instance != 0) {
            watched->is_due = true;
            return;
        }
    }
}

static void mark_due(struct xhm_rendezvous *rendezvous, const char *token) {
    uint64_t index = 0;
    const size_t length = strlen(token);

    if (announcement_parse_decimal(token, length, XHM_MAX_PARTITIONS - 1, &index) == length && length > 0) {
        rendezvous->watched[index].is_due = rendezvous->watched[index].instance != 0;
    }
}

static void take_watch_events(struct xhm_rendezvous *rendezvous) {
    for (int i = 0; i < ROUND_EVENTS; i++) {
        char **event = xs_check_watch(rendezvous->store);

        if (event == NULL) {
            return;
        }
        mark_due(rendezvous, event[XS_WATCH_TOKEN]);
        free(event);
    }
}

static bool is_anything_followed(struct xhm_rendezvous *rendezvous) {
    for (uint32_t index = 0; index < XHM_MAX_PARTITIONS; index++) {
        if (atomic_load_explicit(&rendezvous->seats[index].instance, memory_order_acquire) != 0) {
            return true;
        }
    }
    return false;
}

/* @return whether there is somebody to ask, and something to ask for */
static bool connect_store(struct xhm_rendezvous *rendezvous) {
    if (!is_anything_followed(rendezvous)) {
        atomic_store_explicit(&rendezvous->asking_since_ns, 0, memory_order_release);
    } else if (rendezvous->store == NULL) {
        begin_question(rendezvous);
        rendezvous->store = xs_open(0);
    }
    return rendezvous->store != NULL;
}

static void look_around(struct xhm_rendezvous *rendezvous) {
    for (uint32_t index = 0; index < XHM_MAX_PARTITIONS; index++) {
        if (atomic_load(&rendezvous->is_stopping) || !follow_seat(rendezvous, index) ||
            (rendezvous->watched[index].is_due && !look_at_seat(rendezvous, index))) {
            return;
        }
    }
}

/* @return whether watch events may be pending */
static void wait_for_work(struct xhm_rendezvous *rendezvous, uint64_t until_ns) {
    const uint64_t now_ns = helper_thread_now_ns();
    const int timeout_ms = now_ns < until_ns ? (int)((until_ns - now_ns) / NS_PER_MS) + 1 : 0;
    struct pollfd events[2] = {
        {.fd = rendezvous->xenstore_wake, .events = POLLIN},
        {.fd = rendezvous->store != NULL ? xs_fileno(rendezvous->store) : -1, .events = POLLIN},
    };
    eventfd_t count;

    if (poll(events, 2, timeout_ms) <= 0) {
        return;
    }
    if (events[0].revents != 0) {
        (void)eventfd_read(rendezvous->xenstore_wake, &count);
    }
    if (events[1].revents != 0) {
        take_watch_events(rendezvous);
    }
}

void *rendezvous_xenstore_run(void *argument) {
    struct xhm_rendezvous *rendezvous = argument;
    uint64_t next_look_ns = helper_thread_now_ns() + LOOK_PERIOD_NS;

    while (!atomic_load(&rendezvous->is_stopping)) {
        if (helper_thread_now_ns() >= next_look_ns) {
            mark_next_due(rendezvous);
            next_look_ns = helper_thread_now_ns() + LOOK_PERIOD_NS;
        }
        if (connect_store(rendezvous)) {
            look_around(rendezvous);
        }
        nanosleep(&(struct timespec){.tv_nsec = ROUND_PAUSE_NS}, NULL);
        wait_for_work(rendezvous, next_look_ns);
    }
    xs_close(rendezvous->store);
    rendezvous->store = NULL;
    return NULL;
}
