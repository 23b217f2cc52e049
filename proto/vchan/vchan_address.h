// SPDX-License-Identifier: Apache-2.0
/**
 * Where the control API is offered over vchan, and how that is written.
 *
 * The supervisor's domain offers each partition its own vchans, as users of libxenvchan name them: below the server's
 * folder in xenstore, under data/vchan/CLIENT'S DOMID/PORT. A vchan serves one connection, so there are several ports.
 */
#ifndef XHM_VCHAN_ADDRESS_H
#define XHM_VCHAN_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

/** Connections that one partition can have at a time. */
#define VCHAN_PORTS         2u
/** The same of dom0, where the ECU's operators and its tools are; its agent has a port of its own beside these. */
#define VCHAN_PORTS_OF_DOM0 4u
/** dom0's port that is named by nobody but the agent, so that operators cannot take its place. */
#define VCHAN_PORT_OF_AGENT VCHAN_PORTS_OF_DOM0
/** Bound of every port's number. */
#define VCHAN_PORTS_AT_MOST (VCHAN_PORT_OF_AGENT + 1u)
/** Bytes of the longest path, its terminating zero included. */
#define VCHAN_PATH_SIZE     128u
/** How an address over vchan begins. */
#define VCHAN_SCHEME        "vchan:"
/** Highest domid of a domain. */
#define VCHAN_HIGHEST_DOMID 0x7fefu

/** An address: vchan:DOMID or vchan:DOMID:PATH. */
struct vchan_address {
    uint16_t domid;             /**< of the supervisor's domain */
    char path[VCHAN_PATH_SIZE]; /**< in xenstore, absolute or below the server's folder; "": each port in turn */
};

/** True when @p text is meant as an address over vchan: it begins with the scheme. */
bool vchan_address_is_meant(const char *text);

/** Ports that programs of the domain @p client try in turn. */
uint32_t vchan_address_ports(uint16_t client);

/** True when port number @p port is offered to the domain @p client. */
bool vchan_address_is_offered(uint16_t client, uint32_t port);

/** Reads an address. @return NULL, or a sentence that goes on from the text */
const char *vchan_address_read(const char *text, struct vchan_address *address);

/** What holds the vchans that are offered to the domain @p client, and nothing else, below the server's own folder. */
void vchan_address_folder(uint16_t client, char path[VCHAN_PATH_SIZE]);

/** The path of port number @p port in it. */
void vchan_address_offer(uint16_t client, uint32_t port, char path[VCHAN_PATH_SIZE]);

/** The same path as a client in domain @p client sees it, or what @p address itself names, as an absolute path. */
void vchan_address_seen(const struct vchan_address *address, uint16_t client, uint32_t port,
                        char path[VCHAN_PATH_SIZE]);

#endif
