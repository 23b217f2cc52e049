// SPDX-License-Identifier: Apache-2.0
#include "policy_file.h"

#include "policy_text.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct xhm_policy_file *policy_file_new(void) {
    struct xhm_policy_file *file = calloc(1, sizeof(*file));
    if (file == NULL) {
        fputs("xhmctl: preparing to read a policy: out of memory\n", stderr);
    }
    return file;
}

void policy_file_free(struct xhm_policy_file *file) {
    free(file);
}

/* Text has no zero bytes, and the header of a compiled policy always has; one cut short still begins like the magic. */
static bool is_compiled(const char *name, const uint8_t *contents, size_t size) {
    const char *suffix = strrchr(name, '.');
    size_t looked_at = size < sizeof(struct xhm_policy_header) ? size : sizeof(struct xhm_policy_header);
    size_t magic_size = size < strlen(XHM_POLICY_MAGIC) ? size : strlen(XHM_POLICY_MAGIC);
    return (suffix != NULL && strcmp(suffix, ".xhm") == 0) || memchr(contents, 0, looked_at) != NULL ||
           (size > 0 && (memcmp(contents, XHM_POLICY_MAGIC, magic_size) == 0 ||
                         memcmp(contents, XHM_SIGNED_MAGIC, magic_size) == 0));
}

/* Fills the envelope from `compiled`. */
static bool open_envelope(struct xhm_policy_file *file) {
    file->is_signed = signed_policy_is_one(file->compiled, file->compiled_size);
    file->envelope = (struct xhm_signed_policy){.policy = file->compiled, .policy_size = file->compiled_size};
    if (file->is_signed && !signed_policy_read(file->compiled, file->compiled_size, &file->envelope)) {
        messages_add(&file->messages, (struct xhm_mark){0}, "",
                     "is signed in a form that this program does not know, or was cut off or added to");
        return false;
    }
    return true;
}

static enum xhm_exit take_compiled(struct xhm_policy_file *file, const uint8_t *contents, size_t size) {
    struct xhm_arena arena;
    char field[64] = "";
    if (size > sizeof(file->compiled)) {
        messages_add(&file->messages, (struct xhm_mark){0}, "", "%s", policy_codec_name(XHM_POLICY_CODEC_TOO_LARGE));
        return XHM_EXIT_POLICY_REFUSED;
    }
    memcpy(file->compiled, contents, size);
    file->compiled_size = size;
    if (!open_envelope(file)) {
        return XHM_EXIT_POLICY_REFUSED;
    }
    arena_init(&arena, file->arena, sizeof(file->arena));
    enum xhm_policy_codec_verdict verdict =
        policy_codec_decode(file->envelope.policy, file->envelope.policy_size, &arena, &file->policy, field);
    if (verdict != XHM_POLICY_CODEC_OK) {
        messages_add(&file->messages, (struct xhm_mark){0}, field, "%s", policy_codec_name(verdict));
        return XHM_EXIT_POLICY_REFUSED;
    }
    return policy_text_check(&file->policy, &file->messages) ? XHM_EXIT_OK : XHM_EXIT_POLICY_REFUSED;
}

static enum xhm_exit take_text(struct xhm_policy_file *file, const uint8_t *contents, size_t size) {
    if (!policy_text_read((const char *)contents, size, &file->policy, &file->messages)) {
        return XHM_EXIT_POLICY_REFUSED;
    }
    struct xhm_arena arena;
    arena_init(&arena, file->arena, sizeof(file->arena));
    file->compiled_size =
        policy_codec_encode(&file->policy, &arena, file->compiled, XHM_POLICY_MAX_SIZE, &file->policy.hash);
    open_envelope(file);
    if (file->compiled_size == 0) {
        messages_add(&file->messages, (struct xhm_mark){0}, "", "its compiled form would be larger than %u bytes",
                     XHM_POLICY_MAX_SIZE);
    }
    return file->compiled_size == 0 ? XHM_EXIT_POLICY_REFUSED : XHM_EXIT_OK;
}

enum xhm_exit policy_file_take(struct xhm_policy_file *file, const char *name, const uint8_t *contents, size_t size) {
    messages_init(&file->messages, name);
    return is_compiled(name, contents, size) ? take_compiled(file, contents, size) : take_text(file, contents, size);
}

void policy_file_sign(struct xhm_policy_file *file, const struct xhm_secret_key *key, uint64_t version) {
    const size_t size = file->envelope.policy_size;

    memmove(file->compiled, file->envelope.policy, size);
    memcpy(file->arena, file->compiled, size);
    file->compiled_size = signed_policy_write(file->arena, size, version, key, file->compiled);
    open_envelope(file);
}

static enum xhm_exit cannot(const char *doing, const char *path) {
    fprintf(stderr, "xhmctl: %s %s: %s\n", doing, path, strerror(errno));
    return XHM_EXIT_USAGE;
}

/* One byte more than the largest policy is asked for, so that a longer one is noticed. */
static uint8_t *read_all(FILE *stream, size_t *size) {
    uint8_t *contents = malloc(XHM_POLICY_TEXT_MAX_SIZE + 1u);
    if (contents == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    *size = fread(contents, 1, XHM_POLICY_TEXT_MAX_SIZE + 1u, stream);
    if (ferror(stream) != 0) {
        free(contents);
        return NULL;
    }
    return contents;
}

enum xhm_exit policy_file_load(struct xhm_policy_file *file, const char *path) {
    FILE *stream = fopen(path, "re");
    if (stream == NULL) {
        return cannot("opening", path);
    }
    size_t size = 0;
    uint8_t *contents = read_all(stream, &size);
    enum xhm_exit status = contents == NULL ? cannot("reading", path) : policy_file_take(file, path, contents, size);
    free(contents);
    fclose(stream);
    return status;
}

static bool write_all(int descriptor, const uint8_t *bytes, size_t size) {
    while (size > 0) {
        ssize_t written = write(descriptor, bytes, size);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        bytes += written > 0 ? written : 0;
        size -= written > 0 ? (size_t)written : 0;
    }
    return fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS;
}

/* What is no regular file (a pipe, /dev/stdout) cannot be replaced, only written to. */
static enum xhm_exit write_directly(const char *path, const uint8_t *bytes, size_t size) {
    int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return cannot("opening", path);
    }
    bool written = write_all(descriptor, bytes, size);
    enum xhm_exit status = written ? XHM_EXIT_OK : cannot("writing", path);
    close(descriptor);
    return status;
}

enum xhm_exit policy_file_write_bytes(const char *path, const uint8_t *bytes, size_t size) {
    struct stat existing;
    if (stat(path, &existing) == 0 && !S_ISREG(existing.st_mode)) {
        return write_directly(path, bytes, size);
    }
    char temporary[4096];
    if ((size_t)snprintf(temporary, sizeof(temporary), "%s.new", path) >= sizeof(temporary)) {
        errno = ENAMETOOLONG;
        return cannot("writing", path);
    }
    int descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor < 0) {
        return cannot("creating", temporary);
    }
    bool written = write_all(descriptor, bytes, size);
    written = close(descriptor) == 0 && written;
    if (!written || rename(temporary, path) != 0) {
        enum xhm_exit status = cannot("writing", path);
        unlink(temporary);
        return status;
    }
    return XHM_EXIT_OK;
}

enum xhm_exit policy_file_write(const struct xhm_policy_file *file, const char *path) {
    return policy_file_write_bytes(path, file->compiled, file->compiled_size);
}
