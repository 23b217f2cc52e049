// SPDX-License-Identifier: Apache-2.0
#include "scalar_words.h"

#include <stdio.h>
#include <string.h>

/* The words of a kind by value; those that are NULL cannot be written. */
struct words {
    const char *const *names;
    unsigned count;
    const char *wrong;
};
#define WORDS(list, sentence)                                                                                          \
    { (list), sizeof(list) / sizeof((list)[0]), (sentence) }

static const char *const flag_names[] = {"false", "true"};
static const char *const permission_names[] = {"forbidden", "allowed"};
static const char *const supervision_names[] = {"active", "deactivated"};
static const char *const order_names[] = {"together", "in_order"};
static const char *const deployment_names[] = {
    [XHM_DEPLOYMENT_DOM0] = "dom0", [XHM_DEPLOYMENT_DEDICATED] = "dedicated"};
static const char *const mode_names[] = {[XHM_MODE_STARTUP] = "startup", [XHM_MODE_RUN] = "run"};
static const char *const last_resort_names[] = {[XHM_LAST_RESORT_NONE] = "none",
                                                [XHM_LAST_RESORT_REBOOT_ECU] = "reboot_ecu",
                                                [XHM_LAST_RESORT_RESTART_SUPERVISOR] = "restart_supervisor"};
static const char *const reaction_names[XHM_REACTION_END] = {
    [XHM_REACTION_REPORT] = "report",
    [XHM_REACTION_RESTART] = "restart",
    [XHM_REACTION_STOP] = "stop",
    [XHM_REACTION_PAUSE] = "pause",
    [XHM_REACTION_FAIL_OVER] = "fail_over",
    [XHM_REACTION_SAFE_STATE] = "safe_state",
    [XHM_REACTION_LAST_RESORT] = "last_resort",
};

/* What is allowed needs no word: it is not declared. */
static const char *const forbidden_names[] = {NULL, "forbidden"};
static const char *const scheduler_names[] = {
    [XHM_SCHEDULER_CREDIT] = "credit", [XHM_SCHEDULER_CREDIT2] = "credit2", [XHM_SCHEDULER_ARINC653] = "arinc653",
    [XHM_SCHEDULER_RTDS] = "rtds",     [XHM_SCHEDULER_NULL] = "null",
};
static const char *const device_kind_names[XHM_DEVICE_KIND_END] = {
    [XHM_DEVICE_VIF] = "vif",   [XHM_DEVICE_VBD] = "vbd",   [XHM_DEVICE_VFB] = "vfb",   [XHM_DEVICE_VKBD] = "vkbd",
    [XHM_DEVICE_9PFS] = "9pfs", [XHM_DEVICE_VSND] = "vsnd", [XHM_DEVICE_VUSB] = "vusb", [XHM_DEVICE_OTHER] = "other",
};

static const struct words forbidden = WORDS(forbidden_names, "must be forbidden, or left out");
static const struct words schedulers =
    WORDS(scheduler_names, "is no scheduler that can be declared: credit, credit2, arinc653, rtds or null");
static const struct words device_kinds =
    WORDS(device_kind_names, "is no kind of device: vif, vbd, vfb, vkbd, 9pfs, vsnd, vusb or other");
static const struct words flags = WORDS(flag_names, "must be true or false");
static const struct words permissions = WORDS(permission_names, "must be allowed or forbidden");
static const struct words supervisions = WORDS(supervision_names, "must be active or deactivated");
static const struct words orders = WORDS(order_names, "must be together or in_order");
static const struct words deployments = WORDS(deployment_names, "must be dom0 or dedicated");
static const struct words modes = WORDS(mode_names, "must be startup or run");
static const struct words last_resorts = WORDS(last_resort_names, "must be none, reboot_ecu or restart_supervisor");
static const struct words reactions =
    WORDS(reaction_names, "must be report, restart, stop, pause, fail_over, safe_state or last_resort");

static const char *find(const struct words *words, const char *text, unsigned *value) {
    for (unsigned i = 0; i < words->count; i++) {
        if (words->names[i] != NULL && strcmp(text, words->names[i]) == 0) {
            *value = i;
            return NULL;
        }
    }
    return words->wrong;
}

static void write(const struct words *words, unsigned value, char text[XHM_SCALAR_TEXT_SIZE]) {
    bool known = value < words->count && words->names[value] != NULL;
    snprintf(text, XHM_SCALAR_TEXT_SIZE, "%s", known ? words->names[value] : "unknown");
}

#define BOOL_KIND(name, words)                                                                                         \
    const char *scalar_words_read_##name(const char *text, void *target) {                                             \
        unsigned value = 0;                                                                                            \
        const char *wrong = find(&(words), text, &value);                                                              \
        *(bool *)target = value != 0;                                                                                  \
        return wrong;                                                                                                  \
    }                                                                                                                  \
    void scalar_words_write_##name(const void *source, char text[XHM_SCALAR_TEXT_SIZE]) {                              \
        write(&(words), *(const bool *)source, text);                                                                  \
    }
BOOL_KIND(flag, flags)
BOOL_KIND(permission, permissions)
BOOL_KIND(supervision, supervisions)
BOOL_KIND(order, orders)
BOOL_KIND(forbidden, forbidden)

#define ENUM_KIND(name, type, words)                                                                                   \
    const char *scalar_words_read_##name(const char *text, void *target) {                                             \
        unsigned value = 0;                                                                                            \
        const char *wrong = find(&(words), text, &value);                                                              \
        *(enum type *)target = (enum type)value;                                                                       \
        return wrong;                                                                                                  \
    }                                                                                                                  \
    void scalar_words_write_##name(const void *source, char text[XHM_SCALAR_TEXT_SIZE]) {                              \
        write(&(words), *(const enum type *)source, text);                                                             \
    }
ENUM_KIND(deployment, xhm_deployment, deployments)
ENUM_KIND(mode, xhm_ecu_mode, modes)
ENUM_KIND(last_resort, xhm_last_resort, last_resorts)
ENUM_KIND(device_kind, xhm_device_kind, device_kinds)

const char *scalar_words_read_scheduler(const char *text, void *target) {
    unsigned value = XHM_SCHEDULER_ANY;
    const char *wrong = find(&schedulers, text, &value);
    *(enum xhm_scheduler *)target = (enum xhm_scheduler)value;
    return wrong;
}

/* One of them, null, is no text in YAML unless it is quoted. */
void scalar_words_write_scheduler(const void *source, char text[XHM_SCALAR_TEXT_SIZE]) {
    const enum xhm_scheduler scheduler = *(const enum xhm_scheduler *)source;
    write(&schedulers, scheduler, text);
    if (scalar_is_yaml_word(text)) {
        snprintf(text, XHM_SCALAR_TEXT_SIZE, "\"%s\"", scheduler_names[scheduler]);
    }
}

const char *scalar_words_read_reaction(const char *text, void *target) {
    struct xhm_ladder *ladder = target;
    unsigned value = 0;
    const char *wrong = find(&reactions, text, &value);
    if (wrong != NULL) {
        return wrong;
    }
    if (ladder->count == XHM_MAX_RUNGS) {
        return "is one rung too many: a ladder has at most 4";
    }
    ladder->rungs[ladder->count++] = (enum xhm_reaction)value;
    return NULL;
}

/* A list of one is written as the word alone. */
void scalar_words_write_reaction(const void *source, char text[XHM_SCALAR_TEXT_SIZE]) {
    const struct xhm_ladder *ladder = source;
    bool list = ladder->count != 1;
    size_t used = (size_t)snprintf(text, XHM_SCALAR_TEXT_SIZE, "%s", list ? "[" : "");
    for (uint32_t i = 0; i < ladder->count; i++) {
        used += (size_t)snprintf(text + used, XHM_SCALAR_TEXT_SIZE - used, "%s", i > 0 ? ", " : "");
        write(&reactions, ladder->rungs[i], text + used);
        used += strlen(text + used);
    }
    snprintf(text + used, XHM_SCALAR_TEXT_SIZE - used, "%s", list ? "]" : "");
}

const char *scalar_words_refer_number(uint32_t index, void *target) {
    *(uint32_t *)target = index + 1;
    return NULL;
}

bool scalar_words_refers_number(uint32_t index, const void *source) {
    return *(const uint32_t *)source == index + 1;
}

const char *scalar_words_refer_peer(uint32_t index, void *target) {
    struct xhm_access_policy *access = target;
    access->kind = XHM_ACCESS_PARTITION;
    return scalar_words_refer_number(index, &access->id);
}

bool scalar_words_refers_peer(uint32_t index, const void *source) {
    return scalar_words_refers_number(index, &((const struct xhm_access_policy *)source)->id);
}

const char *scalar_words_refer_bit(uint32_t index, void *target) {
    bool twice = scalar_words_refers_bit(index, target);
    *(uint64_t *)target |= UINT64_C(1) << index;
    return twice ? "is named twice" : NULL;
}

bool scalar_words_refers_bit(uint32_t index, const void *source) {
    return (*(const uint64_t *)source >> index & 1u) != 0;
}

static const char *dispose(uint32_t index, enum xhm_disposition *dispositions, enum xhm_disposition disposition) {
    bool twice = dispositions[index] != XHM_DISPOSITION_LEAVE;
    dispositions[index] = disposition;
    return twice ? "is named twice: a safe state does one thing with a partition" : NULL;
}

#define DISPOSITION_KIND(name, disposition)                                                                            \
    const char *scalar_words_refer_##name(uint32_t index, void *target) {                                              \
        return dispose(index, target, (disposition));                                                                  \
    }                                                                                                                  \
    bool scalar_words_refers_##name(uint32_t index, const void *source) {                                              \
        return ((const enum xhm_disposition *)source)[index] == (disposition);                                         \
    }
DISPOSITION_KIND(paused, XHM_DISPOSITION_PAUSE)
DISPOSITION_KIND(stopped, XHM_DISPOSITION_STOP)
DISPOSITION_KIND(started, XHM_DISPOSITION_START)
