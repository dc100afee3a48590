/* noexec - no program is started from a disk that is marked (marks.h), whoever tries, however it is
 * mounted.
 *
 * Programs of the kernel's BPF LSM (noexec.bpf.c) are asked at execve(2), and where mmap(2) or
 * mprotect(2) would make a file's bytes executable, and refuse for a file on a marked disk: with
 * EACCES or EPERM, as for a mount with "noexec"; and tell of it.  What is copied off the disk may
 * run, and so may an interpreter that reads a script from it. */
#pragma once

#include "marks.h"

/* marks_begin() with those programs. */
void noexec_begin(struct marks *marks, int sysfs_fd, const char *pins);

/* Take everything out of force, for the removal of the program.  Returns 0 or the first failure. */
int noexec_release(const char *pins) __attribute__((warn_unused_result));
