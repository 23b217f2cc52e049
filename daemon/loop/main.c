#include "loop.h"
#include "xhm_config.h"
#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>

enum exit_status {
    EXIT_FINE = 0,
    EXIT_START_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_LAST_RESORT = 3
};

static const char usage_text[] =
    "Usage: xhmd [OPTION]...\n"
    "Supervises the partitions of a Xen ECU against a compiled policy.\n"
    "\n"
    "  --policy FILE             compiled policy (default /etc/xhm/policy.xhm)\n"
    "  --policy-key FILE         take only policies that are signed with this key; may be given again; with --ecu\n"
    "  --ecu NAME                this ECU: with --policy-key, policies for others are refused\n"
    "  --socket PATH             control API (default /run/xhm/control.sock)\n"
    "  --fault-memory FILE       non-volatile fault memory (default /var/lib/xhm/fault-memory)\n"
    "  --log journal|stderr|file:PATH\n"
    "                            where events are told (default journal; stderr when there is none)\n"
    "  --realtime-priority N     run supervision as SCHED_FIFO with priority 1 to 99 (default: as started)\n"
    "  --no-lock-memory          do not keep all memory resident\n"
    "  --help                    show this text\n"
    "  --version                 show the version\n"
    "\n"
    "Exit status: 0 stopped by request, 1 start failed or the event loop broke, 2 usage, 3 last resort.\n";

static bool parse_log(const char *text, struct xhm_writer_options *writer) {
    if (strcmp(text, "journal") == 0) {
        writer->sink = XHM_SINK_JOURNAL;
    } else if (strcmp(text, "stderr") == 0) {
        writer->sink = XHM_SINK_STDERR;
    } else if (strncmp(text, "file:", 5) == 0 && text[5] != '\0') {
        writer->sink = XHM_SINK_FILE;
        writer->sink_path = text + 5;
    } else {
        return false;
    }
    return true;
}

static bool parse_priority(const char *text, int *priority) {
    char *end = NULL;

    errno = 0;
    const long value = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < 1 || value > 99) {
        return false;
    }
    *priority = (int)value;
    return true;
}

static int usage_error(const char *sentence, const char *what) {
    fprintf(stderr, "xhmd: %s%s\nTry 'xhmd --help'.\n", sentence, what);
    return EXIT_USAGE;
}

enum option_code {
    OPTION_POLICY = 256,
    OPTION_POLICY_KEY,
    OPTION_ECU,
    OPTION_SOCKET,
    OPTION_MEMORY,
    OPTION_LOG,
    OPTION_PRIORITY,
    OPTION_NO_LOCK
};

static int take_policy_key(const char *path, struct xhm_loop_options *options) {
    if (options->policy_key_count == XHM_MAX_POLICY_KEYS) {
        return usage_error("--policy-key: too many keys, from this one on: ", path);
    }
    options->policy_keys[options->policy_key_count++] = path;
    return -1;
}

static int take_ecu(const char *name, struct xhm_loop_options *options) {
    if (name[0] == '\0' || strlen(name) >= XHM_NAME_SIZE) {
        return usage_error("--ecu: not the name of an ECU: ", name);
    }
    options->ecu_id = name;
    return -1;
}

/** @return -1 to go on, or an exit status */
static int take_option(int code, const char *value, struct xhm_loop_options *options) {
    switch (code) {
    case OPTION_POLICY:
        options->policy_path = value;
        return -1;
    case OPTION_POLICY_KEY:
        return take_policy_key(value, options);
    case OPTION_ECU:
        return take_ecu(value, options);
    case OPTION_SOCKET:
        options->socket_path = value;
        return -1;
    case OPTION_MEMORY:
        options->writer.fault_memory_path = value;
        return -1;
    case OPTION_LOG:
        return parse_log(value, &options->writer) ? -1
                                                  : usage_error("--log: not journal, stderr or file:PATH: ", value);
    case OPTION_PRIORITY:
        return parse_priority(value, &options->realtime_priority)
                   ? -1
                   : usage_error("--realtime-priority: not a number from 1 to 99: ", value);
    case OPTION_NO_LOCK:
        options->lock_memory = false;
        return -1;
    case 'h':
        return fputs(usage_text, stdout) < 0 ? EXIT_START_FAILED : EXIT_FINE;
    case 'V':
        return puts("xhmd " XHM_VERSION) < 0 ? EXIT_START_FAILED : EXIT_FINE;
    default:
        return usage_error("unknown option or missing value", "");
    }
}

static int parse_options(int argc, char *argv[], struct xhm_loop_options *options) {
    static const struct option known[] = {
        {"policy", required_argument, NULL, OPTION_POLICY},
        {"policy-key", required_argument, NULL, OPTION_POLICY_KEY},
        {"ecu", required_argument, NULL, OPTION_ECU},
        {"socket", required_argument, NULL, OPTION_SOCKET},
        {"fault-memory", required_argument, NULL, OPTION_MEMORY},
        {"log", required_argument, NULL, OPTION_LOG},
        {"realtime-priority", required_argument, NULL, OPTION_PRIORITY},
        {"no-lock-memory", no_argument, NULL, OPTION_NO_LOCK},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {NULL, 0, NULL, 0},
    };
    int code;

    while ((code = getopt_long(argc, argv, "", known, NULL)) != -1) {
        const int status = take_option(code, optarg, options);
        if (status >= 0) {
            return status;
        }
    }
    if (optind != argc) {
        return usage_error("unexpected argument: ", argv[optind]);
    }
    return (options->policy_key_count > 0) == (options->ecu_id != NULL)
               ? -1
               : usage_error("--policy-key and --ecu are given together or not at all", "");
}

/* Every thread inherits this mask: the event loop alone receives these signals. */
static bool block_signals(void) {
    sigset_t set;

    return sigemptyset(&set) == 0 && sigaddset(&set, SIGTERM) == 0 && sigaddset(&set, SIGINT) == 0 &&
           sigprocmask(SIG_BLOCK, &set, NULL) == 0 && signal(SIGPIPE, SIG_IGN) != SIG_ERR;
}

/* Supervision has ended and everything is stored; nothing is left that a system call could hold up. In dom0 the
   kernel's reboot is the hardware domain's: Xen resets the machine. */
static int take_last_resort(enum xhm_loop_end end) {
    if (end == XHM_LOOP_REBOOT) {
        fprintf(stderr, "xhmd: last resort: rebooting the ECU\n");
        if (reboot(RB_AUTOBOOT) != 0) {
            fprintf(stderr, "xhmd: last resort: rebooting the ECU failed: %s\n", strerror(errno));
        }
    } else {
        fprintf(stderr, "xhmd: last resort: ending, so that the service manager starts the supervisor again\n");
    }
    return EXIT_LAST_RESORT;
}

int main(int argc, char *argv[]) {
    struct xhm_loop_options options = {
        .policy_path = "/etc/xhm/policy.xhm",
        .socket_path = "/run/xhm/control.sock",
        .writer = {.sink = XHM_SINK_JOURNAL, .fault_memory_path = "/var/lib/xhm/fault-memory"},
        .lock_memory = true,
    };
    char error[XHM_ERROR_SIZE] = "";
    const int status = parse_options(argc, argv, &options);

    if (status >= 0) {
        return status;
    }
    if (!block_signals()) {
        fprintf(stderr, "xhmd: blocking signals: %s\n", strerror(errno));
        return EXIT_START_FAILED;
    }
    /* One heap for all threads: memory is locked, and each further heap would be, too. */
    if (mallopt(M_ARENA_MAX, 1) != 1) {
        fprintf(stderr, "xhmd: limiting the heap to one arena failed: more memory will be locked\n");
    }
    struct xhm_loop *loop = loop_open(&options, error);
    if (loop == NULL) {
        fprintf(stderr, "xhmd: %s\n", error);
        return EXIT_START_FAILED;
    }
    enum xhm_loop_end end = XHM_LOOP_GOES_ON;
    const int result = loop_run(loop, &end);
    loop_close(loop);
    if (result < 0) {
        fprintf(stderr, "xhmd: the event loop broke: %s\n", strerror(-result));
    }
    if (end != XHM_LOOP_GOES_ON) {
        return take_last_resort(end);
    }
    return result < 0 ? EXIT_START_FAILED : EXIT_FINE;
}
