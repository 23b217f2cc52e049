// SPDX-License-Identifier: Apache-2.0
#include "command_policy.h"
#include "policy_message.h"
#include "policy_text.h"
#include "timing.h"

#include <inttypes.h>
#include <string.h>

static bool wants_json(const struct xhm_invocation *invocation) {
    return invocation->options[XHM_OPTION_JSON] != NULL;
}

void policy_messages_print_json(struct xhm_json *json, const char *key, const struct xhm_messages *messages) {
    json_begin_array(json, key);
    for (uint32_t i = 0; i < messages_kept(messages); i++) {
        json_begin_object(json, NULL);
        json_number(json, "line", messages->messages[i].mark.line);
        json_number(json, "column", messages->messages[i].mark.column);
        json_string(json, "message", messages->messages[i].text);
        json_end_object(json);
    }
    json_end_array(json);
}

static void print_refusal(const struct xhm_invocation *invocation, const struct xhm_messages *messages) {
    if (wants_json(invocation)) {
        struct xhm_json json;
        json_init(&json, stdout);
        json_begin_object(&json, NULL);
        json_string(&json, "file", messages->file);
        json_bool(&json, "sound", false);
        policy_messages_print_json(&json, "errors", messages);
        json_end_object(&json);
        return;
    }
    messages_print(messages, stderr);
    fprintf(stderr, "%s: refused, %u error%s\n", messages->file, messages->count, messages->count == 1 ? "" : "s");
}

struct xhm_policy_file *command_policy_load(const struct xhm_invocation *invocation, enum xhm_exit *status) {
    return command_policy_load_argument(invocation, 0, status);
}

struct xhm_policy_file *command_policy_load_argument(const struct xhm_invocation *invocation, size_t argument,
                                                     enum xhm_exit *status) {
    struct xhm_policy_file *file = policy_file_new();
    *status = file != NULL ? policy_file_load(file, invocation->arguments[argument]) : XHM_EXIT_USAGE;
    if (*status == XHM_EXIT_POLICY_REFUSED) {
        print_refusal(invocation, &file->messages);
    }
    if (*status != XHM_EXIT_OK) {
        policy_file_free(file);
        return NULL;
    }
    return file;
}

static void print_summary(const char *name, const struct xhm_policy_file *file) {
    const struct xhm_policy *policy = &file->policy;
    printf("%s: sound\npolicy %016" PRIx64 " of ECU %s: %u partition%s, %zu bytes compiled\n", name, policy->hash,
           policy->ecu_id, policy->partition_count, policy->partition_count == 1 ? "" : "s",
           file->envelope.policy_size);
    if (file->is_signed) {
        printf("signed as version %" PRIu64 "; whose signature it is was not looked at\n", file->envelope.version);
    }
    fputc('\n', stdout);
    policy_timing_print(policy);
    policy_shares_print(policy);
    policy_chain_print(policy);
}

static void print_json_summary(const char *name, const struct xhm_policy_file *file) {
    const struct xhm_policy *policy = &file->policy;
    struct xhm_json json;
    json_init(&json, stdout);
    json_begin_object(&json, NULL);
    json_string(&json, "file", name);
    json_bool(&json, "sound", true);
    json_hash(&json, "policy_hash", policy->hash);
    json_string(&json, "ecu", policy->ecu_id);
    json_number(&json, "compiled_size", file->envelope.policy_size);
    if (file->is_signed) {
        json_number(&json, "policy_version", file->envelope.version);
    } else {
        json_null(&json, "policy_version");
    }
    json_number(&json, "placement_vcpu_capacity", timing_vcpu_capacity(policy));
    policy_timing_print_json(&json, policy);
    policy_shares_print_json(&json, policy);
    policy_chain_print_json(&json, policy);
    json_end_object(&json);
}

enum xhm_exit command_policy_check(const struct xhm_invocation *invocation) {
    enum xhm_exit status;
    struct xhm_policy_file *file = command_policy_load(invocation, &status);
    if (file != NULL) {
        (wants_json(invocation) ? print_json_summary : print_summary)(invocation->arguments[0], file);
        policy_file_free(file);
    }
    return status;
}

enum xhm_exit command_policy_compile(const struct xhm_invocation *invocation) {
    const char *output = invocation->options[XHM_OPTION_OUTPUT];
    if (output == NULL) {
        return command_wrong_usage("policy compile needs -o FILE: where the compiled policy is written");
    }
    enum xhm_exit status;
    struct xhm_policy_file *file = command_policy_load(invocation, &status);
    if (file != NULL) {
        status = policy_file_write(file, output);
        if (status == XHM_EXIT_OK && wants_json(invocation)) {
            print_json_summary(invocation->arguments[0], file);
        }
        policy_file_free(file);
    }
    return status;
}

static void print_policy(const struct xhm_invocation *invocation, const struct xhm_policy *policy) {
    if (wants_json(invocation)) {
        policy_text_write_json(policy, stdout);
        fputc('\n', stdout);
        return;
    }
    printf("# policy %016" PRIx64 "\n", policy->hash);
    policy_text_write_yaml(policy, stdout);
}

/* @return a sound policy, or NULL after saying why not */
static struct xhm_policy_file *take_reply(const Xhm__V1__ServerMessage *reply) {
    struct xhm_policy_file *file = policy_file_new();
    if (file == NULL) {
        return NULL;
    }
    char field[64] = "";
    messages_init(&file->messages, "running policy");
    const Xhm__V1__Policy *message =
        reply->body_case == XHM__V1__SERVER_MESSAGE__BODY_POLICY ? reply->policy->policy : NULL;
    enum xhm_policy_codec_verdict verdict =
        message != NULL ? policy_from_message(message, &file->policy, field) : XHM_POLICY_CODEC_BAD_BODY;
    if (verdict != XHM_POLICY_CODEC_OK) {
        messages_add(&file->messages, (struct xhm_mark){0}, field, "%s", policy_codec_name(verdict));
    } else if (policy_text_check(&file->policy, &file->messages)) {
        file->policy.hash = reply->policy->policy_hash;
        return file;
    }
    messages_print(&file->messages, stderr);
    policy_file_free(file);
    return NULL;
}

struct xhm_policy_file *command_policy_load_running(const struct xhm_invocation *invocation, enum xhm_exit *status) {
    Xhm__V1__PolicyShowRequest show = XHM__V1__POLICY_SHOW_REQUEST__INIT;
    Xhm__V1__ClientMessage request = XHM__V1__CLIENT_MESSAGE__INIT;
    request.body_case = XHM__V1__CLIENT_MESSAGE__BODY_POLICY_SHOW;
    request.policy_show = &show;
    Xhm__V1__ServerMessage *reply = NULL;
    struct xhm_policy_file *file = NULL;
    struct xhm_client *client = session_open(invocation, NULL);
    *status = session_call(client, &request, &reply);
    if (*status == XHM_EXIT_OK) {
        file = take_reply(reply);
        *status = file != NULL ? XHM_EXIT_OK : XHM_EXIT_POLICY_REFUSED;
    }
    xhm_client_free_reply(reply);
    xhm_client_close(client);
    return file;
}

enum xhm_exit command_policy_show(const struct xhm_invocation *invocation) {
    enum xhm_exit status;
    struct xhm_policy_file *file = invocation->argument_count == 0 ? command_policy_load_running(invocation, &status)
                                                                   : command_policy_load(invocation, &status);
    if (file != NULL) {
        print_policy(invocation, &file->policy);
        policy_file_free(file);
    }
    return status;
}

enum xhm_exit command_policy_apply(const struct xhm_invocation *invocation) {
    enum xhm_exit status;
    struct xhm_policy_file *file = command_policy_load(invocation, &status);
    if (file == NULL) {
        return status;
    }
    Xhm__V1__PolicyApplyRequest apply = XHM__V1__POLICY_APPLY_REQUEST__INIT;
    apply.compiled.len = file->compiled_size;
    apply.compiled.data = file->compiled;
    Xhm__V1__ClientMessage request = XHM__V1__CLIENT_MESSAGE__INIT;
    request.body_case = XHM__V1__CLIENT_MESSAGE__BODY_POLICY_APPLY;
    request.policy_apply = &apply;
    char done[80];
    snprintf(done, sizeof(done), "policy %016" PRIx64 " is the running one now", file->policy.hash);
    status = session_order(invocation, &request, done);
    policy_file_free(file);
    return status;
}
