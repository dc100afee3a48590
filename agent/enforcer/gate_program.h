/* gate_program - the instructions of the gate.  See gate.h for what they do. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <linux/bpf.h>

enum { GATE_PROGRAM_MAX = 128, GATE_MAX_READERS = 4 };

/* Assemble the program over the map of vetted nodes, @vetted_fd, and the array of readers' cgroup
 * ids, @readers_fd.  @choose_errno: refuse with EACCES by bpf_set_retval(); without it the kernel
 * says EPERM.  Returns the number of instructions. */
size_t gate_program(int vetted_fd, int readers_fd, bool choose_errno,
		    struct bpf_insn ret[static GATE_PROGRAM_MAX]);

/* The majors that the program looks at, for code outside of it. */
bool gate_program_covers(unsigned type, unsigned major);
