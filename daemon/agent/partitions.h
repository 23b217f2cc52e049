/**
 * The declared partitions: one file NAME.cfg each in the partitions folder. Nothing here reads what the files say.
 */
#ifndef XHM_AGENT_PARTITIONS_H
#define XHM_AGENT_PARTITIONS_H

#include "xhm_config.h"
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/** Bytes of a partition's name, its terminating zero included. */
#define AGENT_NAME_SIZE                  32
/** Creations of one partition that are carried out within AGENT_CREATION_WINDOW_MS, and their least distance. */
#define AGENT_CREATIONS_PER_WINDOW       10u
#define AGENT_CREATION_WINDOW_MS         60000u
#define AGENT_LEAST_CREATION_DISTANCE_MS 1000u
/** Bytes of a sentence for a report. */
#define AGENT_MESSAGE_SIZE               384

struct agent_job;

/** How a task ended. */
struct agent_result {
    uint64_t task_id; /**< 0: none yet */
    bool is_done;
    uint32_t domid;
    char message[AGENT_MESSAGE_SIZE];
};

/** What can go on side by side for one partition. */
enum agent_slot {
    AGENT_SLOT_LIFE,      /**< destroying and creating */
    AGENT_SLOT_INJECTION, /**< injecting faults and undoing that */
    AGENT_SLOT_COUNT,
};

/** One slot of one partition. */
struct agent_activity {
    struct agent_job *job;      /**< under way, or NULL */
    struct agent_result result; /**< of the last task */
};

/** One declared partition. */
struct agent_partition {
    char name[AGENT_NAME_SIZE];
    int running_domid; /**< as last seen in xenstore under this name, -1: none */
    struct agent_activity activities[AGENT_SLOT_COUNT];
    uint64_t creations_ms[AGENT_CREATIONS_PER_WINDOW]; /**< times of the last creations, a ring */
    uint32_t creation_count;
};

/** Every partition whose file was seen since the agent started. */
struct agent_partitions {
    uint32_t count;
    struct agent_partition *entries; /**< XHM_MAX_PARTITIONS of them */
};

/** True for [a-z][a-z0-9-]* that fits: only such names ever become part of a path or a command. */
bool partitions_is_name(const char *name);

/** Makes room. @return 0 or a negative errno value */
int partitions_init(struct agent_partitions *partitions);

/** Frees. */
void partitions_deinit(struct agent_partitions *partitions);

/** Adds every NAME.cfg of @p folder that is not known yet, in name order. @return 0 or a negative errno value */
int partitions_scan(struct agent_partitions *partitions, const char *folder);

/** @return the partition, or NULL when it is not declared */
struct agent_partition *partitions_find(const struct agent_partitions *partitions, const char *name);

/** The declared file of @p partition. */
void partitions_format_path(const struct agent_partition *partition, const char *folder, char path[PATH_MAX]);

/**
 * Whether the partition may be created at @p now_ms.
 * @return 0: now; above 0: in so many ms; -1: not again within this window
 */
int partitions_may_create(const struct agent_partition *partition, uint64_t now_ms);

/** Notes a creation at @p now_ms. */
void partitions_count_creation(struct agent_partition *partition, uint64_t now_ms);

#endif
