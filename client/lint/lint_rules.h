// SPDX-License-Identifier: Apache-2.0
/**
 * The rules of lint.h, one for each key of a configuration.
 */
#ifndef XHM_LINT_RULES_H
#define XHM_LINT_RULES_H

#include "lint.h"
#include "xl_keys.h"

/** What a rule compares. */
struct lint_pair {
    const struct xhm_policy *policy;
    const struct xhm_partition_policy *partition;
    const struct xhm_lint_file *file;
};

/** Applies every rule to a configuration and the partition that it is for. */
void lint_rules_apply(const struct lint_pair *pair);

/** Adds an error about @p key at its place in the file; at none when it is not given. */
__attribute__((format(printf, 3, 4))) void lint_tell(const struct xhm_lint_file *file, enum xhm_xl_key key,
                                                     const char *format, ...);

/** The same about what was not compared. */
__attribute__((format(printf, 3, 4))) void lint_tell_unchecked(const struct xhm_lint_file *file, enum xhm_xl_key key,
                                                               const char *format, ...);

/** Rules about where vCPUs may run. */
void lint_placement_vcpus(const struct lint_pair *pair, enum xhm_xl_key key);
void lint_placement_max_vcpus(const struct lint_pair *pair, enum xhm_xl_key key);
void lint_placement_cpus(const struct lint_pair *pair, enum xhm_xl_key key);

/** Rules about devices: drivers with a backend elsewhere, PCI devices, other hardware. */
void lint_devices_driver(const struct lint_pair *pair, enum xhm_xl_key key);
void lint_devices_assigned(const struct lint_pair *pair, enum xhm_xl_key key);
void lint_devices_hardware(const struct lint_pair *pair, enum xhm_xl_key key);

/** Compares the paravirtual devices with the declared ones, kind by kind. */
void lint_devices_compare(const struct lint_pair *pair);

/** Rules about shares of CPU time. */
void lint_scheduling_compare_pool(const struct lint_pair *pair, enum xhm_xl_key key);
void lint_scheduling_weight(const struct lint_pair *pair, enum xhm_xl_key key);
void lint_scheduling_cap(const struct lint_pair *pair, enum xhm_xl_key key);
void lint_scheduling_period(const struct lint_pair *pair, enum xhm_xl_key key);

/** Lists what the partition declares and no configuration can say. */
void lint_scheduling_tell_beyond(const struct lint_pair *pair);

/** The cpupool that xl creates the domain in. */
const char *lint_scheduling_pool(const struct xhm_xl_domain *domain);

/** Rules about all domains of a declared cpupool together. */
void lint_pools_check(const struct xhm_lint_policy *declared, const struct xhm_lint_file *files, size_t count);

/** Tells each partition's exclusive pCPUs on which vCPUs of @p file may run that are not the partition's own. */
void lint_placement_exclusive(const struct xhm_policy *policy, const struct xhm_lint_file *file);

#endif
