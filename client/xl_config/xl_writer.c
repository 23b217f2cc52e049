// SPDX-License-Identifier: Apache-2.0
#include "xl_writer.h"

#include "scalar_host.h"
#include "xl_affinity.h"
#include "xl_domain.h"
#include <inttypes.h>
#include <string.h>

#define KIB_PER_MIB 1024u
#define NS_PER_US   1000u

/* xl counts in MiB: the nearest number that the declared slack allows; 0 when there is none. */
static uint64_t memory_mib(const struct xhm_memory_policy *memory) {
    const uint64_t below = memory->size_kib / KIB_PER_MIB;
    const uint64_t missing_kib = memory->size_kib % KIB_PER_MIB;
    if (missing_kib <= memory->slack_kib && below > 0) {
        return below;
    }
    return KIB_PER_MIB - missing_kib <= memory->slack_kib ? below + 1 : 0;
}

/* @return why the partition's devices cannot be written, or NULL */
static const char *refuse_devices(const struct xhm_partition_policy *partition) {
    uint32_t vif_count = 0;
    for (uint32_t i = 0; i < partition->device_count; i++) {
        const enum xhm_device_kind kind = partition->devices[i].kind;
        if (kind != XHM_DEVICE_VIF && kind != XHM_DEVICE_VBD) {
            return "it declares devices that are neither vif nor vbd: write them by hand";
        }
        if (kind == XHM_DEVICE_VIF && partition->devices[i].id != vif_count++) {
            return "the ids of its vifs do not count from 0, as those that xl gives do";
        }
    }
    return NULL;
}

const char *xl_writer_refuses(const struct xhm_policy *policy, uint32_t index) {
    const struct xhm_partition_policy *partition = &policy->partitions[index];
    const char *otherwise = xl_domain_created_otherwise(partition);
    if (otherwise == NULL && partition->memory.size_kib != 0 && memory_mib(&partition->memory) == 0) {
        return "its memory is no whole number of MiB, and xl has no other unit";
    }
    return otherwise != NULL ? otherwise : refuse_devices(partition);
}

static void write_head(const struct xhm_policy *policy, const struct xhm_partition_policy *partition, FILE *out) {
    char uuid[37];
    scalar_write_uuid(&partition->identity.uuid, uuid);
    fprintf(
        out,
        "# %s: what policy %016" PRIx64 " of ECU %s declares, by `xhmctl policy emit-xl`.\n"
        "# To be completed with what the guest boots; `xhmctl policy lint` says whether it still meets the policy.\n"
        "\n"
        "name = \"%s\"\n"
        "\n"
        "# The identity under which the supervisor knows the partition.\n"
        "uuid = \"%s\"\n"
        "\n"
        "# type    = \"pvh\"\n"
        "# kernel  = \"\"\n"
        "# ramdisk = \"\"\n"
        "# cmdline = \"\"\n"
        "\n",
        partition->name, policy->hash, policy->ecu_id, partition->name, uuid);
}

static void write_memory(const struct xhm_partition_policy *partition, FILE *out) {
    const uint64_t mib = memory_mib(&partition->memory);
    if (partition->memory.size_kib == 0) {
        fputs("# The policy declares no memory.\n# memory =\n# maxmem =\n\n", out);
        return;
    }
    fprintf(out,
            "# All memory from the beginning, in MiB: the guest can not grow.\nmemory = %" PRIu64 "\nmaxmem = %" PRIu64
            "\n\n",
            mib, mib);
}

static void write_declared_vcpus(const struct xhm_partition_policy *partition, FILE *out) {
    fprintf(out, "# On which pCPUs each vCPU may run.\nvcpus = %u\ncpus = [", partition->vcpu_count);
    for (uint32_t vcpu = 0; vcpu < partition->vcpu_count; vcpu++) {
        char pcpus[XHM_SCALAR_TEXT_SIZE];
        xl_affinity_write_pcpus(&partition->vcpus[vcpu].pcpus, pcpus);
        fprintf(out, "%s \"%s\"", vcpu == 0 ? "" : ",", pcpus);
    }
    fputs(" ]\n\n", out);
}

/* pCPUs that other partitions have for themselves. @return whether there are any */
static bool find_forbidden(const struct xhm_policy *policy, uint32_t index, struct xhm_pcpu_set *forbidden) {
    uint64_t any = 0;
    *forbidden = (struct xhm_pcpu_set){{0}};
    for (uint32_t i = 0; i < policy->partition_count; i++) {
        const struct xhm_partition_policy *owner = &policy->partitions[i];
        for (uint32_t vcpu = 0; i != index && vcpu < owner->vcpu_count; vcpu++) {
            for (size_t word = 0; owner->vcpus[vcpu].exclusive && word < XHM_PCPU_WORDS; word++) {
                forbidden->words[word] |= owner->vcpus[vcpu].pcpus.words[word];
                any |= forbidden->words[word];
            }
        }
    }
    return any != 0;
}

static void write_vcpus(const struct xhm_policy *policy, uint32_t index, FILE *out) {
    const struct xhm_partition_policy *partition = &policy->partitions[index];
    struct xhm_pcpu_set forbidden;
    if (partition->vcpu_count != 0) {
        write_declared_vcpus(partition, out);
        return;
    }
    fputs("# The policy declares no vCPUs.\n# vcpus =\n", out);
    if (find_forbidden(policy, index, &forbidden)) {
        char pcpus[XHM_SCALAR_TEXT_SIZE];
        xl_affinity_write_pcpus(&forbidden, pcpus);
        fputs("# Everywhere but where another partition has a pCPU for itself.\ncpus = \"all", out);
        for (const char *part = strtok(pcpus, ","); part != NULL; part = strtok(NULL, ",")) {
            fprintf(out, ",^%s", part);
        }
        fputs("\"\n", out);
    }
    fputc('\n', out);
}

static void write_scheduling(const struct xhm_policy *policy, const struct xhm_partition_policy *partition, FILE *out) {
    if (partition->cpupool_number != 0) {
        fprintf(out, "pool = \"%s\"\n\n", policy->cpupools[partition->cpupool_number - 1].name);
    }
    if (partition->credit2.weight != 0) {
        fprintf(out,
                "# The share of CPU time under credit2; the cap in percent of one pCPU, 0 for none.\ncpu_weight = %u\n"
                "cap = %u\n\n",
                partition->credit2.weight, partition->credit2.cap);
    }
    const uint64_t period_us = xl_domain_rtds_period_us(partition);
    bool said = false;
    if (period_us != 0) {
        fprintf(out, "# The RTDS server of each vCPU, in us; its budget is Xen's own, %uus.\nperiod = %" PRIu64 "\n\n",
                XHM_XL_RTDS_BUDGET_US, period_us);
        return;
    }
    for (uint32_t vcpu = 0; vcpu < partition->vcpu_count; vcpu++) {
        const struct xhm_rtds_policy *rtds = &partition->vcpus[vcpu].rtds;
        if (rtds->period_ns != 0) {
            fprintf(out, "%s#   xl sched-rtds -d %s -v %u -p %" PRIu64 " -b %" PRIu64 " -e %d\n",
                    said ? "" : "# No xl configuration says these RTDS servers. To be done after each creation:\n",
                    partition->name, vcpu, rtds->period_ns / NS_PER_US, rtds->budget_ns / NS_PER_US, rtds->extratime);
            said = true;
        }
    }
    fputs(said ? "\n" : "", out);
}

static void write_device(const struct xhm_policy *policy, const struct xhm_device_policy *device, FILE *out) {
    const char *elsewhere = xl_domain_backend(policy, device);
    const char *backend = elsewhere != NULL ? elsewhere : "0";
    if (device->kind == XHM_DEVICE_VBD) {
        fprintf(out, "\"format=raw, vdev=%u, access=rw, backend=%s, target=\"", device->id, backend);
    } else {
        fprintf(out, "\"backend=%s\"", backend);
    }
}

static void write_devices_of(const struct xhm_policy *policy, const struct xhm_partition_policy *partition,
                             enum xhm_device_kind kind, const char *key, FILE *out) {
    const char *before = "";
    for (uint32_t i = 0; i < partition->device_count; i++) {
        if (partition->devices[i].kind == kind) {
            fprintf(out, "%s%s ", before[0] == '\0' ? key : "", before[0] == '\0' ? " = [" : ",");
            write_device(policy, &partition->devices[i], out);
            before = ",";
        }
    }
    fputs(before[0] != '\0' ? " ]\n" : "", out);
}

static void write_devices(const struct xhm_policy *policy, const struct xhm_partition_policy *partition, FILE *out) {
    if (partition->device_count != 0) {
        fputs("# Exactly the devices that the policy declares; to be completed with what they are connected to.\n",
              out);
        write_devices_of(policy, partition, XHM_DEVICE_VIF, "vif", out);
        write_devices_of(policy, partition, XHM_DEVICE_VBD, "disk", out);
        fputc('\n', out);
    }
    if (partition->assigned_count != 0) {
        fputs("pci = [", out);
        for (uint32_t i = 0; i < partition->assigned_count; i++) {
            char address[16];
            scalar_host_write_address(partition->assigned[i], address);
            fprintf(out, "%s \"%s\"", i == 0 ? "" : ",", address);
        }
        fputs(" ]\n\n", out);
    }
}

static void write_actions(FILE *out) {
    static const char *const keys[] = {"on_poweroff", "on_reboot", "on_crash", "on_watchdog", "on_soft_reset"};
    fputs("# Whatever ends an instance, xl takes it away and does nothing more: the supervisor decides what comes "
          "next.\n",
          out);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        fprintf(out, "%s = \"destroy\"\n", keys[i]);
    }
}

void xl_writer_write(const struct xhm_policy *policy, uint32_t index, FILE *out) {
    const struct xhm_partition_policy *partition = &policy->partitions[index];
    write_head(policy, partition, out);
    write_memory(partition, out);
    write_vcpus(policy, index, out);
    write_scheduling(policy, partition, out);
    write_devices(policy, partition, out);
    write_actions(out);
}
