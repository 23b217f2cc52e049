#include "facts_gather.h"
#include "words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GREATEST_STATE 255u
#define GREATEST_ID    UINT32_MAX
#define GREATEST_DOMID 0x7fefu

/* One device on its way into the facts. */
struct found_device {
    uint32_t domid;
    const char *kind;
    uint32_t id;
};

static enum xhm_device_kind kind_of(const char *name) {
    unsigned kind = XHM_DEVICE_VIF;

    while (kind < XHM_DEVICE_OTHER && strcmp(words_find(XHM_WORDS_DEVICE_KIND, kind), name) != 0) {
        kind++;
    }
    return (enum xhm_device_kind)kind;
}

/* Every domain has the console; what "pci" stands for is told as assigned devices. */
static bool is_counted(const char *kind, uint32_t id) {
    return strcmp(kind, "pci") != 0 && (strcmp(kind, "console") != 0 || id != 0);
}

/* @return 1 when the toolstack knows the device, 0, or -1 */
static int is_of_toolstack(struct xs_handle *store, const struct found_device *found) {
    char path[FACTS_PATH_SIZE];
    unsigned length = 0;

    snprintf(path, sizeof(path), "/libxl/%u/device/%.32s/%u", found->domid, found->kind, found->id);

    char *value = xs_read(store, XBT_NULL, path, &length);
    const int result = value != NULL ? 1 : errno == ENOENT ? 0 : -1;

    free(value);
    return result;
}

/* "/local/domain/BACKEND/backend/KIND/DOMID/ID", and nothing else. @return false when it is no such path */
static bool parse_backend(const char *path, const struct found_device *found, uint32_t *backend_domid) {
    char kind[33];
    unsigned domid = 0;
    unsigned id = 0;
    int length = 0;

    return sscanf(path, "/local/domain/%u/backend/%32[a-z0-9_]/%u/%u%n", backend_domid, kind, &domid, &id, &length) ==
               4 &&
           path[length] == '\0' && *backend_domid <= GREATEST_DOMID && domid == found->domid && id == found->id;
}

/* What a frontend says about its backend counts only if the backend says the same about it. */
static int is_confirmed(struct xs_handle *store, const char *backend, const char *frontend) {
    char path[FACTS_PATH_SIZE + 16];
    char named[FACTS_PATH_SIZE];

    snprintf(path, sizeof(path), "%s/frontend", backend);

    const int result = facts_read_node(store, path, named, sizeof(named));

    return result == 1 ? strcmp(named, frontend) == 0 : result;
}

/* @return 1 with the backend's path and domid, 0 when there is none that can be believed, or -1 */
static int find_backend(struct xs_handle *store, const struct found_device *found, bool is_toolstack,
                        const char *frontend, char backend[FACTS_PATH_SIZE], uint32_t *backend_domid) {
    char path[FACTS_PATH_SIZE + 16];
    int result;

    if (is_toolstack) {
        snprintf(path, sizeof(path), "/libxl/%u/device/%.32s/%u/backend", found->domid, found->kind, found->id);
    } else {
        snprintf(path, sizeof(path), "%s/backend", frontend);
    }
    result = facts_read_node(store, path, backend, FACTS_PATH_SIZE);
    if (result < 0 && !is_toolstack) {
        return 0; /* whatever the guest wrote there */
    }
    if (result != 1 || !parse_backend(backend, found, backend_domid)) {
        return result < 0 ? -1 : 0;
    }
    return is_toolstack ? 1 : is_confirmed(store, backend, frontend);
}

/* A state that is none is told as 0, unknown to Xenbus: the guest can write there what it likes. */
static uint32_t read_state(struct xs_handle *store, const char *folder) {
    char path[FACTS_PATH_SIZE + 16];
    uint32_t state = 0;

    snprintf(path, sizeof(path), "%s/state", folder);
    return facts_read_number(store, path, GREATEST_STATE, &state) == 1 ? state : 0;
}

static bool read_device(struct xs_handle *store, const struct found_device *found, bool is_toolstack,
                        struct xhm_device_facts *device) {
    char frontend[FACTS_PATH_SIZE];
    char backend[FACTS_PATH_SIZE];
    uint32_t backend_domid = 0;

    snprintf(frontend, sizeof(frontend), "/local/domain/%u/device/%.32s/%u", found->domid, found->kind, found->id);

    const int result = find_backend(store, found, is_toolstack, frontend, backend, &backend_domid);

    device->kind = kind_of(found->kind);
    device->id = found->id;
    device->frontend_state = read_state(store, frontend);
    if (result == 1) {
        device->backend_domid = (uint16_t)backend_domid;
        device->backend_state = read_state(store, backend);
    }
    /* Dom0 sees the interfaces of its own backends only, and no other kind has such counters. */
    device->counters = device->kind == XHM_DEVICE_VIF && result == 1 && backend_domid == 0 ? XHM_FACTS_UNKNOWN
                                                                                           : XHM_FACTS_NOT_AVAILABLE;
    return result >= 0;
}

static bool take_device(struct xs_handle *store, const struct found_device *found, bool is_toolstack,
                        struct xhm_domain_facts *domain) {
    const int known = is_toolstack ? 0 : is_of_toolstack(store, found);

    if (known != 0) {
        return known > 0; /* it is in the list already */
    }
    if (domain->device_count == XHM_MAX_DEVICES) {
        domain->more_devices = true;
        return true;
    }
    return read_device(store, found, is_toolstack, &domain->device[domain->device_count++]);
}

/* @return a list to be freed, empty where there is no such folder; NULL when it cannot be read */
static char **list_folder(struct xs_handle *store, const char *path, unsigned *count) {
    char **entries = xs_directory(store, XBT_NULL, path, count);

    if (entries == NULL) {
        *count = 0;
        return errno == ENOENT ? calloc(1, sizeof(*entries)) : NULL;
    }
    return entries;
}

static bool read_kind(struct xs_handle *store, const char *folder, const char *kind, bool is_toolstack,
                      struct xhm_domain_facts *domain) {
    char path[FACTS_PATH_SIZE];
    unsigned count = 0;
    bool is_complete = true;

    snprintf(path, sizeof(path), "%s/%.32s", folder, kind);

    char **ids = list_folder(store, path, &count);

    if (ids == NULL) {
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        struct found_device found = {.domid = domain->domid, .kind = kind};

        if (facts_parse_number(ids[i], GREATEST_ID, &found.id) && is_counted(kind, found.id)) {
            is_complete &= take_device(store, &found, is_toolstack, domain);
        }
    }
    free(ids);
    return is_complete;
}

/* Devices are listed as KIND/ID twice: by the toolstack, for itself, and by the frontends. */
static bool read_part(struct xs_handle *store, bool is_toolstack, struct xhm_domain_facts *domain) {
    char folder[FACTS_PATH_SIZE / 2];
    unsigned count = 0;
    bool is_complete = true;

    snprintf(folder, sizeof(folder), is_toolstack ? "/libxl/%u/device" : "/local/domain/%u/device",
             (unsigned)domain->domid);

    char **kinds = list_folder(store, folder, &count);

    if (kinds == NULL) {
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        is_complete &= read_kind(store, folder, kinds[i], is_toolstack, domain);
    }
    free(kinds);
    return is_complete;
}

void facts_read_devices(const struct facts_sources *sources, struct xhm_domain_facts *domain) {
    const bool is_complete = read_part(sources->store, true, domain) && read_part(sources->store, false, domain);

    if (!is_complete) {
        fprintf(stderr, "cannot read the devices of domain %u from xenstore: %s\n", (unsigned)domain->domid,
                strerror(errno));
    }
    domain->devices = is_complete ? XHM_FACTS_KNOWN : XHM_FACTS_UNKNOWN;
}

/* "0000:03:00.1", perhaps with more behind it. */
static bool parse_address(const char *text, uint32_t *address) {
    unsigned segment = 0;
    unsigned bus = 0;
    unsigned device = 0;
    unsigned function = 0;

    if (sscanf(text, "%4x:%2x:%2x.%1x", &segment, &bus, &device, &function) != 4 || device > 31 || function > 7) {
        return false;
    }
    *address = segment << 16 | bus << 8 | device << 3 | function;
    return true;
}

/* @return false when it cannot be read; a number without a device behind it is one that was taken away */
static bool read_address(struct xs_handle *store, uint32_t index, struct xhm_domain_facts *domain) {
    char path[FACTS_PATH_SIZE];
    char text[64];
    uint32_t address = 0;

    snprintf(path, sizeof(path), "/local/domain/0/backend/pci/%u/0/dev-%u", (unsigned)domain->domid, index);

    const int result = facts_read_node(store, path, text, sizeof(text));

    if (result != 1) {
        return result == 0;
    }
    if (!parse_address(text, &address)) {
        return false;
    }
    if (domain->assigned_count == XHM_MAX_ASSIGNED) {
        domain->more_assigned = true;
        return true;
    }
    domain->assigned_pci[domain->assigned_count++] = address;
    return true;
}

void facts_read_assigned(const struct facts_sources *sources, struct xhm_domain_facts *domain) {
    char path[FACTS_PATH_SIZE];
    uint32_t count = 0;

    snprintf(path, sizeof(path), "/local/domain/0/backend/pci/%u/0/num_devs", (unsigned)domain->domid);

    bool is_complete = facts_read_number(sources->store, path, 256, &count) >= 0;

    for (uint32_t i = 0; i < count; i++) {
        is_complete &= read_address(sources->store, i, domain);
    }
    if (!is_complete) {
        fprintf(stderr, "cannot read the devices assigned to domain %u from xenstore: %s\n", (unsigned)domain->domid,
                strerror(errno));
    }
    domain->assigned = is_complete ? XHM_FACTS_KNOWN : XHM_FACTS_UNKNOWN;
}
