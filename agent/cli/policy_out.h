/* policy_out - the folder that `devgate policy import` and `generate` write to.  Nothing that is
 * there is written over. */
#pragma once

#include <stddef.h>

/* Make the folder @path, unless it is there, and see that none of @names (ended by NULL) is in it.
 * Gives *@ret_fd, to be closed.  Returns 0 or -errno, said on stderr. */
int policy_out_open(const char *path, const char *const *names, int *ret_fd)
	__attribute__((warn_unused_result));

/* Write file @name of @path, which is open as @fd.  Returns 0 or -errno, said on stderr. */
int policy_out_write(int fd, const char *path, const char *name, const char *text, size_t size)
	__attribute__((warn_unused_result));
