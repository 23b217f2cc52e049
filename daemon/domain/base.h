// SPDX-License-Identifier: Apache-2.0
/**
 * What the supervisor's domain consists of before xhmd is started: kernel modules, file systems, the fault memory's
 * block device and exactly the device nodes that xhmd needs. All of it is done as root by the first program, once.
 */
#ifndef XHM_DOMAIN_BASE_H
#define XHM_DOMAIN_BASE_H

/** The user and group of xhmd; no other user but root exists. */
#define XHM_DOMAIN_USER 990u

/** Where xhmd's service messages are received (sd_notify(3)). */
#define XHM_DOMAIN_NOTIFY_PATH "/run/notify"

/**
 * Loads the modules in /modules in the order of their names, mounts everything, and makes the root file system
 * read-only.
 * @return 0, or -1 when the domain cannot serve its purpose; what went wrong was said on the console
 */
int base_set_up(void);

#endif
