// SPDX-License-Identifier: Apache-2.0
/*
 * xl domain configurations: whatever is read stays within what holds it, and is compared with a policy that declares
 * everything. What cannot be read is told.
 */
#include "full_policy.h"
#include "lint.h"
#include "xl_affinity.h"
#include "xl_reader.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* Xen's parser loses what it holds when it gives up within a list. xhmctl ends after a few files; our own leaks are
   seen. */
const char *__lsan_default_suppressions(void) {
    return "leak:libxlutil\n";
}

static struct xhm_policy policy;
static struct xhm_xl_domain domain;
static struct xhm_messages errors;
static struct xhm_messages unchecked;
static struct xhm_messages of_policy;

static void require(bool held) {
    if (!held) {
        abort();
    }
}

static void require_domain(void) {
    require(domain.item_count <= XHM_XL_MAX_ITEMS);
    require(domain.vcpus >= 1 && domain.vcpus <= XHM_XL_MAX_VCPUS);
    require(domain.max_vcpus >= 1 && domain.max_vcpus <= XHM_XL_MAX_VCPUS);
    for (unsigned key = 0; key < XHM_XL_KEY_COUNT; key++) {
        const struct xhm_xl_value *value = &domain.values[key];

        require(memchr(value->text, '\0', sizeof(value->text)) != NULL);
        require(value->state == XHM_XL_ABSENT || value->mark.line > 0);
        require(value->first_item <= domain.item_count);
        require(value->state != XHM_XL_READ || value->item_count == 0 ||
                value->first_item + value->item_count <= domain.item_count);
    }
    for (uint32_t i = 0; i < domain.item_count; i++) {
        require(memchr(domain.items[i], '\0', sizeof(domain.items[i])) != NULL);
    }
    for (uint32_t i = 0; i < domain.other_count && i < XHM_XL_MAX_OTHERS; i++) {
        require(memchr(domain.others[i].name, '\0', sizeof(domain.others[i].name)) != NULL);
        require(domain.others[i].mark.line > 0);
    }
    for (uint32_t vcpu = 0; vcpu < domain.max_vcpus; vcpu++) {
        char text[XHM_SCALAR_TEXT_SIZE];

        xl_affinity_write(&domain.affinity[vcpu], text);
        require(memchr(text, '\0', sizeof(text)) != NULL);
    }
}

static void compare(void) {
    struct xhm_lint_file file = {.domain = &domain, .errors = &errors, .unchecked = &unchecked};
    const struct xhm_lint_policy declared = {.policy = &policy, .errors = &of_policy, .unchecked = &unchecked};

    lint_compare(&declared, &file, 1);
    require(file.partition <= policy.partition_count);
    messages_sort(&errors);
    messages_sort(&unchecked);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1);

    require(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    if (policy.partition_count == 0) {
        full_policy(&policy);
    }
    messages_init(&errors, "fuzzed");
    messages_init(&unchecked, "fuzzed");
    messages_init(&of_policy, "policy");
    if (xl_reader_read(text, size, &domain, &errors)) {
        require_domain();
        compare();
    } else {
        require(errors.count > 0);
    }
    free(text);
    return 0;
}
