#include "residence.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* libsystemd is linked with them for reading compressed and sealed journals, which a daemon that only writes never
 * does. */
static const char *const left_out[] = {"/libgcrypt.", "/libgpg-error.", "/liblzma.", "/libzstd.", "/liblz4."};

static bool is_needed(const char *line) {
    for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++) {
        if (strstr(line, left_out[i]) != NULL) {
            return false;
        }
    }
    /* Guard pages of stacks cannot be read in; the kernel's and devices' mappings are resident by nature. */
    return strstr(line, " ---p ") == NULL && strstr(line, "/dev/") == NULL && strstr(line, "[v") == NULL;
}

static bool lock_mapping(const char *line) {
    uintptr_t begin = 0;
    uintptr_t end = 0;

    if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &begin, &end) != 2 || end <= begin) {
        errno = EBADMSG;
        return false;
    }
    return mlock((const void *)begin, end - begin) == 0;
}

static bool lock_mappings(FILE *maps) {
    char line[512];

    while (fgets(line, sizeof(line), maps) != NULL) {
        if (is_needed(line) && !lock_mapping(line)) {
            return false;
        }
    }
    return ferror(maps) == 0;
}

bool residence_lock(char error[XHM_ERROR_SIZE]) {
    if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0) {
        snprintf(error, XHM_ERROR_SIZE, "locking all memory: %s", strerror(errno));
        return false;
    }
    FILE *maps = fopen("/proc/self/maps", "re");
    if (maps == NULL) {
        snprintf(error, XHM_ERROR_SIZE, "reading /proc/self/maps to keep memory resident: %s", strerror(errno));
        return false;
    }
    const bool locked = lock_mappings(maps);
    const int lock_error = errno;
    fclose(maps);
    if (!locked) {
        snprintf(error, XHM_ERROR_SIZE, "keeping memory resident: %s", strerror(lock_error));
    }
    return locked;
}
