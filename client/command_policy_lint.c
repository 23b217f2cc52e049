// SPDX-License-Identifier: Apache-2.0
#include "command_policy.h"
#include "lint.h"
#include "xl_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A configuration in every form. */
struct configuration {
    struct xhm_messages errors;
    struct xhm_messages unchecked;
    struct xhm_xl_domain domain;
};

/* Everything that one run needs: the policy's part first, then one for each file. */
struct run {
    const struct xhm_invocation *invocation;
    struct xhm_messages errors;
    struct xhm_messages unchecked;
    struct xhm_lint_file files[XHM_MAX_FILES]; /**< of those that could be read: `read_count` */
    size_t read_count;
    size_t count; /**< of `configurations` */
    struct configuration configurations[];
};

static bool cannot(const char *doing, const char *path) {
    fprintf(stderr, "xhmctl: %s %s: %s\n", doing, path, strerror(errno));
    return false;
}

/* @return whether the file could be read, whatever it says */
static bool read_file(struct run *run, const char *path) {
    static char text[XHM_XL_MAX_SIZE + 2u];
    struct configuration *configuration = &run->configurations[run->count];
    FILE *stream = fopen(path, "re");
    if (stream == NULL) {
        return cannot("opening", path);
    }
    const size_t size = fread(text, 1, sizeof(text) - 1, stream);
    const bool failed = ferror(stream) != 0 && !cannot("reading", path);
    text[size] = '\0';
    fclose(stream);
    if (failed) {
        return false;
    }
    run->count++;
    messages_init(&configuration->errors, path);
    messages_init(&configuration->unchecked, path);
    if (xl_reader_read(text, size, &configuration->domain, &configuration->errors)) {
        run->files[run->read_count++] = (struct xhm_lint_file){
            .domain = &configuration->domain, .errors = &configuration->errors, .unchecked = &configuration->unchecked};
    }
    return true;
}

static bool read_files(struct run *run) {
    for (size_t i = 0; i < run->invocation->file_count; i++) {
        if (!read_file(run, run->invocation->files[i])) {
            return false;
        }
    }
    return true;
}

static void compare(struct run *run, const struct xhm_policy *policy) {
    const struct xhm_lint_policy declared = {policy, &run->errors, &run->unchecked, run->read_count < run->count};
    lint_compare(&declared, run->files, run->read_count);
    for (size_t i = 0; i < run->count; i++) {
        messages_sort(&run->configurations[i].errors);
        messages_sort(&run->configurations[i].unchecked);
    }
}

static uint32_t count_errors(const struct run *run) {
    uint32_t count = run->errors.count;
    for (size_t i = 0; i < run->count; i++) {
        count += run->configurations[i].errors.count;
    }
    return count;
}

static void print(const struct run *run, uint32_t errors) {
    for (size_t i = 0; i < run->count; i++) {
        messages_print(&run->configurations[i].errors, stderr);
    }
    messages_print(&run->errors, stderr);
    for (size_t i = 0; i < run->count; i++) {
        messages_print(&run->configurations[i].unchecked, stdout);
    }
    messages_print(&run->unchecked, stdout);
    if (errors > 0) {
        fprintf(stderr, "%s: not met, %u error%s\n", run->errors.file, errors, errors == 1 ? "" : "s");
    } else {
        printf("%s: met by %zu file%s, but for what is not checked\n", run->errors.file, run->count,
               run->count == 1 ? "" : "s");
    }
}

static void print_json_about(struct xhm_json *json, const struct xhm_messages *errors,
                             const struct xhm_messages *unchecked) {
    json_begin_object(json, NULL);
    json_string(json, "file", errors->file);
    policy_messages_print_json(json, "errors", errors);
    policy_messages_print_json(json, "not_checked", unchecked);
    json_end_object(json);
}

static void print_json(const struct run *run, uint32_t errors) {
    struct xhm_json json;
    json_init(&json, stdout);
    json_begin_object(&json, NULL);
    json_string(&json, "file", run->errors.file);
    json_bool(&json, "met", errors == 0);
    json_begin_array(&json, "about");
    print_json_about(&json, &run->errors, &run->unchecked);
    for (size_t i = 0; i < run->count; i++) {
        print_json_about(&json, &run->configurations[i].errors, &run->configurations[i].unchecked);
    }
    json_end_array(&json);
    json_end_object(&json);
}

static enum xhm_exit lint(struct run *run, const struct xhm_policy *policy) {
    messages_init(&run->errors, run->invocation->arguments[0]);
    messages_init(&run->unchecked, run->invocation->arguments[0]);
    if (!read_files(run)) {
        return XHM_EXIT_USAGE;
    }
    compare(run, policy);
    const uint32_t errors = count_errors(run);
    (run->invocation->options[XHM_OPTION_JSON] != NULL ? print_json : print)(run, errors);
    return errors == 0 ? XHM_EXIT_OK : XHM_EXIT_POLICY_REFUSED;
}

enum xhm_exit command_policy_lint(const struct xhm_invocation *invocation) {
    if (invocation->file_count == 0) {
        return command_wrong_usage("policy lint needs --xl FILE…: the xl domain configurations");
    }
    enum xhm_exit status;
    struct xhm_policy_file *policy = command_policy_load(invocation, &status);
    if (policy == NULL) {
        return status;
    }
    struct run *run = calloc(1, sizeof(*run) + invocation->file_count * sizeof(run->configurations[0]));
    if (run == NULL) {
        fputs("xhmctl: preparing to read xl configurations: out of memory\n", stderr);
        status = XHM_EXIT_USAGE;
    } else {
        run->invocation = invocation;
        status = lint(run, &policy->policy);
    }
    free(run);
    policy_file_free(policy);
    return status;
}
