/* noexec - no program is started from a disk that is marked, whoever tries, however it is mounted.
 *
 * Programs of the kernel's BPF LSM (noexec.bpf.c) are asked at execve(2), and where mmap(2) or
 * mprotect(2) would make a file's bytes executable, and refuse for a file on a marked disk: with
 * EACCES or EPERM, as for a mount with "noexec".  What is copied off the disk may run, and so may
 * an interpreter that reads a script from it.
 *
 * A disk is marked by its number, and the disks that the device mapper lays on it (LUKS, BitLocker,
 * LVM) with it.  Those appear later: noexec_look() is to be called when a block device comes or
 * changes.  What is started from such a disk between its appearance and that call is not stopped;
 * what is started after is refused, though it was mounted before.
 *
 * Programs and maps are pinned beside the gate: a dead enforcer leaves them in force, and the next
 * one takes them over.  Needs CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { NOEXEC_STATUS_SIZE = 160, NOEXEC_PINS_SIZE = 256, NOEXEC_LOAD_MS = 5000 };

struct noexec {
	int sysfs_fd;			 /* borrowed */
	int numbers_fd, names_fd;	 /* the maps; -1: not available */
	int child_fd;			 /* pidfd of the process that loads, -1: none */
	char status[NOEXEC_STATUS_SIZE]; /* "active" or "unavailable: why" */
	char pins[NOEXEC_PINS_SIZE];
};

/* One that is not available. */
void noexec_init(struct noexec *ret);

/* Begin to put the programs in force, in a process of its own, unless an enforcer before this one
 * has.  @pins: a directory in a bpffs, which is there.  noexec_finish() is allowed after. */
void noexec_begin(struct noexec *noexec, int sysfs_fd, const char *pins);

/* Wait for that, NOEXEC_LOAD_MS at most, and open the maps.  Returns 0; -EOPNOTSUPP if this kernel
 * has no BPF LSM or was not told to use it; -ETIME; what bpf(2) gives; then it is not available,
 * and the status says why. */
int noexec_await(struct noexec *noexec) __attribute__((warn_unused_result));
void noexec_finish(struct noexec *noexec);

bool noexec_is_available(const struct noexec *noexec);

/* Mark block device @major:@minor, and what lies on it, or take its mark away.  Idempotent.
 * Returns 0; -ENODEV if not available; -E2BIG above NOEXEC_MAX_MARKS; what bpf(2) gives. */
int noexec_mark(struct noexec *noexec, unsigned major, unsigned minor)
	__attribute__((warn_unused_result));
int noexec_unmark(struct noexec *noexec, unsigned major, unsigned minor)
	__attribute__((warn_unused_result));

/* Block device @major:@minor has come, has changed or has gone: mark it, and what lies on it, if it
 * lies on a marked one; take its mark away if it had it by that, and does not any more.  Returns 1
 * if it is marked now, 0 if not; as noexec_mark(). */
int noexec_look(struct noexec *noexec, unsigned major, unsigned minor)
	__attribute__((warn_unused_result));

/* Take the marks away from devices that are not there any more.  Returns as noexec_unmark(). */
int noexec_prune(struct noexec *noexec) __attribute__((warn_unused_result));

/* Take everything out of force, for the removal of the program.  Returns 0 or the first failure. */
int noexec_release(const char *pins) __attribute__((warn_unused_result));
