/*
 * platform_dump: shows what the Xen adapter of xhmd sees, without a policy or a core.
 *
 *   platform_dump [--cycles N] [--period-ms N] [--quiet] [--no-list] [--vcpus] [--scheduling ID]
 *                 [--follow DOMID]... [--stop DOMID]
 *
 * Each cycle is one platform_observe(). --follow attaches the probe pages of an instance; an instance that is seen
 * dying or missing is released. --quiet prints changes only. --no-list asks for nothing but the pages, as most cycles
 * of the daemon do. --scheduling asks for the parameters of every vCPU under that scheduler (Xen's number). Ends with
 * the number of hypercalls and the longest observation.
 */
#include "platform.h"
#include "probe_reader.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS_PER_S 1000000000u

struct options {
    unsigned cycles;
    unsigned period_ms;
    bool is_quiet;
    bool reads_list;
    bool reads_vcpus;
    enum xhm_scheduler scheduling;
    unsigned follow_count;
    uint16_t follow[XHM_MAX_PARTITIONS];
    int stop_domid;
};

struct session {
    struct options options;
    struct xhm_platform *platform;
    struct xhm_plan plan;
    struct xhm_observation observation;
    bool is_followed[XHM_MAX_PARTITIONS];
    enum xhm_page_sight sights[XHM_MAX_PARTITIONS][XHM_MAX_PAGES];
    struct xhm_probe_page_reading reading;
    uint64_t worst_ns;
    unsigned cycle;
};

static uint64_t now_ns(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static const char *sight_name(enum xhm_page_sight sight) {
    static const char *const names[] = {
        [XHM_PAGE_DETACHED] = "detached",
        [XHM_PAGE_REFUSED] = "refused",
        [XHM_PAGE_COPIED] = "copied",
    };

    return names[sight];
}

static void act(struct session *session, enum xhm_action_kind kind, uint32_t partition, uint16_t domid,
                const struct xhm_uuid *uuid) {
    struct xhm_action action = {.kind = kind, .partition = partition, .domid = domid};
    char error[XHM_ERROR_SIZE] = "";

    if (uuid != NULL) {
        action.uuid = *uuid;
    }

    const bool is_done = platform_act(session->platform, &action, error);

    printf("cycle %u: action %d domain %u: %s\n", session->cycle, (int)kind, (unsigned)domid, is_done ? "done" : error);
}

static const struct xhm_domain_reading *find_domain(const struct xhm_observation *observation, uint16_t domid) {
    for (uint32_t i = 0; i < observation->domain_count; i++) {
        if (observation->domains[i].domid == domid) {
            return &observation->domains[i];
        }
    }
    return NULL;
}

static void print_domain(const struct xhm_domain_reading *domain) {
    printf("  domain %u uuid ", (unsigned)domain->domid);
    for (size_t i = 0; i < sizeof(domain->uuid.bytes); i++) {
        printf("%02x", domain->uuid.bytes[i]);
    }
    printf(" %s%s%s reason %u vcpus %u/%u memory %" PRIu64 "/%" PRIu64 " KiB, shared %" PRIu64 ", paged %" PRIu64
           ", claimed %" PRIu64 ", pool %u\n",
           domain->dying ? "dying " : "", domain->shutdown ? "shutdown " : "", domain->paused ? "paused" : "",
           (unsigned)domain->reason, domain->online_vcpus, domain->vcpu_slots, domain->memory_kib,
           domain->memory_limit_kib, domain->shared_kib, domain->paged_kib, domain->outstanding_kib,
           domain->cpupool_id);
}

static void print_scheduling(const struct xhm_scheduling_reading *scheduling) {
    if (scheduling->sight == XHM_SIGHT_KNOWN && scheduling->scheduler == XHM_SCHEDULER_RTDS) {
        printf("    rtds period %" PRIu64 " budget %" PRIu64 " ns%s\n", scheduling->rtds.period_ns,
               scheduling->rtds.budget_ns, scheduling->rtds.extratime ? ", extra time" : "");
    } else if (scheduling->sight == XHM_SIGHT_KNOWN) {
        printf("    credit2 weight %u cap %u\n", scheduling->credit2.weight, scheduling->credit2.cap);
    } else if (scheduling->sight == XHM_SIGHT_UNKNOWN) {
        printf("    scheduling parameters unknown%s\n",
               scheduling->other_scheduler ? ": it is under another scheduler" : "");
    }
}

static void print_lists(const struct session *session) {
    const struct xhm_observation *observation = &session->observation;

    printf("cycle %u: domains sight %d count %u, xenstore silent %" PRIu64 " ms\n", session->cycle,
           (int)observation->domains_sight, observation->domain_count, observation->xenstore_silent_ns / 1000000);
    for (uint32_t i = 0; i < observation->domain_count; i++) {
        print_domain(&observation->domains[i]);
    }
    for (uint32_t i = 0; i < observation->vcpu_count; i++) {
        const struct xhm_vcpu_reading *vcpu = &observation->vcpus[i];

        printf("  vcpu %u.%u sight %d online %d pcpu %u hard affinity %016" PRIx64 "\n", (unsigned)vcpu->domid,
               (unsigned)vcpu->vcpu, (int)vcpu->sight, vcpu->online, vcpu->pcpu, vcpu->hard_affinity.words[0]);
        print_scheduling(&vcpu->scheduling);
    }
}

static void print_page(struct session *session, uint32_t partition, uint32_t page) {
    const struct xhm_page_observation *observed = &session->observation.pages[partition][page];
    struct xhm_probe_page_reading *reading = &session->reading;

    probe_reader_decode(observed->copy, observed->copy->header.partition_id, page, NULL, reading);
    printf("  page %u.%u partition id %u verdict %s\n", (unsigned)session->options.follow[partition], page,
           observed->copy->header.partition_id, probe_reader_page_verdict_name(reading->verdict));
    for (uint32_t i = 0; i < XHM_PROBE_SLOT_COUNT; i++) {
        const struct xhm_probe_slot_reading *slot = &reading->slots[i];

        if (slot->verdict != XHM_PROBE_SLOT_EMPTY) {
            printf("    slot %u entity %u %s alive %" PRIu64 " met %" PRIu64 " missed %" PRIu64 " worst %" PRIu64
                   " us\n",
                   i, slot->entity_id, probe_reader_slot_verdict_name(slot->verdict), slot->alive_counter,
                   slot->deadline_met, slot->deadline_missed, slot->worst_latency_ns / 1000);
        }
    }
}

static void print_pages(struct session *session) {
    for (uint32_t partition = 0; partition < session->options.follow_count; partition++) {
        for (uint32_t page = 0; page < XHM_MAX_PAGES; page++) {
            const enum xhm_page_sight sight = session->observation.pages[partition][page].sight;

            if (sight != session->sights[partition][page]) {
                printf("cycle %u: page %u of domain %u: %s\n", session->cycle, page,
                       (unsigned)session->options.follow[partition], sight_name(sight));
                session->sights[partition][page] = sight;
            }
            if (!session->options.is_quiet && sight == XHM_PAGE_COPIED) {
                print_page(session, partition, page);
            }
        }
    }
}

static void release_the_dead(struct session *session) {
    for (uint32_t partition = 0; partition < session->options.follow_count; partition++) {
        const uint16_t domid = session->options.follow[partition];
        const struct xhm_domain_reading *domain = find_domain(&session->observation, domid);

        if (session->is_followed[partition] && (domain == NULL || domain->dying)) {
            session->is_followed[partition] = false;
            act(session, XHM_ACTION_RELEASE, partition, domid, NULL);
        }
    }
}

static void plan_vcpus(struct session *session) {
    struct xhm_plan *plan = &session->plan;

    plan->vcpu_count = 0;
    for (uint32_t i = 0; session->options.reads_vcpus && i < session->observation.domain_count; i++) {
        const struct xhm_domain_reading *domain = &session->observation.domains[i];

        for (uint32_t vcpu = 0; vcpu < domain->vcpu_slots && plan->vcpu_count < XHM_MAX_VCPU_READINGS; vcpu++) {
            plan->vcpus[plan->vcpu_count].domid = domain->domid;
            plan->vcpus[plan->vcpu_count].vcpu = (uint16_t)vcpu;
            plan->vcpus[plan->vcpu_count].scheduling = session->options.scheduling;
            plan->vcpu_count++;
        }
    }
}

static void run_cycle(struct session *session) {
    const struct timespec period = {
        .tv_sec = session->options.period_ms / 1000,
        .tv_nsec = (long)(session->options.period_ms % 1000) * 1000000,
    };
    const uint64_t began_ns = now_ns();

    session->observation.now_ns = began_ns;
    platform_observe(session->platform, &session->plan, &session->observation);

    const uint64_t took_ns = now_ns() - began_ns;

    session->worst_ns = took_ns > session->worst_ns ? took_ns : session->worst_ns;
    if (!session->options.is_quiet) {
        print_lists(session);
    }
    print_pages(session);
    if (session->observation.domains_sight == XHM_SIGHT_KNOWN) {
        release_the_dead(session);
        plan_vcpus(session);
    }
    fflush(stdout);
    nanosleep(&period, NULL);
}

static void stop_one(struct session *session) {
    struct xhm_uuid wrong = {{0}};
    const uint16_t domid = (uint16_t)session->options.stop_domid;
    const struct xhm_domain_reading *domain = find_domain(&session->observation, domid);

    act(session, XHM_ACTION_STOP, 0, domid, &wrong);
    if (domain != NULL) {
        wrong = domain->uuid;
        act(session, XHM_ACTION_STOP, 0, domid, &wrong);
        act(session, XHM_ACTION_STOP, 0, domid, &wrong);
    }
}

static bool parse_options(int argc, char **argv, struct options *options) {
    static const struct option known[] = {
        {"cycles", required_argument, NULL, 'c'},
        {"period-ms", required_argument, NULL, 'p'},
        {"quiet", no_argument, NULL, 'q'},
        {"no-list", no_argument, NULL, 'n'},
        {"vcpus", no_argument, NULL, 'v'},
        {"follow", required_argument, NULL, 'f'},
        {"stop", required_argument, NULL, 's'},
        {"scheduling", required_argument, NULL, 'x'},
        {NULL, 0, NULL, 0},
    };
    int option;

    *options = (struct options){.cycles = 1, .period_ms = 100, .reads_list = true, .stop_domid = -1};
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
        case 'c':
            options->cycles = (unsigned)atoi(optarg);
            break;
        case 'p':
            options->period_ms = (unsigned)atoi(optarg);
            break;
        case 'q':
            options->is_quiet = true;
            break;
        case 'n':
            options->reads_list = false;
            break;
        case 'v':
            options->reads_vcpus = true;
            break;
        case 'x':
            options->scheduling = (enum xhm_scheduler)atoi(optarg);
            break;
        case 's':
            options->stop_domid = atoi(optarg);
            break;
        case 'f':
            if (options->follow_count < XHM_MAX_PARTITIONS) {
                options->follow[options->follow_count++] = (uint16_t)atoi(optarg);
            }
            break;
        default:
            return false;
        }
    }
    return optind == argc;
}

int main(int argc, char **argv) {
    static struct session session;
    char error[XHM_ERROR_SIZE];

    if (!parse_options(argc, argv, &session.options)) {
        fprintf(stderr, "usage: platform_dump [--cycles N] [--period-ms N] [--quiet] [--no-list] [--vcpus] "
                        "[--scheduling ID] [--follow DOMID]... [--stop DOMID]\n");
        return 2;
    }
    session.platform = platform_open(error);
    if (session.platform == NULL) {
        fprintf(stderr, "platform_dump: %s\n", error);
        return 1;
    }
    session.plan.read_domains = session.options.reads_list;
    for (uint32_t i = 0; i < session.options.follow_count; i++) {
        session.is_followed[i] = true;
        act(&session, XHM_ACTION_FOLLOW, i, session.options.follow[i], NULL);
    }
    for (session.cycle = 0; session.cycle < session.options.cycles; session.cycle++) {
        run_cycle(&session);
    }
    if (session.options.stop_domid >= 0) {
        stop_one(&session);
    }
    printf("hypercalls %" PRIu64 ", longest observation %" PRIu64 " us\n", platform_hypercalls(session.platform),
           session.worst_ns / 1000);

    const uint64_t closing_ns = now_ns();

    platform_close(session.platform);
    printf("closed within %" PRIu64 " ms\n", (now_ns() - closing_ns) / 1000000);
    return 0;
}
