// SPDX-License-Identifier: Apache-2.0
#include "command.h"
#include "scalar.h"

#include <stdarg.h>
#include <string.h>

static const struct xhm_option_info options[XHM_OPTION_COUNT] = {
    [XHM_OPTION_CONNECT] =
        {"--connect", NULL, "ADDRESS",
         "the supervisor's socket, or vchan:DOMID from another domain; instead of " XHM_CLIENT_SOCKET},
    [XHM_OPTION_JSON] = {"--json", NULL, NULL, "print JSON, for programs"},
    [XHM_OPTION_HELP] = {"--help", "-h", NULL, "print this help"},
    [XHM_OPTION_VERSION] = {"--version", NULL, NULL, "print the version"},
    [XHM_OPTION_FOLLOW] = {"--follow", "-f", NULL, "go on with the events that come, until interrupted"},
    [XHM_OPTION_SINCE] = {"--since", NULL, "SEQ", "only events with a sequence number above SEQ"},
    [XHM_OPTION_OUTPUT] = {"--output", "-o", "FILE", "the file that is written"},
    [XHM_OPTION_ENTITY] = {"--entity", NULL, "NAME", "the supervised entity, instead of the partition's first"},
    [XHM_OPTION_FOR] = {"--for", NULL, "TIME", "how long it lasts, like 10s or 10m"},
    [XHM_OPTION_END] = {"--end", NULL, NULL, "end it before its time"},
    [XHM_OPTION_CONFIRM] = {"--confirm", NULL, "TOKEN", "the second step, with what the first one printed"},
    [XHM_OPTION_PARTITION] = {"--partition", NULL, "NAME", "only of this partition"},
    [XHM_OPTION_XL] = {"--xl", NULL, "FILE…", "the xl domain configurations"},
    [XHM_OPTION_KEY] = {"--key", NULL, "KEY", "the secret key, from policy keygen"},
    [XHM_OPTION_POLICY_VERSION] = {"--policy-version", NULL, "N", "at least 1; xhmd takes none below one that it took"},
    [XHM_OPTION_DIRECTORY] = {"--directory", NULL, "DIR", "one file for each partition there, none replaced"},
};

const struct xhm_option_info *options_info(enum xhm_option option) {
    return &options[option];
}

enum xhm_exit command_wrong_usage(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("xhmctl: ", stderr);
    vfprintf(stderr, format, arguments);
    fputs("\nxhmctl --help lists commands and options\n", stderr);
    va_end(arguments);
    return XHM_EXIT_USAGE;
}

/* The length of the option's name when @p word is it, with or without "=value"; else 0. */
static size_t match(const struct xhm_option_info *info, const char *word) {
    size_t length = strlen(info->name);
    if (strncmp(word, info->name, length) == 0 && (word[length] == '\0' || word[length] == '=')) {
        return length;
    }
    return info->shortcut != NULL && strcmp(word, info->shortcut) == 0 ? strlen(info->shortcut) : 0;
}

static bool take_file(struct xhm_invocation *invocation, const char *word) {
    if (invocation->file_count == XHM_MAX_FILES) {
        command_wrong_usage("too many files, from \"%s\" on", word);
        return false;
    }
    invocation->files[invocation->file_count++] = word;
    return true;
}

static bool take_option(struct xhm_invocation *invocation, enum xhm_option option, size_t length, int argc, char **argv,
                        int *index) {
    const struct xhm_option_info *info = &options[option];
    const char *value = argv[*index][length] == '=' ? &argv[*index][length + 1] : NULL;
    if (info->argument == NULL) {
        if (value != NULL) {
            command_wrong_usage("option %s takes no value", info->name);
            return false;
        }
        value = "";
    } else if (value == NULL && *index + 1 < argc) {
        value = argv[++*index];
    }
    if (value == NULL) {
        command_wrong_usage("option %s needs a value: %s", info->name, info->argument);
        return false;
    }
    if ((XHM_OPTIONS_OF_FILES & XHM_OPTION_BIT(option)) != 0) {
        invocation->options[option] = value;
        return take_file(invocation, value);
    }
    if (invocation->options[option] != NULL && info->argument != NULL) {
        command_wrong_usage("option %s is given twice", info->name);
        return false;
    }
    invocation->options[option] = value;
    return true;
}

static bool take_word(struct xhm_invocation *invocation, const char *word) {
    if (invocation->argument_count == XHM_MAX_ARGUMENTS + 2) {
        command_wrong_usage("too many arguments, from \"%s\" on", word);
        return false;
    }
    invocation->arguments[invocation->argument_count++] = word;
    return true;
}

bool options_parse(struct xhm_invocation *invocation, int argc, char **argv) {
    bool only_words = false;
    bool (*take)(struct xhm_invocation * invocation, const char *word) = take_word;
    for (int i = 1; i < argc; i++) {
        bool is_word = only_words || argv[i][0] != '-' || argv[i][1] == '\0';
        if (is_word) {
            if (!take(invocation, argv[i])) {
                return false;
            }
            continue;
        }
        if (strcmp(argv[i], "--") == 0) {
            only_words = true;
            take = take_word;
            continue;
        }
        size_t length = 0;
        unsigned option = 0;
        while (option < XHM_OPTION_COUNT && (length = match(&options[option], argv[i])) == 0) {
            option++;
        }
        if (option == XHM_OPTION_COUNT) {
            command_wrong_usage("unknown option \"%s\"", argv[i]);
            return false;
        }
        if (!take_option(invocation, (enum xhm_option)option, length, argc, argv, &i)) {
            return false;
        }
        take = (XHM_OPTIONS_OF_FILES & XHM_OPTION_BIT(option)) != 0 ? take_file : take_word;
    }
    return true;
}

bool options_read_duration_ms(const struct xhm_invocation *invocation, uint64_t *duration_ms) {
    const char *text = invocation->options[XHM_OPTION_FOR];
    uint64_t duration_ns = 0;
    *duration_ms = 0;
    if (text == NULL) {
        return true;
    }
    const char *wrong = scalar_read_duration(text, &duration_ns);
    if (wrong == NULL && duration_ns < 1000000u) {
        wrong = "is too short: at least 1ms";
    }
    if (wrong != NULL) {
        command_wrong_usage("--for: \"%s\" %s", text, wrong);
        return false;
    }
    *duration_ms = duration_ns / 1000000u;
    return true;
}
