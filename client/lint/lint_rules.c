// SPDX-License-Identifier: Apache-2.0
#include "lint_rules.h"

#include "scalar.h"
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#define KIB_PER_MIB 1024u

__attribute__((format(printf, 4, 0))) static void add(const struct xhm_lint_file *file, struct xhm_messages *messages,
                                                      enum xhm_xl_key key, const char *format, va_list arguments) {
    char sentence[XHM_MESSAGE_SIZE];
    vsnprintf(sentence, sizeof(sentence), format, arguments);
    messages_add(messages, file->domain->values[key].mark, xl_keys_info(key)->name, "%s", sentence);
}

void lint_tell(const struct xhm_lint_file *file, enum xhm_xl_key key, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    add(file, file->errors, key, format, arguments);
    va_end(arguments);
}

/* What is not given needs no check. */
void lint_tell_unchecked(const struct xhm_lint_file *file, enum xhm_xl_key key, const char *format, ...) {
    if (file->domain->values[key].state == XHM_XL_ABSENT) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    add(file, file->unchecked, key, format, arguments);
    va_end(arguments);
}

static void compare_name(const struct lint_pair *pair, enum xhm_xl_key key) {
    const struct xhm_xl_value *value = &pair->file->domain->values[key];
    if (value->state == XHM_XL_READ && strcmp(value->text, pair->partition->name) != 0) {
        lint_tell(pair->file, key, "\"%s\", but its uuid is that of partition %s: xhm-agent creates it by that name",
                  value->text, pair->partition->name);
    }
}

static void write_size(uint64_t size_kib, char text[XHM_SCALAR_TEXT_SIZE]) {
    scalar_info(XHM_SCALAR_SIZE)->write(&size_kib, text);
}

static void compare_memory(const struct lint_pair *pair, enum xhm_xl_key key) {
    const struct xhm_memory_policy *declared = &pair->partition->memory;
    const struct xhm_xl_value *value = &pair->file->domain->values[key];
    const uint64_t given_kib = value->number * KIB_PER_MIB;
    char given[XHM_SCALAR_TEXT_SIZE];
    char size[XHM_SCALAR_TEXT_SIZE];
    write_size(given_kib, given);
    write_size(declared->size_kib, size);
    if (declared->size_kib == 0) {
        lint_tell_unchecked(pair->file, key, "not checked: partition %s declares no memory", pair->partition->name);
    } else if (value->state == XHM_XL_ABSENT) {
        lint_tell(pair->file, key, "is not given, but partition %s declares %s", pair->partition->name, size);
    } else if (value->state == XHM_XL_READ && (given_kib + declared->slack_kib < declared->size_kib ||
                                               given_kib > declared->size_kib + declared->slack_kib)) {
        lint_tell(pair->file, key, "%s, but partition %s declares %s", given, pair->partition->name, size);
    }
}

/* A paravirtualised domain owns all its memory from the start and balloons from there; others populate on demand. */
static void compare_max_memory(const struct lint_pair *pair, enum xhm_xl_key key) {
    const struct xhm_memory_policy *declared = &pair->partition->memory;
    const struct xhm_xl_domain *domain = pair->file->domain;
    const uint64_t memory_kib = domain->values[XHM_XL_MEMORY].number * KIB_PER_MIB;
    const uint64_t limit_kib = domain->values[key].number * KIB_PER_MIB;
    char limit[XHM_SCALAR_TEXT_SIZE];
    char most[XHM_SCALAR_TEXT_SIZE];
    write_size(limit_kib, limit);
    write_size(declared->size_kib + declared->slack_kib, most);
    if (declared->size_kib == 0) {
        lint_tell_unchecked(pair->file, key, "not checked: partition %s declares no memory", pair->partition->name);
        return;
    }
    if (!xl_domain_has(domain, key)) {
        return;
    }
    if (limit_kib > declared->size_kib + declared->slack_kib) {
        lint_tell(pair->file, key, "%s: the guest could grow beyond the %s of partition %s", limit, most,
                  pair->partition->name);
    }
    if (xl_domain_has(domain, XHM_XL_MEMORY) && limit_kib < memory_kib) {
        lint_tell(pair->file, key, "%s is below memory: xl creates no such domain", limit);
    } else if (xl_domain_has(domain, XHM_XL_MEMORY) && limit_kib > memory_kib && declared->up_front &&
               !xl_domain_is_paravirtualised(domain)) {
        lint_tell(pair->file, key, "%s is above memory: a domain of type %s populates its memory on demand then", limit,
                  domain->values[XHM_XL_TYPE].text);
    }
}

/* Whatever else xl did with a domain that ended, it would race with the supervisor. */
static void compare_action(const struct lint_pair *pair, enum xhm_xl_key key) {
    const struct xhm_xl_value *value = &pair->file->domain->values[key];
    const char *fallback = xl_keys_info(key)->fallback;
    if (value->state == XHM_XL_ABSENT && strcmp(fallback, "destroy") != 0) {
        lint_tell(pair->file, key,
                  "is not given, and xl takes \"%s\": only \"destroy\" leaves the partition to the supervisor",
                  fallback);
    } else if (value->state == XHM_XL_READ && strcmp(value->text, "destroy") != 0) {
        lint_tell(pair->file, key, "\"%s\": only \"destroy\" leaves the partition to the supervisor", value->text);
    }
}

static void leave_unchecked(const struct lint_pair *pair, enum xhm_xl_key key) {
    lint_tell_unchecked(pair->file, key, "not checked: the policy declares nothing about it");
}

static const struct {
    enum xhm_xl_key key;
    void (*compare)(const struct lint_pair *pair, enum xhm_xl_key key);
} rules[] = {
    {XHM_XL_NAME, compare_name},
    {XHM_XL_MEMORY, compare_memory},
    {XHM_XL_MAXMEM, compare_max_memory},
    {XHM_XL_VCPUS, lint_placement_vcpus},
    {XHM_XL_MAXVCPUS, lint_placement_max_vcpus},
    {XHM_XL_CPUS, lint_placement_cpus},
    {XHM_XL_POOL, lint_scheduling_compare_pool},
    {XHM_XL_CPU_WEIGHT, lint_scheduling_weight},
    {XHM_XL_CAP, lint_scheduling_cap},
    {XHM_XL_PERIOD, lint_scheduling_period},
    {XHM_XL_EXTRATIME, leave_unchecked},
    {XHM_XL_ON_POWEROFF, compare_action},
    {XHM_XL_ON_REBOOT, compare_action},
    {XHM_XL_ON_CRASH, compare_action},
    {XHM_XL_ON_WATCHDOG, compare_action},
    {XHM_XL_ON_SOFT_RESET, compare_action},
    {XHM_XL_DISK, lint_devices_driver},
    {XHM_XL_VIF, lint_devices_driver},
    {XHM_XL_VFB, lint_devices_driver},
    {XHM_XL_VNC, lint_devices_driver},
    {XHM_XL_VKB, lint_devices_driver},
    {XHM_XL_VTPM, lint_devices_driver},
    {XHM_XL_P9, lint_devices_driver},
    {XHM_XL_PVCALLS, lint_devices_driver},
    {XHM_XL_VDISPL, lint_devices_driver},
    {XHM_XL_VSND, lint_devices_driver},
    {XHM_XL_CHANNEL, lint_devices_driver},
    {XHM_XL_USBCTRL, lint_devices_driver},
    {XHM_XL_USBDEV, lint_devices_driver},
    {XHM_XL_VIRTIO, lint_devices_driver},
    {XHM_XL_PCI, lint_devices_assigned},
    {XHM_XL_DTDEV, lint_devices_hardware},
    {XHM_XL_IOMEM, lint_devices_hardware},
    {XHM_XL_IOPORTS, lint_devices_hardware},
    {XHM_XL_IRQS, lint_devices_hardware},
};

void lint_rules_apply(const struct lint_pair *pair) {
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        rules[i].compare(pair, rules[i].key);
    }
    lint_devices_compare(pair);
    lint_scheduling_tell_beyond(pair);
}
