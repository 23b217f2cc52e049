/**
 * The port between the supervision loop and the ECU: observe, act, close. platform_xen.c implements it. In virtual time
 * there is no port: client/simulation fills observations by itself.
 *
 * Nothing here blocks: what can block (xenstore, mapping a grant) runs in a helper thread of the implementation and
 * reaches the supervision thread through bounded mailboxes. Nothing here allocates after platform_open().
 */
#ifndef XHM_PLATFORM_H
#define XHM_PLATFORM_H

#include "observation.h"
#include "outcome.h"

/** An opened platform; owned by the caller, ended by platform_close(). */
struct xhm_platform;

/** Room for a sentence that says what was being done, to what, and why it failed. */
#define XHM_ERROR_SIZE 256

/**
 * Opens the connection to the ECU. Fails with a sentence in @p error when this is no Xen, when the privilege is
 * missing, or when the hypervisor's interface version is not the one that this program was built for.
 * @return the platform, or NULL
 */
struct xhm_platform *platform_open(char error[XHM_ERROR_SIZE]);

/** Ends it: stops the helper threads, unmaps every page. NULL is allowed. */
void platform_close(struct xhm_platform *platform);

/**
 * Fills the platform's part of @p observation: domains, vcpus, pages and xenstore_silent_ns, according to @p plan;
 * now_ns is already set, so that the clock is read once in a cycle. The page copies stay valid until the next call.
 * What could not be learned is XHM_SIGHT_UNKNOWN. Costs no hypercall and no system call when @p plan asks for nothing.
 */
void platform_observe(struct xhm_platform *platform, const struct xhm_plan *plan, struct xhm_observation *observation);

/**
 * Begins (XHM_ACTION_FOLLOW) or ends (XHM_ACTION_RELEASE) the probe rendezvous with an instance, or stops,
 * pauses or unpauses one (the identity is read again right before). The other actions are not for the platform.
 * @return false when the action could not be carried out or queued; @p error says why
 */
bool platform_act(struct xhm_platform *platform, const struct xhm_action *action, char error[XHM_ERROR_SIZE]);

/**
 * Renumbers what the platform holds per partition after a new policy: origin[i] is the old index of new partition i, or
 * XHM_NONE. Partitions that are no origin were released before.
 */
void platform_renumber(struct xhm_platform *platform, const uint32_t origin[XHM_MAX_PARTITIONS]);

/** How many hypercalls platform_observe() and platform_act() have made so far, for the benchmark. */
uint64_t platform_hypercalls(const struct xhm_platform *platform);

#endif
