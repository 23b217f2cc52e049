// SPDX-License-Identifier: Apache-2.0
/**
 * Ways of detecting what is not told by the partition's own probe: by domain lists, sweeps and facts. Each adds its
 * sum; false: the policy declares nothing that is supervised so. Private to analysis.
 */
#ifndef XHM_HOST_DETECTION_H
#define XHM_HOST_DETECTION_H

#include "detection_terms.h"

bool detection_of_instance(const struct subject *subject, struct xhm_timing_sum *sum);
bool detection_of_vcpu_count(const struct subject *subject, struct xhm_timing_sum *sum);
bool detection_of_vcpu_moved(const struct subject *subject, struct xhm_timing_sum *sum);
bool detection_of_pcpu_shared(const struct subject *subject, struct xhm_timing_sum *sum);
bool detection_of_cpupool(const struct subject *subject, struct xhm_timing_sum *sum);
bool detection_of_share(const struct subject *subject, struct xhm_timing_sum *sum);
bool detection_of_cache(const struct subject *subject, struct xhm_timing_sum *sum);
bool detection_of_device(const struct subject *subject, struct xhm_timing_sum *sum);
bool detection_of_up_front(const struct subject *subject, struct xhm_timing_sum *sum);
bool detection_of_memory(const struct subject *subject, struct xhm_timing_sum *sum);
bool detection_of_load(const struct subject *subject, struct xhm_timing_sum *sum);

#endif
