// SPDX-License-Identifier: Apache-2.0
/* Keys, and policies signed with them. */
#include "command_policy.h"
#include "scalar_lists.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum xhm_exit cannot(const char *doing, const char *path) {
    fprintf(stderr, "xhmctl: %s %s: %s\n", doing, path, strerror(errno));
    return XHM_EXIT_USAGE;
}

static bool prepare(void) {
    if (!signature_prepare()) {
        fputs("xhmctl: preparing to sign: the library for signatures cannot be used here\n", stderr);
        return false;
    }
    return true;
}

/* A key that exists is never replaced: what was signed with it would be worth nothing. */
static enum xhm_exit write_key(const char *path, const char *magic, const uint8_t *key, size_t size, mode_t mode) {
    uint8_t data[XHM_SECRET_KEY_FILE_SIZE];
    const int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

    if (descriptor < 0) {
        return cannot("creating", path);
    }
    memcpy(data, magic, XHM_KEY_MAGIC_SIZE);
    memcpy(data + XHM_KEY_MAGIC_SIZE, key, size);
    errno = ENOSPC; /* what a short write means */
    bool written = write(descriptor, data, XHM_KEY_MAGIC_SIZE + size) == (ssize_t)(XHM_KEY_MAGIC_SIZE + size) &&
                   fsync(descriptor) == 0;
    signature_wipe(data, sizeof(data));
    written = close(descriptor) == 0 && written;
    if (!written) {
        enum xhm_exit status = cannot("writing", path);
        unlink(path);
        return status;
    }
    return XHM_EXIT_OK;
}

static enum xhm_exit write_keys(const char *path, const char *public_path) {
    struct xhm_secret_key secret;
    struct xhm_public_key public;

    signature_make_keys(&secret, &public);
    enum xhm_exit status = write_key(public_path, XHM_PUBLIC_KEY_MAGIC, public.bytes, sizeof(public.bytes), 0644);
    if (status == XHM_EXIT_OK) {
        status = write_key(path, XHM_SECRET_KEY_MAGIC, secret.bytes, sizeof(secret.bytes), 0600);
        if (status != XHM_EXIT_OK) {
            unlink(public_path);
        }
    }
    signature_wipe(&secret, sizeof(secret));
    return status;
}

enum xhm_exit command_policy_keygen(const struct xhm_invocation *invocation) {
    const char *path = invocation->options[XHM_OPTION_OUTPUT];
    char public_path[4096];

    if (path == NULL) {
        return command_wrong_usage("policy keygen needs -o FILE: where the secret key is written");
    }
    if ((size_t)snprintf(public_path, sizeof(public_path), "%s.pub", path) >= sizeof(public_path)) {
        errno = ENAMETOOLONG;
        return cannot("creating", path);
    }
    return prepare() ? write_keys(path, public_path) : XHM_EXIT_USAGE;
}

static enum xhm_exit read_key(const char *path, struct xhm_secret_key *key) {
    uint8_t data[XHM_SECRET_KEY_FILE_SIZE + 1];
    FILE *file = fopen(path, "re");

    if (file == NULL) {
        return cannot("opening", path);
    }
    setvbuf(file, NULL, _IONBF, 0); /* no copy of the key in a buffer that is not wiped */
    const size_t size = fread(data, 1, sizeof(data), file);
    enum xhm_exit status = ferror(file) != 0 ? cannot("reading", path) : XHM_EXIT_OK;
    fclose(file);
    if (status == XHM_EXIT_OK && !signature_read_secret_key(data, size, key)) {
        fprintf(stderr, "xhmctl: %s is no secret key as policy keygen writes it\n", path);
        status = XHM_EXIT_USAGE;
    }
    signature_wipe(data, sizeof(data));
    return status;
}

static enum xhm_exit sign(const struct xhm_invocation *invocation, const struct xhm_secret_key *key, uint64_t version) {
    enum xhm_exit status;
    struct xhm_policy_file *file = command_policy_load(invocation, &status);

    if (file != NULL) {
        policy_file_sign(file, key, version);
        status = policy_file_write(file, invocation->options[XHM_OPTION_OUTPUT]);
        policy_file_free(file);
    }
    return status;
}

enum xhm_exit command_policy_sign(const struct xhm_invocation *invocation) {
    const char *version_text = invocation->options[XHM_OPTION_POLICY_VERSION];
    const char *key_path = invocation->options[XHM_OPTION_KEY];
    const char *after = "";
    struct xhm_secret_key key;
    uint64_t version = 0;

    if (key_path == NULL || version_text == NULL || invocation->options[XHM_OPTION_OUTPUT] == NULL) {
        return command_wrong_usage("policy sign needs --key KEY, --policy-version N and -o FILE");
    }
    if (scalar_lists_number(version_text, UINT64_MAX, &version, &after) != XHM_NUMBER_READ || *after != '\0' ||
        version == 0) {
        return command_wrong_usage("--policy-version: not a number from 1 on: \"%s\"", version_text);
    }
    if (!prepare()) {
        return XHM_EXIT_USAGE;
    }
    enum xhm_exit status = read_key(key_path, &key);
    if (status == XHM_EXIT_OK) {
        status = sign(invocation, &key, version);
    }
    signature_wipe(&key, sizeof(key));
    return status;
}
