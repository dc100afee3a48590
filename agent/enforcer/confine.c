#include "confine.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "agent/common/cleanup.h"

/* A process may make calls by another table of numbers than its own (seccomp(2), "Caveats").  On an
 * architecture that is not among these, its number of linux/audit.h is wanted to compile this. */
#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#elif defined(__i386__)
#define NATIVE_ARCH AUDIT_ARCH_I386
#elif defined(__arm__)
#define NATIVE_ARCH AUDIT_ARCH_ARM
#elif defined(__powerpc64__)
#define NATIVE_ARCH AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define NATIVE_ARCH AUDIT_ARCH_S390X
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE_ARCH AUDIT_ARCH_RISCV64
#endif

#define LOAD(member)                                                                               \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, member))
#define ANSWER(action) BPF_STMT(BPF_RET | BPF_K, (action))
#define REFUSE	       ANSWER(SECCOMP_RET_ERRNO | EPERM)
#define PERMIT(call)   BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1), ANSWER(SECCOMP_RET_ALLOW)
/* Arguments are 64 bits wide; their low halves are where the machine has them. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LOAD_ARGUMENT(i) LOAD(args[i] + sizeof(uint32_t))
#else
#define LOAD_ARGUMENT(i) LOAD(args[i])
#endif

static int limit_calls(int answer_fd)
{
	struct sock_filter code[] = {
		LOAD(arch),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0),
		REFUSE,
		LOAD(nr),
		PERMIT(SYS_read),
		PERMIT(SYS_pread64),
		PERMIT(SYS_lseek),
		PERMIT(SYS_brk),
		PERMIT(SYS_munmap),
		PERMIT(SYS_mremap),
		PERMIT(SYS_madvise),
		PERMIT(SYS_futex),
		PERMIT(SYS_sigaltstack), /* asked for by AddressSanitizer */
		PERMIT(SYS_exit),
		PERMIT(SYS_exit_group),
		/* memory, but not to run */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 0, 4),
		LOAD_ARGUMENT(2),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0),
		ANSWER(SECCOMP_RET_ALLOW),
		REFUSE,
		/* the answer */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 0, 3),
		LOAD_ARGUMENT(0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)answer_fd, 0, 1),
		ANSWER(SECCOMP_RET_ALLOW),
		REFUSE,
	};
	const struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	/* Without it a filter needs CAP_SYS_ADMIN. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return -errno;
	return 0;
}

/* What the process has, and CONFINE_MEMORY. */
static int limit_memory(void)
{
	FILE *file = fopen("/proc/self/statm", "re"); /* proc(5) */
	struct rlimit limit;
	unsigned long pages;
	int n;

	if (file == NULL)
		return -errno;
	n = fscanf(file, "%lu", &pages);
	fclose(file);
	if (n != 1)
		return -EBADMSG;
	limit.rlim_cur = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + CONFINE_MEMORY;
	limit.rlim_max = limit.rlim_cur;
	return setrlimit(RLIMIT_AS, &limit) < 0 ? -errno : 0;
}

int confine(int answer_fd)
{
	const struct rlimit seconds = { CONFINE_CPU_S, CONFINE_CPU_S };
	const struct rlimit none = { 0, 0 };
	int r = limit_memory();

	if (r < 0)
		return r;
	if (setrlimit(RLIMIT_CPU, &seconds) < 0 || setrlimit(RLIMIT_CORE, &none) < 0)
		return -errno;
	return limit_calls(answer_fd);
}
