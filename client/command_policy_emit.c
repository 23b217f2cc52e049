// SPDX-License-Identifier: Apache-2.0
#include "command_policy.h"
#include "xl_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static enum xhm_exit cannot(const char *doing, const char *path) {
    fprintf(stderr, "xhmctl: %s %s: %s\n", doing, path, strerror(errno));
    return XHM_EXIT_USAGE;
}

/* A file that is there may have been completed by hand: it is never replaced. */
static enum xhm_exit write_file(const struct xhm_policy *policy, uint32_t index, const char *directory) {
    char path[4096];
    if ((size_t)snprintf(path, sizeof(path), "%s/%s.cfg", directory, policy->partitions[index].name) >= sizeof(path)) {
        errno = ENAMETOOLONG;
        return cannot("creating a file in", directory);
    }
    const int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    FILE *stream = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    if (stream == NULL) {
        return cannot("creating", path);
    }
    xl_writer_write(policy, index, stream);
    const bool failed = ferror(stream) != 0;
    if (fclose(stream) != 0 || failed) {
        const enum xhm_exit status = cannot("writing", path);
        unlink(path);
        return status;
    }
    printf("%s\n", path);
    return XHM_EXIT_OK;
}

static enum xhm_exit write_one(const struct xhm_policy *policy, uint32_t index, const char *directory) {
    if (directory != NULL) {
        return write_file(policy, index, directory);
    }
    printf("%s# ---- %s.cfg\n", index == 0 ? "" : "\n", policy->partitions[index].name);
    xl_writer_write(policy, index, stdout);
    return XHM_EXIT_OK;
}

/* What xl does not create is no mistake; what it could not create as declared is one. */
static enum xhm_exit tell_refused(const struct xhm_partition_policy *partition, const char *refused) {
    fprintf(stderr, "partition %s: not written: %s\n", partition->name, refused);
    return partition->identity.kind == XHM_IDENTITY_UUID ? XHM_EXIT_POLICY_REFUSED : XHM_EXIT_OK;
}

enum xhm_exit command_policy_emit_xl(const struct xhm_invocation *invocation) {
    enum xhm_exit status;
    struct xhm_policy_file *file = command_policy_load(invocation, &status);
    if (file == NULL) {
        return status;
    }
    const struct xhm_policy *policy = &file->policy;
    for (uint32_t i = 0; i < policy->partition_count && status != XHM_EXIT_USAGE; i++) {
        const char *refused = xl_writer_refuses(policy, i);
        const enum xhm_exit written = refused != NULL ? tell_refused(&policy->partitions[i], refused)
                                                      : write_one(policy, i, invocation->options[XHM_OPTION_DIRECTORY]);
        status = written != XHM_EXIT_OK ? written : status;
    }
    policy_file_free(file);
    return status;
}
