// SPDX-License-Identifier: Apache-2.0
/**
 * How long each link of the watchdog chain above xhmd waits for the one below it, where xhmd has a domain of its own:
 * xhmd <- supervisor-init <- Xen's watchdog of the domain <- xhm-agent <- dom0's service manager. In one place, because
 * each has to leave the one below it the time to act first, and because `xhmctl policy check` computes with them.
 */
#ifndef XHM_CHAIN_BOUNDS_H
#define XHM_CHAIN_BOUNDS_H

/** xhmd, ready, may be silent for so long before supervisor-init ends it. */
#define XHM_CHAIN_SILENCE_MS 10000

/** So long after the end of xhmd supervisor-init starts it again. */
#define XHM_CHAIN_PAUSE_MS 500

/** So long xhmd may need from its start until it has seen the domain list and is ready. */
#define XHM_CHAIN_READY_MS 30000

/** So long Xen waits for supervisor-init, which passes on xhmd's signs of life, before it ends the domain. */
#define XHM_CHAIN_WATCHDOG_S 45

/** So often xhm-agent looks whether the domain is there, and asks for the number of completed steps. */
#define XHM_CHAIN_LOOK_MS 500

/** So long xhm-agent goes without news of a further step before it destroys the domain and creates it again. */
#define XHM_CHAIN_AGENT_SILENCE_MS 60000

/** So long that may take until the new domain exists, and then again until it is heard completing a step. */
#define XHM_CHAIN_START_MS 90000

/** xhm-agent does so at most this often within the window. */
#define XHM_CHAIN_RESTART_LIMIT     3
#define XHM_CHAIN_RESTART_WINDOW_MS 600000

/** dom0's service manager waits for xhm-agent (WatchdogSec of its unit), and then for its restart (RestartSec). */
#define XHM_CHAIN_AGENT_WATCHDOG_MS 10000
#define XHM_CHAIN_AGENT_PAUSE_MS    200

/* Each leaves the one below it the time to act first. */
_Static_assert(XHM_CHAIN_WATCHDOG_S * 1000 > XHM_CHAIN_SILENCE_MS + XHM_CHAIN_PAUSE_MS + XHM_CHAIN_READY_MS,
               "Xen's watchdog would end the domain while xhmd is being started again");
_Static_assert(XHM_CHAIN_AGENT_SILENCE_MS > XHM_CHAIN_WATCHDOG_S * 1000,
               "xhm-agent would destroy the domain before Xen's watchdog can end it");
_Static_assert(XHM_CHAIN_START_MS > XHM_CHAIN_READY_MS, "xhm-agent would not wait until xhmd is ready");
_Static_assert(XHM_CHAIN_AGENT_WATCHDOG_MS > 2 * XHM_CHAIN_LOOK_MS, "xhm-agent would be ended between two looks");

#endif
