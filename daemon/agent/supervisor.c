// SPDX-License-Identifier: Apache-2.0
#include "supervisor.h"

#include "vchan_address.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define UUID_LENGTH 36

static bool is_dash(size_t position) {
    return position == 8 || position == 13 || position == 18 || position == 23;
}

static unsigned digit_value(char digit) {
    return isdigit((unsigned char)digit) ? (unsigned)(digit - '0')
                                         : (unsigned)(tolower((unsigned char)digit) - 'a' + 10);
}

bool supervisor_parse(const char *text, struct agent_supervisor *supervisor) {
    static const uint8_t null[DOMAINS_UUID_SIZE] = {0};
    unsigned digits = 0;

    if (strlen(text) != UUID_LENGTH) {
        return false;
    }
    memset(supervisor->uuid, 0, sizeof(supervisor->uuid));
    for (size_t i = 0; i < UUID_LENGTH; i++) {
        if (is_dash(i) ? text[i] != '-' : !isxdigit((unsigned char)text[i])) {
            return false;
        }
        if (!is_dash(i)) {
            uint8_t *byte = &supervisor->uuid[digits++ / 2];

            *byte = (uint8_t)((unsigned)*byte << 4 | digit_value(text[i]));
        }
    }
    supervisor->is_followed = memcmp(supervisor->uuid, null, sizeof(null)) != 0;
    return supervisor->is_followed;
}

bool supervisor_look(xc_interface *xen, struct agent_supervisor *supervisor) {
    xc_domaininfo_t found;
    char path[VCHAN_PATH_SIZE];

    if (!supervisor->is_followed || domains_find(xen, supervisor->uuid, &found) != 1 ||
        (supervisor->is_known && supervisor->domid == found.domain)) {
        return false;
    }
    supervisor->is_known = true;
    supervisor->domid = found.domain;
    vchan_address_offer(0, VCHAN_PORT_OF_AGENT, path);
    snprintf(supervisor->address, sizeof(supervisor->address), "vchan:%u:%.32s", (unsigned)found.domain, path);
    return true;
}
