#include "facts_gather.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A name that does not fit ends with a character that no declared name has, so that it equals none. */
static void cut_name(char name[XHM_NAME_SIZE], const char *from) {
    if (snprintf(name, XHM_NAME_SIZE, "%s", from) >= XHM_NAME_SIZE) {
        name[XHM_NAME_SIZE - 2] = '~';
    }
}

/* As xl shows it: the pool that Xen makes at boot has a name without having one in xenstore. */
static bool read_name(struct xs_handle *store, struct xhm_cpupool_facts *pool) {
    char path[FACTS_PATH_SIZE];
    char name[256];

    snprintf(path, sizeof(path), "/local/pool/%u/name", pool->id);

    const int result = facts_read_node(store, path, name, sizeof(name));

    if (result < 0) {
        fprintf(stderr, "cannot read the name of cpupool %u: %s\n", pool->id, strerror(errno));
        return false;
    }
    cut_name(pool->name, result == 1 ? name : pool->id == 0 ? "Pool-0" : "");
    return true;
}

static void read_pcpus(xc_interface *xen, const xc_cpupoolinfo_t *from, struct xhm_cpupool_facts *pool) {
    const int pcpus = xc_get_max_cpus(xen);

    for (uint32_t pcpu = 0; pcpu < XHM_MAX_PCPUS && (int)pcpu < pcpus; pcpu++) {
        if ((from->cpumap[pcpu / 8] >> pcpu % 8 & 1) != 0) {
            pool->pcpus.words[pcpu / 64] |= UINT64_C(1) << pcpu % 64;
        }
    }
}

static void read_schedule(xc_interface *xen, struct xhm_cpupool_facts *pool) {
    struct xen_sysctl_arinc653_schedule schedule = {0};

    if (pool->scheduler != XHM_SCHEDULER_ARINC653) {
        pool->schedule = XHM_FACTS_NOT_AVAILABLE;
        return;
    }
    if (xc_sched_arinc653_schedule_get(xen, pool->id, &schedule) != 0) {
        fprintf(stderr, "cannot read the schedule of cpupool %u: %s\n", pool->id, strerror(errno));
        return;
    }
    pool->major_frame_ns = schedule.major_frame;
    pool->frame_count = schedule.num_sched_entries;
    for (uint32_t i = 0; i < pool->frame_count && i < XHM_MAX_FRAMES; i++) {
        struct xhm_frame_facts *frame = &pool->frames[i];

        memcpy(frame->uuid.bytes, schedule.sched_entries[i].dom_handle, sizeof(frame->uuid.bytes));
        frame->vcpu = schedule.sched_entries[i].vcpu_id;
        frame->duration_ns = schedule.sched_entries[i].runtime;
    }
    pool->schedule = XHM_FACTS_KNOWN;
}

static bool read_pool(const struct facts_sources *sources, const xc_cpupoolinfo_t *from,
                      struct xhm_cpupool_facts *pool) {
    pool->id = from->cpupool_id;
    pool->scheduler = (enum xhm_scheduler)from->sched_id;
    read_pcpus(sources->xen, from, pool);
    read_schedule(sources->xen, pool);
    return read_name(sources->store, pool);
}

/* @return 1, 0 when there is no further pool, or -1 */
static int read_next(const struct facts_sources *sources, uint32_t *next_id, struct xhm_cpupools_facts *cpupools) {
    bool is_read = true;

    errno = 0;

    xc_cpupoolinfo_t *info = xc_cpupool_getinfo(sources->xen, *next_id);

    if (info == NULL) {
        return errno == ENOENT ? 0 : -1;
    }
    *next_id = info->cpupool_id + 1;
    if (cpupools->count < XHM_MAX_CPUPOOLS) {
        is_read = read_pool(sources, info, &cpupools->pools[cpupools->count++]);
    } else {
        cpupools->more = true;
    }
    xc_cpupool_infofree(sources->xen, info);
    return is_read ? 1 : -1;
}

void facts_read_cpupools(const struct facts_sources *sources, struct xhm_cpupools_facts *cpupools) {
    uint32_t next_id = 0;
    int result = 1;

    while (result == 1 && !cpupools->more) {
        result = read_next(sources, &next_id, cpupools);
    }
    if (result < 0) {
        fprintf(stderr, "cannot read cpupool %u or the next: %s\n", next_id, strerror(errno));
    }
    cpupools->availability = result < 0 ? XHM_FACTS_UNKNOWN : XHM_FACTS_KNOWN;
}
