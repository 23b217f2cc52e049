#include "rendezvous_key.h"
#include "xhm_probe_attach.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#define PATH_SIZE 128

/* Domids are not used twice until they wrap after tens of thousands of domains, so the domid itself tells one life of
 * the supervisor's domain from the next. */
struct rendezvous_supervisor rendezvous_supervisor_make(uint16_t domid) {
    return (struct rendezvous_supervisor){.domid = domid, .epoch = (uint64_t)domid + 1};
}

struct rendezvous_node rendezvous_node_supervisor(uint32_t domid, const struct rendezvous_supervisor *supervisor) {
    struct rendezvous_node node = {.domid = domid, .path = XHM_PROBE_XENSTORE_SUPERVISOR};

    snprintf(node.value, sizeof(node.value), "%u %" PRIu64, (unsigned)supervisor->domid, supervisor->epoch);
    return node;
}

static bool write_node(struct xs_handle *store, const struct rendezvous_node *node) {
    char path[PATH_SIZE];
    struct xs_permissions permissions[2] = {
        {.id = 0, .perms = XS_PERM_NONE},
        {.id = node->domid, .perms = XS_PERM_READ},
    };

    snprintf(path, sizeof(path), "/local/domain/%u/%s", node->domid, node->path);
    if (!xs_write(store, XBT_NULL, path, node->value, (unsigned)strlen(node->value)) ||
        !xs_set_permissions(store, XBT_NULL, path, permissions, 2)) {
        fprintf(stderr, "cannot write \"%s\" to %s in xenstore: %s\n", node->value, path, strerror(errno));
        return false;
    }
    return true;
}

static struct xs_handle *open_store(void) {
    struct xs_handle *store = xs_open(0);

    if (store == NULL) {
        fprintf(stderr, "cannot connect to xenstore: %s\n", strerror(errno));
    }
    return store;
}

int rendezvous_write(void *node) {
    struct xs_handle *store = open_store();

    return store != NULL && write_node(store, node) ? EXIT_SUCCESS : EXIT_FAILURE;
}

static bool has_node(struct xs_handle *store, const struct rendezvous_node *node) {
    char path[PATH_SIZE];
    unsigned length = 0;

    snprintf(path, sizeof(path), "/local/domain/%u/%s", node->domid, node->path);

    char *value = xs_read(store, XBT_NULL, path, &length);
    const bool is_same = value != NULL && strcmp(value, node->value) == 0;

    free(value);
    return is_same;
}

/* Names in xenstore are written by the toolstack only; the partition may read its own. */
static bool ensure_domain(struct xs_handle *store, const struct rendezvous_ensure *ensure, uint32_t domid) {
    const struct rendezvous_node node = rendezvous_node_supervisor(domid, &ensure->supervisor);
    char path[PATH_SIZE];
    unsigned length = 0;

    snprintf(path, sizeof(path), "/local/domain/%u/name", domid);

    char *name = xs_read(store, XBT_NULL, path, &length);
    const bool is_ours = name != NULL && partitions_find(ensure->partitions, name) != NULL;

    if (is_ours) {
        printf("%s %u\n", name, domid);
    }
    free(name);
    return !is_ours || has_node(store, &node) || write_node(store, &node);
}

int rendezvous_ensure_all(void *context) {
    const struct rendezvous_ensure *ensure = context;
    struct xs_handle *store = open_store();
    unsigned count = 0;
    bool is_complete = true;

    if (store == NULL) {
        return EXIT_FAILURE;
    }

    char **domids = xs_directory(store, XBT_NULL, "/local/domain", &count);

    if (domids == NULL) {
        fprintf(stderr, "cannot list /local/domain in xenstore: %s\n", strerror(errno));
        return EXIT_FAILURE;
    }
    for (unsigned i = 0; i < count; i++) {
        is_complete &= ensure_domain(store, ensure, (uint32_t)strtoul(domids[i], NULL, 10));
    }
    free(domids);
    fflush(stdout);
    return is_complete ? EXIT_SUCCESS : EXIT_FAILURE;
}
