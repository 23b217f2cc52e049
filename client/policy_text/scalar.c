// SPDX-License-Identifier: Apache-2.0
#include "scalar.h"

#include "scalar_lists.h"
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

static const char *read_flag(const char *text, void *target) {
    *(bool *)target = strcmp(text, "true") == 0;
    return *(bool *)target || strcmp(text, "false") == 0 ? NULL : "must be true or false";
}

static void write_flag(const void *source, char text[XHM_SCALAR_TEXT_SIZE]) {
    snprintf(text, XHM_SCALAR_TEXT_SIZE, "%s", *(const bool *)source ? "true" : "false");
}

static const char *read_permission(const char *text, void *target) {
    *(bool *)target = strcmp(text, "allowed") == 0;
    return *(bool *)target || strcmp(text, "forbidden") == 0 ? NULL : "must be allowed or forbidden";
}

static void write_permission(const void *source, char text[XHM_SCALAR_TEXT_SIZE]) {
    snprintf(text, XHM_SCALAR_TEXT_SIZE, "%s", *(const bool *)source ? "allowed" : "forbidden");
}

static const char *const reaction_words[XHM_REACTION_END] = {
    [XHM_REACTION_REPORT] = "report",
    [XHM_REACTION_RESTART] = "restart",
    [XHM_REACTION_STOP] = "stop",
    [XHM_REACTION_PAUSE] = "pause",
    [XHM_REACTION_FAIL_OVER] = "fail_over",
    [XHM_REACTION_SAFE_STATE] = "safe_state",
    [XHM_REACTION_LAST_RESORT] = "last_resort",
};

static const char *read_reaction(const char *text, void *target) {
    struct xhm_ladder *ladder = target;

    for (unsigned i = XHM_REACTION_REPORT; i < XHM_REACTION_END; i++) {
        if (strcmp(text, reaction_words[i]) == 0) {
            if (ladder->count == XHM_MAX_RUNGS) {
                return "is one rung too many: a ladder has at most 4";
            }
            ladder->rungs[ladder->count++] = (enum xhm_reaction)i;
            return NULL;
        }
    }
    return "must be report, restart, stop, pause, fail_over, safe_state or last_resort";
}

/* A list of one is written as the word alone. */
static void write_reaction(const void *source, char text[XHM_SCALAR_TEXT_SIZE]) {
    const struct xhm_ladder *ladder = source;
    size_t used = (size_t)snprintf(text, XHM_SCALAR_TEXT_SIZE, "%s", ladder->count > 1 ? "[" : "");

    for (uint32_t i = 0; i < ladder->count; i++) {
        used += (size_t)snprintf(text + used, XHM_SCALAR_TEXT_SIZE - used, "%s%s", i > 0 ? ", " : "",
                                 reaction_words[ladder->rungs[i]]);
    }
    snprintf(text + used, XHM_SCALAR_TEXT_SIZE - used, "%s", ladder->count > 1 ? "]" : "");
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
    access->by_gid = false;
    return read_count(text, &access->id);
}

static const char *read_gid(const char *text, void *target) {
    struct xhm_access_policy *access = target;
    access->by_gid = true;
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

static const struct xhm_scalar_info infos[XHM_SCALAR_KIND_COUNT] = {
    [XHM_SCALAR_NAME] = {"a name", false, read_name, write_name},
    [XHM_SCALAR_DURATION] = {"a duration", false, scalar_read_duration, scalar_write_duration},
    [XHM_SCALAR_SIZE] = {"a size", false, read_size, write_size},
    [XHM_SCALAR_COUNT] = {"a number", false, read_count, write_count},
    [XHM_SCALAR_FLAG] = {"true or false", false, read_flag, write_flag},
    [XHM_SCALAR_PERMISSION] = {"allowed or forbidden", false, read_permission, write_permission},
    [XHM_SCALAR_REACTION] = {"a reaction or a list of them", true, read_reaction, write_reaction},
    [XHM_SCALAR_PCPUS] = {"a set of pCPUs", true, scalar_lists_read_pcpus, scalar_lists_write_pcpus},
    [XHM_SCALAR_ROLES] = {"a list of roles", true, scalar_lists_read_role, scalar_lists_write_roles},
    [XHM_SCALAR_UUID] = {"a UUID", false, read_uuid, write_uuid},
    [XHM_SCALAR_STATIC_DOMID] = {"a domid", false, read_static_domid, write_static_domid},
    [XHM_SCALAR_UID] = {"a user id", false, read_uid, write_id},
    [XHM_SCALAR_GID] = {"a group id", false, read_gid, write_id},
};

const struct xhm_scalar_info *scalar_info(enum xhm_scalar_kind kind) {
    return &infos[kind];
}
