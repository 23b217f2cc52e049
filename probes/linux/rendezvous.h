// SPDX-License-Identifier: Apache-2.0
/*
 * The xenstore side of the Linux transport: who the supervisor is, and where our page is announced.
 * Every function may wait for xenstored without limit; only the transport's thread calls them.
 */
#ifndef XHM_PROBE_RENDEZVOUS_H
#define XHM_PROBE_RENDEZVOUS_H

#include <stdbool.h>
#include <stdint.h>

struct xs_handle;

/* Who the agent announced. */
struct xhm_probe_supervisor {
    uint32_t domid;
    uint64_t epoch;
};

/* Parses "<domid> <epoch>", decimal. Returns false, and leaves supervisor alone, if the text is anything else. */
bool rendezvous_parse_supervisor(const char *text, struct xhm_probe_supervisor *supervisor);

/* Connects and watches the announcement. Returns NULL if xenstore is not there (yet). */
struct xs_handle *rendezvous_open(const char *watched_path);

/* Takes pending watch events away. Returns whether there was one. */
bool rendezvous_drain(struct xs_handle *xenstore);

/* Reads the announcement. Returns false if there is none or it makes no sense. */
bool rendezvous_read_supervisor(struct xs_handle *xenstore, struct xhm_probe_supervisor *supervisor);

/* Announces a page to the supervisor's domain, and to nobody else. Returns 0 or a negative errno. */
int rendezvous_announce_page(struct xs_handle *xenstore, uint32_t page_index, uint32_t grant_reference,
                             const struct xhm_probe_supervisor *supervisor);

/* Takes the announcement of a page back. */
void rendezvous_withdraw_page(struct xs_handle *xenstore, uint32_t page_index);

#endif
