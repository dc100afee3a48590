/* file - atomic_file with the failures told: by name, cause, and what to do. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/* atomic_file_read, complaining of a failure. */
int file_read(const char *path, size_t max, char **ret, size_t *ret_size)
	__attribute__((warn_unused_result));

/* atomic_file_create, complaining of a failure: what is there is never overwritten. */
int file_create(const char *path, const void *bytes, size_t size, mode_t mode)
	__attribute__((warn_unused_result));

/* 0 if @path is absent; else complains and returns -EEXIST.  For a check before anything is asked
 * or made; file_create holds to it in any case. */
int file_check_absent(const char *path) __attribute__((warn_unused_result));

/* Complain that @path could not be read (written) for the negative errno @r. */
void file_complain_read(const char *path, int r);
void file_complain_write(const char *path, int r);

/* @directory and @name with a slash between.  Gives the path, to be freed; NULL when out of memory,
 * which is told. */
char *file_path(const char *directory, const char *name) __attribute__((warn_unused_result));
