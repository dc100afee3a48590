/* gate_program - the instructions of the gate.  See gate.h for what they do. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <linux/bpf.h>

enum {
	GATE_PROGRAM_MAX = 160,
	GATE_MAX_READERS = 4,
	GATE_OWN_READER = 3, /* which of them is this process */
	/* Linux gives none above (CHRDEV_MAJOR_MAX, BLKDEV_MAJOR_MAX of include/linux/fs.h and
	 * genhd.h, block/genhd.c). */
	GATE_MAJORS = 512,
	GATE_N_COVERED = 2 * GATE_MAJORS,
};

/* What the program reads.  Descriptors, borrowed. */
struct gate_maps {
	int vetted;  /* hash: struct gate_device -> what it may be opened for */
	int readers; /* array of GATE_MAX_READERS cgroup ids */
	int covered; /* array of GATE_N_COVERED: gate_program_index() -> 1 if it is gated */
};

/* Assemble the program.  @choose_errno: refuse with EACCES by bpf_set_retval(); without it the
 * kernel says EPERM.  Returns the number of instructions. */
size_t gate_program(const struct gate_maps *maps, bool choose_errno,
		    struct bpf_insn ret[static GATE_PROGRAM_MAX]);

/* The place of a major, below GATE_MAJORS, in the array "covered".  @type: BPF_DEVCG_DEV_BLOCK or
 * BPF_DEVCG_DEV_CHAR. */
unsigned gate_program_index(unsigned type, unsigned major);
