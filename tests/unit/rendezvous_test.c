/*
 * The rendezvous against a xenstore and a grant device of our own: what partitions announce, take back and get wrong,
 * and a xenstore that does not answer. The real threads run; every wait is for a condition, with a bound.
 */
#include "pages.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include <xengnttab.h>
#include <xenstore.h>

#include <cmocka.h>

#define NODE_COUNT 16
#define MAP_COUNT  16
#define WAIT_MS    5000
#define BAD_GRANT  666
#define DOMID      5
#define DIRECTORY  "/local/domain/5/data/xhm/page"
#define PAGE_0     DIRECTORY "/0"
#define PAGE_2     DIRECTORY "/2"
#define NS_PER_MS  1000000u
#define SILENCE_NS 1000000000000000u

struct node {
    char path[64];
    char value[64];
};

/* The ECU. Everything is under the lock. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct node nodes[NODE_COUNT];
    bool is_stalled;
    bool is_dead;
    int event_descriptor;
    unsigned watches;
    unsigned mappings; /* at present */
    unsigned unmapped_twice;
    struct {
        uint32_t reference;
        void *address;
    } maps[MAP_COUNT];
} ecu = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

struct xs_handle {
    int unused;
};
static struct xs_handle the_store;
static long the_gnttab;

/* ---- xenstore ---- */

static void wait_while_stalled(void) {
    while (ecu.is_stalled) {
        pthread_cond_wait(&ecu.changed, &ecu.lock);
    }
}

struct xs_handle *xs_open(unsigned long flags) {
    (void)flags;
    pthread_mutex_lock(&ecu.lock);
    wait_while_stalled();

    const bool is_dead = ecu.is_dead;

    pthread_mutex_unlock(&ecu.lock);
    errno = ECONNREFUSED;
    return is_dead ? NULL : &the_store;
}

void xs_close(struct xs_handle *store) {
    (void)store;
}

int xs_fileno(struct xs_handle *store) {
    (void)store;
    return ecu.event_descriptor;
}

bool xs_watch(struct xs_handle *store, const char *path, const char *token) {
    (void)store, (void)path, (void)token;
    pthread_mutex_lock(&ecu.lock);
    wait_while_stalled();
    ecu.watches++;
    pthread_mutex_unlock(&ecu.lock);
    return true;
}

bool xs_unwatch(struct xs_handle *store, const char *path, const char *token) {
    (void)store, (void)path, (void)token;
    pthread_mutex_lock(&ecu.lock);
    wait_while_stalled();
    ecu.watches--;
    pthread_mutex_unlock(&ecu.lock);
    return true;
}

/* Every seat's watch fires at every change, as spurious watches do. */
char **xs_check_watch(struct xs_handle *store) {
    static unsigned next;
    eventfd_t count;
    char **event;

    (void)store;
    if (next == 0 && eventfd_read(ecu.event_descriptor, &count) != 0) {
        errno = EAGAIN;
        return NULL;
    }
    if (next == XHM_MAX_PARTITIONS + 2) {
        next = 0;
        errno = EAGAIN;
        return NULL;
    }
    event = malloc(2 * sizeof(*event) + 16);
    event[XS_WATCH_PATH] = (char *)(event + 2);
    event[XS_WATCH_TOKEN] = (char *)(event + 2);
    snprintf(event[0], 16, next > XHM_MAX_PARTITIONS ? "garbage" : "%u", next);
    next++;
    return event;
}

static struct node *find_node(const char *path) {
    for (size_t i = 0; i < NODE_COUNT; i++) {
        if (strcmp(ecu.nodes[i].path, path) == 0) {
            return &ecu.nodes[i];
        }
    }
    return NULL;
}

void *xs_read(struct xs_handle *store, xs_transaction_t transaction, const char *path, unsigned *length) {
    char *value = NULL;

    (void)store, (void)transaction;
    pthread_mutex_lock(&ecu.lock);
    wait_while_stalled();

    const struct node *node = find_node(path);

    errno = ecu.is_dead ? EBADF : ENOENT;
    if (node != NULL && !ecu.is_dead) {
        value = strdup(node->value);
        *length = (unsigned)strlen(node->value);
    }
    pthread_mutex_unlock(&ecu.lock);
    return value;
}

/* ---- grants ---- */

xengnttab_handle *xengnttab_open(struct xentoollog_logger *logger, unsigned flags) {
    (void)logger, (void)flags;
    return (xengnttab_handle *)&the_gnttab;
}

int xengnttab_close(xengnttab_handle *handle) {
    (void)handle;
    return 0;
}

void *xengnttab_map_grant_ref(xengnttab_handle *handle, uint32_t domid, uint32_t reference, int protection) {
    void *address = NULL;

    (void)handle, (void)protection;
    assert_int_equal(domid, DOMID);
    pthread_mutex_lock(&ecu.lock);
    for (size_t i = 0; i < MAP_COUNT && reference != BAD_GRANT; i++) {
        if (ecu.maps[i].address == NULL) {
            struct xhm_probe_page *page = aligned_alloc(XHM_PROBE_PAGE_SIZE, XHM_PROBE_PAGE_SIZE);

            memset(page, 0, sizeof(*page));
            page->header.magic = reference;
            ecu.maps[i].address = address = page;
            ecu.maps[i].reference = reference;
            ecu.mappings++;
            break;
        }
    }
    pthread_mutex_unlock(&ecu.lock);
    errno = EINVAL;
    return address;
}

int xengnttab_unmap(xengnttab_handle *handle, void *address, uint32_t count) {
    (void)handle, (void)count;
    pthread_mutex_lock(&ecu.lock);
    for (size_t i = 0; i < MAP_COUNT; i++) {
        if (ecu.maps[i].address == address) {
            free(address);
            ecu.maps[i].address = NULL;
            ecu.mappings--;
            address = NULL;
            break;
        }
    }
    ecu.unmapped_twice += address != NULL;
    pthread_mutex_unlock(&ecu.lock);
    return 0;
}

/* ---- the partition's and the supervisor's doings ---- */

static void write_value(const char *path, const char *value) {
    pthread_mutex_lock(&ecu.lock);

    struct node *node = find_node(path);

    if (node == NULL) {
        node = find_node("");
    }
    snprintf(node->path, sizeof(node->path), "%s", path);
    snprintf(node->value, sizeof(node->value), "%s", value);
    pthread_mutex_unlock(&ecu.lock);
    eventfd_write(ecu.event_descriptor, 1);
}

static void remove_node(const char *path) {
    pthread_mutex_lock(&ecu.lock);

    struct node *node = find_node(path);

    if (node != NULL) {
        node->path[0] = '\0';
    }
    pthread_mutex_unlock(&ecu.lock);
    eventfd_write(ecu.event_descriptor, 1);
}

static void set_flag(bool *flag, bool value) {
    pthread_mutex_lock(&ecu.lock);
    *flag = value;
    pthread_cond_broadcast(&ecu.changed);
    pthread_mutex_unlock(&ecu.lock);
    eventfd_write(ecu.event_descriptor, 1);
}

static unsigned count_mappings(void) {
    pthread_mutex_lock(&ecu.lock);

    const unsigned mappings = ecu.mappings;

    pthread_mutex_unlock(&ecu.lock);
    return mappings;
}

struct fixture {
    struct xhm_rendezvous *rendezvous;
    struct xhm_pages pages;
    struct xhm_page_observation observed[XHM_MAX_PARTITIONS][XHM_MAX_PAGES];
};

static void pause_briefly(void) {
    nanosleep(&(struct timespec){.tv_nsec = 2 * NS_PER_MS}, NULL);
}

/* Observes until the page is as expected: `reference` is what the page mapped holds, 0 for none. */
static void wait_for_page(struct fixture *fixture, uint32_t partition, uint32_t page, enum xhm_page_sight sight,
                          uint32_t reference) {
    for (int i = 0; i < WAIT_MS / 2; i++) {
        pages_observe(&fixture->pages, fixture->observed);

        const struct xhm_page_observation *observed = &fixture->observed[partition][page];

        if (observed->sight == sight && (reference == 0 || observed->copy->header.magic == reference)) {
            return;
        }
        pause_briefly();
    }
    fail_msg("page %u of partition %u: sight %d, not %d", page, partition,
             (int)fixture->observed[partition][page].sight, (int)sight);
}

static void wait_for_mappings(struct fixture *fixture, unsigned count) {
    for (int i = 0; i < WAIT_MS / 2 && count_mappings() != count; i++) {
        pages_observe(&fixture->pages, fixture->observed);
        pause_briefly();
    }
    assert_int_equal(count_mappings(), count);
}

static int set_up(void **state) {
    static struct fixture fixture;
    char error[XHM_ERROR_SIZE] = "";

    memset(ecu.nodes, 0, sizeof(ecu.nodes));
    ecu.is_stalled = false;
    ecu.is_dead = false;
    ecu.watches = 0;
    ecu.event_descriptor = eventfd(0, EFD_NONBLOCK);
    fixture.rendezvous = rendezvous_open(NULL, error);
    *state = &fixture;
    return fixture.rendezvous != NULL && pages_open(&fixture.pages, fixture.rendezvous, error) ? 0 : -1;
}

static int tear_down(void **state) {
    struct fixture *fixture = *state;

    rendezvous_close(fixture->rendezvous);
    pages_close(&fixture->pages);
    close(ecu.event_descriptor);
    return ecu.mappings == 0 && ecu.unmapped_twice == 0 ? 0 : -1;
}

static void attach(struct fixture *fixture) {
    write_value(DIRECTORY, "");
    write_value(PAGE_0, "8 1");
    pages_follow(&fixture->pages, 0, DOMID);
    wait_for_page(fixture, 0, 0, XHM_PAGE_COPIED, 8);
}

static void attaches_pages_announced_before_and_after_following(void **state) {
    struct fixture *fixture = *state;

    attach(fixture);
    write_value(PAGE_2, "12 1");
    wait_for_page(fixture, 0, 2, XHM_PAGE_COPIED, 12);
    wait_for_page(fixture, 0, 1, XHM_PAGE_DETACHED, 0);
    assert_int_equal(count_mappings(), 2);
    pages_release(&fixture->pages, 0);
    wait_for_mappings(fixture, 0);
}

static void swaps_to_a_page_announced_anew_and_unmaps_the_old_one(void **state) {
    struct fixture *fixture = *state;

    attach(fixture);
    write_value(PAGE_0, "9 1");
    wait_for_page(fixture, 0, 0, XHM_PAGE_COPIED, 9);
    wait_for_mappings(fixture, 1);
    write_value(PAGE_0, "9 2");
    wait_for_mappings(fixture, 1);
    wait_for_page(fixture, 0, 0, XHM_PAGE_COPIED, 9);
}

static void refuses_garbage_and_recovers(void **state) {
    struct fixture *fixture = *state;

    attach(fixture);
    write_value(PAGE_0, "drop table");
    wait_for_page(fixture, 0, 0, XHM_PAGE_REFUSED, 0);
    wait_for_mappings(fixture, 0);
    write_value(PAGE_0, "666 1");
    wait_for_page(fixture, 0, 0, XHM_PAGE_REFUSED, 0);
    write_value(PAGE_0, "10 1");
    wait_for_page(fixture, 0, 0, XHM_PAGE_COPIED, 10);
}

static void detaches_a_page_taken_back(void **state) {
    struct fixture *fixture = *state;

    attach(fixture);
    remove_node(PAGE_0);
    wait_for_page(fixture, 0, 0, XHM_PAGE_DETACHED, 0);
    wait_for_mappings(fixture, 0);
}

static void keeps_the_page_of_a_domain_that_the_toolstack_takes_away(void **state) {
    struct fixture *fixture = *state;

    attach(fixture);
    write_value(PAGE_2, "12 1");
    wait_for_page(fixture, 0, 2, XHM_PAGE_COPIED, 12);
    remove_node(DIRECTORY);
    remove_node(PAGE_0);
    /* Page 2 is announced anew after that, so page 0 was looked at when this is seen. */
    write_value(PAGE_2, "13 1");
    wait_for_page(fixture, 0, 2, XHM_PAGE_COPIED, 13);
    wait_for_page(fixture, 0, 0, XHM_PAGE_COPIED, 8);
    pages_release(&fixture->pages, 0);
    wait_for_mappings(fixture, 0);
}

static void goes_on_and_unmaps_while_xenstore_is_silent(void **state) {
    struct fixture *fixture = *state;

    attach(fixture);
    assert_int_equal(rendezvous_silent_ns(fixture->rendezvous, 0), 0);
    set_flag(&ecu.is_stalled, true);
    for (int i = 0; i < WAIT_MS / 2 && rendezvous_silent_ns(fixture->rendezvous, SILENCE_NS) == 0; i++) {
        pause_briefly();
    }
    assert_true(rendezvous_silent_ns(fixture->rendezvous, SILENCE_NS) > 0);
    wait_for_page(fixture, 0, 0, XHM_PAGE_COPIED, 8);
    pages_release(&fixture->pages, 0);
    wait_for_mappings(fixture, 0);
    wait_for_page(fixture, 0, 0, XHM_PAGE_DETACHED, 0);

    /* A new instance has to wait, and is attached as soon as there are answers again. */
    pages_follow(&fixture->pages, 0, DOMID);
    wait_for_page(fixture, 0, 0, XHM_PAGE_DETACHED, 0);
    set_flag(&ecu.is_stalled, false);
    wait_for_page(fixture, 0, 0, XHM_PAGE_COPIED, 8);
    assert_int_equal(ecu.watches, 1);
}

static void connects_again_after_xenstore_died(void **state) {
    struct fixture *fixture = *state;

    attach(fixture);
    set_flag(&ecu.is_dead, true);
    for (int i = 0; i < WAIT_MS / 2 && rendezvous_silent_ns(fixture->rendezvous, SILENCE_NS) == 0; i++) {
        pause_briefly();
    }
    assert_true(rendezvous_silent_ns(fixture->rendezvous, SILENCE_NS) > 0);
    wait_for_page(fixture, 0, 0, XHM_PAGE_COPIED, 8);
    write_value(PAGE_0, "9 1");
    set_flag(&ecu.is_dead, false);
    wait_for_page(fixture, 0, 0, XHM_PAGE_COPIED, 9);
    wait_for_mappings(fixture, 1);
}

static void follows_a_new_instance_at_once(void **state) {
    struct fixture *fixture = *state;

    attach(fixture);
    for (int i = 0; i < 50; i++) {
        pages_follow(&fixture->pages, 0, DOMID);
        pages_observe(&fixture->pages, fixture->observed);
    }
    wait_for_page(fixture, 0, 0, XHM_PAGE_COPIED, 8);
    wait_for_mappings(fixture, 1);
}

static void renumbering_takes_the_pages_along(void **state) {
    struct fixture *fixture = *state;
    uint32_t origin[XHM_MAX_PARTITIONS];

    attach(fixture);
    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        origin[i] = UINT32_MAX;
    }
    origin[3] = 0;
    pages_renumber(&fixture->pages, origin);
    wait_for_page(fixture, 3, 0, XHM_PAGE_COPIED, 8);
    wait_for_page(fixture, 0, 0, XHM_PAGE_DETACHED, 0);
    assert_int_equal(count_mappings(), 1);
}

static void close_does_not_wait_for_a_silent_xenstore(void **state) {
    struct fixture *fixture = *state;

    attach(fixture);
    set_flag(&ecu.is_stalled, true);
    while (rendezvous_silent_ns(fixture->rendezvous, SILENCE_NS) == 0) {
        pause_briefly();
    }
    rendezvous_close(fixture->rendezvous);
    fixture->rendezvous = NULL;
    assert_int_equal(count_mappings(), 0);
    set_flag(&ecu.is_stalled, false);
}

#define RENDEZVOUS_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        RENDEZVOUS_TEST(attaches_pages_announced_before_and_after_following),
        RENDEZVOUS_TEST(swaps_to_a_page_announced_anew_and_unmaps_the_old_one),
        RENDEZVOUS_TEST(refuses_garbage_and_recovers),
        RENDEZVOUS_TEST(detaches_a_page_taken_back),
        RENDEZVOUS_TEST(keeps_the_page_of_a_domain_that_the_toolstack_takes_away),
        RENDEZVOUS_TEST(goes_on_and_unmaps_while_xenstore_is_silent),
        RENDEZVOUS_TEST(connects_again_after_xenstore_died),
        RENDEZVOUS_TEST(follows_a_new_instance_at_once),
        RENDEZVOUS_TEST(renumbering_takes_the_pages_along),
        RENDEZVOUS_TEST(close_does_not_wait_for_a_silent_xenstore),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
