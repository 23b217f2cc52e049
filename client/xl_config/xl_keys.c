// SPDX-License-Identifier: Apache-2.0
#include "xl_keys.h"

#include "suggestion.h"
#include <string.h>

#define MOST_MIB       (1L << 34)
#define MOST_PARAMETER 1000000000L

#define TEXT         XHM_XL_KIND_TEXT, 0, NULL
#define NUMBER(most) XHM_XL_KIND_NUMBER, (most), NULL
#define LIST         XHM_XL_KIND_LIST, 0, NULL
#define ACTION(word) XHM_XL_KIND_TEXT, 0, (word)

static const struct xhm_xl_key_info keys[XHM_XL_KEY_COUNT] = {
    [XHM_XL_NAME] = {"name", TEXT},
    [XHM_XL_UUID] = {"uuid", TEXT},
    [XHM_XL_MEMORY] = {"memory", NUMBER(MOST_MIB)},
    [XHM_XL_MAXMEM] = {"maxmem", NUMBER(MOST_MIB)},
    [XHM_XL_VCPUS] = {"vcpus", NUMBER(XHM_XL_MAX_VCPUS)},
    [XHM_XL_MAXVCPUS] = {"maxvcpus", NUMBER(XHM_XL_MAX_VCPUS)},
    [XHM_XL_CPUS] = {"cpus", XHM_XL_KIND_CPUS, 0, NULL},
    [XHM_XL_POOL] = {"pool", TEXT},
    [XHM_XL_CPU_WEIGHT] = {"cpu_weight", NUMBER(MOST_PARAMETER)},
    [XHM_XL_CAP] = {"cap", NUMBER(MOST_PARAMETER)},
    [XHM_XL_PERIOD] = {"period", NUMBER(MOST_PARAMETER)},
    [XHM_XL_EXTRATIME] = {"extratime", NUMBER(MOST_PARAMETER)},
    [XHM_XL_ON_POWEROFF] = {"on_poweroff", ACTION("destroy")},
    [XHM_XL_ON_REBOOT] = {"on_reboot", ACTION("restart")},
    [XHM_XL_ON_CRASH] = {"on_crash", ACTION("destroy")},
    [XHM_XL_ON_WATCHDOG] = {"on_watchdog", ACTION("destroy")},
    [XHM_XL_ON_SOFT_RESET] = {"on_soft_reset", ACTION("soft-reset")},
    [XHM_XL_TYPE] = {"type", TEXT},
    [XHM_XL_DISK] = {"disk", LIST},
    [XHM_XL_VIF] = {"vif", LIST},
    [XHM_XL_VFB] = {"vfb", LIST},
    [XHM_XL_VNC] = {"vnc", NUMBER(1)},
    [XHM_XL_VKB] = {"vkb", LIST},
    [XHM_XL_VTPM] = {"vtpm", LIST},
    [XHM_XL_P9] = {"p9", LIST},
    [XHM_XL_PVCALLS] = {"pvcalls", LIST},
    [XHM_XL_VDISPL] = {"vdispl", LIST},
    [XHM_XL_VSND] = {"vsnd", LIST},
    [XHM_XL_CHANNEL] = {"channel", LIST},
    [XHM_XL_USBCTRL] = {"usbctrl", LIST},
    [XHM_XL_USBDEV] = {"usbdev", LIST},
    [XHM_XL_VIRTIO] = {"virtio", LIST},
    [XHM_XL_PCI] = {"pci", LIST},
    [XHM_XL_DTDEV] = {"dtdev", LIST},
    [XHM_XL_IOMEM] = {"iomem", LIST},
    [XHM_XL_IOPORTS] = {"ioports", LIST},
    [XHM_XL_IRQS] = {"irqs", LIST},
};

static const char *const without_bearing[] = {"kernel", "ramdisk", "cmdline", "root", "extra"};

const struct xhm_xl_key_info *xl_keys_info(enum xhm_xl_key key) {
    return &keys[key];
}

enum xhm_xl_key xl_keys_find(const char *name) {
    unsigned key = 0;
    while (key < XHM_XL_KEY_COUNT && strcmp(keys[key].name, name) != 0) {
        key++;
    }
    return (enum xhm_xl_key)key;
}

bool xl_keys_is_without_bearing(const char *name) {
    for (size_t i = 0; i < sizeof(without_bearing) / sizeof(without_bearing[0]); i++) {
        if (strcmp(without_bearing[i], name) == 0) {
            return true;
        }
    }
    return false;
}

const char *xl_keys_suggest(const char *name) {
    for (unsigned key = 0; key < XHM_XL_KEY_COUNT; key++) {
        if (suggestion_is_close(name, keys[key].name)) {
            return keys[key].name;
        }
    }
    return NULL;
}
