#include "facts_gather.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Bytes of a process name that Linux keeps in /proc/PID/stat, the terminating zero included (TASK_COMM_LEN). */
#define KERNEL_NAME_SIZE 16

/* One process, as /proc tells of it. */
struct process {
    char name[XHM_NAME_SIZE];
    bool runs; /* neither stopped nor dead */
};

static ssize_t read_file(int folder, const char *process, const char *file, char *text, size_t size) {
    char path[64];
    ssize_t length;

    snprintf(path, sizeof(path), "%.16s/%s", process, file);

    const int descriptor = openat(folder, path, O_RDONLY | O_CLOEXEC);

    if (descriptor < 0) {
        return -1;
    }
    length = read(descriptor, text, size - 1);
    close(descriptor);
    text[length > 0 ? length : 0] = '\0';
    return length;
}

/* The kernel cuts names off: of a longer one, the file that was started tells the rest. */
static void complete_name(int folder, const char *pid, struct process *process) {
    char command[512];

    if (strlen(process->name) < KERNEL_NAME_SIZE - 1 ||
        read_file(folder, pid, "cmdline", command, sizeof(command)) <= 0) {
        return;
    }

    const char *slash = strrchr(command, '/');
    const char *base = slash != NULL ? slash + 1 : command;

    if (strncmp(base, process->name, strlen(process->name)) == 0 && strlen(base) < sizeof(process->name)) {
        snprintf(process->name, sizeof(process->name), "%s", base);
    }
}

/* "PID (NAME) STATE …": the name may hold anything, parentheses included. */
static bool read_process(int folder, const char *pid, struct process *process) {
    char text[256];

    if (read_file(folder, pid, "stat", text, sizeof(text)) <= 0) {
        return false;
    }

    const char *begin = strchr(text, '(');
    const char *end = strrchr(text, ')');

    if (begin == NULL || end == NULL || end < begin || end[1] != ' ') {
        return false;
    }
    snprintf(process->name, sizeof(process->name), "%.*s", (int)(end - begin - 1), begin + 1);
    process->runs = strchr("ZXT", end[2]) == NULL;
    complete_name(folder, pid, process);
    return true;
}

static void note(const struct process *process, uint32_t count, const char names[XHM_MAX_SERVICES][XHM_NAME_SIZE],
                 struct xhm_service_facts *services) {
    for (uint32_t i = 0; i < count; i++) {
        services->running[i] |= process->runs && strcmp(names[i], process->name) == 0;
    }
}

void facts_read_services(const struct facts_sources *sources, uint32_t count,
                         const char names[XHM_MAX_SERVICES][XHM_NAME_SIZE], struct xhm_service_facts *services) {
    DIR *folder = opendir(sources->processes);

    if (folder == NULL) {
        fprintf(stderr, "cannot list the processes in %s: %s\n", sources->processes, strerror(errno));
        return;
    }
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        struct process process;

        if (isdigit((unsigned char)entry->d_name[0]) && read_process(dirfd(folder), entry->d_name, &process)) {
            note(&process, count, names, services);
        }
    }
    closedir(folder);
    services->count = count;
    services->availability = XHM_FACTS_KNOWN;
}
