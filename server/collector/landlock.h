/* landlock - the collector's own agent/common/landlock.h: agent and server share no code but
 * policy/. Give up all files but those that a program works with (landlock(7)). On top of what the
 * unit's file says: it holds for whoever starts the program, and nothing that runs in it later can
 * take it back.  Not for connecting to sockets, nor for what is open. */
#pragma once

#include <stddef.h>

enum landlock_access {
	LANDLOCK_READ,	/* read files and list folders */
	LANDLOCK_WRITE, /* and write, make, rename and remove them */
};

/* A file, or a folder with all that is below it.  The path is borrowed for the call. */
struct landlock_path {
	const char *path;
	enum landlock_access access;
};

/* From now on this thread, and what it starts, can use the @n @paths and no other file, and can
 * execute no program at all.  Those that are not there are left out.
 * Returns 0; -EOPNOTSUPP where the kernel has no Landlock, or does not use it: then nothing has
 * changed; what open(2) and the calls of landlock(7) give: then nothing has changed for files. */
int landlock_confine(const struct landlock_path *paths, size_t n)
	__attribute__((warn_unused_result));
