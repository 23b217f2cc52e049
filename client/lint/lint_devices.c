// SPDX-License-Identifier: Apache-2.0
#include "lint_rules.h"
#include "scalar_host.h"

#include <string.h>

/* Keys whose elements become paravirtual devices; the first of a kind stands for it. */
static const struct {
    enum xhm_xl_key key;
    enum xhm_device_kind kind;
} drivers[] = {
    {XHM_XL_VIF, XHM_DEVICE_VIF},      {XHM_XL_DISK, XHM_DEVICE_VBD},      {XHM_XL_VFB, XHM_DEVICE_VFB},
    {XHM_XL_VKB, XHM_DEVICE_VKBD},     {XHM_XL_P9, XHM_DEVICE_9PFS},       {XHM_XL_VSND, XHM_DEVICE_VSND},
    {XHM_XL_USBCTRL, XHM_DEVICE_VUSB}, {XHM_XL_VTPM, XHM_DEVICE_OTHER},    {XHM_XL_PVCALLS, XHM_DEVICE_OTHER},
    {XHM_XL_VDISPL, XHM_DEVICE_OTHER}, {XHM_XL_CHANNEL, XHM_DEVICE_OTHER}, {XHM_XL_VIRTIO, XHM_DEVICE_OTHER},
};
#define DRIVER_COUNT (sizeof(drivers) / sizeof(drivers[0]))

static bool is_real_time(const struct xhm_partition_policy *partition) {
    for (uint32_t i = 0; i < partition->vcpu_count; i++) {
        if (partition->vcpus[i].exclusive) {
            return true;
        }
    }
    return false;
}

static bool gives_something(const struct xhm_xl_domain *domain, enum xhm_xl_key key) {
    const struct xhm_xl_value *value = &domain->values[key];
    return value->state == XHM_XL_READ && (value->item_count != 0 || value->number != 0);
}

/* A driver whose other half lives in another domain waits for that domain. */
void lint_devices_driver(const struct lint_pair *pair, enum xhm_xl_key key) {
    if (pair->partition->devices_declared || !gives_something(pair->file->domain, key)) {
        return;
    }
    if (is_real_time(pair->partition)) {
        lint_tell(pair->file, key,
                  "partition %s has a pCPU for itself, and would wait for a driver in another domain: declare devices, "
                  "if that is meant",
                  pair->partition->name);
    } else {
        lint_tell_unchecked(pair->file, key, "not checked: partition %s declares no devices", pair->partition->name);
    }
}

/* What xl makes besides the elements of lists: a keyboard for each framebuffer, and both for vnc of a domain without.
 */
static uint32_t implied_count(const struct xhm_xl_domain *domain, enum xhm_device_kind kind) {
    const uint32_t displays = domain->values[XHM_XL_VFB].item_count;
    const bool by_vnc = displays == 0 && xl_domain_is_paravirtualised(domain) && gives_something(domain, XHM_XL_VNC);
    const uint32_t keyboards = displays + by_vnc;
    return kind == XHM_DEVICE_VFB ? by_vnc : kind == XHM_DEVICE_VKBD ? keyboards : 0;
}

/* "backend=net" among the words of a device's specification; without it the backend is in dom0 */
static bool has_backend(const char *item, const char *backend) {
    const char *word = strstr(item, "backend=");
    const char *name = word != NULL ? word + strlen("backend=") : "";
    const size_t length = strcspn(name, ", ");
    if (strcmp(backend, "dom0") == 0) {
        return length == 0 || (length == 1 && name[0] == '0') || strncmp(name, "Domain-0", length) == 0;
    }
    return length == strlen(backend) && strncmp(name, backend, length) == 0;
}

/** What a configuration gives of one kind of device. */
struct given {
    enum xhm_xl_key key; /**< that is pointed at */
    bool unreadable;
    uint32_t count;
    uint32_t with_backend; /**< of those, the ones with the backend that was asked for */
};

static void count_items(const struct xhm_xl_domain *domain, const struct xhm_xl_value *value, const char *backend,
                        struct given *given) {
    for (uint32_t i = 0; i < value->item_count; i++) {
        given->count++;
        given->with_backend += has_backend(domain->items[value->first_item + i], backend);
    }
}

static struct given find_given(const struct xhm_xl_domain *domain, enum xhm_device_kind kind, const char *backend) {
    struct given given = {.key = XHM_XL_KEY_COUNT};
    for (size_t i = 0; i < DRIVER_COUNT; i++) {
        const struct xhm_xl_value *value = &domain->values[drivers[i].key];
        if (drivers[i].kind != kind) {
            continue;
        }
        if (given.key == XHM_XL_KEY_COUNT || (given.count == 0 && value->item_count > 0)) {
            given.key = drivers[i].key;
        }
        given.unreadable = given.unreadable || value->state == XHM_XL_UNREADABLE;
        if (value->state == XHM_XL_READ) {
            count_items(domain, value, backend, &given);
        }
    }
    const uint32_t implied = implied_count(domain, kind);
    given.count += implied;
    given.with_backend += strcmp(backend, "dom0") == 0 ? implied : 0;
    return given;
}

static const char *backend_name(const struct xhm_policy *policy, const struct xhm_device_policy *device) {
    const char *elsewhere = xl_domain_backend(policy, device);
    return elsewhere != NULL ? elsewhere : "dom0";
}

static uint32_t count_declared(const struct lint_pair *pair, enum xhm_device_kind kind, const char *backend) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < pair->partition->device_count; i++) {
        const struct xhm_device_policy *device = &pair->partition->devices[i];
        count += device->kind == kind && (backend == NULL || strcmp(backend_name(pair->policy, device), backend) == 0);
    }
    return count;
}

/* xl counts devices of a kind from 0; block devices and some others have numbers of their own. */
static bool has_counted_ids(enum xhm_device_kind kind) {
    return kind != XHM_DEVICE_VBD && kind != XHM_DEVICE_OTHER;
}

static void compare_device(const struct lint_pair *pair, const struct xhm_device_policy *device) {
    const char *backend = backend_name(pair->policy, device);
    const struct given given = find_given(pair->file->domain, device->kind, backend);
    const uint32_t declared = count_declared(pair, device->kind, backend);
    if (given.with_backend != declared) {
        lint_tell(pair->file, given.key, "%u with a backend in %s, but partition %s declares %u", given.with_backend,
                  backend, pair->partition->name, declared);
    }
    if (has_counted_ids(device->kind) && device->id >= given.count) {
        lint_tell(pair->file, given.key, "none gets the id %u that partition %s declares: xl counts from 0", device->id,
                  pair->partition->name);
    }
    if (!has_counted_ids(device->kind)) {
        lint_tell_unchecked(pair->file, given.key, "not checked: whether one gets the id %u", device->id);
    }
}

/* @return whether as many are given as declared */
static bool compare_count(const struct lint_pair *pair, enum xhm_device_kind kind) {
    const struct given given = find_given(pair->file->domain, kind, "dom0");
    const uint32_t declared = count_declared(pair, kind, NULL);
    if (given.unreadable || given.count == declared) {
        return !given.unreadable;
    }
    char word[XHM_SCALAR_TEXT_SIZE];
    scalar_info(XHM_SCALAR_DEVICE_KIND)->write(&kind, word);
    lint_tell(pair->file, given.key, "%u of the kind %s, but partition %s declares %u", given.count, word,
              pair->partition->name, declared);
    return false;
}

void lint_devices_compare(const struct lint_pair *pair) {
    const struct xhm_partition_policy *partition = pair->partition;
    for (unsigned kind = XHM_DEVICE_VIF; partition->devices_declared && kind < XHM_DEVICE_KIND_END; kind++) {
        const bool as_many = compare_count(pair, (enum xhm_device_kind)kind);
        for (uint32_t i = 0; as_many && i < partition->device_count; i++) {
            if (partition->devices[i].kind == (enum xhm_device_kind)kind) {
                compare_device(pair, &partition->devices[i]);
            }
        }
    }
}

/* "bdf=0000:03:00.0@5,permissive=1": options and the slot in the guest stand behind the address. */
static bool read_address(const char *item, uint32_t *address) {
    char text[XHM_XL_TEXT_SIZE];
    const char *begin = strncmp(item, "bdf=", strlen("bdf=")) == 0 ? item + strlen("bdf=") : item;
    snprintf(text, sizeof(text), "%.*s", (int)strcspn(begin, ",@"), begin);
    return scalar_host_read_address(text, address);
}

static bool is_assigned(const struct xhm_xl_domain *domain, uint32_t address) {
    const struct xhm_xl_value *value = &domain->values[XHM_XL_PCI];
    for (uint32_t i = 0; i < value->item_count; i++) {
        uint32_t given;
        if (read_address(domain->items[value->first_item + i], &given) && given == address) {
            return true;
        }
    }
    return false;
}

static bool is_declared(const struct xhm_partition_policy *partition, uint32_t address) {
    for (uint32_t i = 0; i < partition->assigned_count; i++) {
        if (partition->assigned[i] == address) {
            return true;
        }
    }
    return false;
}

static void compare_addresses(const struct lint_pair *pair, enum xhm_xl_key key) {
    const struct xhm_partition_policy *partition = pair->partition;
    const struct xhm_xl_domain *domain = pair->file->domain;
    const struct xhm_xl_value *value = &domain->values[key];
    for (uint32_t i = 0; i < value->item_count; i++) {
        const char *item = domain->items[value->first_item + i];
        uint32_t address;
        if (!read_address(item, &address)) {
            lint_tell(pair->file, key, "\"%s\" is not one PCI address, with segment, bus, device and function", item);
        } else if (!is_declared(partition, address)) {
            lint_tell(pair->file, key, "partition %s does not declare %s", partition->name, item);
        }
    }
    for (uint32_t i = 0; i < partition->assigned_count; i++) {
        char text[16];
        scalar_host_write_address(partition->assigned[i], text);
        if (!is_assigned(domain, partition->assigned[i])) {
            lint_tell(pair->file, key, "%s is not assigned, but partition %s declares it", text, partition->name);
        }
    }
}

void lint_devices_assigned(const struct lint_pair *pair, enum xhm_xl_key key) {
    const enum xhm_xl_state state = pair->file->domain->values[key].state;
    if (!pair->partition->assigned_declared) {
        lint_devices_hardware(pair, key);
    } else if (state != XHM_XL_UNREADABLE) {
        compare_addresses(pair, key);
    }
}

void lint_devices_hardware(const struct lint_pair *pair, enum xhm_xl_key key) {
    if (!gives_something(pair->file->domain, key)) {
        return;
    }
    if (!pair->partition->assigned_devices) {
        lint_tell(pair->file, key, "assigns devices, but partition %s declares none", pair->partition->name);
    } else {
        lint_tell_unchecked(pair->file, key, "not checked: partition %s does not declare which", pair->partition->name);
    }
}
