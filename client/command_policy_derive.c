// SPDX-License-Identifier: Apache-2.0
#include "command_policy.h"
#include "derive.h"
#include "facts_message.h"
#include "policy_text.h"

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Asking makes the supervisor look closer: what it sees then comes with its next sweeps, and with the agent's facts. */
#define WAIT_MS      8000u
#define ASK_AGAIN_MS 300
#define LINE_WIDTH   116u

static uint64_t now_ms(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

/* @return the facts in the reply, decoded, or NULL when there are none that are understood; to be freed */
static struct xhm_facts *decode(const Xhm__V1__FactsShowReply *reply) {
    struct xhm_facts *facts = reply->facts != NULL ? malloc(sizeof(*facts)) : NULL;
    if (facts != NULL && facts_from_message(reply->facts, facts) != NULL) {
        free(facts);
        facts = NULL;
    }
    return facts;
}

static enum xhm_exit ask(struct xhm_client *client, Xhm__V1__ServerMessage **reply) {
    Xhm__V1__FactsShowRequest show = XHM__V1__FACTS_SHOW_REQUEST__INIT;
    Xhm__V1__ClientMessage request = XHM__V1__CLIENT_MESSAGE__INIT;
    request.body_case = XHM__V1__CLIENT_MESSAGE__BODY_FACTS_SHOW;
    request.facts_show = &show;
    enum xhm_exit status = session_call(client, &request, reply);
    if (status == XHM_EXIT_OK && (*reply)->body_case != XHM__V1__SERVER_MESSAGE__BODY_FACTS_SHOW) {
        fputs("xhmctl: asking for what runs: the supervisor answered something else\n", stderr);
        xhm_client_free_reply(*reply);
        *reply = NULL;
        status = XHM_EXIT_NO_DAEMON;
    }
    return status;
}

/* Asks until the supervisor has seen everything, or for as long as a person waits. */
static enum xhm_exit ask_until_known(struct xhm_client *client, Xhm__V1__ServerMessage **reply,
                                     struct xhm_facts **facts, bool *knows) {
    const uint64_t end_ms = now_ms() + WAIT_MS;
    for (;;) {
        const enum xhm_exit status = ask(client, reply);
        if (status != XHM_EXIT_OK) {
            return status;
        }
        *facts = decode((*reply)->facts_show);
        *knows = derive_knows_all(&(struct derive_running){(*reply)->facts_show, *facts});
        if (*knows || now_ms() >= end_ms) {
            return XHM_EXIT_OK;
        }
        free(*facts);
        *facts = NULL;
        xhm_client_free_reply(*reply);
        *reply = NULL;
        poll(NULL, 0, ASK_AGAIN_MS);
    }
}

/* A sentence as comment lines of a bounded width, broken between words. */
static void write_lines(FILE *out, unsigned indent, const char *text) {
    while (*text != '\0') {
        size_t length = strlen(text);
        const size_t room = LINE_WIDTH - indent;
        for (length = length < room ? length : room; text[length] != '\0' && length > 0 && text[length] != ' ';) {
            length--;
        }
        length = length > 0 ? length : strlen(text);
        fprintf(out, "%*s# %.*s\n", (int)indent, "", (int)length, text);
        text += length;
        text += strspn(text, " ");
    }
}

static void write_notes(const struct derive_notes *notes, enum derive_section section, uint32_t index, unsigned indent,
                        FILE *out) {
    for (uint32_t i = 0; i < notes->count && i < DERIVE_MAX_NOTES; i++) {
        if (notes->notes[i].section == section && notes->notes[i].index == index) {
            write_lines(out, indent, notes->notes[i].text);
        }
    }
}

static void write_comment(void *context, const char *section, uint32_t index, unsigned indent, FILE *out) {
    static const struct {
        const char *section;
        const char *text;
    } keys[] = {
        {"supervisor", "The supervisor's own timing, as before: it cannot be observed."},
        {"partitions",
         "What each partition has and where it runs, as seen. Entities, reactions and what else cannot be "
         "observed is as before."},
        {"platform", "The host as it is."},
        {"cpupools", "Cpupools as they are: exactly these pCPUs, this scheduler, this schedule."},
        {"access", "Who may ask for what, as before."},
    };
    const struct derive_notes *notes = context;
    for (size_t i = 0; index == UINT32_MAX && i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (strcmp(keys[i].section, section) == 0) {
            fputc('\n', out);
            write_lines(out, indent, keys[i].text);
        }
    }
    if (index == UINT32_MAX && strcmp(section, "platform") == 0) {
        write_notes(notes, DERIVE_OF_PLATFORM, 0, indent, out);
    } else if (index != UINT32_MAX && strcmp(section, "partitions") == 0) {
        write_notes(notes, DERIVE_OF_PARTITION, index, indent, out);
    } else if (index != UINT32_MAX && strcmp(section, "cpupools") == 0) {
        write_notes(notes, DERIVE_OF_CPUPOOL, index, indent, out);
    }
}

static void write_policy(const struct xhm_policy *policy, const struct derive_notes *notes, uint64_t from_hash,
                         bool knows, FILE *out) {
    const struct policy_text_comments comments = {write_comment, (void *)(uintptr_t)notes};
    fprintf(out, "# Derived from the running ECU %s under policy %016" PRIx64 ", to be edited.\n", policy->ecu_id,
            from_hash);
    write_lines(
        out, 0,
        "It accepts exactly what ran when it was made, and applying it raises nothing that was not wrong before. "
        "What was left out, and why, is said where it would stand.");
    if (!knows) {
        write_lines(out, 0, "Not everything could be looked at in time: what is missing may only not have been seen.");
    }
    write_notes(notes, DERIVE_OF_ALL, 0, 0, out);
    if (notes->count > DERIVE_MAX_NOTES) {
        fprintf(out, "# %u further notes had no room.\n", notes->count - DERIVE_MAX_NOTES);
    }
    policy_text_write_commented(policy, &comments, out);
}

static enum xhm_exit write_out(const struct xhm_invocation *invocation, const struct xhm_policy *policy,
                               const struct derive_notes *notes, uint64_t from_hash, bool knows) {
    const char *path = invocation->options[XHM_OPTION_OUTPUT];
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        fputs("xhmctl: making the policy's text: out of memory\n", stderr);
        return XHM_EXIT_USAGE;
    }
    if (invocation->options[XHM_OPTION_JSON] != NULL) {
        policy_text_write_json(policy, out);
        fputc('\n', out);
    } else {
        write_policy(policy, notes, from_hash, knows, out);
    }
    const bool made = ferror(out) == 0 && fclose(out) == 0;
    enum xhm_exit status = made ? XHM_EXIT_OK : XHM_EXIT_USAGE;
    if (made && path != NULL) {
        status = policy_file_write_bytes(path, (const uint8_t *)text, size);
    } else if (made) {
        fwrite(text, 1, size, stdout);
    }
    free(text);
    return status;
}

/* What was not seen is no reason to hold back what was: the exit status and a sentence tell. */
static enum xhm_exit derive(const struct xhm_invocation *invocation, struct xhm_policy_file *file,
                            const struct derive_running *running, bool knows) {
    static struct derive_notes notes;
    const uint64_t from_hash = file->policy.hash;
    derive_policy(&file->policy, running, &notes);
    messages_init(&file->messages, "derived policy");
    if (!derive_relax(&file->policy, &notes) && !policy_text_check(&file->policy, &file->messages)) {
        messages_print(&file->messages, stderr);
        return XHM_EXIT_POLICY_REFUSED;
    }
    const enum xhm_exit status = write_out(invocation, &file->policy, &notes, from_hash, knows);
    if (status == XHM_EXIT_OK && !knows) {
        fputs("xhmctl: not everything that runs could be looked at in time; the policy says what is missing\n", stderr);
        return XHM_EXIT_NOT_OK;
    }
    return status;
}

enum xhm_exit command_policy_derive(const struct xhm_invocation *invocation) {
    enum xhm_exit status;
    struct xhm_policy_file *file = command_policy_load_running(invocation, &status);
    if (file == NULL) {
        return status;
    }
    struct xhm_client *client = session_open(invocation, NULL);
    Xhm__V1__ServerMessage *reply = NULL;
    struct xhm_facts *facts = NULL;
    bool knows = false;
    status = client != NULL ? ask_until_known(client, &reply, &facts, &knows) : XHM_EXIT_NO_DAEMON;
    if (status == XHM_EXIT_OK) {
        status = derive(invocation, file, &(struct derive_running){reply->facts_show, facts}, knows);
    }
    free(facts);
    xhm_client_free_reply(reply);
    xhm_client_close(client);
    policy_file_free(file);
    return status;
}
