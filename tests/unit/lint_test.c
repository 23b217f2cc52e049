// SPDX-License-Identifier: Apache-2.0
/*
 * xl configurations compared with a policy: what is told of bad ones, and with which words.
 *
 * bad_configurations/PARTITION_NAME.expected is what is told of the files in good/ with that of PARTITION replaced by
 * PARTITION_NAME.cfg, or left out where there is none. What belongs to "extra" is added to the good ones.
 * Covers: XHM-CONFIGURATION-1
 */
#include "lint.h"
#include "policy_text.h"
#include "xl_reader.h"
#include "xl_scan.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FOLDER    XHM_SOURCE_ROOT "/tests/unit/bad_configurations/"
#define MAX_FILES 6u

static const bool has_default_capacities = XHM_MAX_PCPUS == 256;

static struct xhm_policy policy;
static struct xhm_messages of_policy;
static struct xhm_messages policy_unchecked;
static struct xhm_messages errors[MAX_FILES];
static struct xhm_messages unchecked[MAX_FILES];
static struct xhm_xl_domain domains[MAX_FILES];
static struct xhm_lint_file files[MAX_FILES];
static char names[MAX_FILES][300];
static size_t told_count;
static size_t read_count;

/* @return NULL when there is no such file */
static char *read_file(const char *path, size_t *size) {
    FILE *stream = fopen(path, "re");
    if (stream == NULL) {
        return NULL;
    }
    char *contents = calloc(1, XHM_POLICY_TEXT_MAX_SIZE);
    assert_non_null(contents);
    *size = fread(contents, 1, XHM_POLICY_TEXT_MAX_SIZE - 1, stream);
    fclose(stream);
    return contents;
}

static void read_policy(void) {
    size_t size;
    char *text = read_file(FOLDER "policy.yaml", &size);
    assert_non_null(text);
    messages_init(&of_policy, "policy.yaml");
    assert_true(policy_text_read(text, size, &policy, &of_policy));
    free(text);
}

static void begin(void) {
    told_count = 0;
    read_count = 0;
    messages_init(&of_policy, "policy.yaml");
    messages_init(&policy_unchecked, "policy.yaml");
}

static void add_text(const char *name, const char *text, size_t size) {
    assert_true(told_count < MAX_FILES);
    snprintf(names[told_count], sizeof(names[told_count]), "%s", name);
    messages_init(&errors[told_count], names[told_count]);
    messages_init(&unchecked[told_count], names[told_count]);
    if (xl_reader_read(text, size, &domains[told_count], &errors[told_count])) {
        files[read_count++] = (struct xhm_lint_file){
            .domain = &domains[told_count], .errors = &errors[told_count], .unchecked = &unchecked[told_count]};
    }
    told_count++;
}

/* @return whether there is such a file */
static bool add_file(const char *name) {
    char path[4096];
    size_t size;
    snprintf(path, sizeof(path), FOLDER "%s", name);
    char *text = read_file(path, &size);
    if (text != NULL) {
        add_text(name, text, size);
    }
    free(text);
    return text != NULL;
}

static void compare(void) {
    const struct xhm_lint_policy declared = {&policy, &of_policy, &policy_unchecked, read_count < told_count};
    lint_compare(&declared, files, read_count);
}

/* What is not checked is written of @p name only: of the good ones it is always the same. */
static char *write_told(const char *name) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    for (size_t i = 0; i < told_count; i++) {
        messages_sort(&errors[i]);
        messages_print(&errors[i], stream);
    }
    messages_print(&of_policy, stream);
    for (size_t i = 0; i < told_count; i++) {
        if (strcmp(names[i], name) == 0) {
            messages_sort(&unchecked[i]);
            messages_print(&unchecked[i], stream);
        }
    }
    fclose(stream);
    return text;
}

static const char *const good[] = {"brake", "driver", "fusion", "media", "radar"};
#define GOOD_COUNT (sizeof(good) / sizeof(good[0]))

static bool is_of(const char *name, const char *partition) {
    const size_t length = strlen(partition);
    return strncmp(name, partition, length) == 0 && name[length] == '_';
}

static void tells_one(const char *name) {
    char bad[300];
    char file[300];
    size_t size;
    snprintf(bad, sizeof(bad), "%s.cfg", name);
    begin();
    for (size_t i = 0; i < GOOD_COUNT; i++) {
        snprintf(file, sizeof(file), "good/%s.cfg", good[i]);
        if (!is_of(name, good[i])) {
            assert_true(add_file(file));
        } else {
            add_file(bad);
        }
    }
    if (is_of(name, "extra")) {
        assert_true(add_file(bad));
    }
    compare();
    char *told = write_told(bad);
    char path[4096];
    snprintf(path, sizeof(path), FOLDER "%s.expected", name);
    char *expected = read_file(path, &size);
    assert_non_null(expected);
    if (strcmp(told, expected) != 0) {
        print_error("%s\n-- expected:\n%s-- told:\n%s", name, expected, told);
    }
    assert_string_equal(told, expected);
    free(expected);
    free(told);
}

static void tells_what_is_bad(void **state) {
    (void)state;
    unsigned count = 0;
    DIR *folder = opendir(FOLDER);
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char name[256];
        snprintf(name, sizeof(name), "%s", entry->d_name);
        char *suffix = strstr(name, ".expected");
        if (suffix != NULL) {
            *suffix = '\0';
            count++;
            if (has_default_capacities || strcmp(name, "brake_pcpu_too_high") != 0) {
                tells_one(name);
            }
        }
    }
    closedir(folder);
    assert_true(count >= 60);
}

static void add_good(void) {
    char file[300];
    begin();
    for (size_t i = 0; i < GOOD_COUNT; i++) {
        snprintf(file, sizeof(file), "good/%s.cfg", good[i]);
        assert_true(add_file(file));
    }
}

/* xhmd knows the cpupool of a domain only from facts: without them, affinity alone keeps domains apart. */
static void cpupools_keep_apart_with_facts_only(void **state) {
    (void)state;
    const uint64_t period = policy.platform.facts_period_ns;
    policy.platform.facts_period_ns = 0;
    add_good();
    assert_true(add_file("driver_on_pcpu_of_other_pool.cfg"));
    compare();
    policy.platform.facts_period_ns = period;
    char *told = write_told("");
    assert_non_null(strstr(told, "cpus: vCPU 0 may run on pCPU 6-7, which vCPU 1 of partition radar has for itself\n"));
    free(told);
}

/* An ARINC 653 schedule is the cpupool's; dom0 may be declared as the backend's partition. */
static void other_declarations(void **state) {
    (void)state;
    const struct xhm_identity fixed = policy.partitions[4].identity;
    policy.cpupools[1].major_frame_ns = 10;
    policy.partitions[4].identity = (struct xhm_identity){.kind = XHM_IDENTITY_DOM0};
    policy.partitions[5].devices[1].backend_number = 1 + 4;
    add_good();
    compare();
    policy.cpupools[1].major_frame_ns = 0;
    policy.partitions[4].identity = fixed;
    policy.partitions[5].devices[1].backend_number = 0;
    char *told = write_told("good/radar.cfg");
    assert_non_null(
        strstr(told, "frames: not checked: no xl file has an ARINC 653 schedule: it is set for the cpupool\n"));
    assert_null(strstr(told, "backend"));
    free(told);
}

/* Without a period in the file Xen takes its own, and that is an error where no command sets another one. */
static void the_period_may_be_the_files_alone(void **state) {
    (void)state;
    struct xhm_vcpu_policy *vcpus = policy.partitions[5].vcpus;
    const struct xhm_rtds_policy declared[2] = {vcpus[0].rtds, vcpus[1].rtds};
    vcpus[0].rtds = vcpus[1].rtds = (struct xhm_rtds_policy){5000000, 4000000, true};
    add_good();
    compare();
    vcpus[0].rtds = declared[0];
    vcpus[1].rtds = declared[1];
    char *told = write_told("");
    assert_string_equal(told,
                        "good/radar.cfg: period: is not given, and Xen takes 10000us, but partition radar declares "
                        "5000us for vCPU 0\n");
    free(told);
    told = write_told("good/radar.cfg");
    assert_null(strstr(told, ": rtds: not checked"));
    free(told);
}

/* What a scheduler can not do for the domains of its cpupool. */
static void cpupools_are_not_overloaded(void **state) {
    (void)state;
    static const struct {
        enum xhm_scheduler scheduler;
        const char *file;
        const char *told;
    } rows[] = {
        {XHM_SCHEDULER_CREDIT2, "pools/two_more.cfg", ""},
        {XHM_SCHEDULER_RTDS, "pools/two_more.cfg", ""},
        {XHM_SCHEDULER_RTDS, "pools/four_more.cfg",
         "policy.yaml: cpupool rt: the RTDS servers of the files need 235% of a pCPU, more than its 2 pCPUs have; a "
         "vCPU "
         "without a declared server gets 4ms in each 10ms\n"},
        {XHM_SCHEDULER_NULL, "good/radar.cfg", ""},
        {XHM_SCHEDULER_NULL, "pools/two_more.cfg",
         "policy.yaml: cpupool rt: the files have 4 vCPUs for its 2 pCPUs, and under the scheduler null each needs its "
         "own\n"},
        {XHM_SCHEDULER_ARINC653, "pools/two_more.cfg",
         "good/radar.cfg:6:1: vcpus: 2 in cpupool rt: ARINC 653 schedules domains of one vCPU\n"
         "pools/two_more.cfg:4:1: vcpus: 2 in cpupool rt: ARINC 653 schedules domains of one vCPU\n"
         "pools/two_more.cfg:6:1: pool: no frame of cpupool rt is for this domain: it would never run\n"},
    };
    struct xhm_cpupool_policy *pool = &policy.cpupools[1];
    const struct xhm_cpupool_policy declared = *pool;
    struct xhm_vcpu_policy *vcpus = policy.partitions[5].vcpus;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        pool->scheduler = rows[i].scheduler;
        pool->major_frame_ns = rows[i].scheduler == XHM_SCHEDULER_ARINC653 ? 10 : 0;
        pool->frame_count = 1;
        pool->frames[0].partition_number = 1 + 5;
        vcpus[0].exclusive = vcpus[1].exclusive = false;
        add_good();
        if (strcmp(rows[i].file, "good/radar.cfg") != 0) {
            assert_true(add_file(rows[i].file));
        }
        compare();
        char *told = write_told("");
        assert_string_equal(told, rows[i].told);
        free(told);
    }
    *pool = declared;
    vcpus[0].exclusive = vcpus[1].exclusive = true;
}

static void good_ones_meet_the_policy(void **state) {
    (void)state;
    add_good();
    compare();
    char *told = write_told("good/radar.cfg");
    assert_string_equal(
        told, "good/radar.cfg: rtds: not checked: no xl file says these servers: xl sched-rtds sets them after "
              "each creation\n"
              "good/radar.cfg: cache: not checked: no xl file has shares of the cache: xl psr-cat-set sets them "
              "after each creation\n"
              "good/radar.cfg: whole_core: not checked: which pCPUs are siblings only the ECU knows\n"
              "good/radar.cfg:10:1: disk: not checked: whether one gets the id 51712\n");
    free(told);
    assert_int_equal(policy_unchecked.count, 5);
    assert_string_equal(policy_unchecked.messages[0].text,
                        "partition tools: not checked: it is optional, and no file has its uuid");
    assert_string_equal(policy_unchecked.messages[1].text,
                        "partition boot: not checked: it has a fixed domid: the boot loader creates it, not xl");
    assert_string_equal(policy_unchecked.messages[2].text,
                        "platform: not checked: nothing of the host is in an xl file");
    assert_string_equal(policy_unchecked.messages[3].text,
                        "cpupools: not checked: xl cpupool-create makes them, and no domain's file says how");
    assert_string_equal(policy_unchecked.messages[4].text,
                        "dom0: not checked: where its vCPUs may run is in no xl file");
}

static void dom0_has_no_file(void **state) {
    (void)state;
    const struct xhm_identity fixed = policy.partitions[4].identity;
    policy.partitions[4].identity = (struct xhm_identity){.kind = XHM_IDENTITY_DOM0};
    add_good();
    compare();
    policy.partitions[4].identity = fixed;
    assert_int_equal(policy_unchecked.count, 4);
    assert_string_equal(policy_unchecked.messages[1].text,
                        "partition boot: not checked: it is dom0: Xen creates it, not xl");
}

static void refuses_what_is_no_text(void **state) {
    (void)state;
    static const char zero[] = "name = \"a\0b\"\n";
    begin();
    add_text("zero.cfg", zero, sizeof(zero) - 1);
    assert_int_equal(read_count, 0);
    assert_string_equal(errors[0].messages[0].text, "is no xl configuration: it has zero bytes");
}

static void refuses_what_is_too_large(void **state) {
    (void)state;
    const size_t size = XHM_XL_MAX_SIZE + 1;
    char *text = malloc(size + 1);
    assert_non_null(text);
    memset(text, '\n', size);
    text[size] = '\0';
    begin();
    add_text("large.cfg", text, size);
    assert_string_equal(errors[0].messages[0].text, "is no xl configuration: it is larger than 1 MiB");
    add_text("blank.cfg", text + 1, size - 1);
    assert_int_equal(read_count, 1);
    free(text);
}

/* Strings and comments that look like keys are none; a key that is longer than any of xl's is cut. */
static void finds_keys_where_they_stand(void **state) {
    (void)state;
    static const char text[] = "# memory = 3\n"
                               "  name = 'a\\'vcpus = 2' ;zone='\"#x' # uuid = 1\n"
                               "list = [ 'pool = 3', [ kept ],\n"
                               "  \"]\\\"\" ] ; 9x = 3\n"
                               "a_key_that_is_much_longer_than_any_that_xl_knows += \"x\"\n"
                               "last = \"unclosed\\";
    static const struct {
        const char *name;
        uint32_t line;
        uint32_t column;
        bool adds;
    } rows[] = {
        {"name", 2, 3, false}, {"zone", 2, 26, false},
        {"list", 3, 1, false}, {"a_key_that_is_much_longer_than_", 5, 1, true},
        {"last", 6, 1, false},
    };
    struct xhm_xl_scan scan;
    struct xhm_xl_scan_key key;
    xl_scan_init(&scan, text);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_true(xl_scan_next(&scan, &key));
        assert_string_equal(key.name, rows[i].name);
        assert_int_equal(key.mark.line, rows[i].line);
        assert_int_equal(key.mark.column, rows[i].column);
        assert_int_equal(key.adds, rows[i].adds);
    }
    assert_false(xl_scan_next(&scan, &key));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_what_is_bad),
        cmocka_unit_test(good_ones_meet_the_policy),
        cmocka_unit_test(dom0_has_no_file),
        cmocka_unit_test(cpupools_keep_apart_with_facts_only),
        cmocka_unit_test(other_declarations),
        cmocka_unit_test(cpupools_are_not_overloaded),
        cmocka_unit_test(the_period_may_be_the_files_alone),
        cmocka_unit_test(refuses_what_is_no_text),
        cmocka_unit_test(refuses_what_is_too_large),
        cmocka_unit_test(finds_keys_where_they_stand),
    };
    if (XHM_MAX_PARTITIONS < 7 || XHM_MAX_VCPUS < 2) {
        print_message("skipped: this build has no room for bad_configurations/policy.yaml\n");
        return 77;
    }
    read_policy();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
