// SPDX-License-Identifier: Apache-2.0
#include "policy_text.h"

#include "findings.h"
#include "reader.h"
#include "timing_findings.h"
#include "yaml_scan.h"
#include <string.h>

static bool is_given(const struct xhm_locations *locations, uint32_t partition, uint32_t entity, const char *key) {
    struct xhm_scope scope = locations_top;
    scope.index[XHM_LEVEL_PARTITION] = partition;
    scope.index[XHM_LEVEL_ENTITY] = entity;
    return locations_find(locations, &scope, key) != NULL;
}

static uint32_t pages_in_use(const struct xhm_partition_policy *partition) {
    uint32_t pages = 0;
    for (uint32_t i = 0; i < partition->entity_count; i++) {
        uint32_t page = partition->entities[i].page;
        if (page >= pages && page < XHM_MAX_PAGES) {
            pages = page + 1;
        }
    }
    return pages;
}

/* Times follow from a policy only once it is sound. */
static void tell_findings(const struct xhm_policy *policy, const struct xhm_locations *locations,
                          struct xhm_messages *messages) {
    findings_tell(policy, locations, messages);
    if (messages->count == 0) {
        timing_findings_tell(policy, locations, messages);
    }
}

/* The keys of presence XHM_SCHEMA_DERIVED. */
static void derive(struct xhm_policy *policy, const struct xhm_locations *locations) {
    for (uint32_t i = 0; i < policy->partition_count; i++) {
        struct xhm_partition_policy *partition = &policy->partitions[i];
        const struct {
            const char *key;
            uint64_t *value;
            uint64_t derived;
        } rows[] = {
            {"start_within", &partition->start_within_ns, partition->startup_grace_ns},
            {"restart.timeout", &partition->restart.timeout_ns, partition->startup_grace_ns},
            {"memory.clear_slack", &partition->memory.clear_slack_kib, partition->memory.slack_kib},
        };
        for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
            if (!is_given(locations, i, XHM_NO_INDEX, rows[row].key)) {
                *rows[row].value = rows[row].derived;
            }
        }
        if (!is_given(locations, i, XHM_NO_INDEX, "pages")) {
            partition->page_count = pages_in_use(partition);
        }
        if (!is_given(locations, i, XHM_NO_INDEX, "load.clear")) {
            partition->load.clear_percent = partition->load.raise_percent;
        }
        for (uint32_t j = 0; j < partition->entity_count; j++) {
            if (!is_given(locations, i, j, "latency.clear")) {
                partition->entities[j].latency.clear_ns = partition->entities[j].latency.raise_ns;
            }
        }
    }
}

static void read_document(yaml_document_t *document, struct xhm_policy *policy, struct xhm_messages *messages) {
    struct xhm_locations locations;
    locations_init(&locations);
    struct xhm_reader reader = {.document = document, .messages = messages, .locations = &locations};
    reader_read_policy(&reader, policy);
    derive(policy, &locations);
    if (locations.incomplete) {
        messages_add(messages, (struct xhm_mark){0}, "", "reading the policy: out of memory");
    } else {
        tell_findings(policy, &locations, messages);
    }
    locations_deinit(&locations);
}

static void load(const char *text, size_t size, struct xhm_policy *policy, struct xhm_messages *messages) {
    yaml_parser_t parser;
    yaml_document_t document;
    if (!yaml_parser_initialize(&parser)) {
        messages_add(messages, (struct xhm_mark){0}, "", "reading YAML: out of memory");
        return;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
    if (yaml_parser_load(&parser, &document)) {
        read_document(&document, policy, messages);
        yaml_document_delete(&document);
    } else {
        messages_add(messages, yaml_scan_mark(parser.problem_mark), "", "not YAML: %s",
                     parser.problem != NULL ? parser.problem : "out of memory");
    }
    yaml_parser_delete(&parser);
}

bool policy_text_read(const char *text, size_t size, struct xhm_policy *policy, struct xhm_messages *messages) {
    memset(policy, 0, sizeof(*policy));
    if (size > XHM_POLICY_TEXT_MAX_SIZE) {
        messages_add(messages, (struct xhm_mark){0}, "", "is too large for a policy: more than %u bytes",
                     XHM_POLICY_TEXT_MAX_SIZE);
    } else if (yaml_scan_is_loadable(text, size, messages)) {
        load(text, size, policy, messages);
    }
    messages_sort(messages);
    return messages->count == 0;
}

bool policy_text_check(const struct xhm_policy *policy, struct xhm_messages *messages) {
    struct xhm_locations locations;
    locations_init(&locations);
    tell_findings(policy, &locations, messages);
    return messages->count == 0;
}
