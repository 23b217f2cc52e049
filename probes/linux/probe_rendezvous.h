// SPDX-License-Identifier: Apache-2.0
/*
 * The xenstore side of the Linux transport: who the supervisor is, and where our page is announced.
 * Every function that takes a client may wait for xenstored without limit; only the transport's thread calls them.
 */
#ifndef XHM_PROBE_RENDEZVOUS_H
#define XHM_PROBE_RENDEZVOUS_H

#include "xenstore_client.h"

#include <stdbool.h>
#include <stdint.h>

/* Who the agent announced. */
struct xhm_probe_supervisor {
    uint32_t domid;
    uint64_t epoch;
};

/* Parses "<domid> <epoch>", decimal. Returns false, and leaves supervisor alone, if the text is anything else. */
bool xhm_rendezvous_parse_supervisor(const char *text, struct xhm_probe_supervisor *supervisor);

/* Connects and watches a path. Returns 0, or a negative errno with the client not connected. */
int xhm_rendezvous_open(struct xhm_xenstore_client *client, const char *watched_path);

/* Reads the announcement. Returns 0, -ENOENT (none yet), -EINVAL (it makes no sense) or another negative errno. */
int xhm_rendezvous_read_supervisor(struct xhm_xenstore_client *client, struct xhm_probe_supervisor *supervisor);

/* Announces a page to the supervisor's domain, and to nobody else. Returns 0 or a negative errno. */
int xhm_rendezvous_announce_page(struct xhm_xenstore_client *client, uint32_t page_index, uint32_t grant_reference,
                                 const struct xhm_probe_supervisor *supervisor);

/* Takes the announcement of a page back. */
void xhm_rendezvous_withdraw_page(struct xhm_xenstore_client *client, uint32_t page_index);

#endif
