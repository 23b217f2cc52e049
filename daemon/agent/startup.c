#include "startup.h"
#include "children.h"
#include "log.h"
#include "recreate.h"
#include "timer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Tells, until the next boot, that the partitions were started: from then on what does not run is xhmd's decision, and
 * an agent that was itself restarted must not bring back what a policy has given up. */
#define STARTED_MARK "/run/xhm-agent.started"

#define LOOK_PERIOD_MS      5000u
#define LOOK_TIMEOUT_MS     10000u
#define RETRY_PERIOD_MS     500u
#define CREATION_TIMEOUT_MS 60000u

/* One for the process: the look goes round for ever, whatever comes of it. */
static struct {
    struct agent *agent;
    struct rendezvous_ensure ensure;
    sd_event_source *timer;
    uint32_t next_start; /* partition that is to be started next, in name order */
    bool is_starting;
    bool is_folder_trouble_known; /* each spell of trouble is said once, not at every look */
    bool is_trouble_known;
} startup;

static void start_next(void);
static void look_after(uint64_t delay_ms);

/* xenstore may know domains that Xen has no more. */
static void note_running(const char *name, uint32_t domid) {
    struct agent_partition *partition = partitions_find(&startup.agent->partitions, name);
    xc_domaininfo_t domain;

    if (partition != NULL && domains_read(startup.agent->xen, domid, &domain) == 1) {
        partition->running_domid = (int)domid;
    }
}

static void read_running(const char *output) {
    const struct agent_partitions *partitions = &startup.agent->partitions;

    for (uint32_t i = 0; i < partitions->count; i++) {
        partitions->entries[i].running_domid = -1;
    }
    for (const char *line = output; line != NULL && *line != '\0';) {
        char name[AGENT_NAME_SIZE];
        unsigned domid = 0;

        if (sscanf(line, "%31s %u", name, &domid) == 2) {
            note_running(name, domid);
        }
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
}

static void on_start_end(struct agent_job *job) {
    log_record(job->result.is_done ? LOG_PARTITION_STARTED : LOG_PROBLEM, job->partition->name, "%s%s",
               job->result.is_done ? "started at boot" : "not started at boot: ", job->result.message);
    start_next();
}

static bool is_to_be_started(const struct agent_partition *partition) {
    return partition->running_domid < 0 && partition->activities[AGENT_SLOT_LIFE].job == NULL &&
           partition->creation_count == 0;
}

static void mark_started(void) {
    const int descriptor = open(STARTED_MARK, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

    if (descriptor < 0) {
        log_record(LOG_PROBLEM, NULL, "cannot note in %s that the partitions were started: %s", STARTED_MARK,
                   strerror(errno));
        return;
    }
    close(descriptor);
}

static void start_next(void) {
    struct agent *agent = startup.agent;

    while (startup.next_start < agent->partitions.count) {
        struct agent_partition *partition = &agent->partitions.entries[startup.next_start++];
        const struct job_order order = {
            .partition = partition,
            .slot = AGENT_SLOT_LIFE,
            .steps = start_steps,
            .timeout_ms = CREATION_TIMEOUT_MS,
            .on_end = on_start_end,
        };
        struct agent_job *job = is_to_be_started(partition) ? jobs_make(agent, &order) : NULL;

        if (job != NULL) {
            jobs_run(job);
            return;
        }
    }
    startup.is_starting = false;
    mark_started();
    look_after(0);
}

static void look_again(const char *why) {
    if (!startup.is_trouble_known) {
        log_record(LOG_PROBLEM, NULL, "cannot announce the supervisor to the partitions: %s", why);
    }
    startup.is_trouble_known = true;
    look_after(RETRY_PERIOD_MS);
}

static void on_look_end(void *context, const struct child_end *end) {
    (void)context;
    if (!end->is_success) {
        look_again(end->is_timed_out ? "xenstore does not answer" : end->output);
        return;
    }
    startup.is_trouble_known = false;
    read_running(end->output);
    look_after(LOOK_PERIOD_MS);
    if (startup.is_starting && startup.next_start == 0) {
        start_next();
    }
}

/* Partitions that were declared before stay known. */
static void find_declared(void) {
    const char *folder = startup.agent->options.partitions_folder;
    const int result = partitions_scan(&startup.agent->partitions, folder);

    if (result < 0 && !startup.is_folder_trouble_known) {
        log_record(LOG_PROBLEM, NULL, "cannot read the declared partitions in %s: %s", folder, strerror(-result));
    }
    startup.is_folder_trouble_known = result < 0;
}

static int on_look(sd_event_source *source, uint64_t time_us, void *context) {
    const struct child_work work = {
        .function = rendezvous_ensure_all,
        .function_context = &startup.ensure,
        .timeout_ms = LOOK_TIMEOUT_MS,
    };

    (void)source, (void)time_us, (void)context;
    find_declared();
    if (child_start(startup.agent->event, &work, on_look_end, NULL) == NULL) {
        look_again(strerror(errno));
    }
    return 0;
}

static void look_after(uint64_t delay_ms) {
    timer_start_or_end(startup.agent->event, &startup.timer, delay_ms, on_look, NULL);
}

void startup_announce(struct agent *agent) {
    startup.ensure.supervisor = rendezvous_supervisor_make(agent->options.supervisor_domid);
    look_after(0);
}

int startup_begin(struct agent *agent) {
    const int result = partitions_scan(&agent->partitions, agent->options.partitions_folder);

    if (result < 0) {
        return result;
    }
    startup.agent = agent;
    startup.ensure.partitions = &agent->partitions;
    startup.ensure.supervisor = rendezvous_supervisor_make(agent->options.supervisor_domid);
    startup.is_starting = agent->options.is_starter && access(STARTED_MARK, F_OK) != 0;
    look_after(0);
    return 0;
}
