/**
 * The file under the fault memory: created whole, preallocated, mapped, locked against a second supervisor.
 */
#ifndef XHM_FAULTLOG_FAULT_FILE_H
#define XHM_FAULTLOG_FAULT_FILE_H

#include "platform.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A mapped file. */
struct xhm_fault_file {
    int descriptor; /**< -1: none */
    uint8_t *bytes; /**< the mapping, or NULL */
    size_t size;
};

/** Fills a new file's bytes, which are zero. */
typedef void fault_file_fill(void *context, uint8_t *bytes);

/**
 * Opens and locks the file at @p path without mapping it; @p found_size is its size.
 * @return 0; or -errno with a sentence in @p error: -ENOENT when there is no such file
 */
int fault_file_open(struct xhm_fault_file *file, const char *path, size_t *found_size, char error[XHM_ERROR_SIZE]);

/**
 * Creates a file of @p size at @p path, filled by @p fill. It gets its name only when it is whole and on storage.
 * @return 0, or -errno with a sentence in @p error
 */
int fault_file_create(const char *path, size_t size, fault_file_fill *fill, void *context, char error[XHM_ERROR_SIZE]);

/**
 * Makes an opened file exactly @p size bytes long, with every block allocated, and maps it.
 * @return 0, or -errno with a sentence in @p error
 */
int fault_file_map(struct xhm_fault_file *file, const char *path, size_t size, char error[XHM_ERROR_SIZE]);

/** Copies what the file at @p path holds, up to @p size bytes. @return number of bytes, 0 when it cannot be read */
size_t fault_file_copy(const char *path, uint8_t *bytes, size_t size);

/** True while every byte of the mapping is backed by the file: a store cannot raise SIGBUS. */
bool fault_file_is_whole(const struct xhm_fault_file *file);

/** Waits until what was stored is on storage. @return 0 or -errno */
int fault_file_sync(const struct xhm_fault_file *file);

/** Has every page written again by the next sync: after a failed one nobody knows which are on storage. */
void fault_file_touch(const struct xhm_fault_file *file);

/** Unmaps and closes; a file that is not open is allowed. */
void fault_file_close(struct xhm_fault_file *file);

#endif
