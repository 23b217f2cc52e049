// SPDX-License-Identifier: Apache-2.0
#include "vchan_address.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for "/local/domain/32751/" before a path that is given. */
#define LONGEST_GIVEN_PATH (VCHAN_PATH_SIZE - 24u)

bool vchan_address_is_meant(const char *text) {
    return strncmp(text, VCHAN_SCHEME, strlen(VCHAN_SCHEME)) == 0;
}

uint32_t vchan_address_ports(uint16_t client) {
    return client == 0 ? VCHAN_PORTS_OF_DOM0 : VCHAN_PORTS;
}

bool vchan_address_is_offered(uint16_t client, uint32_t port) {
    return port < vchan_address_ports(client) || (client == 0 && port == VCHAN_PORT_OF_AGENT);
}

const char *vchan_address_read(const char *text, struct vchan_address *address) {
    const char *number = text + strlen(VCHAN_SCHEME);
    char *end;
    unsigned long domid;

    if (!isdigit((unsigned char)number[0])) {
        return "has no domid: write vchan:DOMID or vchan:DOMID:PATH, like vchan:0";
    }
    domid = strtoul(number, &end, 10);
    if (domid > VCHAN_HIGHEST_DOMID) {
        return "has a domid that is too large: the highest is 32751";
    }
    if (*end != '\0' && (*end != ':' || end[1] == '\0')) {
        return "has something behind its domid that is no :PATH";
    }
    if (strlen(end) > LONGEST_GIVEN_PATH) {
        return "has a path that is too long";
    }
    address->domid = (uint16_t)domid;
    snprintf(address->path, sizeof(address->path), "%s", *end == ':' ? end + 1 : "");
    return NULL;
}

void vchan_address_folder(uint16_t client, char path[VCHAN_PATH_SIZE]) {
    snprintf(path, VCHAN_PATH_SIZE, "data/vchan/%u", client);
}

void vchan_address_offer(uint16_t client, uint32_t port, char path[VCHAN_PATH_SIZE]) {
    snprintf(path, VCHAN_PATH_SIZE, "data/vchan/%u/xhm%u", client, port);
}

void vchan_address_seen(const struct vchan_address *address, uint16_t client, uint32_t port,
                        char path[VCHAN_PATH_SIZE]) {
    char below[VCHAN_PATH_SIZE];

    vchan_address_offer(client, port, below);
    if (address->path[0] == '/') {
        snprintf(path, VCHAN_PATH_SIZE, "%s", address->path);
    } else {
        snprintf(path, VCHAN_PATH_SIZE, "/local/domain/%u/%.*s", address->domid, (int)LONGEST_GIVEN_PATH,
                 address->path[0] != '\0' ? address->path : below);
    }
}
