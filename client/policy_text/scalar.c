// SPDX-License-Identifier: Apache-2.0
#include "scalar.h"

#include "references.h"
#include "scalar_host.h"
#include "scalar_lists.h"
#include "scalar_words.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct unit {
    const char *name;
    uint64_t factor;
};

/* Both tables end with the smallest unit: writers take the first that divides the value. */
static const struct unit duration_units[] = {
    {"h", 3600000000000u}, {"m", 60000000000u}, {"s", 1000000000u}, {"ms", 1000000u}, {"us", 1000u}, {"ns", 1u},
};
static const struct unit size_units[] = {{"TiB", 1u << 30}, {"GiB", 1u << 20}, {"MiB", 1u << 10}, {"KiB", 1u}};
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

struct quantity_kind {
    const struct unit *units;
    size_t unit_count;
    const char *zero;
    const char *not_a_number;
    const char *no_unit;
    const char *unknown_unit;
    const char *too_large;
};

static const struct quantity_kind durations = {
    .units = duration_units,
    .unit_count = LENGTH(duration_units),
    .zero = "0s",
    .not_a_number = "is not a duration: write a whole number and ns, us, ms, s, m or h, like 10ms",
    .no_unit = "has no unit: write ns, us, ms, s, m or h after the number, like 10ms",
    .unknown_unit = "has a wrong unit: a duration is in ns, us, ms, s, m or h",
    .too_large = "is too large for a duration",
};
static const struct quantity_kind sizes = {
    .units = size_units,
    .unit_count = LENGTH(size_units),
    .zero = "0KiB",
    .not_a_number = "is not a size: write a whole number and KiB, MiB, GiB or TiB, like 96MiB",
    .no_unit = "has no unit: write KiB, MiB, GiB or TiB after the number, like 96MiB",
    .unknown_unit = "has a wrong unit: a size is in KiB, MiB, GiB or TiB",
    .too_large = "is too large for a size",
};

static const char *read_quantity(const char *text, const struct quantity_kind *kind, uint64_t *value) {
    const char *after;
    uint64_t number = 0;
    enum xhm_number_verdict verdict = scalar_lists_number(text, UINT64_MAX, &number, &after);
    if (verdict == XHM_NUMBER_NONE) {
        return kind->not_a_number;
    }
    if (verdict == XHM_NUMBER_TOO_LARGE) {
        return kind->too_large;
    }
    after += strspn(after, " ");
    if (*after == '\0') {
        return kind->no_unit;
    }
    for (size_t i = 0; i < kind->unit_count; i++) {
        if (strcmp(after, kind->units[i].name) == 0) {
            return __builtin_mul_overflow(number, kind->units[i].factor, value) ? kind->too_large : NULL;
        }
    }
    return *after == '.' ? kind->not_a_number : kind->unknown_unit;
}

static void write_quantity(uint64_t value, const struct quantity_kind *kind, char text[XHM_SCALAR_TEXT_SIZE]) {
    if (value == 0) {
        snprintf(text, XHM_SCALAR_TEXT_SIZE, "%s", kind->zero);
        return;
    }
    const struct unit *unit = kind->units;
    while (value % unit->factor != 0) {
        unit++;
    }
    snprintf(text, XHM_SCALAR_TEXT_SIZE, "%llu%s", (unsigned long long)(value / unit->factor), unit->name);
}

const char *scalar_read_duration(const char *text, void *duration_ns) {
    return read_quantity(text, &durations, duration_ns);
}

void scalar_write_duration(const void *duration_ns, char text[XHM_SCALAR_TEXT_SIZE]) {
    write_quantity(*(const uint64_t *)duration_ns, &durations, text);
}

static const char *read_size(const char *text, void *target) {
    return read_quantity(text, &sizes, target);
}

static void write_size(const void *source, char text[XHM_SCALAR_TEXT_SIZE]) {
    write_quantity(*(const uint64_t *)source, &sizes, text);
}

static const char *read_whole(const char *text, uint64_t limit, uint64_t *value, const char *too_large) {
    const char *after;
    enum xhm_number_verdict verdict = scalar_lists_number(text, limit, value, &after);
    if (verdict == XHM_NUMBER_TOO_LARGE) {
        return too_large;
    }
    return verdict == XHM_NUMBER_NONE || *after != '\0' ? "is not a whole number without unit" : NULL;
}

static const char *read_count(const char *text, void *target) {
    uint64_t value = 0;
    const char *wrong = read_whole(text, UINT32_MAX, &value, "is too large: the highest number is 4294967295");
    *(uint32_t *)target = (uint32_t)value;
    return wrong;
}

static void write_count(const void *source, char text[XHM_SCALAR_TEXT_SIZE]) {
    snprintf(text, XHM_SCALAR_TEXT_SIZE, "%u", *(const uint32_t *)source);
}

static const char *read_percent(const char *text, void *target) {
    const char *after;
    uint64_t value = 0;
    enum xhm_number_verdict verdict = scalar_lists_number(text, UINT32_MAX, &value, &after);
    *(uint32_t *)target = (uint32_t)value;
    if (verdict == XHM_NUMBER_TOO_LARGE) {
        return "is too large for a percentage";
    }
    return verdict == XHM_NUMBER_NONE || strcmp(after, "%") != 0
               ? "is not a percentage: write a whole number and %, like 80%"
               : NULL;
}

static void write_percent(const void *source, char text[XHM_SCALAR_TEXT_SIZE]) {
    snprintf(text, XHM_SCALAR_TEXT_SIZE, "%u%%", *(const uint32_t *)source);
}

/* A name of a shape that policy_check() refuses is accepted here: it is said once, there. */
static const char *read_name(const char *text, void *target) {
    size_t length = strlen(text);
    if (length >= XHM_NAME_SIZE) {
        return "is too long for a name: at most 31 characters";
    }
    memcpy(target, text, length + 1);
    return NULL;
}

static void write_name(const void *source, char text[XHM_SCALAR_TEXT_SIZE]) {
    const char *quote = scalar_is_yaml_word(source) ? "\"" : "";
    snprintf(text, XHM_SCALAR_TEXT_SIZE, "%s%.*s%s", quote, XHM_NAME_SIZE, (const char *)source, quote);
}

static int hex_digit(char digit) {
    const char *digits = "0123456789abcdef";
    const char *found = digit != '\0' ? strchr(digits, digit | ' ') : NULL;
    return found != NULL ? (int)(found - digits) : -1;
}

static const char *read_uuid(const char *text, void *target) {
    struct xhm_identity *identity = target;
    const char *wrong = "is not a UUID: 8-4-4-4-12 hexadecimal digits";
    const char *at = text;
    for (size_t i = 0; i < sizeof(identity->uuid.bytes); i++) {
        if ((i == 4 || i == 6 || i == 8 || i == 10) && *at++ != '-') {
            return wrong;
        }
        int high = hex_digit(at[0]);
        int low = high < 0 ? -1 : hex_digit(at[1]);
        if (low < 0) {
            return wrong;
        }
        identity->uuid.bytes[i] = (uint8_t)(high << 4 | low);
        at += 2;
    }
    identity->kind = XHM_IDENTITY_UUID;
    return *at == '\0' ? NULL : wrong;
}

void scalar_write_uuid(const struct xhm_uuid *uuid, char text[37]) {
    char *at = text;
    for (size_t i = 0; i < sizeof(uuid->bytes); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            *at++ = '-';
        }
        at += snprintf(at, 3, "%02x", uuid->bytes[i]);
    }
}

static void write_uuid(const void *source, char text[XHM_SCALAR_TEXT_SIZE]) {
    scalar_write_uuid(&((const struct xhm_identity *)source)->uuid, text);
}

/* Xen's highest domid of an ordinary domain is 0x7fef (DOMID_FIRST_RESERVED - 1); 0 is dom0, which has its own word. */
static const char *read_static_domid(const char *text, void *target) {
    struct xhm_identity *identity = target;
    uint64_t value = 0;
    const char *wrong = read_whole(text, 0x7fef, &value, "is too large: the highest domid is 32751");
    identity->kind = XHM_IDENTITY_STATIC_DOMID;
    identity->domid = (uint16_t)value;
    return wrong == NULL && value == 0 ? "is dom0: write identity: dom0" : wrong;
}

static void write_static_domid(const void *source, char text[XHM_SCALAR_TEXT_SIZE]) {
    snprintf(text, XHM_SCALAR_TEXT_SIZE, "%u", ((const struct xhm_identity *)source)->domid);
}

static const char *read_uid(const char *text, void *target) {
    struct xhm_access_policy *access = target;
    access->kind = XHM_ACCESS_UID;
    return read_count(text, &access->id);
}

static const char *read_gid(const char *text, void *target) {
    struct xhm_access_policy *access = target;
    access->kind = XHM_ACCESS_GID;
    return read_count(text, &access->id);
}

static void write_id(const void *source, char text[XHM_SCALAR_TEXT_SIZE]) {
    write_count(&((const struct xhm_access_policy *)source)->id, text);
}

bool scalar_is_yaml_word(const char *text) {
    static const char *const words[] = {"true", "false", "yes", "no", "on", "off", "null", "y", "n", "~"};
    for (size_t i = 0; i < LENGTH(words); i++) {
        if (strcasecmp(text, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

#define PLAIN(words, function) .noun = (words), .read = read_##function, .write = write_##function
#define WORD(words, function)                                                                                          \
    .noun = (words), .read = scalar_words_read_##function, .write = scalar_words_write_##function
#define HOST(words, function)                                                                                          \
    .noun = (words), .read = scalar_host_read_##function, .write = scalar_host_write_##function
#define REFERENCE(words, kind, function)                                                                               \
    .noun = (words), .reference = XHM_REFERENCE_##kind, .refer = scalar_words_refer_##function,                        \
    .refers = scalar_words_refers_##function
#define LIST .list = true

static const struct xhm_scalar_info infos[XHM_SCALAR_KIND_COUNT] = {
    [XHM_SCALAR_NAME] = {PLAIN("a name", name)},
    [XHM_SCALAR_DURATION] = {.noun = "a duration", .read = scalar_read_duration, .write = scalar_write_duration},
    [XHM_SCALAR_SIZE] = {PLAIN("a size", size)},
    [XHM_SCALAR_COUNT] = {PLAIN("a number", count)},
    [XHM_SCALAR_PERCENT] = {PLAIN("a percentage", percent)},
    [XHM_SCALAR_FLAG] = {WORD("true or false", flag)},
    [XHM_SCALAR_PERMISSION] = {WORD("allowed or forbidden", permission)},
    [XHM_SCALAR_SUPERVISION] = {WORD("active or deactivated", supervision)},
    [XHM_SCALAR_ORDER] = {WORD("together or in_order", order)},
    [XHM_SCALAR_DEPLOYMENT] = {WORD("dom0 or dedicated", deployment)},
    [XHM_SCALAR_MODE] = {WORD("startup or run", mode)},
    [XHM_SCALAR_LAST_RESORT] = {WORD("none, reboot_ecu or restart_supervisor", last_resort)},
    [XHM_SCALAR_REACTION] = {WORD("a reaction or a list of them", reaction), LIST},
    [XHM_SCALAR_PCPUS] = {.noun = "a set of pCPUs",
                          .read = scalar_lists_read_pcpus,
                          .write = scalar_lists_write_pcpus,
                          LIST},
    [XHM_SCALAR_CHECKPOINTS] = {.noun = "a list of checkpoints",
                                .read = scalar_lists_read_checkpoint,
                                .write = scalar_lists_write_checkpoints,
                                LIST},
    [XHM_SCALAR_ROLES] = {.noun = "a list of roles",
                          .read = scalar_lists_read_role,
                          .write = scalar_lists_write_roles,
                          LIST},
    [XHM_SCALAR_UUID] = {PLAIN("a UUID", uuid)},
    [XHM_SCALAR_STATIC_DOMID] = {PLAIN("a domid", static_domid)},
    [XHM_SCALAR_UID] = {.noun = "a user id", .read = read_uid, .write = write_id},
    [XHM_SCALAR_GID] = {.noun = "a group id", .read = read_gid, .write = write_id},
    [XHM_SCALAR_PARTITION_PEER] = {REFERENCE("the name of a partition", PARTITION, peer)},
    [XHM_SCALAR_PARTITION] = {REFERENCE("the name of a partition", PARTITION, number)},
    [XHM_SCALAR_PARTITIONS] = {REFERENCE("a list of partitions", PARTITION, bit), LIST},
    [XHM_SCALAR_SAFE_STATE] = {REFERENCE("the name of a safe state", SAFE_STATE, number)},
    [XHM_SCALAR_PAUSED] = {REFERENCE("a list of partitions", PARTITION, paused), LIST},
    [XHM_SCALAR_STOPPED] = {REFERENCE("a list of partitions", PARTITION, stopped), LIST},
    [XHM_SCALAR_STARTED] = {REFERENCE("a list of partitions", PARTITION, started), LIST},
    [XHM_SCALAR_CPUPOOL] = {REFERENCE("the name of a cpupool", CPUPOOL, number)},
    [XHM_SCALAR_FORBIDDEN] = {WORD("the word forbidden", forbidden)},
    [XHM_SCALAR_SCHEDULER] = {WORD("a scheduler", scheduler)},
    [XHM_SCALAR_DEVICE_KIND] = {WORD("a kind of device", device_kind)},
    [XHM_SCALAR_MASK] = {HOST("a mask", mask)},
    [XHM_SCALAR_DTC] = {HOST("a DTC", dtc)},
    [XHM_SCALAR_VERSION] = {HOST("a version", version)},
    [XHM_SCALAR_CAPABILITIES] = {HOST("a list of capabilities", capabilities), LIST},
    [XHM_SCALAR_SERVICES] = {HOST("a list of services", services), LIST},
    [XHM_SCALAR_ASSIGNED] = {HOST("none, or a list of PCI addresses", assigned), LIST},
    [XHM_SCALAR_OPTION_REQUIRED] = {.noun = "an option of Xen's command line",
                                    .read = scalar_host_read_required,
                                    .write = scalar_host_write_option},
    [XHM_SCALAR_OPTION_FORBIDDEN] = {.noun = "an option of Xen's command line",
                                     .read = scalar_host_read_forbidden,
                                     .write = scalar_host_write_option},
};

const struct xhm_scalar_info *scalar_info(enum xhm_scalar_kind kind) {
    return &infos[kind];
}

static bool refers_to_nothing(const struct xhm_scalar_info *info, const void *source) {
    for (uint32_t i = 0; i < references_capacity(info->reference); i++) {
        if (info->refers(i, source)) {
            return false;
        }
    }
    return true;
}

static bool is_without_pcpu(const struct xhm_pcpu_set *set) {
    static const struct xhm_pcpu_set empty;
    return memcmp(set, &empty, sizeof(empty)) == 0;
}

bool scalar_is_none(enum xhm_scalar_kind kind, const void *source) {
    const struct xhm_scalar_info *info = scalar_info(kind);
    if (info->reference != XHM_REFERENCE_NONE) {
        return refers_to_nothing(info, source);
    }
    if (kind == XHM_SCALAR_DURATION || kind == XHM_SCALAR_SIZE || kind == XHM_SCALAR_MASK) {
        return *(const uint64_t *)source == 0;
    }
    if (kind == XHM_SCALAR_PCPUS) {
        return is_without_pcpu(source);
    }
    if (kind == XHM_SCALAR_FORBIDDEN) {
        return !*(const bool *)source;
    }
    if (kind == XHM_SCALAR_ASSIGNED) {
        return !((const struct xhm_partition_policy *)source)->assigned_declared;
    }
    return *(const uint32_t *)source == 0;
}
