/* site_files - files of a backup and of a data directory: copied and hashed on the way, durable. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "backup_note.h"

enum { SITE_PATH_SIZE = 4096 };

/* @directory and @name.  0; -ENAMETOOLONG. */
int site_path(char ret[static SITE_PATH_SIZE], const char *directory, const char *name)
	__attribute__((warn_unused_result));

/* Copy file->name from directory @from to directory @to, which has none of that name, and fsync it;
 * the mode is 0600, or 0644 for certificates and public keys.  @to NULL: only look at it.  Fills
 * @file's size and hash.  0 or -errno. */
int site_file_copy(struct backup_file *file, const char *from, const char *to)
	__attribute__((warn_unused_result));

/* Make @path, a directory for its owner alone, or take it if it is there and empty.  Returns 0;
 * -ENOTEMPTY; -errno. */
int site_directory_make(const char *path) __attribute__((warn_unused_result));

/* fsync a directory.  0 or -errno. */
int site_directory_sync(const char *path) __attribute__((warn_unused_result));

/* Remove all that is in @path, and @path itself. */
void site_directory_remove(const char *path);
