// SPDX-License-Identifier: Apache-2.0
/**
 * What is noted of the supervisor's restarts until dom0's next boot, so that an agent that was itself restarted goes on
 * counting. A text file, replaced as a whole.
 */
#ifndef XHM_AGENT_SUPERVISOR_RECORD_H
#define XHM_AGENT_SUPERVISOR_RECORD_H

#include "supervisor_keeping.h"

/**
 * Reads @p path into @p record, which is all zero when there is no file.
 * @return 0, or a negative errno value: -EBADMSG for a file that is not as written; @p record is then that of a domain
 * that was started, without restarts
 */
int supervisor_record_load(const char *path, struct keeping_record *record);

/** Writes @p record to @p path. @return 0 or a negative errno value */
int supervisor_record_store(const char *path, const struct keeping_record *record);

#endif
