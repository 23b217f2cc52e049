/**
 * The words for the core's numbers, as policy, journal, API clients and people write them.
 */
#ifndef XHM_CORE_WORDS_H
#define XHM_CORE_WORDS_H

#include <stdint.h>

/** What a number means. */
enum xhm_vocabulary {
    XHM_WORDS_NONE,             /**< a number is a number */
    XHM_WORDS_STATUS,           /**< enum xhm_status */
    XHM_WORDS_REACTION,         /**< enum xhm_reaction */
    XHM_WORDS_FAULT_CLASS,      /**< enum xhm_fault_class */
    XHM_WORDS_DISPOSITION,      /**< enum xhm_disposition */
    XHM_WORDS_SAFE_STATE_CAUSE, /**< enum xhm_safe_state_cause */
    XHM_WORDS_MODE,             /**< enum xhm_ecu_mode */
    XHM_WORDS_LAST_RESORT,      /**< enum xhm_last_resort */
    XHM_WORDS_SCHEDULER,        /**< enum xhm_scheduler */
    XHM_WORDS_DEVICE_KIND,      /**< enum xhm_device_kind */
    XHM_WORDS_POLICY_REFUSAL,   /**< enum xhm_policy_refusal */
    XHM_VOCABULARY_COUNT
};

/** The word for @p number, or NULL when there is none. Static. */
const char *words_find(enum xhm_vocabulary vocabulary, uint64_t number);

#endif
