#include "fault_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MODE 0640

__attribute__((format(printf, 3, 4))) static int fail(char error[XHM_ERROR_SIZE], int number, const char *format, ...) {
    char doing[XHM_ERROR_SIZE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(doing, sizeof(doing), format, arguments);
    va_end(arguments);
    snprintf(error, XHM_ERROR_SIZE, "%.180s: %.60s", doing, strerror(number));
    return -number;
}

int fault_file_open(struct xhm_fault_file *file, const char *path, size_t *found_size, char error[XHM_ERROR_SIZE]) {
    struct stat status;
    int result = 0;

    *file = (struct xhm_fault_file){.descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
    if (file->descriptor < 0) {
        return fail(error, errno, "cannot open the fault memory %s", path);
    }
    if (fstat(file->descriptor, &status) != 0) {
        result = fail(error, errno, "cannot look at the fault memory %s", path);
    } else if (!S_ISREG(status.st_mode)) {
        result = fail(error, EINVAL, "the fault memory %s is no regular file", path);
    } else if (flock(file->descriptor, LOCK_EX | LOCK_NB) != 0) {
        result = fail(error, errno, "cannot lock the fault memory %s, another supervisor may use it", path);
    } else {
        *found_size = (size_t)status.st_size;
    }
    if (result != 0) {
        fault_file_close(file);
    }
    return result;
}

static int allocate(int descriptor, size_t size) {
    int result;

    do {
        result = posix_fallocate(descriptor, 0, (off_t)size);
    } while (result == EINTR);
    return result;
}

int fault_file_map(struct xhm_fault_file *file, const char *path, size_t size, char error[XHM_ERROR_SIZE]) {
    const int allocated = allocate(file->descriptor, size);
    void *bytes;

    if (allocated != 0) {
        return fail(error, allocated, "cannot allocate %zu bytes for the fault memory %s", size, path);
    }
    if (ftruncate(file->descriptor, (off_t)size) != 0) {
        return fail(error, errno, "cannot set the size of the fault memory %s", path);
    }
    bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file->descriptor, 0);
    if (bytes == MAP_FAILED) {
        return fail(error, errno, "cannot map the fault memory %s", path);
    }
    /* Read errors shall happen now, not at a store; without the privilege it works all the same. */
    (void)mlock(bytes, size);
    file->bytes = bytes;
    file->size = size;
    return 0;
}

/* A name in a folder is on storage when the folder is. */
static int sync_folder(const char *path) {
    char folder[4096];
    char *slash;
    int descriptor;
    int result;

    if (snprintf(folder, sizeof(folder), "%s", path) >= (int)sizeof(folder)) {
        return ENAMETOOLONG;
    }
    slash = strrchr(folder, '/');
    if (slash == NULL) {
        strcpy(folder, ".");
    } else {
        slash[slash == folder] = '\0';
    }
    descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return errno;
    }
    result = fsync(descriptor) == 0 ? 0 : errno;
    close(descriptor);
    return result;
}

static int fill_file(struct xhm_fault_file *file, const char *path, size_t size, fault_file_fill *fill, void *context,
                     char error[XHM_ERROR_SIZE]) {
    const int mapped = fault_file_map(file, path, size, error);

    if (mapped != 0) {
        return mapped;
    }
    fill(context, file->bytes);
    if (msync(file->bytes, size, MS_SYNC) != 0 || fsync(file->descriptor) != 0) {
        return fail(error, errno, "cannot write the new fault memory %s", path);
    }
    return 0;
}

int fault_file_create(const char *path, size_t size, fault_file_fill *fill, void *context, char error[XHM_ERROR_SIZE]) {
    struct xhm_fault_file file = {.descriptor = -1};
    char *new_path = NULL;
    int result;

    if (asprintf(&new_path, "%s.new", path) < 0) {
        return fail(error, ENOMEM, "cannot create the fault memory %s", path);
    }
    file.descriptor = open(new_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    if (file.descriptor < 0) {
        result = fail(error, errno, "cannot create the fault memory %s", new_path);
        free(new_path);
        return result;
    }
    result = fill_file(&file, new_path, size, fill, context, error);
    if (result == 0 && rename(new_path, path) != 0) {
        result = fail(error, errno, "cannot give the new fault memory its name %s", path);
    }
    if (result == 0) {
        const int synced = sync_folder(path);

        result = synced == 0 ? 0 : fail(error, synced, "cannot write the folder of the fault memory %s", path);
    } else {
        unlink(new_path);
    }
    fault_file_close(&file);
    free(new_path);
    return result;
}

size_t fault_file_copy(const char *path, uint8_t *bytes, size_t size) {
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    size_t copied = 0;

    if (descriptor < 0) {
        return 0;
    }
    while (copied < size) {
        const ssize_t count = read(descriptor, bytes + copied, size - copied);

        if (count > 0) {
            copied += (size_t)count;
        } else if (count == 0 || errno != EINTR) {
            break;
        }
    }
    close(descriptor);
    return copied;
}

bool fault_file_is_whole(const struct xhm_fault_file *file) {
    struct stat status;

    return fstat(file->descriptor, &status) == 0 && (size_t)status.st_size >= file->size;
}

int fault_file_sync(const struct xhm_fault_file *file) {
    return msync(file->bytes, file->size, MS_SYNC) == 0 ? 0 : -errno;
}

void fault_file_touch(const struct xhm_fault_file *file) {
    const size_t page_size = (size_t)sysconf(_SC_PAGESIZE);

    for (size_t offset = 0; offset < file->size; offset += page_size) {
        volatile uint8_t *byte = file->bytes + offset;

        *byte = *byte;
    }
}

void fault_file_close(struct xhm_fault_file *file) {
    if (file->bytes != NULL) {
        munmap(file->bytes, file->size);
    }
    if (file->descriptor >= 0) {
        close(file->descriptor);
    }
    *file = (struct xhm_fault_file){.descriptor = -1};
}
