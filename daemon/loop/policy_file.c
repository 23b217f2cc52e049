#include "policy_file.h"
#include "policy_check.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Decoded messages take several times their packed size; the greatest policy that the codec accepts needs about 1 MiB.
 */
#define ARENA_SIZE (2u * 1024u * 1024u)

struct xhm_policy_reader {
    struct xhm_arena arena;
    struct xhm_policy policy;
    uint8_t file[XHM_SIGNED_MAX_SIZE + 1];
    _Alignas(16) uint8_t memory[XHM_POLICY_ARENA_SIZE];
};

struct xhm_policy_reader *policy_reader_new(void) {
    void *memory =
        mmap(NULL, sizeof(struct xhm_policy_reader), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

void policy_reader_free(struct xhm_policy_reader *reader) {
    if (reader != NULL) {
        munmap(reader, sizeof(*reader));
    }
}

/* Failing means only that the pages stay: nothing depends on their going. */
void policy_reader_rest(struct xhm_policy_reader *reader) {
    if (munlock(reader, sizeof(*reader)) == 0) {
        (void)madvise(reader, sizeof(*reader), MADV_DONTNEED);
    }
}

static void describe_finding(const struct xhm_policy *policy, const struct xhm_finding *finding, uint32_t count,
                             const char *source, char error[XHM_ERROR_SIZE]) {
    const char *partition =
        finding->partition == XHM_FINDING_NOWHERE ? "" : policy->partitions[finding->partition].name;

    snprintf(error, XHM_ERROR_SIZE, "policy %s: %s%s%s %s (%u findings; see xhmctl policy check)", source, partition,
             partition[0] != '\0' ? ": " : "", policy_check_field(finding->kind), policy_check_sentence(finding->kind),
             count);
}

void policy_reader_refuse(const struct xhm_policy_request *request, enum xhm_policy_refusal refusal,
                          char error[XHM_ERROR_SIZE]) {
    snprintf(error, XHM_ERROR_SIZE, "policy %s: it %s", request->source, policy_trust_sentence(refusal));
}

static enum xhm_policy_refusal take_compiled(struct xhm_policy_reader *reader, const struct xhm_signed_policy *envelope,
                                             struct xhm_policy_request *request, char error[XHM_ERROR_SIZE]) {
    struct xhm_finding finding;
    char field[64] = "";

    arena_init(&reader->arena, reader->memory, sizeof(reader->memory));
    const enum xhm_policy_codec_verdict verdict =
        policy_codec_decode(envelope->policy, envelope->policy_size, &reader->arena, &reader->policy, field);
    if (verdict != XHM_POLICY_CODEC_OK) {
        snprintf(error, XHM_ERROR_SIZE, "policy %s: %s%s%s", request->source, policy_codec_name(verdict),
                 field[0] != '\0' ? ": " : "", field);
        return XHM_POLICY_UNSOUND;
    }
    const uint32_t findings = policy_check(&reader->policy, &finding, 1);
    if (findings > 0) {
        describe_finding(&reader->policy, &finding, findings, request->source, error);
        return XHM_POLICY_UNSOUND;
    }
    *request->policy = reader->policy;
    request->version = envelope->version;
    return XHM_POLICY_TAKEN;
}

enum xhm_policy_refusal policy_reader_take(struct xhm_policy_reader *reader, const uint8_t *data, size_t size,
                                           struct xhm_policy_request *request, char error[XHM_ERROR_SIZE]) {
    struct xhm_signed_policy envelope;
    const enum xhm_policy_refusal refusal = policy_trust_open(request->trust, data, size, &envelope);

    if (refusal != XHM_POLICY_TAKEN) {
        policy_reader_refuse(request, refusal, error);
        return refusal;
    }
    return take_compiled(reader, &envelope, request, error);
}

/* One byte more than allowed is asked for, so that a file which is too large is seen as such. */
static ssize_t read_whole(int descriptor, uint8_t *data, size_t capacity) {
    size_t filled = 0;

    while (filled < capacity) {
        const ssize_t got = read(descriptor, data + filled, capacity - filled);
        if (got < 0 && errno != EINTR) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        filled += got > 0 ? (size_t)got : 0;
    }
    return (ssize_t)filled;
}

enum xhm_policy_refusal policy_reader_load(struct xhm_policy_reader *reader, struct xhm_policy_request *request,
                                           char error[XHM_ERROR_SIZE]) {
    const int descriptor = open(request->source, O_RDONLY | O_CLOEXEC);

    if (descriptor < 0) {
        snprintf(error, XHM_ERROR_SIZE, "policy %s: opening it: %s", request->source, strerror(errno));
        return XHM_POLICY_UNSOUND;
    }
    const ssize_t size = read_whole(descriptor, reader->file, sizeof(reader->file));
    const int read_error = errno;
    close(descriptor);
    if (size < 0) {
        snprintf(error, XHM_ERROR_SIZE, "policy %s: reading it: %s", request->source, strerror(read_error));
        return XHM_POLICY_UNSOUND;
    }
    return policy_reader_take(reader, reader->file, (size_t)size, request, error);
}
