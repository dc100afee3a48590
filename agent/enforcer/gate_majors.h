/* gate_majors - which majors of device nodes the gate looks at.  See gate.h for what it does.
 *
 * Fixed ones (Documentation/admin-guide/devices.txt): of blocks sd (8, 65-71, 128-135), sr (11),
 * mmcblk (179) and 259, where NVMe is, and partitions that have no minor of their disk; of
 * characters st (9), sg (21), ch (86) and USB devices (189).  Dynamic ones, which a character
 * driver gets when it is loaded: bsg, nvme, nvme-generic and rpmb. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum gate_type { GATE_BLOCK = 1, GATE_CHAR = 2 }; /* BPF_DEVCG_DEV_* of linux/bpf.h */

enum { GATE_MAX_DYNAMIC = 16, GATE_USB_MAJOR = 189 };

struct gate_major {
	uint32_t type, major; /* type: enum gate_type */
};

/* True if the nodes of this major are always looked at. */
bool gate_majors_fixed(unsigned type, unsigned major);

/* Read the dynamic majors that there are now from /proc/devices.  Returns how many, or what
 * fopen(3) gives. */
int gate_majors_dynamic(struct gate_major ret[static GATE_MAX_DYNAMIC])
	__attribute__((warn_unused_result));
