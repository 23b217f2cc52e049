// SPDX-License-Identifier: Apache-2.0
/* xl configurations written for a policy: lint finds nothing in them. Covers: XHM-CONFIGURATION-1 */
#include "lint.h"
#include "policy_text.h"
#include "xl_reader.h"
#include "xl_writer.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BENCH XHM_SOURCE_ROOT "/tests/unit/bad_configurations/policy.yaml"

/* Partitions of that policy. */
enum {
    RADAR = 5,
    DRIVER = 6
};

static struct xhm_policy policy;
static struct xhm_messages of_policy;
static struct xhm_messages policy_unchecked;
static struct xhm_messages errors[XHM_MAX_PARTITIONS];
static struct xhm_messages unchecked[XHM_MAX_PARTITIONS];
static struct xhm_xl_domain domains[XHM_MAX_PARTITIONS];
static struct xhm_lint_file files[XHM_MAX_PARTITIONS];

static void load(const char *path) {
    static char text[XHM_POLICY_TEXT_MAX_SIZE];
    FILE *stream = fopen(path, "re");
    assert_non_null(stream);
    const size_t size = fread(text, 1, sizeof(text), stream);
    fclose(stream);
    messages_init(&of_policy, path);
    if (!policy_text_read(text, size, &policy, &of_policy)) {
        messages_print(&of_policy, stderr);
        fail_msg("%s is not sound", path);
    }
}

static char *write_one(uint32_t partition, size_t *size) {
    char *text = NULL;
    FILE *stream = open_memstream(&text, size);
    xl_writer_write(&policy, partition, stream);
    fclose(stream);
    return text;
}

static void expect_nothing(const struct xhm_messages *messages) {
    if (messages->count > 0) {
        messages_print(messages, stderr);
    }
    assert_int_equal(messages->count, 0);
}

/* @return how many files were written */
static size_t round_trip(void) {
    size_t count = 0;
    for (uint32_t i = 0; i < policy.partition_count; i++) {
        size_t size;
        if (xl_writer_refuses(&policy, i) != NULL) {
            continue;
        }
        char *text = write_one(i, &size);
        messages_init(&errors[count], policy.partitions[i].name);
        messages_init(&unchecked[count], policy.partitions[i].name);
        assert_true(xl_reader_read(text, size, &domains[count], &errors[count]));
        files[count] =
            (struct xhm_lint_file){.domain = &domains[count], .errors = &errors[count], .unchecked = &unchecked[count]};
        count++;
        free(text);
    }
    messages_init(&of_policy, "policy");
    messages_init(&policy_unchecked, "policy");
    const struct xhm_lint_policy declared = {&policy, &of_policy, &policy_unchecked, false};
    lint_compare(&declared, files, count);
    expect_nothing(&of_policy);
    for (size_t i = 0; i < count; i++) {
        expect_nothing(&errors[i]);
    }
    return count;
}

static void example_policies_are_met(void **state) {
    (void)state;
    unsigned count = 0;
    DIR *folder = opendir(XHM_SOURCE_ROOT "/policies");
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (strstr(entry->d_name, ".yaml") != NULL) {
            char path[4096];
            snprintf(path, sizeof(path), XHM_SOURCE_ROOT "/policies/%s", entry->d_name);
            load(path);
            assert_true(round_trip() >= 1);
            count++;
        }
    }
    closedir(folder);
    assert_true(count >= 2);
}

/* A partition that declares nothing keeps off the pCPUs that others have for themselves. */
static void what_is_not_declared_does_not_intrude(void **state) {
    (void)state;
    size_t size;
    load(BENCH);
    assert_int_equal(round_trip(), 6);
    char *text = write_one(3, &size);
    assert_non_null(strstr(text, "\n# vcpus =\n"));
    assert_non_null(strstr(text, "\ncpus = \"all,^1-4,^6-7\"\n"));
    assert_non_null(strstr(text, "\n# memory =\n"));
    free(text);
    for (uint32_t i = 0; i < policy.partition_count; i++) {
        policy.partitions[i].vcpu_count = 0;
    }
    text = write_one(3, &size);
    assert_null(strstr(text, "\ncpus"));
    free(text);
    assert_int_equal(round_trip(), 6);
}

static void writes_each_vcpu(void **state) {
    (void)state;
    size_t size;
    load(BENCH);
    char *text = write_one(1, &size);
    assert_non_null(strstr(text, "\nvcpus = 2\ncpus = [ \"2\", \"3-4\" ]\n"));
    assert_non_null(strstr(text, "\nuuid = \"f0510000-0000-4000-8000-000000000002\"\n"));
    assert_non_null(strstr(text, "\nmemory = 256\nmaxmem = 256\n"));
    free(text);
}

static void writes_shares_and_devices(void **state) {
    (void)state;
    static const char *const lines[] = {
        "\npool = \"rt\"\n",
        "\n# No xl configuration says these RTDS servers. To be done after each creation:\n"
        "#   xl sched-rtds -d radar -v 0 -p 20000 -b 5000 -e 0\n"
        "#   xl sched-rtds -d radar -v 1 -p 10000 -b 5000 -e 0\n",
        "\nvif = [ \"backend=driver\", \"backend=0\" ]\n",
        "\ndisk = [ \"format=raw, vdev=51712, access=rw, backend=0, target=\" ]\n",
        "\npci = [ \"0000:05:00.0\", \"0000:05:00.1\" ]\n",
    };
    size_t size;
    load(BENCH);
    char *text = write_one(RADAR, &size);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        assert_non_null(strstr(text, lines[i]));
    }
    free(text);
    text = write_one(DRIVER, &size);
    assert_non_null(strstr(text, "\npool = \"Pool-0\"\n"));
    assert_non_null(strstr(text, "\ncpu_weight = 512\ncap = 50\n"));
    free(text);
}

/* Servers that differ from those of a new domain by one period only. */
static void writes_servers_where_xl_can(void **state) {
    (void)state;
    size_t size;
    load(BENCH);
    struct xhm_vcpu_policy *vcpus = policy.partitions[RADAR].vcpus;
    vcpus[0].rtds = vcpus[1].rtds = (struct xhm_rtds_policy){5000000, 4000000, true};
    char *text = write_one(RADAR, &size);
    assert_non_null(strstr(text, "\nperiod = 5000\n"));
    assert_null(strstr(text, "sched-rtds"));
    free(text);
    assert_int_equal(round_trip(), 6);
    vcpus[0].rtds.period_ns = 0;
    text = write_one(RADAR, &size);
    assert_non_null(strstr(text, "\nperiod = 5000\n"));
    free(text);
    vcpus[0].rtds.period_ns = 8000000;
    text = write_one(RADAR, &size);
    assert_null(strstr(text, "\nperiod = "));
    free(text);
    assert_int_equal(round_trip(), 6);
}

/* Whatever schedules the cpupool of two partitions: what is written meets what is declared. */
static void every_scheduler_is_met(void **state) {
    (void)state;
    static const enum xhm_scheduler schedulers[] = {XHM_SCHEDULER_CREDIT2, XHM_SCHEDULER_RTDS, XHM_SCHEDULER_NULL,
                                                    XHM_SCHEDULER_ARINC653};
    for (size_t i = 0; i < sizeof(schedulers) / sizeof(schedulers[0]); i++) {
        load(BENCH);
        struct xhm_partition_policy *radar = &policy.partitions[RADAR];
        struct xhm_cpupool_policy *pool = &policy.cpupools[1];
        pool->scheduler = schedulers[i];
        if (schedulers[i] != XHM_SCHEDULER_RTDS) {
            radar->vcpus[0].rtds.period_ns = radar->vcpus[1].rtds.period_ns = 0;
        }
        if (schedulers[i] == XHM_SCHEDULER_CREDIT2) {
            radar->credit2 = (struct xhm_credit2_policy){.weight = 1024};
        }
        if (schedulers[i] == XHM_SCHEDULER_ARINC653) {
            radar->vcpu_count = 1;
            pool->major_frame_ns = 10000000;
            pool->frame_count = 1;
            pool->frames[0] = (struct xhm_frame_policy){.partition_number = 1 + RADAR, .duration_ns = 10000000};
        }
        assert_int_equal(round_trip(), 6);
    }
}

static void refuses_devices_that_xl_cannot_make(void **state) {
    (void)state;
    load(BENCH);
    policy.partitions[RADAR].devices[0].id = 1;
    assert_string_equal(xl_writer_refuses(&policy, RADAR),
                        "the ids of its vifs do not count from 0, as those that xl gives do");
    policy.partitions[RADAR].devices[0] = (struct xhm_device_policy){.kind = XHM_DEVICE_VFB};
    assert_string_equal(xl_writer_refuses(&policy, RADAR),
                        "it declares devices that are neither vif nor vbd: write them by hand");
}

static void says_what_xl_does_not_create(void **state) {
    (void)state;
    load(BENCH);
    assert_string_equal(xl_writer_refuses(&policy, 4), "it has a fixed domid: the boot loader creates it, not xl");
    policy.partitions[4].identity.kind = XHM_IDENTITY_DOM0;
    assert_string_equal(xl_writer_refuses(&policy, 4), "it is dom0: Xen creates it, not xl");
}

static void keeps_memory_within_its_slack(void **state) {
    (void)state;
    static const struct {
        uint64_t size_kib;
        uint64_t slack_kib;
        const char *memory; /**< NULL: impossible */
    } rows[] = {
        {2048, 0, "memory = 2\n"}, {2049, 0, NULL},           {2049, 1, "memory = 2\n"},    {3071, 1, "memory = 3\n"},
        {3070, 1, NULL},           {1023, 1, "memory = 1\n"}, {1023, 1023, "memory = 1\n"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t size;
        load(BENCH);
        policy.partitions[0].memory.size_kib = rows[i].size_kib;
        policy.partitions[0].memory.slack_kib = rows[i].slack_kib;
        if (rows[i].memory == NULL) {
            assert_string_equal(xl_writer_refuses(&policy, 0),
                                "its memory is no whole number of MiB, and xl has no other unit");
            continue;
        }
        char *text = write_one(0, &size);
        assert_non_null(strstr(text, rows[i].memory));
        free(text);
        assert_int_equal(round_trip(), 6);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(example_policies_are_met),
        cmocka_unit_test(what_is_not_declared_does_not_intrude),
        cmocka_unit_test(writes_each_vcpu),
        cmocka_unit_test(writes_shares_and_devices),
        cmocka_unit_test(writes_servers_where_xl_can),
        cmocka_unit_test(every_scheduler_is_met),
        cmocka_unit_test(refuses_devices_that_xl_cannot_make),
        cmocka_unit_test(says_what_xl_does_not_create),
        cmocka_unit_test(keeps_memory_within_its_slack),
    };
    if (XHM_MAX_PARTITIONS < 7 || XHM_MAX_VCPUS < 2) {
        print_message("skipped: this build has no room for bad_configurations/policy.yaml\n");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
