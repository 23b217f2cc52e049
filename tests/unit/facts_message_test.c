/* Covers: XHM-FACTS-2 */
/* Facts over the wire: whole, or refused. */
#include "facts_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ARENA_SIZE (4u * 1024u * 1024u)

static struct xhm_facts told;
static struct xhm_facts taken;
static _Alignas(16) uint8_t memory[ARENA_SIZE];
static _Alignas(16) uint8_t other_memory[ARENA_SIZE];
static struct xhm_arena arena;
static struct xhm_arena other_arena;

static void fill_pools(void) {
    struct xhm_cpupool_facts *pool = &told.cpupools.pools[1];

    told.cpupools = (struct xhm_cpupools_facts){.availability = XHM_FACTS_KNOWN, .count = 2, .more = true};
    told.cpupools.pools[0] = (struct xhm_cpupool_facts){
        .name = "Pool-0", .scheduler = XHM_SCHEDULER_CREDIT2, .schedule = XHM_FACTS_NOT_AVAILABLE};
    told.cpupools.pools[0].pcpus.words[XHM_PCPU_WORDS - 1] = UINT64_C(1) << 63;
    *pool = (struct xhm_cpupool_facts){.id = 5,
                                       .name = "rt",
                                       .scheduler = XHM_SCHEDULER_ARINC653,
                                       .schedule = XHM_FACTS_KNOWN,
                                       .major_frame_ns = 100000000,
                                       .frame_count = XHM_MAX_FRAMES + 3};
    for (uint32_t i = 1; i < XHM_MAX_FRAMES; i++) {
        pool->frames[i] = (struct xhm_frame_facts){.uuid = {{(uint8_t)i}}, .vcpu = i, .duration_ns = 1000 * i};
    }
}

static void fill_domains(void) {
    told.domains = XHM_FACTS_KNOWN;
    told.domain_count = XHM_MAX_FACT_DOMAINS;
    for (uint32_t i = 0; i < told.domain_count; i++) {
        struct xhm_domain_facts *domain = &told.domain[i];

        *domain = (struct xhm_domain_facts){.domid = (uint16_t)i,
                                            .uuid = {{(uint8_t)i, 7}},
                                            .pod = XHM_FACTS_KNOWN,
                                            .pod_kib = i,
                                            .devices = XHM_FACTS_KNOWN,
                                            .device_count = XHM_MAX_DEVICES,
                                            .more_devices = true,
                                            .assigned = XHM_FACTS_KNOWN,
                                            .assigned_count = 1,
                                            .assigned_pci = {0x0300 + i},
                                            .more_assigned = true,
                                            .cache = XHM_FACTS_KNOWN,
                                            .l3_mask = {0xf0, 0x0f},
                                            .bandwidth = XHM_FACTS_NOT_AVAILABLE,
                                            .bandwidth_percent = 90};
        for (uint32_t j = 0; j < XHM_MAX_DEVICES; j++) {
            domain->device[j] = (struct xhm_device_facts){.kind = XHM_DEVICE_VIF,
                                                          .id = j,
                                                          .backend_domid = 9,
                                                          .frontend_state = XHM_XENBUS_CONNECTED,
                                                          .backend_state = 5,
                                                          .counters = XHM_FACTS_KNOWN,
                                                          .errors = UINT64_MAX - j};
        }
    }
}

/* Every field has a value that is not 0. */
static int fill(void **state) {
    (void)state;
    memset(&told, 0, sizeof(told));
    told.number = 41;
    told.host = (struct xhm_host_facts){.availability = XHM_FACTS_KNOWN,
                                        .xen_version = 4 << 16 | 17,
                                        .command_line = "sched=rtds dom0_mem=1G",
                                        .capabilities = 7,
                                        .pcpus_online = 4,
                                        .free_memory_kib = 123456,
                                        .claimed_kib = 8,
                                        .scheduler = XHM_SCHEDULER_RTDS};
    told.topology =
        (struct xhm_topology_facts){.availability = XHM_FACTS_KNOWN, .pcpu_count = 4, .core = {0, 0, UINT32_MAX, 3}};
    told.services = (struct xhm_service_facts){.availability = XHM_FACTS_KNOWN, .count = 2, .running = {false, true}};
    fill_pools();
    fill_domains();
    arena_init(&arena, memory, sizeof(memory));
    arena_init(&other_arena, other_memory, sizeof(other_memory));
    return 0;
}

static Xhm__V1__Facts *send_over(void) {
    static uint8_t packed[XHM_FACTS_MAX_SIZE];
    const Xhm__V1__Facts *message = facts_to_message(&told, &arena);
    Xhm__V1__Facts *received;

    assert_non_null(message);
    assert_true(xhm__v1__facts__get_packed_size(message) <= sizeof(packed));
    received = xhm__v1__facts__unpack(&other_arena.allocator, xhm__v1__facts__pack(message, packed), packed);
    assert_non_null(received);
    return received;
}

static void what_is_told_is_what_is_taken(void **state) {
    (void)state;
    assert_null(facts_from_message(send_over(), &taken));
    assert_memory_equal(&taken, &told, sizeof(told));
}

static void nothing_is_told_as_nothing(void **state) {
    (void)state;
    memset(&told, 0, sizeof(told));
    assert_null(facts_from_message(send_over(), &taken));
    assert_memory_equal(&taken, &told, sizeof(told));
    assert_null(facts_from_message(&(Xhm__V1__Facts)XHM__V1__FACTS__INIT, &taken));
    assert_memory_equal(&taken, &told, sizeof(told));
}

static void an_arena_that_is_too_small_makes_no_message(void **state) {
    (void)state;
    assert_non_null(facts_to_message(&told, &arena));
    for (size_t size = 0; size < arena.used; size += size < 2000 ? 16 : 1003) {
        struct xhm_arena small;

        arena_init(&small, other_memory, size);
        assert_null(facts_to_message(&told, &small));
    }
}

static char long_text[XHM_COMMAND_LINE_SIZE + 1];

static void assert_refused(Xhm__V1__Facts *message, const char *group) {
    const char *refused = facts_from_message(message, &taken);

    assert_non_null(refused);
    assert_string_equal(refused, group);
}

/* One at a time; each is put right again. */
#define SPOIL(message, field, value, group)                                                                            \
    do {                                                                                                               \
        __typeof__(message->field) sound = message->field;                                                             \
        message->field = (value);                                                                                      \
        assert_refused(message, group);                                                                                \
        message->field = sound;                                                                                        \
        assert_null(facts_from_message(message, &taken));                                                              \
    } while (0)

static void what_is_malformed_is_refused(void **state) {
    Xhm__V1__Facts *message = send_over();

    (void)state;
    memset(long_text, 'x', sizeof(long_text) - 1);
    SPOIL(message, host->availability, (Xhm__V1__Availability)3, "host");
    SPOIL(message, host->command_line, long_text, "host");
    SPOIL(message, host->scheduler, 256, "host");
    SPOIL(message, topology->availability, (Xhm__V1__Availability)-1, "topology");
    SPOIL(message, services->availability, (Xhm__V1__Availability)77, "services");
    SPOIL(message, cpupools, (Xhm__V1__Availability)3, "cpupools");
    SPOIL(message, cpupool[0]->name, long_text, "cpupools");
    SPOIL(message, cpupool[0]->scheduler, 300, "cpupools");
    SPOIL(message, cpupool[1]->schedule, (Xhm__V1__Availability)4, "cpupools");
    SPOIL(message, cpupool[0]->pcpus[0], XHM_MAX_PCPUS, "cpupools");
    SPOIL(message, cpupool[1]->frame_count, 3, "cpupools");
    SPOIL(message, cpupool[1]->n_frames, 3, "cpupools");
    SPOIL(message, cpupool[1]->frames[1]->uuid.len, 15, "cpupools");
    SPOIL(message, domains, (Xhm__V1__Availability)3, "domains");
    SPOIL(message, domain[0]->domid, 0x7ff0, "domains");
    SPOIL(message, domain[0]->uuid.len, 0, "domains");
    SPOIL(message, domain[0]->pod, (Xhm__V1__Availability)3, "domains");
    SPOIL(message, domain[0]->devices, (Xhm__V1__Availability)3, "domains");
    SPOIL(message, domain[0]->device[1]->kind, 0, "domains");
    SPOIL(message, domain[0]->device[1]->kind, XHM_DEVICE_KIND_END, "domains");
    SPOIL(message, domain[0]->device[1]->backend_domid, 70000, "domains");
    SPOIL(message, domain[0]->device[1]->counters, (Xhm__V1__Availability)3, "domains");
    SPOIL(message, domain[0]->assigned, (Xhm__V1__Availability)3, "domains");
    SPOIL(message, domain[0]->cache, (Xhm__V1__Availability)3, "domains");
    SPOIL(message, domain[0]->bandwidth, (Xhm__V1__Availability)3, "domains");
}

/* Counts above this build's room: the arrays behind them are never looked at. */
static void what_does_not_fit_is_refused(void **state) {
    Xhm__V1__Facts *message = send_over();

    (void)state;
    SPOIL(message, topology->n_cores, XHM_MAX_PCPUS + 1, "topology");
    SPOIL(message, services->n_running, XHM_MAX_SERVICES + 1, "services");
    SPOIL(message, n_cpupool, XHM_MAX_CPUPOOLS + 1, "cpupools");
    SPOIL(message, n_domain, XHM_MAX_FACT_DOMAINS + 1, "domains");
    SPOIL(message, domain[0]->n_device, XHM_MAX_DEVICES + 1, "domains");
    SPOIL(message, domain[0]->n_assigned_pci, XHM_MAX_ASSIGNED + 1, "domains");
    SPOIL(message, domain[0]->n_l3_masks, 3, "domains");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_told_is_what_is_taken, fill),
        cmocka_unit_test_setup(nothing_is_told_as_nothing, fill),
        cmocka_unit_test_setup(an_arena_that_is_too_small_makes_no_message, fill),
        cmocka_unit_test_setup(what_is_malformed_is_refused, fill),
        cmocka_unit_test_setup(what_does_not_fit_is_refused, fill),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
