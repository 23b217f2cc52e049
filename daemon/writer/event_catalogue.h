/**
 * How events are named and told: the journal's stable message ids, priorities, and a readable sentence.
 * docs/fault-catalogue.md lists the same; a test checks that they agree.
 */
#ifndef XHM_WRITER_EVENT_CATALOGUE_H
#define XHM_WRITER_EVENT_CATALOGUE_H

#include "record.h"
#include "words.h"

/** Room for a sentence about an event. */
#define XHM_SENTENCE_SIZE 384

/** One row. Strings are static. */
struct xhm_event_info {
    const char *name;
    const char *message_id;       /**< 32 hexadecimal digits, never reused */
    int priority;                 /**< of syslog */
    const char *labels[2];        /**< what the values are; NULL: no value */
    enum xhm_vocabulary words[2]; /**< how they are written */
};

/** The highest kind of event in the catalogue. */
#define XHM_EVENT_HIGHEST XHM_EVENT_PEER_HEARD

/** The row of @p kind; a row named "unknown" when there is none. */
const struct xhm_event_info *event_catalogue_info(enum xhm_event_kind kind);

/** The row of sentences that are no event (writer_say()). */
const struct xhm_event_info *event_catalogue_sentence(void);

/** What the values of an event about @p fault are; NULL: no value. */
const char *const *event_catalogue_fault_labels(enum xhm_fault fault);

/**
 * What an event's value @p index is called in @p policy, when it is the position of a partition or a safe state in it;
 * NULL: it is none, or of nothing that the policy has.
 */
const char *event_catalogue_value_name(const struct xhm_event *event, unsigned index, const struct xhm_policy *policy);

/** Writes a sentence about @p record to @p sentence. */
void event_catalogue_describe(const struct xhm_record *record, char sentence[XHM_SENTENCE_SIZE]);

#endif
