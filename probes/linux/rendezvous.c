// SPDX-License-Identifier: Apache-2.0
#include "rendezvous.h"

#include "xhm_probe_attach.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenstore.h>

/* Domids of ordinary domains are below DOMID_FIRST_RESERVED. */
#define DOMID_LIMIT 0x7ff0u

/* Decimal digits only: strtoull() alone would also take signs and spaces. Returns the end of the number, or NULL. */
static const char *parse_decimal(const char *text, uint64_t maximum, uint64_t *value) {
    uint64_t result = 0;
    const char *end = text;

    for (; *end >= '0' && *end <= '9'; end++) {
        const uint64_t digit = (uint64_t)(*end - '0');

        if (result > (maximum - digit) / 10) {
            return NULL;
        }
        result = result * 10 + digit;
    }
    if (end == text) {
        return NULL;
    }
    *value = result;
    return end;
}

bool rendezvous_parse_supervisor(const char *text, struct xhm_probe_supervisor *supervisor) {
    uint64_t domid = 0;
    uint64_t epoch = 0;
    const char *rest = parse_decimal(text, DOMID_LIMIT - 1, &domid);

    if (rest == NULL || *rest != ' ') {
        return false;
    }
    rest = parse_decimal(rest + 1, UINT64_MAX, &epoch);
    if (rest == NULL || *rest != '\0') {
        return false;
    }
    supervisor->domid = (uint32_t)domid;
    supervisor->epoch = epoch;
    return true;
}

struct xs_handle *rendezvous_open(const char *watched_path) {
    struct xs_handle *xenstore = xs_open(0);

    if (xenstore == NULL) {
        return NULL;
    }
    if (!xs_watch(xenstore, watched_path, "xhm")) {
        xs_close(xenstore);
        return NULL;
    }
    return xenstore;
}

bool rendezvous_drain(struct xs_handle *xenstore) {
    bool fired = false;

    for (;;) {
        char **event = xs_check_watch(xenstore);

        if (event == NULL) {
            return fired;
        }
        fired = true;
        free(event);
    }
}

bool rendezvous_read_supervisor(struct xs_handle *xenstore, struct xhm_probe_supervisor *supervisor) {
    unsigned length = 0;
    char *text = xs_read(xenstore, XBT_NULL, XHM_PROBE_XENSTORE_SUPERVISOR, &length);

    if (text == NULL) {
        return false;
    }

    const bool understood = rendezvous_parse_supervisor(text, supervisor);

    free(text);
    return understood;
}

static int read_own_domid(struct xs_handle *xenstore, unsigned *domid) {
    unsigned length = 0;
    uint64_t value = 0;
    char *text = xs_read(xenstore, XBT_NULL, "domid", &length);

    if (text == NULL) {
        return -errno;
    }

    const char *rest = parse_decimal(text, DOMID_LIMIT - 1, &value);
    const bool understood = rest != NULL && *rest == '\0';

    free(text);
    if (!understood) {
        return -EINVAL;
    }
    *domid = (unsigned)value;
    return 0;
}

static void page_path(char *path, size_t size, uint32_t page_index) {
    snprintf(path, size, "%s/%" PRIu32, XHM_PROBE_XENSTORE_PAGE_DIRECTORY, page_index);
}

int rendezvous_announce_page(struct xs_handle *xenstore, uint32_t page_index, uint32_t grant_reference,
                             const struct xhm_probe_supervisor *supervisor) {
    char path[64];
    char value[64];
    unsigned own_domid = 0;
    const int error = read_own_domid(xenstore, &own_domid);

    if (error < 0) {
        return error;
    }

    struct xs_permissions permissions[2] = {
        {.id = own_domid, .perms = XS_PERM_NONE},
        {.id = supervisor->domid, .perms = XS_PERM_READ},
    };

    page_path(path, sizeof(path), page_index);
    snprintf(value, sizeof(value), "%" PRIu32 " %" PRIu64, grant_reference, supervisor->epoch);
    if (!xs_write(xenstore, XBT_NULL, path, value, (unsigned)strlen(value)) ||
        !xs_set_permissions(xenstore, XBT_NULL, path, permissions, 2)) {
        return -errno;
    }
    return 0;
}

void rendezvous_withdraw_page(struct xs_handle *xenstore, uint32_t page_index) {
    char path[64];

    page_path(path, sizeof(path), page_index);
    xs_rm(xenstore, XBT_NULL, path);
}
