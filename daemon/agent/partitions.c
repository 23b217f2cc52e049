#include "partitions.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_ENDING ".cfg"

static bool is_lower(char character) {
    return character >= 'a' && character <= 'z';
}

static bool is_name_character(char character) {
    return is_lower(character) || (character >= '0' && character <= '9') || character == '-';
}

bool partitions_is_name(const char *name) {
    size_t length = 0;

    if (!is_lower(name[0])) {
        return false;
    }
    while (length < AGENT_NAME_SIZE && is_name_character(name[length])) {
        length++;
    }
    return length < AGENT_NAME_SIZE && name[length] == '\0';
}

int partitions_init(struct agent_partitions *partitions) {
    partitions->count = 0;
    partitions->entries = calloc(XHM_MAX_PARTITIONS, sizeof(*partitions->entries));
    return partitions->entries == NULL ? -ENOMEM : 0;
}

void partitions_deinit(struct agent_partitions *partitions) {
    free(partitions->entries);
    *partitions = (struct agent_partitions){0};
}

struct agent_partition *partitions_find(const struct agent_partitions *partitions, const char *name) {
    for (uint32_t i = 0; i < partitions->count; i++) {
        if (strcmp(partitions->entries[i].name, name) == 0) {
            return &partitions->entries[i];
        }
    }
    return NULL;
}

static int add(struct agent_partitions *partitions, const char *name) {
    if (partitions_find(partitions, name) != NULL) {
        return 0;
    }
    if (partitions->count == XHM_MAX_PARTITIONS) {
        return -ENOSPC;
    }

    struct agent_partition *partition = &partitions->entries[partitions->count++];

    snprintf(partition->name, sizeof(partition->name), "%s", name);
    partition->running_domid = -1;
    return 0;
}

/* @return true and the name in @p name when the file declares a partition */
static bool read_file_name(const char *file_name, char name[AGENT_NAME_SIZE]) {
    const size_t length = strlen(file_name);
    const size_t ending = strlen(FILE_ENDING);

    if (length <= ending || length - ending >= AGENT_NAME_SIZE ||
        strcmp(file_name + length - ending, FILE_ENDING) != 0) {
        return false;
    }
    memcpy(name, file_name, length - ending);
    name[length - ending] = '\0';
    return partitions_is_name(name);
}

int partitions_scan(struct agent_partitions *partitions, const char *folder) {
    struct dirent **files = NULL;
    const int count = scandir(folder, &files, NULL, alphasort);
    int result = count < 0 ? -errno : 0;

    for (int i = 0; i < count; i++) {
        char name[AGENT_NAME_SIZE];

        if (result == 0 && read_file_name(files[i]->d_name, name)) {
            result = add(partitions, name);
        }
        free(files[i]);
    }
    free(files);
    return result;
}

void partitions_format_path(const struct agent_partition *partition, const char *folder, char path[PATH_MAX]) {
    snprintf(path, PATH_MAX, "%s/%s" FILE_ENDING, folder, partition->name);
}

int partitions_may_create(const struct agent_partition *partition, uint64_t now_ms) {
    const uint32_t count = partition->creation_count;

    if (count == 0) {
        return 0;
    }

    const uint64_t last_ms = partition->creations_ms[(count - 1) % AGENT_CREATIONS_PER_WINDOW];
    const uint64_t oldest_ms = partition->creations_ms[count % AGENT_CREATIONS_PER_WINDOW];

    if (count >= AGENT_CREATIONS_PER_WINDOW && now_ms < oldest_ms + AGENT_CREATION_WINDOW_MS) {
        return -1;
    }
    return now_ms < last_ms + AGENT_LEAST_CREATION_DISTANCE_MS
               ? (int)(last_ms + AGENT_LEAST_CREATION_DISTANCE_MS - now_ms)
               : 0;
}

void partitions_count_creation(struct agent_partition *partition, uint64_t now_ms) {
    partition->creations_ms[partition->creation_count % AGENT_CREATIONS_PER_WINDOW] = now_ms;
    partition->creation_count++;
}
