#include "faults.h"

static const struct xhm_fault_info catalogue[XHM_FAULT_COUNT] = {
#define XHM_FAULT_ROW(constant, fault_number, fault_name, class_name, fault_meaning)                                   \
    [XHM_FAULT_##constant] = {                                                                                         \
        .number = fault_number, .name = fault_name, .fault_class = XHM_CLASS_##class_name, .meaning = fault_meaning},
    XHM_FAULT_CATALOGUE(XHM_FAULT_ROW)
#undef XHM_FAULT_ROW
};

const struct xhm_fault_info *faults_info(enum xhm_fault fault) {
    return &catalogue[fault];
}

enum xhm_fault faults_find(uint32_t number) {
    for (unsigned i = 0; i < XHM_FAULT_COUNT; i++) {
        if (catalogue[i].number == number) {
            return (enum xhm_fault)i;
        }
    }
    return XHM_FAULT_COUNT;
}
