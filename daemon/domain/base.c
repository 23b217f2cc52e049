// SPDX-License-Identifier: Apache-2.0
#include "base.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#define MODULES              "/modules"
#define DISK                 "/dev/xvda"
#define DISK_TRIES           1000
#define DISK_PAUSE_NS        10000000
#define MODE_FOLDER          0755
#define MODE_PRIVATE         0700
#define HARMLESS_FILE_SYSTEM (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* A device node that xhmd needs, and whether another user than root may be let in. */
struct node {
    const char *path;
    bool is_for_xhmd;
    dev_t device;
};

static struct node nodes[] = {
    {"/dev/console", false, 0},    /* where the first program and xhmd say what happens, opened by the first program */
    {"/dev/null", true, 0},        /* libraries expect it */
    {"/dev/xen/privcmd", true, 0}, /* hypercalls: what they may do is Flask's decision */
    {"/dev/xen/hypercall", true, 0}, /* memory for their arguments */
    {"/dev/xen/gntdev", true, 0},    /* maps probe pages */
    {"/dev/xen/gntalloc", true, 0},  /* shares the rings of the control API */
    {"/dev/xen/evtchn", true, 0},    /* wakes for the control API */
    {"/dev/xen/xenbus", true, 0},    /* xenstore */
};
#define NODE_COUNT (sizeof(nodes) / sizeof(nodes[0]))

static int fail(const char *doing, const char *what) {
    fprintf(stderr, "init: %s %s: %s\n", doing, what, strerror(errno));
    return -1;
}

static int load_module(const char *name) {
    char path[sizeof(MODULES) + 256];
    /* Without this option Linux lets no domain but dom0 make hypercalls from programs; here Flask decides. */
    const char *options = strstr(name, "xen-privcmd") != NULL ? "unrestricted=1" : "";

    snprintf(path, sizeof(path), MODULES "/%.255s", name);
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return fail("opening", path);
    }
    const bool is_loaded = syscall(SYS_finit_module, descriptor, options, 0) == 0 || errno == EEXIST;
    close(descriptor);
    return is_loaded ? 0 : fail("loading", path);
}

static int is_module(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static int load_modules(void) {
    struct dirent **entries = NULL;
    const int count = scandir(MODULES, &entries, is_module, alphasort);
    int result = 0;

    if (count < 0) {
        return fail("listing", MODULES);
    }
    for (int i = 0; i < count; i++) {
        if (result == 0) {
            result = load_module(entries[i]->d_name);
        }
        free(entries[i]);
    }
    free(entries);
    return result;
}

static int mount_at(const char *type, const char *target, unsigned long flags, const char *options) {
    if (mkdir(target, MODE_FOLDER) != 0 && errno != EEXIST) {
        return fail("making", target);
    }
    return mount(type, target, type, flags, options) == 0 ? 0 : fail("mounting", target);
}

static int await_disk(void) {
    for (int i = 0; access(DISK, F_OK) != 0; i++) {
        if (i == DISK_TRIES) {
            return fail("waiting 10 s for", DISK);
        }
        nanosleep(&(struct timespec){.tv_nsec = DISK_PAUSE_NS}, NULL);
    }
    return 0;
}

/* A fault memory that cannot be trusted any more must be seen as such, so an error of the disk ends writing. */
static int mount_fault_memory(const char *folder) {
    if (await_disk() != 0) {
        return -1;
    }
    if (mount(DISK, folder, "ext4", HARMLESS_FILE_SYSTEM, "errors=remount-ro,commit=1") != 0) {
        return fail("mounting the fault memory of", DISK);
    }
    return chown(folder, XHM_DOMAIN_USER, XHM_DOMAIN_USER) == 0 && chmod(folder, MODE_PRIVATE) == 0
               ? 0
               : fail("giving to xhmd", folder);
}

static void note_devices(void) {
    struct stat status;

    for (size_t i = 0; i < NODE_COUNT; i++) {
        nodes[i].device = stat(nodes[i].path, &status) == 0 && S_ISCHR(status.st_mode) ? status.st_rdev : 0;
    }
}

static int make_node(const struct node *node) {
    if (node->device == 0) {
        fprintf(stderr, "init: there is no device %s\n", node->path);
        return -1;
    }
    if (mknod(node->path, S_IFCHR | 0600, node->device) != 0) {
        return fail("making", node->path);
    }
    return !node->is_for_xhmd || chown(node->path, XHM_DOMAIN_USER, XHM_DOMAIN_USER) == 0 ? 0
                                                                                          : fail("giving", node->path);
}

/* The kernel's folder of all devices is replaced by one with those that are needed: no disk, no memory, no terminals.
 */
static int reduce_devices(void) {
    note_devices();
    if (umount("/dev") != 0) {
        return fail("taking away", "/dev");
    }
    if (mount_at("tmpfs", "/dev", MS_NOSUID | MS_NOEXEC, "mode=755,size=64k") != 0) {
        return -1;
    }
    if (mkdir("/dev/xen", MODE_FOLDER) != 0) {
        return fail("making", "/dev/xen");
    }
    for (size_t i = 0; i < NODE_COUNT; i++) {
        if (make_node(&nodes[i]) != 0) {
            return -1;
        }
    }
    return mount(NULL, "/dev", NULL, MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NOEXEC, "mode=755,size=64k") == 0
               ? 0
               : fail("making read-only", "/dev");
}

static int prepare_run_folder(void) {
    if (mount_at("tmpfs", "/run", HARMLESS_FILE_SYSTEM, "mode=755,size=256k") != 0) {
        return -1;
    }
    return mkdir("/run/xhm", MODE_PRIVATE) == 0 && chown("/run/xhm", XHM_DOMAIN_USER, XHM_DOMAIN_USER) == 0
               ? 0
               : fail("making", "/run/xhm");
}

int base_set_up(void) {
    if (mount_at("proc", "/proc", HARMLESS_FILE_SYSTEM, NULL) != 0 ||
        mount_at("sysfs", "/sys", HARMLESS_FILE_SYSTEM | MS_RDONLY, NULL) != 0 ||
        mount_at("devtmpfs", "/dev", MS_NOSUID | MS_NOEXEC, NULL) != 0 || load_modules() != 0 ||
        mount_fault_memory("/var/lib/xhm") != 0 || reduce_devices() != 0 || prepare_run_folder() != 0) {
        return -1;
    }
    return mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0 ? 0 : fail("making read-only", "/");
}
