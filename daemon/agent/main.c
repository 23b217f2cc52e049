#include "agent.h"
#include "gathering.h"
#include "log.h"
#include "startup.h"
#include "tasks.h"
#include "timer.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <xentoollog.h>

#define DEFAULT_FOLDER "/etc/xhm/partitions"
#define US_PER_MS      1000u
#define HIGHEST_DOMID  0x7fefu

static const char help[] =
    "Usage: xhm-agent [OPTION]...\n"
    "Starts, stops and recreates the partitions of this ECU for xhmd, from their declared files. Runs in dom0.\n"
    "\n"
    "  --connect PATH            control socket of xhmd (default " XHM_CLIENT_SOCKET ")\n"
    "  --partitions FOLDER       where partition NAME is declared as NAME.cfg (default " DEFAULT_FOLDER ")\n"
    "  --start                   create every declared partition that does not run, once after boot\n"
    "  --supervisor UUID         domain that xhmd runs in, if that is not dom0: followed through all its instances,\n"
    "                            spoken to over vchan, and announced to the partitions\n"
    "  --supervisor-config FILE  its xl file: create that domain, and again whenever it is lost\n"
    "  --supervisor-domid DOMID  domain that xhmd runs in, announced to the partitions (default 0)\n"
    "  --help                    show this help\n"
    "  --version                 show the version\n"
    "\n"
    "See xhm-agent(8).\n";

static const struct option known[] = {
    {"connect", required_argument, NULL, 'c'},
    {"partitions", required_argument, NULL, 'p'},
    {"start", no_argument, NULL, 's'},
    {"supervisor", required_argument, NULL, 'u'},
    {"supervisor-config", required_argument, NULL, 'f'},
    {"supervisor-domid", required_argument, NULL, 'd'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'v'},
    {NULL, 0, NULL, 0},
};

enum option_result {
    OPTIONS_RUN,
    OPTIONS_END,
    OPTIONS_BAD
};

uint64_t agent_now_ms(const struct agent *agent) {
    uint64_t now_us = 0;

    sd_event_now(agent->event, CLOCK_MONOTONIC, &now_us);
    return now_us / US_PER_MS;
}

static bool parse_domid(const char *text, uint16_t *domid) {
    char *end = NULL;
    const unsigned long value = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0' || value > HIGHEST_DOMID) {
        fprintf(stderr, "xhm-agent: --supervisor-domid: \"%s\" is no domain id\n", text);
        return false;
    }
    *domid = (uint16_t)value;
    return true;
}

static bool parse_supervisor(const char *text, struct agent_supervisor *supervisor) {
    const bool is_uuid = supervisor_parse(text, supervisor);

    if (!is_uuid) {
        fprintf(stderr, "xhm-agent: --supervisor: \"%s\" is no UUID of a domain\n", text);
    }
    return is_uuid;
}

static enum option_result parse_options(int argc, char **argv, struct agent *agent) {
    struct agent_options *options = &agent->options;
    int option;

    *options = (struct agent_options){.socket_path = XHM_CLIENT_SOCKET, .partitions_folder = DEFAULT_FOLDER};
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
        case 'c':
            options->socket_path = optarg;
            break;
        case 'p':
            options->partitions_folder = optarg;
            break;
        case 's':
            options->is_starter = true;
            break;
        case 'u':
            if (!parse_supervisor(optarg, &agent->supervisor)) {
                return OPTIONS_BAD;
            }
            break;
        case 'f':
            agent->life.config_path = optarg;
            break;
        case 'd':
            if (!parse_domid(optarg, &options->supervisor_domid)) {
                return OPTIONS_BAD;
            }
            break;
        case 'h':
            fputs(help, stdout);
            return OPTIONS_END;
        case 'v':
            puts("xhm-agent " XHM_VERSION);
            return OPTIONS_END;
        default:
            return OPTIONS_BAD;
        }
    }
    if (agent->life.config_path != NULL && !agent->supervisor.is_followed) {
        fputs("xhm-agent: --supervisor-config needs --supervisor\n", stderr);
        return OPTIONS_BAD;
    }
    if (optind < argc) {
        fprintf(stderr, "xhm-agent: unexpected argument \"%s\"\n", argv[optind]);
        return OPTIONS_BAD;
    }
    return OPTIONS_RUN;
}

static void on_connected(void *context, const Xhm__V1__HelloReply *reply) {
    struct agent *agent = context;

    /* Both numberings are kept in the fault memory; when one began anew, so did the other. */
    if (reply->last_sequence < agent->last_sequence) {
        tasks_forget(agent);
    }
    agent->last_sequence = reply->last_sequence;
    log_record(LOG_CONNECTED, NULL, "connected to xhmd %s of ECU %s", reply->version, reply->ecu_id);
}

static void on_disconnected(void *context, const char *reason) {
    static char last[XHM_CLIENT_ERROR_SIZE];

    (void)context;
    gathering_stop();
    /* Tried again all the time: said once for each reason. */
    if (strncmp(last, reason, sizeof(last) - 1) != 0) {
        snprintf(last, sizeof(last), "%s", reason);
        log_record(LOG_DISCONNECTED, NULL, "not connected to xhmd: %s", reason);
    }
}

static void on_task(void *context, const Xhm__V1__AgentTask *task) {
    tasks_accept(context, task);
}

static void on_facts_order(void *context, const Xhm__V1__FactsOrder *order) {
    gathering_order(context, order);
}

static int on_client(sd_event_source *source, int descriptor, uint32_t events, void *context) {
    struct agent *agent = context;
    const int result = xhm_client_process(agent->client);

    (void)source, (void)descriptor, (void)events;
    if (result < 0) {
        log_record(LOG_PROBLEM, NULL, "cannot go on with the connection to xhmd: %s", xhm_client_result_name(result));
        return sd_event_exit(agent->event, EXIT_FAILURE);
    }
    return 0;
}

static int add_signals(sd_event *event) {
    static const int signals[] = {SIGTERM, SIGINT};
    sigset_t set;
    int result = 0;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        sigaddset(&set, signals[i]);
    }
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; result >= 0 && i < sizeof(signals) / sizeof(signals[0]); i++) {
        result = sd_event_add_signal(event, NULL, signals[i], NULL, NULL);
    }
    return result;
}

static bool open_client(struct agent *agent) {
    char error[XHM_CLIENT_ERROR_SIZE];
    const struct xhm_client_options options = {
        .socket_path = agent->options.socket_path,
        .name = "xhm-agent",
        .backoff_max_ms = 1000,
        .handler =
            {
                .context = agent,
                .connected = on_connected,
                .disconnected = on_disconnected,
                .agent_task = on_task,
                .facts_order = on_facts_order,
            },
    };

    agent->client = xhm_client_open(&options, error);
    if (agent->client == NULL) {
        log_record(LOG_PROBLEM, NULL, "cannot speak to xhmd: %s", error);
        return false;
    }
    const int result = sd_event_add_io(agent->event, &agent->client_source, xhm_client_descriptor(agent->client),
                                       EPOLLIN, on_client, agent);
    if (result < 0) {
        log_record(LOG_PROBLEM, NULL, "cannot wait for xhmd: %s", strerror(-result));
    }
    return result >= 0;
}

static void close_client(struct agent *agent) {
    gathering_stop();
    agent->client_source = sd_event_source_disable_unref(agent->client_source);
    xhm_client_close(agent->client);
    agent->client = NULL;
}

/* An address at which nobody offers anything stands for a domain that was not seen yet. */
static void take_address(struct agent *agent) {
    agent->options.socket_path = agent->supervisor.is_known ? agent->supervisor.address : "vchan:0";
    agent->options.supervisor_domid = agent->supervisor.domid;
}

/* @return false when the agent cannot go on */
static bool follow_supervisor(struct agent *agent) {
    if (!supervisor_look(agent->xen, &agent->supervisor)) {
        return true;
    }
    log_record(LOG_CONNECTED, NULL, "the supervisor is domain %u", (unsigned)agent->supervisor.domid);
    take_address(agent);
    startup_announce(agent);
    close_client(agent);
    return open_client(agent);
}

/* Both signs of life come from here, so they mean that the loop goes round in time, and that it looks. */
static int on_heartbeat(sd_event_source *source, uint64_t time_us, void *context) {
    struct agent *agent = context;
    Xhm__V1__AgentHeartbeat heartbeat = XHM__V1__AGENT_HEARTBEAT__INIT;

    (void)source, (void)time_us;
    heartbeat.counter = ++agent->heartbeats;
    heartbeat.injection_supported = XHM_INJECTION;
    (void)xhm_client_agent_heartbeat(agent->client, &heartbeat);
    if (!follow_supervisor(agent)) {
        return sd_event_exit(agent->event, EXIT_FAILURE);
    }
    supervisor_life_ask(agent);
    supervisor_life_look(agent);
    sd_notify(false, "WATCHDOG=1");
    timer_start_or_end(agent->event, &agent->heartbeat_timer, AGENT_HEARTBEAT_MS, on_heartbeat, agent);
    return 0;
}

static bool open_xen(struct agent *agent) {
    agent->xen = xc_interface_open(NULL, NULL, 0);
    if (agent->xen == NULL) {
        log_record(LOG_PROBLEM, NULL,
                   "cannot start: cannot open the hypervisor's interface: %s (xhm-agent runs as root "
                   "in dom0)",
                   strerror(errno));
    }
    return agent->xen != NULL;
}

static bool set_up(struct agent *agent) {
    int result = sd_event_default(&agent->event);

    if (result >= 0) {
        result = add_signals(agent->event);
    }
    if (result >= 0) {
        result = partitions_init(&agent->partitions);
    }
    if (result < 0) {
        log_record(LOG_PROBLEM, NULL, "cannot start: %s", strerror(-result));
        return false;
    }
    if (!open_xen(agent)) {
        return false;
    }
    supervisor_life_begin(agent);
    if (agent->supervisor.is_followed) {
        (void)supervisor_look(agent->xen, &agent->supervisor);
        take_address(agent);
    }
    if (!open_client(agent)) {
        return false;
    }
    result = startup_begin(agent);
    if (result < 0) {
        log_record(LOG_PROBLEM, NULL, "cannot start: cannot read the declared partitions in %s: %s",
                   agent->options.partitions_folder, strerror(-result));
        return false;
    }
    result = timer_start(agent->event, &agent->heartbeat_timer, 0, on_heartbeat, agent);
    if (result < 0) {
        log_record(LOG_PROBLEM, NULL, "cannot start: cannot start a timer: %s", strerror(-result));
    }
    return result >= 0;
}

static void tear_down(struct agent *agent) {
    agent->heartbeat_timer = sd_event_source_disable_unref(agent->heartbeat_timer);
    close_client(agent);
    if (agent->xen != NULL) {
        xc_interface_close(agent->xen);
    }
    partitions_deinit(&agent->partitions);
    sd_event_unref(agent->event);
}

int main(int argc, char **argv) {
    struct agent agent = {0};
    int status = EXIT_FAILURE;

    switch (parse_options(argc, argv, &agent)) {
    case OPTIONS_RUN:
        break;
    case OPTIONS_END:
        return EXIT_SUCCESS;
    case OPTIONS_BAD:
        fputs("Try xhm-agent --help.\n", stderr);
        return 2;
    }
    if (set_up(&agent)) {
        log_record(LOG_STARTED, NULL, "started: %u partitions declared in %s", agent.partitions.count,
                   agent.options.partitions_folder);
        sd_notify(false, "READY=1");
        status = sd_event_loop(agent.event);
        sd_notify(false, "STOPPING=1");
        log_record(LOG_STOPPED, NULL, "stopped");
    }
    tear_down(&agent);
    return status < 0 ? EXIT_FAILURE : status;
}
