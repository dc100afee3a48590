#include "atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"

static int sync_directory_of(const char *path)
{
	char directory[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) : 0;

	if (length >= sizeof(directory))
		return -ENAMETOOLONG;
	if (!slash)
		strcpy(directory, ".");
	else if (length == 0)
		strcpy(directory, "/");
	else
		snprintf(directory, sizeof(directory), "%.*s", (int)length, path);

	_cleanup_close_ int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return fsync(fd) < 0 ? -errno : 0;
}

static int write_all(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, bytes, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		size -= (size_t)n;
	}
	return 0;
}

/* Make the file durable under a temporary name, @path and six letters, which @name gets. */
static int write_temporary(const char *path, const void *bytes, size_t size, mode_t mode,
			   char name[static PATH_MAX])
{
	if (snprintf(name, PATH_MAX, "%s.XXXXXX", path) >= PATH_MAX)
		return -ENAMETOOLONG;
	_cleanup_close_ int fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return -errno;

	int r = write_all(fd, bytes, size);
	if (r == 0 && (fchmod(fd, mode) < 0 || fsync(fd) < 0))
		r = -errno;
	if (r < 0)
		unlink(name);
	return r;
}

static int put(const char *path, const void *bytes, size_t size, mode_t mode, unsigned flags)
{
	char name[PATH_MAX];
	int r = write_temporary(path, bytes, size, mode, name);
	if (r < 0)
		return r;
	if (renameat2(AT_FDCWD, name, AT_FDCWD, path, flags) < 0) {
		r = -errno;
		unlink(name);
		return r;
	}
	return sync_directory_of(path);
}

int atomic_file_write(const char *path, const void *bytes, size_t size, mode_t mode)
{
	return put(path, bytes, size, mode, 0);
}

int atomic_file_create(const char *path, const void *bytes, size_t size, mode_t mode)
{
	return put(path, bytes, size, mode, RENAME_NOREPLACE);
}

int atomic_file_remove(const char *path)
{
	if (unlink(path) < 0)
		return errno == ENOENT ? 0 : -errno;
	return sync_directory_of(path);
}

int atomic_file_read(const char *path, size_t max, char **ret, size_t *ret_size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	struct stat st;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size < 0 || (uint64_t)st.st_size > max)
		return -E2BIG;

	size_t size = (size_t)st.st_size, have = 0;
	_cleanup_free_ char *bytes = malloc(size + 1);
	if (!bytes)
		return -ENOMEM;
	while (have < size) {
		ssize_t n = read(fd, bytes + have, size - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	bytes[have] = '\0';
	*ret = TAKE_PTR(bytes);
	if (ret_size)
		*ret_size = have;
	return 0;
}
