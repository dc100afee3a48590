/* confine - what a child that reads hostile bytes gives up before it reads them.
 * Seccomp and resource limits; it lasts until the process ends.  Not for the enforcer itself: its
 * unit file says what that may do. */
#pragma once

/* Afterwards the process can read(2) from what is open, write(2) to @answer_fd alone, have some
 * more memory (CONFINE_MEMORY bytes) and some seconds of processor time (CONFINE_CPU_S), and exit;
 * any other system call fails with EPERM.  No memory can be made executable.
 * Returns 0, or what prctl(2), setrlimit(2) and reading /proc give: then it may be confined in
 * part. */
int confine(int answer_fd) __attribute__((warn_unused_result));

enum { CONFINE_MEMORY = 64 << 20, CONFINE_CPU_S = 2 };
