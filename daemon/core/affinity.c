// SPDX-License-Identifier: Apache-2.0
#include "affinity.h"

enum xhm_affinity_meaning affinity_meaning(enum xhm_scheduler scheduler) {
    static const enum xhm_affinity_meaning meanings[] = {
        [XHM_SCHEDULER_CREDIT] = XHM_AFFINITY_CONFINES,  [XHM_SCHEDULER_CREDIT2] = XHM_AFFINITY_CONFINES,
        [XHM_SCHEDULER_RTDS] = XHM_AFFINITY_CONFINES,    [XHM_SCHEDULER_NULL] = XHM_AFFINITY_ASSIGNS,
        [XHM_SCHEDULER_ARINC653] = XHM_AFFINITY_IGNORED,
    };
    return (unsigned)scheduler < sizeof(meanings) / sizeof(meanings[0]) ? meanings[scheduler] : XHM_AFFINITY_UNKNOWN;
}
