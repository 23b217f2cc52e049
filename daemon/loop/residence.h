/**
 * Keeping resident what the supervision thread needs, so that no supervision step waits for a page.
 */
#ifndef XHM_RESIDENCE_H
#define XHM_RESIDENCE_H

#include "platform.h"

/**
 * Locks all memory that this process has and will have, and reads in at once all of it but the libraries that only the
 * journal's reader functions would use: those stay where they are until somebody calls them. To be called when every
 * thread and buffer exists. @return false with a sentence in @p error
 */
bool residence_lock(char error[XHM_ERROR_SIZE]);

#endif
