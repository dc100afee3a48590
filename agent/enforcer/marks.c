#include "marks.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "agent/common/cleanup.h"
#include "marks_maps.h"
#include "sysfs.h"

#define ACTIVE_MODULES "kernel/security/lsm" /* below sysfs: names, with ',' between */

enum { MAX_DEPTH = 8, NUMBER_SIZE = 24 }; /* disks upon disks; the kernel's own limit is lower */

static const struct marks none = { .sysfs_fd = -1,
				   .numbers_fd = -1,
				   .names_fd = -1,
				   .events_fd = -1,
				   .lost_fd = -1,
				   .child_fd = -1 };

void marks_init(struct marks *ret)
{
	*ret = none;
	snprintf(ret->status, sizeof(ret->status), "unavailable: not started");
}

/* A program can be attached in a kernel that was not told to ask it. */
static bool is_asked(int sysfs_fd)
{
	char modules[512], *rest = modules;

	if (sysfs_read(sysfs_fd, ACTIVE_MODULES, modules, sizeof(modules)) < 0)
		return false;
	for (char *name = strsep(&rest, ","); name != NULL; name = strsep(&rest, ",")) {
		if (strcmp(name, "bpf") == 0)
			return true;
	}
	return false;
}

static int load(const struct marks *marks)
{
	return is_asked(marks->sysfs_fd) ? lsm_object_load(&marks->object, marks->pins)
					 : -EOPNOTSUPP;
}

void marks_begin(struct marks *marks, const struct lsm_object *object, int sysfs_fd,
		 const char *pins)
{
	pid_t pid;

	marks_init(marks);
	marks->object = *object;
	marks->sysfs_fd = sysfs_fd;
	if (strlen(pins) >= sizeof(marks->pins))
		return;
	strcpy(marks->pins, pins);
	if (lsm_object_is_loaded(object, pins))
		return;
	pid = fork();
	if (pid == 0)
		_exit(-load(marks));
	if (pid > 0)
		marks->child_fd = (int)syscall(SYS_pidfd_open, pid, 0);
}

/* The result of the process that loads; 0 if there is none. */
static int await_child(struct marks *marks)
{
	struct pollfd end = { .fd = marks->child_fd, .events = POLLIN };
	siginfo_t info = { 0 };
	int n;

	if (marks->child_fd < 0)
		return 0;
	do
		n = poll(&end, 1, MARKS_LOAD_MS);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		syscall(SYS_pidfd_send_signal, marks->child_fd, SIGKILL, NULL, 0);
	if (waitid(P_PIDFD, (id_t)marks->child_fd, &info, WEXITED) < 0)
		return -errno;
	close(marks->child_fd);
	marks->child_fd = -1;
	return n <= 0 ? -ETIME : info.si_code == CLD_EXITED ? -info.si_status : -EIO;
}

static int open_maps(struct marks *marks)
{
	const struct {
		const char *name;
		int *fd;
	} maps[] = { { "numbers", &marks->numbers_fd },
		     { "events", &marks->events_fd },
		     { "lost", &marks->lost_fd },
		     { "names", &marks->names_fd } };

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		int fd = lsm_object_open_map(&marks->object, marks->pins, maps[i].name);

		if (fd < 0)
			return fd;
		*maps[i].fd = fd;
	}
	return 0;
}

static void close_maps(struct marks *marks)
{
	int *const fds[] = { &marks->numbers_fd, &marks->names_fd, &marks->events_fd,
			     &marks->lost_fd };

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}

int marks_await(struct marks *marks)
{
	int r = await_child(marks);

	if (r >= 0)
		r = open_maps(marks);
	if (r >= 0) {
		snprintf(marks->status, sizeof(marks->status), "active");
		return 0;
	}
	close_maps(marks);
	snprintf(marks->status, sizeof(marks->status), "unavailable: %s",
		 r == -EOPNOTSUPP ? "the kernel does not ask BPF programs (no \"bpf\" in "
				    "/sys/kernel/security/lsm)"
				  : strerror(-r));
	return r;
}

void marks_finish(struct marks *marks)
{
	if (marks->child_fd >= 0)
		close(marks->child_fd);
	close_maps(marks);
	*marks = none;
}

bool marks_is_available(const struct marks *marks)
{
	return marks->names_fd >= 0;
}

static struct mark_number key_of(unsigned major, unsigned minor)
{
	return (struct mark_number){ .number = major << 20 | minor };
}

/* The kernel's name of the device, as a key.  False if the device is not there. */
static bool name_of(const struct marks *marks, unsigned major, unsigned minor,
		    struct mark_name *ret)
{
	char link[64], target[1024];
	const char *name;
	ssize_t n;

	snprintf(link, sizeof(link), "dev/block/%u:%u", major, minor);
	n = readlinkat(marks->sysfs_fd, link, target, sizeof(target) - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	name = strrchr(target, '/');
	name = name == NULL ? target : name + 1;
	*ret = (struct mark_name){ 0 };
	if (strlen(name) >= sizeof(ret->name))
		return false;
	memcpy(ret->name, name, strlen(name));
	return true;
}

/* The mark of the device, or 0. */
static uint32_t mark_of(const struct marks *marks, unsigned major, unsigned minor)
{
	const struct mark_number number = key_of(major, minor);
	uint32_t mark = 0;

	return bpf_map_lookup_elem(marks->numbers_fd, &number, &mark) < 0 ? 0 : mark;
}

/* The name first: whatever is marked by its number is marked by its name. */
static int set_mark(struct marks *marks, unsigned major, unsigned minor, uint32_t mark)
{
	const struct mark_number number = key_of(major, minor);
	struct mark_name name;

	if (name_of(marks, major, minor, &name) &&
	    bpf_map_update_elem(marks->names_fd, &name, &number, BPF_ANY) < 0)
		return -errno;
	if (bpf_map_update_elem(marks->numbers_fd, &number, &mark, BPF_ANY) < 0)
		return -errno;
	return 0;
}

/* Take away the names of @number: the device may have gone, and its name is not known any more. */
static int clear_names(struct marks *marks, const struct mark_number *number)
{
	struct mark_name key, next;
	int r = bpf_map_get_next_key(marks->names_fd, NULL, &next), failure = 0;

	while (r >= 0) {
		uint32_t value;

		key = next;
		r = bpf_map_get_next_key(marks->names_fd, &key, &next);
		if (bpf_map_lookup_elem(marks->names_fd, &key, &value) >= 0 &&
		    value == number->number && bpf_map_delete_elem(marks->names_fd, &key) < 0)
			failure = -errno;
	}
	return failure;
}

static int clear_mark(struct marks *marks, unsigned major, unsigned minor)
{
	const struct mark_number number = key_of(major, minor);
	int r;

	if (mark_of(marks, major, minor) == 0)
		return 0;
	r = clear_names(marks, &number);
	if (bpf_map_delete_elem(marks->numbers_fd, &number) < 0 && errno != ENOENT)
		return -errno;
	return r;
}

static bool any_name(const char *name)
{
	return name[0] != '.';
}

static bool read_number(int fd, const char *path, unsigned *ret_major, unsigned *ret_minor)
{
	char text[NUMBER_SIZE];

	return sysfs_read(fd, path, text, sizeof(text)) > 0 &&
	       sscanf(text, "%u:%u", ret_major, ret_minor) == 2;
}

/* The mark of what the device lies on; 0: it lies on nothing that is marked. */
static uint32_t mark_below(const struct marks *marks, unsigned major, unsigned minor)
{
	_cleanup_(sysfs_names_free) char **names = NULL;
	char path[64];
	uint32_t found = 0;
	int n;

	snprintf(path, sizeof(path), "dev/block/%u:%u/slaves", major, minor);
	n = sysfs_list(marks->sysfs_fd, path, any_name, &names);
	for (int i = 0; i < n && found == 0; i++) {
		unsigned below_major, below_minor;
		char below[512];

		snprintf(below, sizeof(below), "%s/%.255s/dev", path, names[i]);
		if (read_number(marks->sysfs_fd, below, &below_major, &below_minor))
			found = mark_of(marks, below_major, below_minor);
	}
	return found;
}

static int look(struct marks *marks, unsigned major, unsigned minor, int depth);

/* Look at all that lies on the device. */
static int look_above(struct marks *marks, unsigned major, unsigned minor, int depth)
{
	_cleanup_(sysfs_names_free) char **names = NULL;
	char path[64];
	int failure = 0, n;

	snprintf(path, sizeof(path), "dev/block/%u:%u/holders", major, minor);
	n = sysfs_list(marks->sysfs_fd, path, any_name, &names);
	for (int i = 0; i < n && depth < MAX_DEPTH; i++) {
		unsigned above_major, above_minor;
		char above[512];
		int r;

		snprintf(above, sizeof(above), "%s/%.255s/dev", path, names[i]);
		if (!read_number(marks->sysfs_fd, above, &above_major, &above_minor))
			continue;
		r = look(marks, above_major, above_minor, depth + 1);
		failure = r < 0 ? r : failure;
	}
	return failure;
}

static int look(struct marks *marks, unsigned major, unsigned minor, int depth)
{
	uint32_t mark = mark_of(marks, major, minor);
	bool own = (mark & MARK_HOW) == MARK_OWN;
	uint32_t below = own ? 0 : mark_below(marks, major, minor);
	bool wanted = own || below != 0;
	int r = 0, s;

	if (wanted && !own)
		r = set_mark(marks, major, minor, (below & ~(uint32_t)MARK_HOW) | MARK_INHERITED);
	else if (!wanted)
		r = clear_mark(marks, major, minor);
	s = look_above(marks, major, minor, depth);
	return r < 0 ? r : s < 0 ? s : wanted;
}

int marks_look(struct marks *marks, unsigned major, unsigned minor)
{
	return marks_is_available(marks) ? look(marks, major, minor, 0) : -ENODEV;
}

int marks_mark(struct marks *marks, unsigned major, unsigned minor, uint32_t stay)
{
	int r;

	if (!marks_is_available(marks))
		return -ENODEV;
	r = set_mark(marks, major, minor, stay << MARK_HOW_BITS | MARK_OWN);
	return r < 0 ? r : look_above(marks, major, minor, 0);
}

int marks_unmark(struct marks *marks, unsigned major, unsigned minor)
{
	int r;

	if (!marks_is_available(marks))
		return -ENODEV;
	if (mark_of(marks, major, minor) == 0)
		return 0;
	r = clear_mark(marks, major, minor);
	return r < 0 ? r : look_above(marks, major, minor, 0);
}

int marks_prune(struct marks *marks)
{
	struct mark_number key, next;
	int failure = 0, r;

	if (!marks_is_available(marks))
		return -ENODEV;
	r = bpf_map_get_next_key(marks->numbers_fd, NULL, &next);
	while (r >= 0) {
		unsigned major, minor;
		char path[64];

		key = next;
		r = bpf_map_get_next_key(marks->numbers_fd, &key, &next); /* before it may go */
		major = key.number >> 20;
		minor = key.number & 0xfffff;
		snprintf(path, sizeof(path), "dev/block/%u:%u", major, minor);
		if (faccessat(marks->sysfs_fd, path, F_OK, 0) < 0) {
			int cleared = clear_mark(marks, major, minor);

			failure = cleared < 0 ? cleared : failure;
		}
	}
	return failure;
}

uint64_t marks_lost(struct marks *marks)
{
	const uint32_t counted = MARKS_LOST_COUNTED, told = MARKS_LOST_TOLD;
	uint64_t n = 0, before = 0;

	if (!marks_is_available(marks) || bpf_map_lookup_elem(marks->lost_fd, &counted, &n) < 0 ||
	    bpf_map_lookup_elem(marks->lost_fd, &told, &before) < 0 || n <= before ||
	    bpf_map_update_elem(marks->lost_fd, &told, &n, BPF_ANY) < 0)
		return 0;
	return n - before;
}
