// SPDX-License-Identifier: Apache-2.0
#include "xl_affinity.h"

#include "scalar_lists.h"
#include <stdio.h>
#include <string.h>

#define AS_TEXT_(number) #number
#define AS_TEXT(number)  AS_TEXT_(number)

/* One part of the text, "^2-3": what is behind `first` and `last` was taken apart from what is done with it. */
struct part {
    bool takes_away;
    bool every;
    uint64_t first;
    uint64_t last;
};

void xl_affinity_set_every(struct xhm_xl_affinity *affinity) {
    memset(affinity->pcpus.words, 0xff, sizeof(affinity->pcpus.words));
    affinity->every = true;
}

static const char *read_part(const char **at, struct part *part) {
    const char *malformed = "is not a set of pCPUs: write numbers and ranges, like \"1,4-5\"";
    if (**at == '^') {
        part->takes_away = true;
        (*at)++;
    }
    if (strncmp(*at, "node", strlen("node")) == 0) {
        return "names NUMA nodes, whose pCPUs only the ECU knows: write the pCPUs";
    }
    if (strncmp(*at, "all", strlen("all")) == 0 && !part->takes_away) {
        part->every = true;
        *at += strlen("all");
        return NULL;
    }
    *at += strspn(*at, " ");
    enum xhm_number_verdict verdict = scalar_lists_number(*at, XHM_MAX_PCPUS - 1u, &part->first, at);
    part->last = part->first;
    if (verdict == XHM_NUMBER_READ && **at == '-') {
        verdict = scalar_lists_number(*at + 1, XHM_MAX_PCPUS - 1u, &part->last, at);
    }
    if (verdict == XHM_NUMBER_TOO_LARGE) {
        return "names a pCPU that this build has no room for: it knows fewer than " AS_TEXT(XHM_MAX_PCPUS);
    }
    if (verdict != XHM_NUMBER_READ) {
        return malformed;
    }
    return part->first > part->last ? "has a range that runs backwards" : NULL;
}

static void apply(const struct part *part, struct xhm_xl_affinity *affinity) {
    if (part->every) {
        xl_affinity_set_every(affinity);
        return;
    }
    for (uint64_t pcpu = part->first; pcpu <= part->last; pcpu++) {
        const uint64_t bit = UINT64_C(1) << (pcpu % 64);
        uint64_t *word = &affinity->pcpus.words[pcpu / 64];
        *word = part->takes_away ? *word & ~bit : *word | bit;
    }
}

static bool is_empty(const struct xhm_pcpu_set *pcpus) {
    static const struct xhm_pcpu_set none;
    return memcmp(pcpus, &none, sizeof(none)) == 0;
}

const char *xl_affinity_read(const char *text, struct xhm_xl_affinity *affinity) {
    *affinity = (struct xhm_xl_affinity){0};
    const char *at = text + strspn(text, ",");
    while (*at != '\0') {
        struct part part = {0};
        const char *wrong = read_part(&at, &part);
        if (wrong != NULL) {
            return wrong;
        }
        if (*at != ',' && *at != '\0') {
            return "is not a set of pCPUs: write numbers and ranges, like \"1,4-5\"";
        }
        apply(&part, affinity);
        at += strspn(at, ",");
    }
    return is_empty(&affinity->pcpus) ? "names no pCPU" : NULL;
}

bool xl_affinity_is(const struct xhm_xl_affinity *affinity, const struct xhm_pcpu_set *pcpus) {
    return !affinity->every && memcmp(&affinity->pcpus, pcpus, sizeof(*pcpus)) == 0;
}

void xl_affinity_write_pcpus(const struct xhm_pcpu_set *pcpus, char text[XHM_SCALAR_TEXT_SIZE]) {
    scalar_lists_write_pcpus(pcpus, text);
    const size_t length = strlen(text);
    if (text[0] == '"') {
        memmove(text, text + 1, length - 2);
        text[length - 2] = '\0';
    }
}

void xl_affinity_write(const struct xhm_xl_affinity *affinity, char text[XHM_SCALAR_TEXT_SIZE]) {
    char pcpus[XHM_SCALAR_TEXT_SIZE];
    struct xhm_pcpu_set missing;
    if (!affinity->every) {
        xl_affinity_write_pcpus(&affinity->pcpus, text);
        return;
    }
    for (size_t i = 0; i < XHM_PCPU_WORDS; i++) {
        missing.words[i] = ~affinity->pcpus.words[i];
    }
    xl_affinity_write_pcpus(&missing, pcpus);
    const size_t used = (size_t)snprintf(text, XHM_SCALAR_TEXT_SIZE, "every pCPU");
    if (pcpus[0] != '\0') {
        snprintf(text + used, XHM_SCALAR_TEXT_SIZE - used, " but %.*s", XHM_SCALAR_TEXT_SIZE / 2, pcpus);
    }
}
