// SPDX-License-Identifier: Apache-2.0
/*
 * Preloaded into a program in dom0: its hypercalls sysctl and domctl name an interface version that no Xen has, as
 * those of a program do that was built for another one. It is the real Xen that refuses them.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <stdint.h>

/* From Linux' include/uapi/xen/privcmd.h and Xen's public/xen.h. */
#define HYPERCALL_REQUEST 0x305000ul
#define SYSCTL            35u
#define DOMCTL            36u

struct hypercall {
    uint64_t number;
    uint64_t arguments[5];
};

/* What both kinds of request begin with. */
struct request {
    uint32_t command;
    uint32_t interface_version;
};

static int call(int descriptor, unsigned long request, void *argument) {
    static int (*next)(int, unsigned long, ...);

    if (next == 0) {
        next = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
    }
    return next(descriptor, request, argument);
}

int ioctl(int descriptor, unsigned long request, ...) {
    struct hypercall *hypercall;
    struct request *made;
    uint32_t version;
    va_list arguments;
    int result;

    va_start(arguments, request);
    hypercall = va_arg(arguments, void *);
    va_end(arguments);
    if (request != HYPERCALL_REQUEST || (hypercall->number != SYSCTL && hypercall->number != DOMCTL)) {
        return call(descriptor, request, hypercall);
    }
    made = (struct request *)(uintptr_t)hypercall->arguments[0];
    version = made->interface_version;
    made->interface_version = UINT32_MAX;
    result = call(descriptor, request, hypercall);
    made->interface_version = version;
    return result;
}
