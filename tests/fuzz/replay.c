// SPDX-License-Identifier: Apache-2.0
/*
 * Runs a fuzz target over the files of corpus folders, as they are and with many small damages that are the same in
 * every run. What libFuzzer finds is put into the corpus, so that this finds it again without libFuzzer.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILE_SIZE_MAX 65536u
#define DAMAGES       300

static uint64_t random_state = 88172645463325252u;

static size_t random_below(size_t bound) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state % bound);
}

/* A copy of its own size, so that a sanitizer sees every read beyond its end. */
static void run(const uint8_t *data, size_t size) {
    uint8_t *copy = malloc(size ? size : 1);

    if (!copy) {
        abort();
    }
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void run_damaged(const uint8_t *data, size_t size) {
    static uint8_t damaged[FILE_SIZE_MAX];

    for (int i = 0; i < DAMAGES && size > 0; i++) {
        memcpy(damaged, data, size);
        for (size_t count = 1 + random_below(4); count > 0; count--) {
            damaged[random_below(size)] ^= (uint8_t)(1u << random_below(8));
        }
        run(damaged, i % 4 ? size : random_below(size + 1));
    }
}

static int replay_file(const char *folder, const char *name) {
    static uint8_t data[FILE_SIZE_MAX];
    char path[1024];
    size_t size;
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "re");
    if (!file) {
        fprintf(stderr, "reading %s: %s\n", path, strerror(errno));
        return -1;
    }
    size = fread(data, 1, sizeof(data), file);
    fclose(file);
    run(data, size);
    run_damaged(data, size);
    return 1;
}

static int replay_folder(const char *folder) {
    DIR *entries = opendir(folder);
    const struct dirent *entry;
    int count = 0;

    if (!entries) {
        fprintf(stderr, "reading the folder %s: %s\n", folder, strerror(errno));
        return -1;
    }
    while (count >= 0 && (entry = readdir(entries))) {
        if (entry->d_name[0] != '.') {
            count = replay_file(folder, entry->d_name) < 0 ? -1 : count + 1;
        }
    }
    closedir(entries);
    return count;
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        const int count = replay_folder(argv[i]);

        /* An empty folder proves nothing. */
        if (count <= 0) {
            fprintf(stderr, "%s: no inputs were run\n", argv[i]);
            return 1;
        }
        printf("%s: %d inputs and %d damages of each\n", argv[i], count, DAMAGES);
    }
    return argc > 1 ? 0 : 1;
}
