// SPDX-License-Identifier: Apache-2.0
#include "command_policy.h"
#include "difference.h"

static void print_value(const char *word, const char *text) {
    printf("%s%s%s\n", word, text[0] != '\0' ? ", " : "", text);
}

static void print_difference(void *context, const struct xhm_difference *difference) {
    (void)context;
    printf("%s: ", difference->path);
    if (difference->old_text == NULL) {
        print_value("added", difference->new_text);
    } else if (difference->new_text == NULL) {
        print_value("removed", difference->old_text);
    } else {
        printf("%s -> %s\n", difference->old_text, difference->new_text);
    }
}

static void print_json_difference(void *context, const struct xhm_difference *difference) {
    struct xhm_json *json = context;
    json_begin_object(json, NULL);
    json_string(json, "path", difference->path);
    json_string(json, "old", difference->old_text);
    json_string(json, "new", difference->new_text);
    json_end_object(json);
}

static uint32_t print_json(const struct xhm_policy *old_policy, const struct xhm_policy *new_policy) {
    struct xhm_json json;
    json_init(&json, stdout);
    json_begin_object(&json, NULL);
    json_hash(&json, "old_hash", old_policy->hash);
    json_hash(&json, "new_hash", new_policy->hash);
    json_begin_array(&json, "differences");
    const uint32_t count = difference_tell(old_policy, new_policy, print_json_difference, &json);
    json_end_array(&json);
    json_end_object(&json);
    return count;
}

static enum xhm_exit print(const struct xhm_invocation *invocation, const struct xhm_policy *old_policy,
                           const struct xhm_policy *new_policy) {
    const uint32_t count = invocation->options[XHM_OPTION_JSON] != NULL
                               ? print_json(old_policy, new_policy)
                               : difference_tell(old_policy, new_policy, print_difference, NULL);
    return count == 0 ? XHM_EXIT_OK : XHM_EXIT_NOT_OK;
}

enum xhm_exit command_policy_diff(const struct xhm_invocation *invocation) {
    const bool running = invocation->argument_count == 1;
    enum xhm_exit status;
    struct xhm_policy_file *new_file = command_policy_load_argument(invocation, running ? 0 : 1, &status);
    if (new_file == NULL) {
        return status;
    }
    struct xhm_policy_file *old_file =
        running ? command_policy_load_running(invocation, &status) : command_policy_load(invocation, &status);
    if (old_file != NULL) {
        status = print(invocation, &old_file->policy, &new_file->policy);
    }
    policy_file_free(old_file);
    policy_file_free(new_file);
    return status;
}
