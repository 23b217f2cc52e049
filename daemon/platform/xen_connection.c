#include "xen_connection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PRIVCMD_DEVICE "/dev/xen/privcmd"

static void discard_message(struct xentoollog_logger *logger, xentoollog_level level, int error_number,
                            const char *context, const char *format, va_list arguments) {
    (void)logger, (void)level, (void)error_number, (void)context, (void)format, (void)arguments;
}

static void destroy_nothing(struct xentoollog_logger *logger) {
    (void)logger;
}

struct xentoollog_logger *xen_connection_logger(void) {
    static struct xentoollog_logger logger = {.vmessage = discard_message, .destroy = destroy_nothing};

    return &logger;
}

static bool is_under_xen(void) {
    char type[8] = "";
    FILE *file = fopen("/sys/hypervisor/type", "re");

    if (file == NULL) {
        return access(PRIVCMD_DEVICE, F_OK) == 0 || access("/proc/xen/capabilities", F_OK) == 0;
    }
    if (fgets(type, sizeof(type), file) == NULL) {
        type[0] = '\0';
    }
    fclose(file);
    return strncmp(type, "xen", 3) == 0;
}

static void explain_open(int cause, char error[XHM_ERROR_SIZE]) {
    if (!is_under_xen()) {
        snprintf(error, XHM_ERROR_SIZE,
                 "cannot open the hypervisor: this system does not run on Xen (no %s, and /sys/hypervisor/type is not "
                 "\"xen\")",
                 PRIVCMD_DEVICE);
    } else if (cause == EACCES || cause == EPERM) {
        snprintf(error, XHM_ERROR_SIZE, "cannot open %s: %s (must run as root)", PRIVCMD_DEVICE, strerror(cause));
    } else if (cause == ENOENT || cause == ENODEV || cause == ENXIO) {
        snprintf(error, XHM_ERROR_SIZE, "cannot open %s: %s (is the module xen-privcmd loaded?)", PRIVCMD_DEVICE,
                 strerror(cause));
    } else {
        snprintf(error, XHM_ERROR_SIZE, "cannot open %s: %s", PRIVCMD_DEVICE, strerror(cause));
    }
}

/* Xen answers EACCES to an interface version that it does not know, and EPERM to a caller that it does not trust. The
 * version call itself is open to everybody and of no version. */
static void explain_first_call(xc_interface *interface, int cause, char error[XHM_ERROR_SIZE]) {
    const int version = xc_version(interface, XENVER_version, NULL);
    char running[32] = "an unknown version of Xen";

    if (version > 0) {
        snprintf(running, sizeof(running), "Xen %d.%d", version >> 16, version & 0xffff);
    }
    if (cause == EACCES) {
        snprintf(error, XHM_ERROR_SIZE,
                 "cannot read the domain list: %s runs here and refuses interface version %#x (sysctl) and %#x "
                 "(domctl) that this program was built for",
                 running, XEN_SYSCTL_INTERFACE_VERSION, XEN_DOMCTL_INTERFACE_VERSION);
    } else if (cause == EPERM) {
        snprintf(error, XHM_ERROR_SIZE,
                 "cannot read the domain list: %s refuses it to this domain (not the control domain, no Flask "
                 "permission, or xen-privcmd without unrestricted=1)",
                 running);
    } else {
        snprintf(error, XHM_ERROR_SIZE, "cannot read the domain list of %s: %s", running, strerror(cause));
    }
}

static bool size_cpumap(struct xhm_xen *xen, char error[XHM_ERROR_SIZE]) {
    const int pcpus = xc_get_max_cpus(xen->interface);

    if (pcpus <= 0) {
        snprintf(error, XHM_ERROR_SIZE, "cannot read the number of the host's pCPUs: %s", strerror(errno));
        return false;
    }
    if (pcpus > XHM_MAX_PCPUS) {
        snprintf(error, XHM_ERROR_SIZE,
                 "cannot supervise this host: it has %d pCPUs, this program was built for %d (build option max_pcpus)",
                 pcpus, XHM_MAX_PCPUS);
        return false;
    }
    xen->pcpus = (uint32_t)pcpus;
    xen->cpumap_bytes = (uint32_t)xc_get_cpumap_size(xen->interface);
    xen->cpumap = xc_cpumap_alloc(xen->interface);
    if (xen->cpumap == NULL) {
        snprintf(error, XHM_ERROR_SIZE, "cannot allocate a set of %d pCPUs: out of memory", pcpus);
        return false;
    }
    return true;
}

/* The deepest nesting of hypercall buffers; libxencall keeps them for later calls. */
static bool warm_up(struct xhm_xen *xen, char error[XHM_ERROR_SIZE]) {
    const int count = xc_domain_getinfolist(xen->interface, 0, XHM_XEN_DOMAINS_PER_CALL, xen->domains);

    if (count < 0) {
        explain_first_call(xen->interface, errno, error);
        return false;
    }
    if (!size_cpumap(xen, error)) {
        return false;
    }
    if (count > 0 &&
        xc_vcpu_getaffinity(xen->interface, xen->domains[0].domain, 0, xen->cpumap, NULL, XEN_VCPUAFFINITY_HARD) != 0) {
        snprintf(error, XHM_ERROR_SIZE, "cannot read the affinity of vCPU 0 of domain %u: %s",
                 (unsigned)xen->domains[0].domain, strerror(errno));
        return false;
    }
    return true;
}

bool xen_connection_open(struct xhm_xen *xen, char error[XHM_ERROR_SIZE]) {
    xen->interface = xc_interface_open(xen_connection_logger(), xen_connection_logger(), 0);
    if (xen->interface == NULL) {
        explain_open(errno, error);
        return false;
    }
    return warm_up(xen, error);
}

void xen_connection_close(struct xhm_xen *xen) {
    free(xen->cpumap);
    xen->cpumap = NULL;
    if (xen->interface != NULL) {
        xc_interface_close(xen->interface);
        xen->interface = NULL;
    }
}
