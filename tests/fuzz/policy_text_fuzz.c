// SPDX-License-Identifier: Apache-2.0
/*
 * Policies as people write them: whatever is read is told about or sound, and what is sound is compiled, written as
 * YAML and as JSON, and read again as the same policy. The text is not zero-terminated.
 */
#include "policy_codec.h"
#include "policy_text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static _Alignas(16) uint8_t memory[XHM_POLICY_ARENA_SIZE];
static uint8_t compiled[XHM_POLICY_MAX_SIZE];
static struct xhm_policy policy;
static struct xhm_policy again;
static struct xhm_messages messages;

static void require(bool held) {
    if (!held) {
        abort();
    }
}

/* Every message is a sentence about a place that the text has. */
static void require_messages(uint32_t lines) {
    require(messages_kept(&messages) <= XHM_MAX_MESSAGES);
    for (uint32_t i = 0; i < messages_kept(&messages); i++) {
        const struct xhm_message *message = &messages.messages[i];

        require(message->text[0] != '\0' && memchr(message->text, '\0', sizeof(message->text)) != NULL);
        require(message->mark.line <= lines);
        require(i == 0 || messages.messages[i - 1].mark.line <= message->mark.line);
    }
}

static uint64_t compile(const struct xhm_policy *from) {
    struct xhm_arena arena;
    uint64_t hash = 0;

    arena_init(&arena, memory, sizeof(memory));
    require(policy_codec_encode(from, &arena, compiled, sizeof(compiled), &hash) > 0);
    return hash;
}

static void round_trip(void (*write)(const struct xhm_policy *policy, FILE *out), uint64_t hash) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    require(stream != NULL);
    write(&policy, stream);
    require(fclose(stream) == 0);
    messages_init(&messages, "written");
    require(policy_text_read(text, size, &again, &messages));
    require(compile(&again) == hash);
    free(text);
}

/* YAML counts CR, NEL, LS and PS as line ends, too: each has at least one byte. */
static uint32_t count_lines(size_t size) {
    return (uint32_t)size + 2;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    messages_init(&messages, "fuzzed");

    const bool sound = policy_text_read((const char *)data, size, &policy, &messages);

    require(sound == (messages.count == 0));
    require_messages(count_lines(size));
    if (sound) {
        const uint64_t hash = compile(&policy);

        round_trip(policy_text_write_yaml, hash);
        round_trip(policy_text_write_json, hash);
    }
    return 0;
}
