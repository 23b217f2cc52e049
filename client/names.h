// SPDX-License-Identifier: Apache-2.0
/**
 * The API's numbers as words. Numbers that this build does not know become "unknown-7", so that nothing is hidden.
 */
#ifndef XHM_NAMES_H
#define XHM_NAMES_H

#include "control.pb-c.h"
#include "faults.h"
#include "output.h"
#include "words.h"

/** Bytes of the longest name, its terminating zero included. */
#define XHM_NAME_TEXT_SIZE 32

const char *names_status(uint32_t status, char text[XHM_NAME_TEXT_SIZE]);
enum xhm_paint names_status_paint(uint32_t status);
const char *names_life(uint32_t life, char text[XHM_NAME_TEXT_SIZE]);
const char *names_event(uint32_t kind, char text[XHM_NAME_TEXT_SIZE]);
const char *names_injection(uint32_t kind, char text[XHM_NAME_TEXT_SIZE]);
/** Xen's shutdown reasons; what is no 8-bit number means that there was none. */
const char *names_shutdown(uint32_t reason, char text[XHM_NAME_TEXT_SIZE]);
const char *names_verdict(uint32_t verdict, char text[XHM_NAME_TEXT_SIZE]);
const char *names_mode(uint32_t mode, char text[XHM_NAME_TEXT_SIZE]);
/** Any word of the core's vocabularies. */
const char *names_word(enum xhm_vocabulary vocabulary, uint32_t number, char text[XHM_NAME_TEXT_SIZE]);

/** @return the mode of that name, XHM__V1__ECU_MODE__MODE_UNSPECIFIED when there is none */
Xhm__V1__EcuMode names_find_mode(const char *name);

/** @return the kind of that name, XHM__V1__INJECTION_KIND__INJECTION_UNSPECIFIED when there is none */
Xhm__V1__InjectionKind names_find_injection(const char *name);

/** @return the fault of that name or number ("0x0204"), XHM_FAULT_COUNT when there is none */
enum xhm_fault names_find_fault(const char *text);

/** The bits of a status byte of ISO 14229-1 by their names, "none" when none is set. */
/** "0xc10001", "-" for 0: there is none. */
const char *names_dtc(uint32_t dtc, char text[XHM_NAME_TEXT_SIZE]);

#define XHM_DTC_TEXT_SIZE 256
const char *names_dtc_status(uint32_t status, char text[XHM_DTC_TEXT_SIZE]);

/** Wall-clock time as "2026-01-31T12:00:00.000Z", "-" for 0. */
#define XHM_TIME_TEXT_SIZE 32
void names_time(uint64_t wall_clock_ns, char text[XHM_TIME_TEXT_SIZE]);

#endif
