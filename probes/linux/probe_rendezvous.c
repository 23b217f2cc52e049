// SPDX-License-Identifier: Apache-2.0
#include "probe_rendezvous.h"

#include "xhm_probe_attach.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

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

bool xhm_rendezvous_parse_supervisor(const char *text, struct xhm_probe_supervisor *supervisor) {
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

int xhm_rendezvous_open(struct xhm_xenstore_client *client, const char *watched_path) {
    int error = xhm_xenstore_open(client);

    if (error == 0) {
        error = xhm_xenstore_watch(client, watched_path);
    }
    if (error < 0) {
        xhm_xenstore_close(client);
    }
    return error;
}

int xhm_rendezvous_read_supervisor(struct xhm_xenstore_client *client, struct xhm_probe_supervisor *supervisor) {
    char text[XHM_XENSTORE_VALUE_MAXIMUM + 1];
    const int error = xhm_xenstore_read(client, XHM_PROBE_XENSTORE_SUPERVISOR, text);

    if (error < 0) {
        return error;
    }
    return xhm_rendezvous_parse_supervisor(text, supervisor) ? 0 : -EINVAL;
}

static int read_own_domid(struct xhm_xenstore_client *client, unsigned *domid) {
    char text[XHM_XENSTORE_VALUE_MAXIMUM + 1];
    uint64_t value = 0;
    const int error = xhm_xenstore_read(client, "domid", text);

    if (error < 0) {
        return error;
    }

    const char *rest = parse_decimal(text, DOMID_LIMIT - 1, &value);

    if (rest == NULL || *rest != '\0') {
        return -EINVAL;
    }
    *domid = (unsigned)value;
    return 0;
}

static void page_path(char *path, size_t size, uint32_t page_index) {
    snprintf(path, size, "%s/%" PRIu32, XHM_PROBE_XENSTORE_PAGE_DIRECTORY, page_index);
}

int xhm_rendezvous_announce_page(struct xhm_xenstore_client *client, uint32_t page_index, uint32_t grant_reference,
                                 const struct xhm_probe_supervisor *supervisor) {
    char path[64];
    char value[64];
    unsigned own_domid = 0;
    int error = read_own_domid(client, &own_domid);

    page_path(path, sizeof(path), page_index);
    snprintf(value, sizeof(value), "%" PRIu32 " %" PRIu64, grant_reference, supervisor->epoch);
    if (error == 0) {
        error = xhm_xenstore_write(client, path, value);
    }
    if (error == 0) {
        error = xhm_xenstore_permit_reader(client, path, own_domid, supervisor->domid);
    }
    return error;
}

void xhm_rendezvous_withdraw_page(struct xhm_xenstore_client *client, uint32_t page_index) {
    char path[64];

    page_path(path, sizeof(path), page_index);
    xhm_xenstore_remove(client, path);
}
