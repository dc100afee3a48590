/* noexec_maps - the keys of the maps that noexec.c fills and noexec.bpf.c looks up.  Each is a
 * whole number of bytes without a gap; what a value is, the kernel's side does not ask. */
#pragma once

enum { NOEXEC_MAX_MARKS = 4096, NOEXEC_NAME_SIZE = 32 };

/* A super block's number, as the kernel keeps it: the major above 20 bits of minor. */
struct noexec_number {
	unsigned int number;
};

/* A disk's name, as in /sys/class/block, filled up with zeros. */
struct noexec_name {
	char name[NOEXEC_NAME_SIZE];
};
