/* Which files declare partitions, and how often one may be created. */
#include "partitions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void names_never_reach_outside_the_folder(void **state) {
    static const char *const good[] = {"a", "brake", "brake-2", "z9", "a234567890123456789012345678901"};
    static const char *const bad[] = {"",        ".",   "..",        "../brake", "Brake",
                                      "9brake",  "-q",  "brake.cfg", "a/b",      "br ake",
                                      "brake\n", "a;b", "$(x)",      "bräke",    "a2345678901234567890123456789012"};

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(partitions_is_name(good[i]));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (partitions_is_name(bad[i])) {
            fail_msg("\"%s\" was taken for a name", bad[i]);
        }
    }
}

static void make_file(const char *folder, const char *name) {
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", folder, name);

    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fclose(file);
}

static void scans_declared_files_in_name_order(void **state) {
    static const char *const files[] = {"fusion.cfg", "brake.cfg", "README", "Notes.cfg", ".cfg", "brake.cfg.bak"};
    char folder[] = "/tmp/xhm-agent-test-XXXXXX";
    char path[PATH_MAX];
    struct agent_partitions partitions;

    (void)state;
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        make_file(folder, files[i]);
    }
    assert_int_equal(partitions_init(&partitions), 0);
    assert_int_equal(partitions_scan(&partitions, folder), 0);
    assert_int_equal(partitions_scan(&partitions, folder), 0);
    assert_int_equal(partitions.count, 2);
    assert_string_equal(partitions.entries[0].name, "brake");
    assert_string_equal(partitions.entries[1].name, "fusion");
    assert_null(partitions_find(&partitions, "notes"));
    partitions_format_path(partitions_find(&partitions, "fusion"), folder, path);
    assert_int_equal(access(path, F_OK), 0);
    partitions_deinit(&partitions);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
        unlink(path);
    }
    rmdir(folder);
}

static void a_missing_folder_is_an_error(void **state) {
    struct agent_partitions partitions;

    (void)state;
    assert_int_equal(partitions_init(&partitions), 0);
    assert_true(partitions_scan(&partitions, "/nonexistent/partitions") < 0);
    partitions_deinit(&partitions);
}

static void creations_keep_their_distance(void **state) {
    struct agent_partition partition = {.creation_count = 0};

    (void)state;
    assert_int_equal(partitions_may_create(&partition, 5000), 0);
    partitions_count_creation(&partition, 5000);
    assert_int_equal(partitions_may_create(&partition, 5000), AGENT_LEAST_CREATION_DISTANCE_MS);
    assert_int_equal(partitions_may_create(&partition, 5400), AGENT_LEAST_CREATION_DISTANCE_MS - 400);
    assert_int_equal(partitions_may_create(&partition, 5000 + AGENT_LEAST_CREATION_DISTANCE_MS), 0);
}

static void creations_are_limited_within_a_window(void **state) {
    struct agent_partition partition = {.creation_count = 0};
    uint64_t now_ms = 100000;

    (void)state;
    for (uint32_t i = 0; i < AGENT_CREATIONS_PER_WINDOW; i++) {
        assert_int_equal(partitions_may_create(&partition, now_ms), 0);
        partitions_count_creation(&partition, now_ms);
        now_ms += 2 * AGENT_LEAST_CREATION_DISTANCE_MS;
    }
    assert_int_equal(partitions_may_create(&partition, now_ms), -1);
    assert_int_equal(partitions_may_create(&partition, 100000 + AGENT_CREATION_WINDOW_MS - 1), -1);
    assert_int_equal(partitions_may_create(&partition, 100000 + AGENT_CREATION_WINDOW_MS), 0);
    partitions_count_creation(&partition, 100000 + AGENT_CREATION_WINDOW_MS);
    assert_int_equal(partitions_may_create(&partition, 100000 + AGENT_CREATION_WINDOW_MS + 1500), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_never_reach_outside_the_folder),  cmocka_unit_test(scans_declared_files_in_name_order),
        cmocka_unit_test(a_missing_folder_is_an_error),          cmocka_unit_test(creations_keep_their_distance),
        cmocka_unit_test(creations_are_limited_within_a_window),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
