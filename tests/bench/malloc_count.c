// SPDX-License-Identifier: Apache-2.0
/*
 * malloc_count.so: preloaded into xhmd, counts the heap calls of every thread into a mapped file that the benchmark
 * reads while the daemon runs (lib/memory.py): 64 rows of five 64-bit numbers: thread id, calls that allocate, bytes
 * asked for, calls that free, address that the last allocation returned to. The file is named by MALLOC_COUNT_FILE.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROWS 64

struct row {
    int64_t thread_id;
    int64_t allocations;
    int64_t bytes;
    int64_t frees;
    int64_t last_caller;
};

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

static struct row early[ROWS]; /* until the file is there */
static struct row *rows = early;
static unsigned next_row;
static __thread struct row *own __attribute__((tls_model("initial-exec")));

static struct row *own_row(void) {
    if (own == NULL) {
        const unsigned index = __atomic_fetch_add(&next_row, 1, __ATOMIC_RELAXED);

        own = &rows[index < ROWS ? index : ROWS - 1];
        own->thread_id = syscall(SYS_gettid);
    }
    return own;
}

static void count(size_t bytes, void *caller) {
    struct row *row = own_row();

    row->allocations++;
    row->bytes += (int64_t)bytes;
    row->last_caller = (int64_t)(intptr_t)caller;
}

/* Runs in the first thread, before any other exists. */
__attribute__((constructor)) static void open_file(void) {
    const char *name = getenv("MALLOC_COUNT_FILE");
    const int descriptor = name != NULL ? open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;

    if (descriptor < 0 || ftruncate(descriptor, sizeof(early)) != 0) {
        return;
    }
    struct row *mapped = mmap(NULL, sizeof(early), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    close(descriptor);
    if (mapped != MAP_FAILED) {
        for (unsigned i = 0; i < ROWS; i++) {
            mapped[i] = early[i];
        }
        rows = mapped;
        own = own != NULL ? &mapped[own - early] : NULL;
    }
}

void *malloc(size_t size) {
    count(size, __builtin_return_address(0));
    return __libc_malloc(size);
}

void *calloc(size_t members, size_t size) {
    count(members * size, __builtin_return_address(0));
    return __libc_calloc(members, size);
}

void *realloc(void *memory, size_t size) {
    count(size, __builtin_return_address(0));
    return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size);
void *memalign(size_t alignment, size_t size) {
    count(size, __builtin_return_address(0));
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count(size, __builtin_return_address(0));
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    count(size, __builtin_return_address(0));
    *memory = __libc_memalign(alignment, size);
    return *memory != NULL ? 0 : 12; /* ENOMEM */
}

void free(void *memory) {
    if (memory != NULL) {
        own_row()->frees++;
        __libc_free(memory);
    }
}
