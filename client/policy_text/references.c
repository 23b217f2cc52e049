// SPDX-License-Identifier: Apache-2.0
#include "references.h"

#include "suggestion.h"
#include <stdio.h>
#include <string.h>

static const char *const list_keys[XHM_REFERENCE_COUNT] = {
    [XHM_REFERENCE_PARTITION] = "partitions",
    [XHM_REFERENCE_SAFE_STATE] = "safe_states",
    [XHM_REFERENCE_CPUPOOL] = "cpupools",
};
static const char *const nouns[XHM_REFERENCE_COUNT] = {
    [XHM_REFERENCE_PARTITION] = "partition",
    [XHM_REFERENCE_SAFE_STATE] = "safe state",
    [XHM_REFERENCE_CPUPOOL] = "cpupool",
};
static const uint32_t capacities[XHM_REFERENCE_COUNT] = {
    [XHM_REFERENCE_PARTITION] = XHM_MAX_PARTITIONS,
    [XHM_REFERENCE_SAFE_STATE] = XHM_MAX_SAFE_STATES,
    [XHM_REFERENCE_CPUPOOL] = XHM_MAX_CPUPOOLS,
};

/* @return what stands behind the key @p name, or NULL when @p node has no such key */
static const yaml_node_t *value_of(yaml_document_t *document, const yaml_node_t *node, const char *name) {
    if (node == NULL || node->type != YAML_MAPPING_NODE) {
        return NULL;
    }
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = yaml_document_get_node(document, pair->key);
        if (key->type == YAML_SCALAR_NODE && strcmp((const char *)key->data.scalar.value, name) == 0) {
            return yaml_document_get_node(document, pair->value);
        }
    }
    return NULL;
}

static void collect(yaml_document_t *document, const yaml_node_t *sequence, uint32_t capacity,
                    struct xhm_reference_list *list) {
    if (sequence == NULL || sequence->type != YAML_SEQUENCE_NODE) {
        return;
    }
    for (const yaml_node_item_t *item = sequence->data.sequence.items.start;
         item < sequence->data.sequence.items.top && list->count < capacity; item++) {
        const yaml_node_t *name = value_of(document, yaml_document_get_node(document, *item), "name");
        bool readable = name != NULL && name->type == YAML_SCALAR_NODE;
        list->names[list->count++] = readable ? (const char *)name->data.scalar.value : "";
    }
}

void references_of_document(yaml_document_t *document, struct xhm_references *references) {
    *references = (struct xhm_references){0};
    for (unsigned i = XHM_REFERENCE_NONE + 1; i < XHM_REFERENCE_COUNT; i++) {
        const yaml_node_t *root = yaml_document_get_root_node(document);
        collect(document, value_of(document, root, list_keys[i]), capacities[i], &references->lists[i]);
    }
}

void references_of_policy(const struct xhm_policy *policy, struct xhm_references *references) {
    struct xhm_reference_list *partitions = &references->lists[XHM_REFERENCE_PARTITION];
    struct xhm_reference_list *safe_states = &references->lists[XHM_REFERENCE_SAFE_STATE];
    struct xhm_reference_list *cpupools = &references->lists[XHM_REFERENCE_CPUPOOL];
    *references = (struct xhm_references){0};
    for (; partitions->count < policy->partition_count; partitions->count++) {
        partitions->names[partitions->count] = policy->partitions[partitions->count].name;
    }
    for (; safe_states->count < policy->safe_state_count; safe_states->count++) {
        safe_states->names[safe_states->count] = policy->safe_states[safe_states->count].name;
    }
    for (; cpupools->count < policy->cpupool_count; cpupools->count++) {
        cpupools->names[cpupools->count] = policy->cpupools[cpupools->count].name;
    }
}

static const char *unknown(const struct xhm_reference_list *list, const char *text, const char *noun,
                           char sentence[128]) {
    size_t used = (size_t)snprintf(sentence, 128, "is no %s of this policy", noun);
    for (uint32_t i = 0; i < list->count; i++) {
        if (suggestion_is_close(text, list->names[i])) {
            snprintf(sentence + used, 128 - used, "; did you mean \"%.31s\"?", list->names[i]);
            break;
        }
    }
    return sentence;
}

uint32_t references_capacity(enum xhm_reference_kind kind) {
    return capacities[kind];
}

const char *references_read(const struct xhm_references *references, const struct xhm_scalar_info *info,
                            const char *text, void *target, char sentence[128]) {
    const struct xhm_reference_list *list = &references->lists[info->reference];
    for (uint32_t i = 0; i < list->count; i++) {
        if (strcmp(text, list->names[i]) == 0) {
            return info->refer(i, target);
        }
    }
    return unknown(list, text, nouns[info->reference], sentence);
}

uint32_t references_write(const struct xhm_references *references, const struct xhm_scalar_info *info,
                          const void *source, char text[XHM_SCALAR_TEXT_SIZE]) {
    const struct xhm_reference_list *list = &references->lists[info->reference];
    uint32_t count = 0;
    size_t used = (size_t)snprintf(text, XHM_SCALAR_TEXT_SIZE, "%s", info->list ? "[" : "");
    for (uint32_t i = 0; i < list->count; i++) {
        if (info->refers(i, source)) {
            const char *quote = scalar_is_yaml_word(list->names[i]) ? "\"" : "";
            used += (size_t)snprintf(text + used, XHM_SCALAR_TEXT_SIZE - used, "%s%s%s%s", count++ > 0 ? ", " : "",
                                     quote, list->names[i], quote);
        }
    }
    snprintf(text + used, XHM_SCALAR_TEXT_SIZE - used, "%s", info->list ? "]" : "");
    return count;
}

void references_write_scalar(const struct xhm_references *references, enum xhm_scalar_kind kind, const void *source,
                             char text[XHM_SCALAR_TEXT_SIZE]) {
    const struct xhm_scalar_info *info = scalar_info(kind);
    if (info->reference != XHM_REFERENCE_NONE) {
        references_write(references, info, source, text);
    } else {
        info->write(source, text);
    }
}
