/* file - read a small file whole, and replace one so that a power cut leaves the old or the new.
 * All paths are relative to a directory descriptor (AT_FDCWD for the working directory). */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/* Read @name under @dirfd, at most @max bytes.  Works on sysfs and proc files, whose size is not
 * known before.  Symbolic links are followed.  Gives *@ret, to be freed, with a NUL after its last
 * byte; *@ret_size (may be NULL) does not count that NUL.
 * Returns 0; -E2BIG if the file has more than @max bytes; -ENOMEM; what openat(2), read(2) give. */
int file_read(int dirfd, const char *name, size_t max, char **ret, size_t *ret_size)
	__attribute__((warn_unused_result));

/* Replace @name under @dirfd by @size @bytes with @mode (the umask does not apply): temporary file
 * beside it, fsync, rename, fsync of the directory.  @name may have directories in it; they must
 * exist.  On failure the old file is as it was and the temporary file is gone.
 * Returns 0; -ENAMETOOLONG; what openat(2), write(2), fsync(2), renameat(2) give. */
int file_write_atomic(int dirfd, const char *name, const void *bytes, size_t size, mode_t mode)
	__attribute__((warn_unused_result));

/* Write all @size @bytes to @fd.  Returns 0 or what write(2) gives; then any part may be written.
 */
int file_write_all(int fd, const void *bytes, size_t size) __attribute__((warn_unused_result));

/* Make directory @name under @dirfd if it is not there, give it @mode if it has another (the umask
 * does not apply), and open it.  A symbolic link is refused.  Gives *@ret_fd, to be closed.
 * Returns 0; what mkdirat(2), openat(2), fsync(2) give. */
int file_make_directory(int dirfd, const char *name, mode_t mode, int *ret_fd)
	__attribute__((warn_unused_result));
