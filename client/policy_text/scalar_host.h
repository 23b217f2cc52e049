// SPDX-License-Identifier: Apache-2.0
/**
 * Values that say something of the host: versions, masks, capabilities, services, options, PCI addresses. Part of
 * scalar.h's table.
 */
#ifndef XHM_SCALAR_HOST_H
#define XHM_SCALAR_HOST_H

#include "scalar.h"

/* uint64_t, text "0xf0" */
const char *scalar_host_read_mask(const char *text, void *target);
void scalar_host_write_mask(const void *source, char text[XHM_SCALAR_TEXT_SIZE]);

/* uint32_t, text "0xc10001" */
const char *scalar_host_read_dtc(const char *text, void *target);
void scalar_host_write_dtc(const void *source, char text[XHM_SCALAR_TEXT_SIZE]);

/* uint32_t major << 16 | minor, text "4.17" */
const char *scalar_host_read_version(const char *text, void *target);
void scalar_host_write_version(const void *source, char text[XHM_SCALAR_TEXT_SIZE]);

/* uint32_t set of bits, one word at a time */
const char *scalar_host_read_capabilities(const char *text, void *target);
void scalar_host_write_capabilities(const void *source, char text[XHM_SCALAR_TEXT_SIZE]);

/* the count and names of struct xhm_platform_policy, one name at a time */
const char *scalar_host_read_services(const char *text, void *target);
void scalar_host_write_services(const void *source, char text[XHM_SCALAR_TEXT_SIZE]);

/* the assigned devices of a struct xhm_partition_policy, one address at a time, or the word none alone */
const char *scalar_host_read_assigned(const char *text, void *target);
void scalar_host_write_assigned(const void *source, char text[XHM_SCALAR_TEXT_SIZE]);

/* struct xhm_option_policy */
const char *scalar_host_read_required(const char *text, void *target);
const char *scalar_host_read_forbidden(const char *text, void *target);
void scalar_host_write_option(const void *source, char text[XHM_SCALAR_TEXT_SIZE]);

/** Reads a PCI address, "0000:03:00.0" or, in segment 0, "03:00.0". @return whether it is one */
bool scalar_host_read_address(const char *text, uint32_t *address);

/** Writes a PCI address as xl does: "0000:03:00.0". */
void scalar_host_write_address(uint32_t address, char text[16]);

#endif
