// SPDX-License-Identifier: Apache-2.0
#include "lint.h"

#include "lint_rules.h"
#include "scalar.h"
#include <string.h>

static const struct xhm_mark nowhere;

static bool same_uuid(const struct xhm_uuid *a, const struct xhm_uuid *b) {
    return memcmp(a, b, sizeof(*a)) == 0;
}

static bool same_text(const struct xhm_xl_domain *a, const struct xhm_xl_domain *b, enum xhm_xl_key key) {
    return xl_domain_has(a, key) && xl_domain_has(b, key) && strcmp(a->values[key].text, b->values[key].text) == 0;
}

static bool has_uuid_of(const struct xhm_xl_domain *domain, const struct xhm_partition_policy *partition) {
    return partition->identity.kind == XHM_IDENTITY_UUID && xl_domain_has(domain, XHM_XL_UUID) &&
           same_uuid(&domain->uuid, &partition->identity.uuid);
}

static bool has_name_of(const struct xhm_xl_domain *domain, const struct xhm_partition_policy *partition) {
    return partition->identity.kind == XHM_IDENTITY_UUID && xl_domain_has(domain, XHM_XL_NAME) &&
           strcmp(domain->values[XHM_XL_NAME].text, partition->name) == 0;
}

/* @return 1 + index, 0: none */
static uint32_t find_partition(const struct xhm_policy *policy, const struct xhm_xl_domain *domain,
                               bool (*fits)(const struct xhm_xl_domain *domain,
                                            const struct xhm_partition_policy *partition)) {
    for (uint32_t i = 0; i < policy->partition_count; i++) {
        if (fits(domain, &policy->partitions[i])) {
            return i + 1;
        }
    }
    return 0;
}

/* Xen knows a domain by its uuid; a file that only has the right name is compared all the same, to tell all in one go.
 */
static void match(const struct xhm_policy *policy, struct xhm_lint_file *file) {
    file->partition = find_partition(policy, file->domain, has_uuid_of);
    file->by_uuid = file->partition != 0;
    if (!file->by_uuid) {
        file->partition = find_partition(policy, file->domain, has_name_of);
    }
}

static void tell_identity(const struct xhm_partition_policy *partition, const struct xhm_lint_file *file) {
    char uuid[37];
    scalar_write_uuid(&partition->identity.uuid, uuid);
    switch (file->domain->values[XHM_XL_UUID].state) {
    case XHM_XL_ABSENT:
        lint_tell(file, XHM_XL_UUID,
                  "is not given, and xl makes up a new one each time; declared for partition %s is %s", partition->name,
                  uuid);
        break;
    case XHM_XL_READ:
        lint_tell(file, XHM_XL_UUID, "is not that of partition %s, %s", partition->name, uuid);
        break;
    case XHM_XL_UNREADABLE:
        break;
    }
}

/* The second of two files of the same domain: xl refuses one name twice, Xen's uuid stands for one partition. */
static void tell_twice(const struct xhm_lint_file *files, size_t index) {
    for (size_t i = 0; i < index; i++) {
        const struct xhm_xl_domain *a = files[i].domain;
        const struct xhm_xl_domain *b = files[index].domain;
        if (same_text(a, b, XHM_XL_NAME)) {
            lint_tell(&files[index], XHM_XL_NAME, "\"%s\" is that of %s as well", b->values[XHM_XL_NAME].text,
                      files[i].errors->file);
        }
        if (xl_domain_has(a, XHM_XL_UUID) && xl_domain_has(b, XHM_XL_UUID) && same_uuid(&a->uuid, &b->uuid)) {
            lint_tell(&files[index], XHM_XL_UUID, "is that of %s as well", files[i].errors->file);
        }
    }
}

static void tell_others(const struct xhm_lint_file *file) {
    const struct xhm_xl_domain *domain = file->domain;
    for (uint32_t i = 0; i < domain->other_count && i < XHM_XL_MAX_OTHERS; i++) {
        const struct xhm_xl_other *other = &domain->others[i];
        if (other->line_forgotten != 0) {
            messages_add(file->unchecked, other->mark, other->name, "line %u not checked: xl takes what is said here",
                         other->line_forgotten);
            continue;
        }
        const char *close = xl_keys_suggest(other->name);
        messages_add(file->unchecked, other->mark, other->name, "not checked%s%s%s", close != NULL ? "; is \"" : "",
                     close != NULL ? close : "", close != NULL ? "\" meant?" : "");
    }
    if (domain->other_count > XHM_XL_MAX_OTHERS) {
        messages_add(file->unchecked, nowhere, "", "not checked: %u more", domain->other_count - XHM_XL_MAX_OTHERS);
    }
}

static void compare_file(const struct xhm_policy *policy, struct xhm_lint_file *files, size_t index) {
    struct xhm_lint_file *file = &files[index];
    match(policy, file);
    if (!xl_domain_has(file->domain, XHM_XL_NAME) && file->domain->values[XHM_XL_NAME].state == XHM_XL_ABSENT) {
        lint_tell(file, XHM_XL_NAME, "is not given: xl creates no domain without one");
    }
    if (file->partition != 0) {
        const struct lint_pair pair = {policy, &policy->partitions[file->partition - 1], file};
        if (!file->by_uuid) {
            tell_identity(pair.partition, file);
        }
        lint_rules_apply(&pair);
    } else {
        messages_add(file->unchecked, nowhere, "", "not checked: no partition of the policy, but for its placement");
    }
    lint_placement_exclusive(policy, file);
    tell_twice(files, index);
    tell_others(file);
}

static bool has_file(const struct xhm_lint_file *files, size_t count, uint32_t partition) {
    for (size_t i = 0; i < count; i++) {
        if (files[i].partition == partition + 1) {
            return true;
        }
    }
    return false;
}

static void compare_partition(const struct xhm_lint_policy *declared, uint32_t index, bool filed) {
    const struct xhm_partition_policy *partition = &declared->policy->partitions[index];
    char path[XHM_NAME_SIZE + sizeof("partition ")];
    snprintf(path, sizeof(path), "partition %s", partition->name);
    const char *otherwise = xl_domain_created_otherwise(partition);
    if (otherwise != NULL) {
        messages_add(declared->unchecked, nowhere, path, "not checked: %s", otherwise);
    } else if (!filed && declared->files_unreadable) {
        messages_add(declared->unchecked, nowhere, path, "not checked: its file may be one that could not be read");
    } else if (!filed && partition->optional) {
        messages_add(declared->unchecked, nowhere, path, "not checked: it is optional, and no file has its uuid");
    } else if (!filed) {
        char uuid[37];
        scalar_write_uuid(&partition->identity.uuid, uuid);
        messages_add(declared->errors, nowhere, path, "no file has its uuid, %s", uuid);
    }
}

static bool declares_host(const struct xhm_policy *policy) {
    static const struct xhm_platform_policy nothing;
    return memcmp(&policy->platform, &nothing, sizeof(nothing)) != 0;
}

static bool declares_cpupools(const struct xhm_policy *policy) {
    return policy->cpupool_count != 0;
}

static bool leaves_dom0_out(const struct xhm_policy *policy) {
    for (uint32_t i = 0; i < policy->partition_count; i++) {
        if (policy->partitions[i].identity.kind == XHM_IDENTITY_DOM0) {
            return false;
        }
    }
    return true;
}

/* What no configuration of any domain can say. */
static void tell_beyond(const struct xhm_lint_policy *declared) {
    static const struct {
        bool (*counts)(const struct xhm_policy *policy);
        const char *what;
        const char *sentence;
    } rows[] = {
        {declares_host, "platform", "nothing of the host is in an xl file"},
        {declares_cpupools, "cpupools", "xl cpupool-create makes them, and no domain's file says how"},
        {leaves_dom0_out, "dom0", "where its vCPUs may run is in no xl file"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].counts(declared->policy)) {
            messages_add(declared->unchecked, nowhere, rows[i].what, "not checked: %s", rows[i].sentence);
        }
    }
}

void lint_compare(const struct xhm_lint_policy *declared, struct xhm_lint_file *files, size_t count) {
    for (size_t i = 0; i < count; i++) {
        compare_file(declared->policy, files, i);
    }
    for (uint32_t i = 0; i < declared->policy->partition_count; i++) {
        compare_partition(declared, i, has_file(files, count, i));
    }
    lint_pools_check(declared, files, count);
    tell_beyond(declared);
}
