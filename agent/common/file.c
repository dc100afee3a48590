#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "cleanup.h"

/* Grow @buffer of *@capacity bytes for more input, up to @max bytes and a NUL. */
static int grow(char **buffer, size_t *capacity, size_t max)
{
	size_t size = *capacity == 0 ? 4096 : *capacity * 2;
	char *bigger;

	if (size > max + 2)
		size = max + 2;
	bigger = realloc(*buffer, size);
	if (bigger == NULL)
		return -ENOMEM;
	*buffer = bigger;
	*capacity = size;
	return 0;
}

int file_read(int dirfd, const char *name, size_t max, char **ret, size_t *ret_size)
{
	_cleanup_free_ char *buffer = NULL;
	_cleanup_close_ int fd = -1;
	size_t size = 0, capacity = 0;

	if (max > SSIZE_MAX - 2)
		return -E2BIG;
	fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	for (;;) {
		ssize_t n;

		if (capacity - size < 2) {
			int r = grow(&buffer, &capacity, max);

			if (r < 0)
				return r;
		}
		n = read(fd, buffer + size, capacity - 1 - size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		size += (size_t)n;
		if (size > max)
			return -E2BIG;
	}
	buffer[size] = '\0';
	*ret = TAKE_PTR(buffer);
	if (ret_size != NULL)
		*ret_size = size;
	return 0;
}

int file_write_all(int fd, const void *bytes, size_t size)
{
	const char *p = bytes;

	while (size > 0) {
		ssize_t n = write(fd, p, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

/* The directory that @name under @dirfd is in, so that it can be fsynced. */
static int open_parent(int dirfd, const char *name)
{
	const char *slash = strrchr(name, '/');
	char parent[PATH_MAX];
	int fd;

	if (slash == NULL) {
		fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	} else {
		size_t length = slash == name ? 1 : (size_t)(slash - name);

		if (length >= sizeof(parent))
			return -ENAMETOOLONG;
		memcpy(parent, name, length);
		parent[length] = '\0';
		fd = openat(dirfd, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	return fd < 0 ? -errno : fd;
}

static int write_new(int dirfd, const char *name, const void *bytes, size_t size, mode_t mode)
{
	_cleanup_close_ int fd = -1;
	int r;

	fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (fchmod(fd, mode) < 0)
		return -errno;
	r = file_write_all(fd, bytes, size);
	if (r < 0)
		return r;
	return fsync(fd) < 0 ? -errno : 0;
}

int file_write_atomic(int dirfd, const char *name, const void *bytes, size_t size, mode_t mode)
{
	_cleanup_close_ int parent = -1;
	const char *slash = strrchr(name, '/');
	const char *base = slash == NULL ? name : slash + 1;
	char temporary[NAME_MAX + 1];
	uint64_t random;
	int n, r;

	parent = open_parent(dirfd, name);
	if (parent < 0)
		return parent;
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	n = snprintf(temporary, sizeof(temporary), ".%s.%016llx", base, (unsigned long long)random);
	if (n < 0 || (size_t)n >= sizeof(temporary))
		return -ENAMETOOLONG;

	r = write_new(parent, temporary, bytes, size, mode);
	if (r == -EEXIST)
		return r;
	if (r >= 0 && renameat(parent, temporary, parent, base) < 0)
		r = -errno;
	if (r < 0) {
		unlinkat(parent, temporary, 0);
		return r;
	}
	return fsync(parent) < 0 ? -errno : 0;
}

int file_make_directory(int dirfd, const char *name, mode_t mode, int *ret_fd)
{
	_cleanup_close_ int fd = -1, parent = -1;
	bool made = mkdirat(dirfd, name, 0700) == 0;
	struct stat st;

	if (!made && errno != EEXIST)
		return -errno;
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* Also when it was there: making it may have been cut off before its mode was set. */
	if (fstat(fd, &st) < 0)
		return -errno;
	if ((st.st_mode & 07777) != mode && fchmod(fd, mode) < 0)
		return -errno;
	if (made) {
		parent = open_parent(dirfd, name);
		if (parent < 0)
			return parent;
		if (fsync(parent) < 0)
			return -errno;
	}
	*ret_fd = TAKE_FD(fd);
	return 0;
}
