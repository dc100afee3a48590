#include "sysfs.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/common/cleanup.h"

int sysfs_open(int dirfd, const char *path, int *ret_fd)
{
	int fd = openat(dirfd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

int sysfs_inode_at(int dirfd, const char *path, uint64_t *ret)
{
	struct stat st;

	if (fstatat(dirfd, path, &st, 0) < 0)
		return -errno;
	*ret = st.st_ino;
	return 0;
}

int sysfs_inode(int fd, uint64_t *ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	*ret = st.st_ino;
	return 0;
}

/* What a signal handler can reach. */
static volatile sig_atomic_t time_is_up;

static void on_alarm(int signal)
{
	(void)signal;
	time_is_up = 1;
}

int sysfs_read(int dirfd, const char *name, char *ret, size_t ret_size)
{
	_cleanup_close_ int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	size_t size = 0;

	if (fd < 0)
		return -errno;
	for (;;) {
		ssize_t n;

		if (size == ret_size)
			return -E2BIG;
		n = read(fd, ret + size, ret_size - size);
		if (n < 0 && errno == EINTR && time_is_up)
			return -ETIME;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		size += (size_t)n;
		/* An attribute is given whole, as far as there is room for it
		 * (Documentation/filesystems/sysfs.rst). */
		if (size < ret_size)
			break;
	}
	if (size > 0 && ret[size - 1] == '\n')
		size--;
	ret[size] = '\0';
	return (int)size;
}

/* The lock is waited for interruptibly; a signal that comes a moment too early comes again. */
int sysfs_alarm_start(unsigned timeout_ms, timer_t *ret)
{
	const struct sigaction alarm = { .sa_handler = on_alarm };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM };
	const struct itimerspec when = { .it_value = { .tv_sec = timeout_ms / 1000,
						       .tv_nsec = timeout_ms % 1000 * 1000000L },
					 .it_interval = { .tv_nsec = 10 * 1000000L } };
	timer_t timer;

	event._sigev_un._tid = gettid(); /* glibc has no other name for it */
	time_is_up = 0;
	if (sigaction(SIGALRM, &alarm, NULL) < 0 ||
	    timer_create(CLOCK_MONOTONIC, &event, &timer) < 0)
		return -errno;
	if (timer_settime(timer, 0, &when, NULL) < 0) {
		int r = -errno;

		timer_delete(timer);
		return r;
	}
	*ret = timer;
	return 0;
}

void sysfs_alarm_stop(timer_t timer)
{
	timer_delete(timer);
	time_is_up = 0;
}

int sysfs_read_number(int dirfd, const char *name, int base, uint64_t max, uint64_t *ret)
{
	char text[32], *end;
	unsigned long long value;
	int r = sysfs_read(dirfd, name, text, sizeof(text));

	if (r < 0)
		return r == -E2BIG ? -EBADMSG : r;
	if (!isxdigit((unsigned char)text[0]))
		return -EBADMSG;
	errno = 0;
	value = strtoull(text, &end, base);
	if (*end != '\0' || errno != 0 || value > max)
		return -EBADMSG;
	*ret = value;
	return 0;
}

int sysfs_write(int dirfd, const char *name, const char *value)
{
	_cleanup_close_ int fd = openat(dirfd, name, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n;

	if (fd < 0)
		return -errno;
	do {
		n = write(fd, value, strlen(value));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == strlen(value) ? 0 : -EIO;
}

static int compare_names(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;
	size_t m = strlen(*x), n = strlen(*y);

	return m != n ? (m > n) - (m < n) : strcmp(*x, *y);
}

int sysfs_list(int dirfd, const char *path, bool (*wanted)(const char *name), char ***ret)
{
	_cleanup_(sysfs_names_free) char **names = NULL;
	_cleanup_closedir_ DIR *directory = NULL;
	const struct dirent *entry;
	size_t n = 0, capacity = 0;
	int fd;

	fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	directory = fdopendir(fd);
	if (directory == NULL) {
		int r = -errno;

		close(fd);
		return r;
	}
	while ((entry = readdir(directory)) != NULL) {
		if (!wanted(entry->d_name))
			continue;
		if (n == SYSFS_MAX_NAMES)
			return -E2BIG;
		if (n + 1 >= capacity) {
			char **bigger;

			capacity = capacity == 0 ? 64 : capacity * 2;
			bigger = reallocarray(names, capacity, sizeof(*names));
			if (bigger == NULL)
				return -ENOMEM;
			names = bigger;
		}
		names[n] = strdup(entry->d_name);
		names[n + 1] = NULL;
		if (names[n++] == NULL)
			return -ENOMEM;
	}
	if (n > 0)
		qsort(names, n, sizeof(*names), compare_names);
	*ret = TAKE_PTR(names);
	return (int)n;
}

void sysfs_names_free(char ***names)
{
	if (*names == NULL)
		return;
	for (char **name = *names; *name != NULL; name++)
		free(*name);
	free(*names);
	*names = NULL;
}
