// SPDX-License-Identifier: Apache-2.0
/* The part of the property test that is about the host and what dom0 tells of it. */
#ifndef XHM_PROPERTY_HOST_H
#define XHM_PROPERTY_HOST_H

#include "sim_runner.h"

/* A number below `below`. */
uint32_t property_draw(uint64_t *random, uint32_t below);

/* Carries out the command that is written in text. */
void property_command(struct xhm_sim_runner *runner, const char *text);

/* Every fourth seed declares everything that there is of the host and its shares. */
void property_declare_host(struct xhm_sim_runner *runner, uint64_t seed);

/* A command to the host, or about what dom0 tells of a domain, by any number. */
const char *property_host_command(uint32_t number);

/* Facts are shown again as they are, dated at any time, or as no host would have them. */
void property_tamper_with_facts(struct xhm_sim_runner *runner);

#endif
