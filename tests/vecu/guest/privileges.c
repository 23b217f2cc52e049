// SPDX-License-Identifier: Apache-2.0
/*
 * privileges: tries what the domain that it runs in may or may not do to another one, once each, and says how it went.
 *
 *     privileges DOMID ATTEMPT…
 *
 * Prints "ATTEMPT ok" or "ATTEMPT ERROR" (EPERM, EACCES, …) for each, in their order. Most of the attempts would do
 * harm: they are for a domain that must not succeed, in an ECU that is thrown away afterwards.
 */
#define _GNU_SOURCE
#include <xenctrl.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <xenevtchn.h>
#include <xenforeignmemory.h>

static xc_interface *xen;

static xc_cpumap_t all_pcpus(void) {
    xc_cpumap_t map = xc_cpumap_alloc(xen);

    if (!map)
        exit(1);
    memset(map, 0xff, (size_t)xc_get_cpumap_size(xen));
    return map;
}

static int get_info(uint32_t domid) {
    xc_domaininfo_t info;
    int count = xc_domain_getinfolist(xen, domid, 1, &info);

    if (count == 1 && info.domain == domid)
        return 0;
    errno = count < 0 ? errno : ESRCH; /* passed over: it is not shown */
    return -1;
}

static int get_vcpu(uint32_t domid) {
    xc_vcpuinfo_t info;

    return xc_vcpu_getinfo(xen, domid, 0, &info);
}

static int get_affinity(uint32_t domid) {
    return xc_vcpu_getaffinity(xen, (int)domid, 0, all_pcpus(), NULL, XEN_VCPUAFFINITY_HARD);
}

static int get_schedule(uint32_t domid) {
    struct xen_domctl_sched_credit2 parameters = {0};

    return xc_sched_credit2_domain_get(xen, domid, &parameters);
}

static int get_pcpus(uint32_t domid) {
    (void)domid;
    return xc_get_max_cpus(xen) > 0 ? 0 : -1;
}

static int get_idle_time(uint32_t domid) {
    xc_cpuinfo_t info[8];
    int count;

    (void)domid;
    return xc_getcpuinfo(xen, 8, info, &count);
}

static int get_scheduler(uint32_t domid) {
    int scheduler;

    (void)domid;
    return xc_sched_id(xen, &scheduler);
}

static int get_pool(uint32_t domid) {
    xc_cpupoolinfo_t *info = xc_cpupool_getinfo(xen, 0);

    (void)domid;
    return info ? 0 : -1;
}

static int pause_(uint32_t domid) {
    return xc_domain_pause(xen, domid);
}

static int unpause(uint32_t domid) {
    return xc_domain_unpause(xen, domid);
}

static int shutdown_(uint32_t domid) {
    return xc_domain_shutdown(xen, domid, SHUTDOWN_watchdog);
}

static int destroy(uint32_t domid) {
    return xc_domain_destroy(xen, domid);
}

static int set_affinity(uint32_t domid) {
    return xc_vcpu_setaffinity(xen, domid, 0, all_pcpus(), NULL, XEN_VCPUAFFINITY_HARD);
}

static int set_schedule(uint32_t domid) {
    struct xen_domctl_sched_credit2 parameters = {.weight = 300};

    return xc_sched_credit2_domain_set(xen, domid, &parameters);
}

static int set_memory(uint32_t domid) {
    return xc_domain_setmaxmem(xen, domid, 200 * 1024);
}

static int set_vcpus(uint32_t domid) {
    return xc_domain_max_vcpus(xen, domid, 2);
}

static int set_uuid(uint32_t domid) {
    xen_domain_handle_t handle = {1};

    return xc_domain_sethandle(xen, domid, handle);
}

static int set_time(uint32_t domid) {
    return xc_domain_set_time_offset(xen, domid, 1);
}

static int set_debugging(uint32_t domid) {
    return xc_domain_setdebugging(xen, domid, 1);
}

static int set_trigger(uint32_t domid) {
    return xc_domain_send_trigger(xen, domid, XEN_DOMCTL_SENDTRIGGER_NMI, 0);
}

static int read_registers(uint32_t domid) {
    vcpu_guest_context_any_t context;

    return xc_vcpu_getcontext(xen, domid, 0, &context);
}

static int map_foreign(uint32_t domid) {
    xenforeignmemory_handle *handle = xenforeignmemory_open(NULL, 0);
    const xen_pfn_t frame = 16;
    int error = 0;
    void *page;

    if (!handle)
        return -1;
    page = xenforeignmemory_map(handle, domid, PROT_READ, 1, &frame, &error);
    if (page && error == 0)
        return 0;
    errno = error != 0 ? abs(error) : errno;
    return -1;
}

static int open_channel(uint32_t domid) {
    xenevtchn_handle *handle = xenevtchn_open(NULL, 0);

    return handle && xenevtchn_bind_unbound_port(handle, domid) >= 0 ? 0 : -1;
}

static int create_domain(uint32_t domid) {
    struct xen_domctl_createdomain config = {
        .max_vcpus = 1, .max_evtchn_port = -1, .max_grant_frames = 4, .max_maptrack_frames = 4};
    uint32_t created = 0;

    (void)domid;
    return xc_domain_create(xen, &created, &config);
}

static int create_pool(uint32_t domid) {
    uint32_t pool = XC_CPUPOOL_POOLID_ANY;

    (void)domid;
    return xc_cpupool_create(xen, &pool, XEN_SCHEDULER_CREDIT2);
}

static int move_to_pool(uint32_t domid) {
    return xc_cpupool_movedomain(xen, 0, domid);
}

static int read_console(uint32_t domid) {
    char text[64];
    unsigned count = sizeof(text);

    (void)domid;
    return xc_readconsolering(xen, text, &count, 0, 0, NULL);
}

static int send_keys(uint32_t domid) {
    char keys[] = "h";

    (void)domid;
    return xc_send_debug_keys(xen, keys);
}

static int stop_enforcing(uint32_t domid) {
    (void)domid;
    return xc_flask_setenforce(xen, 0);
}

static const struct {
    const char *name;
    int (*try)(uint32_t domid);
} attempts[] = {
    {"get-info", get_info},
    {"get-vcpu", get_vcpu},
    {"get-affinity", get_affinity},
    {"get-schedule", get_schedule},
    {"get-pcpus", get_pcpus},
    {"get-idle-time", get_idle_time},
    {"get-scheduler", get_scheduler},
    {"get-pool", get_pool},
    {"pause", pause_},
    {"unpause", unpause},
    {"shutdown", shutdown_},
    {"destroy", destroy},
    {"set-affinity", set_affinity},
    {"set-schedule", set_schedule},
    {"set-memory", set_memory},
    {"set-vcpus", set_vcpus},
    {"set-uuid", set_uuid},
    {"set-time", set_time},
    {"set-debugging", set_debugging},
    {"set-trigger", set_trigger},
    {"read-registers", read_registers},
    {"map-foreign", map_foreign},
    {"open-channel", open_channel},
    {"create-domain", create_domain},
    {"create-pool", create_pool},
    {"move-to-pool", move_to_pool},
    {"read-console", read_console},
    {"send-keys", send_keys},
    {"stop-enforcing", stop_enforcing},
};

static void attempt(uint32_t domid, const char *name) {
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
        if (strcmp(name, attempts[i].name) == 0) {
            errno = 0;
            printf("%s %s\n", name, attempts[i].try(domid) == 0 ? "ok" : strerrorname_np(errno));
            return;
        }
    }
    fprintf(stderr, "privileges: there is no attempt %s\n", name);
    exit(2);
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "Usage: privileges DOMID ATTEMPT...\n");
        return 2;
    }
    xen = xc_interface_open(NULL, NULL, 0);
    if (!xen) {
        fprintf(stderr, "privileges: opening the hypervisor: %s\n", strerror(errno));
        return 1;
    }
    for (int i = 2; i < argc; i++)
        attempt((uint32_t)strtoul(argv[1], NULL, 10), argv[i]);
    return fflush(stdout) == 0 ? 0 : 1;
}
