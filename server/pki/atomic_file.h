/* atomic_file - small files that are either wholly there or not at all.
 * A file is written beside its place, fsync'ed, put in place by rename(2), and the directory is
 * fsync'ed, so after success it survives a power cut.  Reading is bounded. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/* Write @size bytes to @path with permissions @mode, in place of what was there.
 * Returns 0, or -errno of the call that failed; then the old file is as it was. */
int atomic_file_write(const char *path, const void *bytes, size_t size, mode_t mode)
	__attribute__((warn_unused_result));

/* The same, but -EEXIST if @path is there: nothing is ever overwritten. */
int atomic_file_create(const char *path, const void *bytes, size_t size, mode_t mode)
	__attribute__((warn_unused_result));

/* Remove @path and make that durable.  Returns 0, also if it was not there; -errno. */
int atomic_file_remove(const char *path) __attribute__((warn_unused_result));

/* Read the whole regular file @path, at most @max bytes.  Gives *@ret (to be freed), with a NUL
 * after its last byte that *@ret_size (may be NULL) does not count.
 * Returns 0; -E2BIG above @max; -EINVAL if not a regular file; -ENOMEM; -errno. */
int atomic_file_read(const char *path, size_t max, char **ret, size_t *ret_size)
	__attribute__((warn_unused_result));
