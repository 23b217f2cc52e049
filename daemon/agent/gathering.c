#include "gathering.h"
#include "children.h"
#include "facts_gather.h"
#include "facts_message.h"
#include "log.h"
#include "timer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LEAST_PERIOD_MS 50u
#define ARENA_SIZE      (65536u + 8u * sizeof(struct xhm_facts))

/* Shared with the child that gathers: its set of facts, packed. */
struct shared_facts {
    size_t size;
    uint8_t packed[XHM_FACTS_MAX_SIZE];
};

/* One for the process: there is one xhmd, and one gathering at a time. */
static struct {
    struct agent *agent;
    sd_event_source *timer;
    struct child *child;
    struct shared_facts *shared;
    uint64_t period_ms;
    uint64_t order;
    uint32_t service_count;
    char services[XHM_MAX_SERVICES][XHM_NAME_SIZE];
    uint64_t began_ms; /* of the gathering under way */
    uint64_t number;
    bool is_trouble_known; /* said once, not at every gathering */
} facts;

/* ---- in the child ---- */

static bool pack(const struct xhm_facts *gathered, struct shared_facts *shared) {
    static _Alignas(16) uint8_t memory[ARENA_SIZE];
    struct xhm_arena arena;

    arena_init(&arena, memory, sizeof(memory));

    const Xhm__V1__Facts *message = facts_to_message(gathered, &arena);
    const size_t size = message != NULL ? xhm__v1__facts__get_packed_size(message) : 0;

    if (message == NULL || size > sizeof(shared->packed)) {
        fprintf(stderr, "the facts are larger than a message may be\n");
        return false;
    }
    shared->size = xhm__v1__facts__pack(message, shared->packed);
    return true;
}

static bool open_sources(struct facts_sources *sources) {
    sources->xen = xc_interface_open(NULL, NULL, 0);
    sources->store = sources->xen != NULL ? xs_open(0) : NULL;
    if (sources->store == NULL) {
        fprintf(stderr, "cannot open %s: %s\n", sources->xen != NULL ? "xenstore" : "the hypervisor's interface",
                strerror(errno));
    }
    return sources->store != NULL;
}

/* Descriptors and buffers of the parent's connection do not outlive the fork: the child opens its own. */
static int gather(void *context) {
    static struct xhm_facts gathered;
    struct facts_sources sources = {.processes = "/proc"};

    if (!open_sources(&sources)) {
        return EXIT_FAILURE;
    }
    facts_read_host(&sources, &gathered.host);
    facts_read_topology(&sources, &gathered.topology);
    facts_read_services(&sources, facts.service_count, facts.services, &gathered.services);
    facts_read_cpupools(&sources, &gathered.cpupools);
    facts_read_domains(&sources, &gathered);
    return pack(&gathered, context) ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- in the agent ---- */

static void gather_after(uint64_t delay_ms);

/* Trouble that comes with facts (a group that is unknown) and trouble without: each spell is said once. */
static void note_trouble(const char *what) {
    if (*what != '\0' && !facts.is_trouble_known) {
        log_record(LOG_PROBLEM, NULL, "cannot tell all about the host: %s", what);
    }
    facts.is_trouble_known = *what != '\0';
}

static void tell(void) {
    Xhm__V1__Facts *message = xhm__v1__facts__unpack(NULL, facts.shared->size, facts.shared->packed);

    if (message == NULL) {
        note_trouble("what was gathered cannot be read");
        return;
    }
    message->number = ++facts.number;
    message->order = facts.order;
    message->age_ms = agent_now_ms(facts.agent) - facts.began_ms;

    const int result = xhm_client_agent_facts(facts.agent->client, message);

    if (result != 0) {
        note_trouble(xhm_client_result_name(result));
    }
    xhm__v1__facts__free_unpacked(message, NULL);
}

static void on_gathered(void *context, const struct child_end *end) {
    (void)context;
    facts.child = NULL;

    const uint64_t took_ms = agent_now_ms(facts.agent) - facts.began_ms;

    gather_after(took_ms < facts.period_ms ? facts.period_ms - took_ms : 0);
    if (end->is_timed_out) {
        note_trouble("gathering takes too long; xenstore may not answer");
        return;
    }
    note_trouble(end->output);
    if (end->is_success) {
        tell();
    }
}

static int on_due(sd_event_source *source, uint64_t time_us, void *context) {
    const struct child_work work = {
        .function = gather,
        .function_context = facts.shared,
        .timeout_ms = AGENT_GATHERING_TIMEOUT_MS,
    };

    (void)source, (void)time_us, (void)context;
    facts.began_ms = agent_now_ms(facts.agent);
    facts.shared->size = 0;
    facts.child = child_start(facts.agent->event, &work, on_gathered, NULL);
    if (facts.child == NULL) {
        note_trouble(strerror(errno));
        gather_after(facts.period_ms);
    }
    return 0;
}

static void gather_after(uint64_t delay_ms) {
    timer_start_or_end(facts.agent->event, &facts.timer, delay_ms, on_due, NULL);
}

static bool make_shared(void) {
    void *memory;

    if (facts.shared != NULL) {
        return true;
    }
    memory = mmap(NULL, sizeof(*facts.shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        log_record(LOG_PROBLEM, NULL, "cannot gather facts about the host: %s", strerror(errno));
        return false;
    }
    facts.shared = memory;
    return true;
}

/* The child of an order before may still write, for a moment, into what it shares with us: the next has its own. */
void gathering_stop(void) {
    facts.timer = sd_event_source_disable_unref(facts.timer);
    if (facts.child != NULL) {
        child_abandon(facts.child);
        facts.child = NULL;
        munmap(facts.shared, sizeof(*facts.shared));
        facts.shared = NULL;
    }
    facts.period_ms = 0;
}

void gathering_order(struct agent *agent, const Xhm__V1__FactsOrder *order) {
    gathering_stop();
    if (order->period_ms == 0 || !make_shared()) {
        return;
    }
    facts.agent = agent;
    facts.period_ms = order->period_ms < LEAST_PERIOD_MS ? LEAST_PERIOD_MS : order->period_ms;
    facts.order = order->order;
    facts.service_count = 0;
    for (size_t i = 0; i < order->n_services && i < XHM_MAX_SERVICES; i++) {
        snprintf(facts.services[facts.service_count++], XHM_NAME_SIZE, "%s", order->services[i]);
    }
    gather_after(0);
}
