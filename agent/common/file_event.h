/* file_event - what the kernel's programs (agent/enforcer/trail.bpf.c, noexec.bpf.c) tell of a file
 * on a marked disk, as it lies in their ring; and the same, checked and readable.
 *
 * The first half is for the kernel's side, too.  The kernel made these bytes, but names in them
 * were chosen by whoever made the file system: the second half takes any bytes. */
#pragma once

enum file_event_kind {
	FILE_CLOSED = 1, /* it was open, for what @flags say */
	FILE_REMOVED,
	FILE_RENAMED,
	FILE_BLOCKED, /* it was to be run, and that was refused */
	_FILE_EVENT_KIND_MAX,
};

enum {
	FILE_FLAG_READ = 1 << 0,
	FILE_FLAG_WRITTEN = 1 << 1,
	FILE_FLAG_CREATED = 1 << 2,
	FILE_FLAG_DIRECTORY = 1 << 3,
	FILE_FLAG_CUT = 1 << 4,	 /* a path was too long, its beginning is missing */
	FILE_FLAG_LATE = 1 << 5, /* it was open before the disk was marked: who closed it is told */
	FILE_FLAG_PROGRAM_CUT = 1 << 6, /* the same of the program's path */
	FILE_EVENT_TEXT = 2048,
	FILE_EVENT_NAME = 256, /* of one name, with its NUL */
	/* Of a program's path the names that begin within so many bytes, from its end, are told. */
	FILE_EVENT_PROGRAM = 256,
	FILE_EVENT_COMPONENTS = 32,
	FILE_EVENT_COMM = 16,
};

struct file_event_raw {
	unsigned long long opened_ns, closed_ns; /* CLOCK_BOOTTIME */
	unsigned long long inode, size;
	unsigned int kind, stay, device, flags;
	unsigned int uid, loginuid, process;
	/* Parts of @text, one after the other: names from the last to the first, each with its NUL;
	 * and of the control group the last name.  @to: the new path of what was renamed. */
	unsigned int program_size, group_size, path_size, to_size;
	char comm[FILE_EVENT_COMM];
	char text[FILE_EVENT_TEXT + FILE_EVENT_NAME];
};

#ifndef __bpf__

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* One event, readable.  Paths begin with '/': of the file, at the root of its file system; of the
 * program, at the root of its mount namespace.  Any bytes but NUL and '/' in their names. */
struct file_event {
	enum file_event_kind kind;
	uint32_t stay; /* as marked; 0: not known */
	uint32_t major, minor;
	uint32_t flags;
	uint32_t uid, loginuid; /* UINT32_MAX: none */
	uint32_t process;
	uint64_t inode, size;
	uint64_t opened_us, closed_us; /* CLOCK_BOOTTIME */
	char comm[FILE_EVENT_COMM];
	char program[FILE_EVENT_PROGRAM + FILE_EVENT_NAME + 1]; /* "" if a thread of the kernel's */
	char group[FILE_EVENT_NAME];
	char path[FILE_EVENT_TEXT + FILE_EVENT_NAME + 1];
	char to[FILE_EVENT_TEXT + FILE_EVENT_NAME + 1];
};

/* Check and read @size bytes of a ring.  Returns 0; -EBADMSG, then *@ret is not to be read. */
int file_event_parse(const uint8_t *bytes, size_t size, struct file_event *ret)
	__attribute__((warn_unused_result));

#endif
