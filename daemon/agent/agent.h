/**
 * xhm-agent: the one owner of starting, stopping and recreating partitions, in dom0. A single-threaded sd-event loop;
 * whatever can wait (xl, xenstore) runs in child processes with a time-out. This header is what its modules share.
 */
#ifndef XHM_AGENT_H
#define XHM_AGENT_H

#include "partitions.h"
#include "supervisor.h"
#include "supervisor_life.h"

#include <systemd/sd-event.h>
#include <xenctrl.h>
#include <xhm_client.h>

/** How often the agent says that it lives, to xhmd and to systemd. */
#define AGENT_HEARTBEAT_MS 500u

/** Command line. Strings live as long as the process. */
struct agent_options {
    const char *socket_path;
    const char *partitions_folder;
    uint16_t supervisor_domid;
    bool is_starter; /**< --start */
};

/** The whole agent. */
struct agent {
    struct agent_options options;
    sd_event *event;
    sd_event_source *heartbeat_timer;
    struct agent_supervisor supervisor;
    struct supervisor_life life;
    struct xhm_client *client;
    sd_event_source *client_source;
    xc_interface *xen;
    struct agent_partitions partitions;
    struct agent_partition ecu; /**< no partition: place of the injections into the ECU, without a name */
    uint64_t heartbeats;
    uint64_t last_sequence; /**< of xhmd's events, at the last greeting */
};

/** The loop's monotonic clock. */
uint64_t agent_now_ms(const struct agent *agent);

#endif
