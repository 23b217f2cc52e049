// SPDX-License-Identifier: Apache-2.0
/**
 * Values that are one of a few words, and references to partitions and safe states. Part of scalar.h's table.
 */
#ifndef XHM_SCALAR_WORDS_H
#define XHM_SCALAR_WORDS_H

#include "scalar.h"

/* bool */
const char *scalar_words_read_flag(const char *text, void *target);
void scalar_words_write_flag(const void *source, char text[XHM_SCALAR_TEXT_SIZE]);
const char *scalar_words_read_permission(const char *text, void *target);
void scalar_words_write_permission(const void *source, char text[XHM_SCALAR_TEXT_SIZE]);
const char *scalar_words_read_supervision(const char *text, void *target);
void scalar_words_write_supervision(const void *source, char text[XHM_SCALAR_TEXT_SIZE]);
const char *scalar_words_read_order(const char *text, void *target);
void scalar_words_write_order(const void *source, char text[XHM_SCALAR_TEXT_SIZE]);

/* bool that is never false when it is written */
const char *scalar_words_read_forbidden(const char *text, void *target);
void scalar_words_write_forbidden(const void *source, char text[XHM_SCALAR_TEXT_SIZE]);

/* enum xhm_scheduler, enum xhm_device_kind */
const char *scalar_words_read_scheduler(const char *text, void *target);
void scalar_words_write_scheduler(const void *source, char text[XHM_SCALAR_TEXT_SIZE]);
const char *scalar_words_read_device_kind(const char *text, void *target);
void scalar_words_write_device_kind(const void *source, char text[XHM_SCALAR_TEXT_SIZE]);

/* enum xhm_deployment, enum xhm_ecu_mode, enum xhm_last_resort */
const char *scalar_words_read_deployment(const char *text, void *target);
void scalar_words_write_deployment(const void *source, char text[XHM_SCALAR_TEXT_SIZE]);
const char *scalar_words_read_mode(const char *text, void *target);
void scalar_words_write_mode(const void *source, char text[XHM_SCALAR_TEXT_SIZE]);
const char *scalar_words_read_last_resort(const char *text, void *target);
void scalar_words_write_last_resort(const void *source, char text[XHM_SCALAR_TEXT_SIZE]);

/* struct xhm_ladder */
const char *scalar_words_read_reaction(const char *text, void *target);
void scalar_words_write_reaction(const void *source, char text[XHM_SCALAR_TEXT_SIZE]);

/* 1 + index in a uint32_t; bit of a uint64_t; enum xhm_disposition at the index of an array */
const char *scalar_words_refer_number(uint32_t index, void *target);
bool scalar_words_refers_number(uint32_t index, const void *source);
const char *scalar_words_refer_peer(uint32_t index, void *target);
bool scalar_words_refers_peer(uint32_t index, const void *source);
const char *scalar_words_refer_bit(uint32_t index, void *target);
bool scalar_words_refers_bit(uint32_t index, const void *source);
const char *scalar_words_refer_paused(uint32_t index, void *target);
bool scalar_words_refers_paused(uint32_t index, const void *source);
const char *scalar_words_refer_stopped(uint32_t index, void *target);
bool scalar_words_refers_stopped(uint32_t index, const void *source);
const char *scalar_words_refer_started(uint32_t index, void *target);
bool scalar_words_refers_started(uint32_t index, const void *source);

#endif
