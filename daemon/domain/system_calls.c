// SPDX-License-Identifier: Apache-2.0
#include "system_calls.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the filter of system calls knows no numbers of this architecture"
#endif

/* Of Linux' include/uapi/xen/privcmd.h, which the C library does not install. */
#define PRIVCMD_HYPERCALL _IOC(_IOC_NONE, 'P', 0, 6 * sizeof(unsigned long long))

#define LOAD(field)     BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ANSWER(value)   BPF_STMT(BPF_RET | BPF_K, value)
/* The next instruction is carried out only if the loaded value is this one. */
#define IF_EQUAL(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1)
#define ALLOW(number)   IF_EQUAL(SYS_##number), ANSWER(SECCOMP_RET_ALLOW)
#define REFUSE          ANSWER(SECCOMP_RET_ERRNO | EPERM)

static struct sock_filter filter[] = {
    LOAD(arch),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
    ANSWER(SECCOMP_RET_KILL_PROCESS),
    LOAD(nr),

    /* Every supervision cycle. */
    ALLOW(epoll_pwait),
    ALLOW(read),
    ALLOW(write),
    ALLOW(futex),
    ALLOW(clock_gettime),
    ALLOW(gettimeofday),

    /* Waiting and waking. */
    ALLOW(epoll_create1),
    ALLOW(epoll_ctl),
    ALLOW(epoll_pwait2),
    ALLOW(ppoll),
    ALLOW(nanosleep),
    ALLOW(clock_nanosleep),
    ALLOW(clock_getres),
    ALLOW(eventfd2),
    ALLOW(timerfd_create),
    ALLOW(timerfd_settime),
    ALLOW(signalfd4),
    ALLOW(pipe2),
    ALLOW(restart_syscall),

    /* Files: policy, fault memory, libraries. */
    ALLOW(openat),
    ALLOW(close),
    ALLOW(fstat),
    ALLOW(newfstatat),
    ALLOW(statx),
    ALLOW(statfs),
    ALLOW(fstatfs),
    ALLOW(lseek),
    ALLOW(pread64),
    ALLOW(pwrite64),
    ALLOW(readv),
    ALLOW(writev),
    ALLOW(fcntl),
    ALLOW(flock),
    ALLOW(ftruncate),
    ALLOW(fallocate),
    ALLOW(fsync),
    ALLOW(fdatasync),
    ALLOW(fadvise64),
    ALLOW(msync),
    ALLOW(faccessat),
    ALLOW(faccessat2),
    ALLOW(readlinkat),
    ALLOW(getdents64),
    ALLOW(unlinkat),
    ALLOW(renameat),
    ALLOW(renameat2),
    ALLOW(fchmod),
    ALLOW(fchmodat),
    ALLOW(umask),
    ALLOW(dup),
    ALLOW(dup3),

    /* Memory. */
    ALLOW(mmap),
    ALLOW(munmap),
    ALLOW(mremap),
    ALLOW(mprotect),
    ALLOW(madvise),
    ALLOW(brk),
    ALLOW(mlock),
    ALLOW(mlock2),
    ALLOW(munlock),
    ALLOW(mlockall),
    ALLOW(membarrier),

    /* Threads, signals, the end. */
    ALLOW(clone3),
    ALLOW(clone),
    ALLOW(set_robust_list),
    ALLOW(set_tid_address),
    ALLOW(rseq),
    ALLOW(sched_setscheduler),
    ALLOW(sched_getscheduler),
    ALLOW(sched_getparam),
    ALLOW(sched_getaffinity),
    ALLOW(sched_yield),
    ALLOW(sched_get_priority_min),
    ALLOW(sched_get_priority_max),
    ALLOW(rt_sigaction),
    ALLOW(rt_sigprocmask),
    ALLOW(rt_sigreturn),
    ALLOW(rt_sigtimedwait),
    ALLOW(sigaltstack),
    ALLOW(tgkill),
    ALLOW(prlimit64),
    ALLOW(getrandom),
    ALLOW(getpid),
    ALLOW(gettid),
    ALLOW(getuid),
    ALLOW(geteuid),
    ALLOW(getgid),
    ALLOW(getegid),
    ALLOW(uname),
    ALLOW(sysinfo),
    ALLOW(prctl),
    ALLOW(exit),
    ALLOW(exit_group),
    /* Once, by the first program. What could be executed is xhmd alone, with no more privileges than it has. */
    ALLOW(execve),

    /* Sockets within the domain. */
    ALLOW(socketpair),
    ALLOW(bind),
    ALLOW(listen),
    ALLOW(accept4),
    ALLOW(connect),
    ALLOW(sendto),
    ALLOW(sendmsg),
    ALLOW(recvfrom),
    ALLOW(recvmsg),
    ALLOW(getsockopt),
    ALLOW(setsockopt),
    ALLOW(getsockname),
    ALLOW(getpeername),
    ALLOW(shutdown),

#if defined(__x86_64__)
    /* What newer architectures have only in the forms above. */
    ALLOW(arch_prctl),
    ALLOW(access),
    ALLOW(stat),
    ALLOW(lstat),
    ALLOW(dup2),
    ALLOW(pipe),
    ALLOW(time),
    ALLOW(poll),
    ALLOW(epoll_wait),
    ALLOW(readlink),
    ALLOW(rename),
    ALLOW(unlink),
    ALLOW(chmod),
    ALLOW(mkdir),
#endif

    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 4),
    LOAD(args[0]),
    IF_EQUAL(AF_UNIX),
    ANSWER(SECCOMP_RET_ALLOW),
    REFUSE,

    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 1, 0),
    ANSWER(SECCOMP_RET_KILL_PROCESS),
    LOAD(args[1]),
    IF_EQUAL(PRIVCMD_HYPERCALL),
    ANSWER(SECCOMP_RET_ALLOW),
    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xff00),
    IF_EQUAL('G' << 8), /* grants: gntdev and gntalloc */
    ANSWER(SECCOMP_RET_ALLOW),
    IF_EQUAL('E' << 8), /* event channels */
    ANSWER(SECCOMP_RET_ALLOW),
    REFUSE,
};

int system_calls_restrict(void) {
    const struct sock_fprog program = {.len = sizeof(filter) / sizeof(filter[0]), .filter = filter};

    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}
