#include "users.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "agent/common/cleanup.h"

enum { PATH_SIZE = 128 };

static bool is_on(int dirfd, const char *path, dev_t number)
{
	struct stat st;

	return fstatat(dirfd, path, &st, 0) == 0 && st.st_dev == number;
}

/* As proc(5) has it in fdinfo: "flags:", in octal. */
static bool is_for_writing(int process_fd, const char *name)
{
	_cleanup_fclose_ FILE *file = NULL;
	char path[PATH_SIZE], line[128];
	unsigned flags;
	int fd;

	snprintf(path, sizeof(path), "fdinfo/%.16s", name);
	fd = openat(process_fd, path, O_RDONLY | O_CLOEXEC);
	file = fd < 0 ? NULL : fdopen(fd, "r");
	if (file == NULL) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "flags: %o", &flags) == 1)
			return (flags & O_ACCMODE) != O_RDONLY;
	}
	return false;
}

static bool has_open(int process_fd, dev_t number, bool all)
{
	_cleanup_closedir_ DIR *directory = NULL;
	const struct dirent *entry;
	int fd = openat(process_fd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	directory = fd < 0 ? NULL : fdopendir(fd);
	if (directory == NULL) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while ((entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] != '.' && is_on(fd, entry->d_name, number) &&
		    (all || is_for_writing(process_fd, entry->d_name)))
			return true;
	}
	return false;
}

/* Mapped, and for writing: a descriptor may be closed, and the mapping goes on. */
static bool has_mapped(int process_fd, dev_t number, bool all)
{
	_cleanup_fclose_ FILE *file = NULL;
	int fd = openat(process_fd, "maps", O_RDONLY | O_CLOEXEC);
	char line[512], access[8];
	unsigned on_major, on_minor;

	file = fd < 0 ? NULL : fdopen(fd, "r");
	if (file == NULL) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "%*s %7s %*s %x:%x", access, &on_major, &on_minor) == 3 &&
		    makedev(on_major, on_minor) == number &&
		    (all || (access[1] == 'w' && access[3] == 's')))
			return true;
	}
	return false;
}

static bool uses(int process_fd, dev_t number, bool all)
{
	return has_open(process_fd, number, all) || has_mapped(process_fd, number, all) ||
	       (all && (is_on(process_fd, "cwd", number) || is_on(process_fd, "root", number)));
}

int users_signal(dev_t number, bool all, int signal)
{
	_cleanup_closedir_ DIR *directory = opendir("/proc");
	const struct dirent *entry;
	int n = 0;

	if (directory == NULL)
		return -errno;
	while ((entry = readdir(directory)) != NULL) {
		_cleanup_close_ int fd = -1;
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid <= 1 || pid == getpid())
			continue;
		fd = openat(dirfd(directory), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 || !uses(fd, number, all))
			continue;
		n += kill(pid, signal) == 0;
	}
	return n;
}
