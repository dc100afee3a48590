/* marks_maps - the keys and values of the maps in which disks are marked: marks.c fills them, and
 * the kernel's side of each use looks them up (kernel_file.h).  A key is a whole number of bytes
 * without a gap. */
#pragma once

enum { MARKS_MAX = 4096, MARKS_NAME_SIZE = 32 };

/* A super block's number, as the kernel keeps it: the major above 20 bits of minor. */
struct mark_number {
	unsigned int number;
};

/* A disk's name, as in /sys/class/block, filled up with zeros.  Its value is its number. */
struct mark_name {
	char name[MARKS_NAME_SIZE];
};

/* A number's value: how it got its mark, in MARK_HOW_BITS, and above them the stay (stays.h) that
 * it was marked for. */
enum { MARK_OWN = 1, MARK_INHERITED = 2, MARK_HOW_BITS = 2, MARK_HOW = 3 };

/* Events that found no room: how many, and how many of them the enforcer has told of. */
enum { MARKS_LOST_COUNTED, MARKS_LOST_TOLD, MARKS_LOST_SIZE };
