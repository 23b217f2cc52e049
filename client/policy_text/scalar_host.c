// SPDX-License-Identifier: Apache-2.0
#include "scalar_host.h"

#include "scalar_lists.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AS_TEXT_(number) #number
#define AS_TEXT(number)  AS_TEXT_(number)

/* strspn() of these is the shape of a number; its value is then read without surprises. */
#define HEX_DIGITS "0123456789abcdefABCDEF"

static bool is_hex(const char *text) {
    return strncmp(text, "0x", 2) == 0 && text[2] != '\0' && text[2 + strspn(text + 2, HEX_DIGITS)] == '\0';
}

const char *scalar_host_read_dtc(const char *text, void *target) {
    if (!is_hex(text)) {
        return "is no DTC: write 0x and hexadecimal digits, like 0xc10001";
    }
    if (strlen(text) > strlen("0xffffffff")) {
        return "is too long for a DTC: it has 24 bits";
    }
    *(uint32_t *)target = (uint32_t)strtoul(text, NULL, 16);
    return NULL;
}

void scalar_host_write_dtc(const void *source, char text[XHM_SCALAR_TEXT_SIZE]) {
    snprintf(text, XHM_SCALAR_TEXT_SIZE, "\"0x%06x\"", *(const uint32_t *)source);
}

const char *scalar_host_read_mask(const char *text, void *target) {
    const char *digits = text + 2;
    if (!is_hex(text)) {
        return "is not a mask: write 0x and hexadecimal digits, like 0xf0";
    }
    if (strlen(digits) > 16) {
        return "is too long for a mask: it has at most 64 bits";
    }
    *(uint64_t *)target = strtoull(digits, NULL, 16);
    return NULL;
}

void scalar_host_write_mask(const void *source, char text[XHM_SCALAR_TEXT_SIZE]) {
    snprintf(text, XHM_SCALAR_TEXT_SIZE, "\"0x%llx\"", (unsigned long long)*(const uint64_t *)source);
}

const char *scalar_host_read_version(const char *text, void *target) {
    const char *wrong = "is not a version of Xen: write its first two numbers, like 4.17";
    uint64_t major;
    uint64_t minor;
    const char *at;
    if (scalar_lists_number(text, UINT16_MAX, &major, &at) != XHM_NUMBER_READ || *at != '.' ||
        scalar_lists_number(at + 1, UINT16_MAX, &minor, &at) != XHM_NUMBER_READ || *at != '\0') {
        return wrong;
    }
    *(uint32_t *)target = (uint32_t)(major << 16 | minor);
    return NULL;
}

/* In quotes: 4.10 is no number. */
void scalar_host_write_version(const void *source, char text[XHM_SCALAR_TEXT_SIZE]) {
    const uint32_t version = *(const uint32_t *)source;
    snprintf(text, XHM_SCALAR_TEXT_SIZE, "\"%u.%u\"", version >> 16, version & 0xffffu);
}

/* Bits of XEN_SYSCTL_PHYSCAP_* in xen/include/public/sysctl.h of Xen 4.17. */
static const struct {
    const char *name;
    uint32_t bit;
} capabilities[] = {
    {"hvm", 1u << 0},       {"pv", 1u << 1},     {"iommu", 1u << 2},
    {"hap", 1u << 3},       {"shadow", 1u << 4}, {"iommu_hap_pt_share", 1u << 5},
    {"vmtrace", 1u << 6},   {"vpmu", 1u << 7},   {"gnttab_v1", 1u << 8},
    {"gnttab_v2", 1u << 9},
};
#define CAPABILITY_COUNT (sizeof(capabilities) / sizeof(capabilities[0]))

const char *scalar_host_read_capabilities(const char *text, void *target) {
    uint32_t *set = target;
    for (size_t i = 0; i < CAPABILITY_COUNT; i++) {
        if (strcmp(text, capabilities[i].name) == 0) {
            bool twice = (*set & capabilities[i].bit) != 0;
            *set |= capabilities[i].bit;
            return twice ? "is named twice" : NULL;
        }
    }
    return "is no capability: hvm, pv, iommu, hap, shadow, iommu_hap_pt_share, vmtrace, vpmu, gnttab_v1 or gnttab_v2";
}

/* Appends to a list under way: "[" and what came before. */
static size_t append(char text[XHM_SCALAR_TEXT_SIZE], size_t used, const char *quote, const char *word) {
    return used + (size_t)snprintf(text + used, XHM_SCALAR_TEXT_SIZE - used, "%s%s%s%s", used > 1 ? ", " : "", quote,
                                   word, quote);
}

void scalar_host_write_capabilities(const void *source, char text[XHM_SCALAR_TEXT_SIZE]) {
    size_t used = (size_t)snprintf(text, XHM_SCALAR_TEXT_SIZE, "[");
    for (size_t i = 0; i < CAPABILITY_COUNT; i++) {
        if ((*(const uint32_t *)source & capabilities[i].bit) != 0) {
            used = append(text, used, "", capabilities[i].name);
        }
    }
    snprintf(text + used, XHM_SCALAR_TEXT_SIZE - used, "]");
}

/* How struct xhm_platform_policy has them. */
struct services {
    uint32_t count;
    char names[XHM_MAX_SERVICES][XHM_NAME_SIZE];
};
_Static_assert(offsetof(struct xhm_platform_policy, services) - offsetof(struct xhm_platform_policy, service_count) ==
                   offsetof(struct services, names),
               "services stand right behind their count");

/* What is no name of a process, or named twice, policy_check() says. */
const char *scalar_host_read_services(const char *text, void *target) {
    struct services *services = target;
    const size_t length = strlen(text);
    if (length >= XHM_NAME_SIZE) {
        return "is too long for the name of a process: at most 31 characters";
    }
    if (services->count == XHM_MAX_SERVICES) {
        return "is one service too many: there is room for " AS_TEXT(XHM_MAX_SERVICES);
    }
    memcpy(services->names[services->count++], text, length + 1);
    return NULL;
}

void scalar_host_write_services(const void *source, char text[XHM_SCALAR_TEXT_SIZE]) {
    const struct services *services = source;
    size_t used = (size_t)snprintf(text, XHM_SCALAR_TEXT_SIZE, "[");
    for (uint32_t i = 0; i < services->count; i++) {
        used = append(text, used, "\"", services->names[i]);
    }
    snprintf(text + used, XHM_SCALAR_TEXT_SIZE - used, "]");
}

/* Reads up to @p size hexadecimal digits and the mark behind them. @return what follows, or NULL */
static const char *read_hex(const char *text, size_t size, char mark, uint32_t *value) {
    const size_t length = strspn(text, HEX_DIGITS);
    if (length == 0 || length > size || text[length] != mark) {
        return NULL;
    }
    *value = (uint32_t)strtoul(text, NULL, 16);
    return text + length + (mark != '\0');
}

bool scalar_host_read_address(const char *text, uint32_t *address) {
    uint32_t segment = 0;
    uint32_t bus;
    uint32_t device;
    uint32_t function;
    const char *at = text;
    if (strchr(text, ':') != strrchr(text, ':')) {
        at = read_hex(at, 4, ':', &segment);
    }
    if (at == NULL || (at = read_hex(at, 2, ':', &bus)) == NULL || (at = read_hex(at, 2, '.', &device)) == NULL ||
        read_hex(at, 1, '\0', &function) == NULL || device > 0x1f || function > 7) {
        return false;
    }
    *address = segment << 16 | bus << 8 | device << 3 | function;
    return true;
}

const char *scalar_host_read_assigned(const char *text, void *target) {
    struct xhm_partition_policy *partition = target;
    const bool none = strcmp(text, "none") == 0;
    const bool before = partition->assigned_declared;
    const bool none_before = before && partition->assigned_count == 0;
    uint32_t address;
    partition->assigned_declared = true;
    if ((none && before) || none_before) {
        return "cannot stand in this list: none stands alone";
    }
    if (none) {
        return NULL;
    }
    if (!scalar_host_read_address(text, &address)) {
        return "is not a PCI address: write segment, bus, device and function, like \"0000:03:00.0\"";
    }
    if (partition->assigned_count == XHM_MAX_ASSIGNED) {
        return "is one device too many: there is room for " AS_TEXT(XHM_MAX_ASSIGNED);
    }
    partition->assigned[partition->assigned_count++] = address;
    return NULL;
}

void scalar_host_write_address(uint32_t address, char text[16]) {
    snprintf(text, 16, "%04x:%02x:%02x.%x", address >> 16, address >> 8 & 0xff, address >> 3 & 0x1f, address & 7);
}

void scalar_host_write_assigned(const void *source, char text[XHM_SCALAR_TEXT_SIZE]) {
    const struct xhm_partition_policy *partition = source;
    if (partition->assigned_count == 0) {
        snprintf(text, XHM_SCALAR_TEXT_SIZE, "none");
        return;
    }
    size_t used = (size_t)snprintf(text, XHM_SCALAR_TEXT_SIZE, "[");
    for (uint32_t i = 0; i < partition->assigned_count; i++) {
        char address[16];
        scalar_host_write_address(partition->assigned[i], address);
        used = append(text, used, "\"", address);
    }
    snprintf(text + used, XHM_SCALAR_TEXT_SIZE - used, "]");
}

/* What is no option policy_check() says. */
static const char *read_option(const char *text, bool forbidden, struct xhm_option_policy *option) {
    const size_t length = strlen(text);
    if (length >= XHM_OPTION_SIZE) {
        return "is too long for an option: at most 63 characters";
    }
    memcpy(option->text, text, length + 1);
    option->forbidden = forbidden;
    return NULL;
}

const char *scalar_host_read_required(const char *text, void *target) {
    return read_option(text, false, target);
}

const char *scalar_host_read_forbidden(const char *text, void *target) {
    return read_option(text, true, target);
}

void scalar_host_write_option(const void *source, char text[XHM_SCALAR_TEXT_SIZE]) {
    snprintf(text, XHM_SCALAR_TEXT_SIZE, "\"%s\"", ((const struct xhm_option_policy *)source)->text);
}
