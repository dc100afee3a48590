#include "noexec.h"

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
#include "lsm_object.h"
#include "noexec_maps.h"
#include "sysfs.h"

#define ACTIVE_MODULES "kernel/security/lsm" /* below sysfs: names, with ',' between */

/* How a device got its mark: the values in the maps. */
enum mark { MARK_OWN = 1, MARK_INHERITED = 2 };

enum { MAX_DEPTH = 8, NUMBER_SIZE = 24 }; /* disks upon disks; the kernel's own limit is lower */

static const struct noexec none = {
	.sysfs_fd = -1, .numbers_fd = -1, .names_fd = -1, .child_fd = -1
};

void noexec_init(struct noexec *ret)
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

/* noexec.bpf.c, compiled; the assembler finds it in the build's folder. */
__asm__(".pushsection .rodata, \"a\"\n"
	".balign 8\n"
	"noexec_object:\n"
	".incbin \"noexec.bpf.o\"\n"
	"noexec_object_end:\n"
	".balign 4\n"
	"noexec_object_size:\n"
	".long noexec_object_end - noexec_object\n"
	".popsection\n");
extern const uint8_t noexec_object[];
extern const uint32_t noexec_object_size;

static struct lsm_object our_object(void)
{
	static const char *const programs[] = { "noexec_exec", "noexec_mmap", "noexec_mprotect",
						"noexec_open" };

	return (struct lsm_object){ .prefix = "noexec",
				    .bytes = noexec_object,
				    .size = noexec_object_size,
				    .programs = programs,
				    .n_programs = sizeof(programs) / sizeof(programs[0]) };
}

static int load(int sysfs_fd, const char *pins)
{
	const struct lsm_object object = our_object();

	return is_asked(sysfs_fd) ? lsm_object_load(&object, pins) : -EOPNOTSUPP;
}

void noexec_begin(struct noexec *noexec, int sysfs_fd, const char *pins)
{
	const struct lsm_object object = our_object();
	pid_t pid;

	noexec_init(noexec);
	noexec->sysfs_fd = sysfs_fd;
	if (strlen(pins) >= sizeof(noexec->pins))
		return;
	strcpy(noexec->pins, pins);
	if (lsm_object_is_loaded(&object, pins))
		return;
	pid = fork();
	if (pid == 0)
		_exit(-load(sysfs_fd, pins));
	if (pid > 0)
		noexec->child_fd = (int)syscall(SYS_pidfd_open, pid, 0);
}

/* The result of the process that loads; 0 if there is none. */
static int await_child(struct noexec *noexec)
{
	struct pollfd end = { .fd = noexec->child_fd, .events = POLLIN };
	siginfo_t info = { 0 };
	int n;

	if (noexec->child_fd < 0)
		return 0;
	do
		n = poll(&end, 1, NOEXEC_LOAD_MS);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		syscall(SYS_pidfd_send_signal, noexec->child_fd, SIGKILL, NULL, 0);
	if (waitid(P_PIDFD, (id_t)noexec->child_fd, &info, WEXITED) < 0)
		return -errno;
	close(noexec->child_fd);
	noexec->child_fd = -1;
	return n <= 0 ? -ETIME : info.si_code == CLD_EXITED ? -info.si_status : -EIO;
}

static int open_maps(struct noexec *noexec)
{
	const struct lsm_object object = our_object();
	int fd = lsm_object_open_map(&object, noexec->pins, "numbers");

	if (fd < 0)
		return fd;
	noexec->numbers_fd = fd;
	fd = lsm_object_open_map(&object, noexec->pins, "names");
	if (fd < 0)
		return fd;
	noexec->names_fd = fd;
	return 0;
}

static void close_maps(struct noexec *noexec)
{
	if (noexec->numbers_fd >= 0)
		close(noexec->numbers_fd);
	if (noexec->names_fd >= 0)
		close(noexec->names_fd);
	noexec->numbers_fd = noexec->names_fd = -1;
}

int noexec_await(struct noexec *noexec)
{
	int r = await_child(noexec);

	if (r >= 0)
		r = open_maps(noexec);
	if (r >= 0) {
		snprintf(noexec->status, sizeof(noexec->status), "active");
		return 0;
	}
	close_maps(noexec);
	snprintf(noexec->status, sizeof(noexec->status), "unavailable: %s",
		 r == -EOPNOTSUPP ? "the kernel does not ask BPF programs (no \"bpf\" in "
				    "/sys/kernel/security/lsm)"
				  : strerror(-r));
	return r;
}

void noexec_finish(struct noexec *noexec)
{
	if (noexec->child_fd >= 0)
		close(noexec->child_fd);
	close_maps(noexec);
	*noexec = none;
}

bool noexec_is_available(const struct noexec *noexec)
{
	return noexec->names_fd >= 0;
}

static struct noexec_number key_of(unsigned major, unsigned minor)
{
	return (struct noexec_number){ .number = major << 20 | minor };
}

/* The kernel's name of the device, as a key.  False if the device is not there. */
static bool name_of(const struct noexec *noexec, unsigned major, unsigned minor,
		    struct noexec_name *ret)
{
	char link[64], target[1024];
	const char *name;
	ssize_t n;

	snprintf(link, sizeof(link), "dev/block/%u:%u", major, minor);
	n = readlinkat(noexec->sysfs_fd, link, target, sizeof(target) - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	name = strrchr(target, '/');
	name = name == NULL ? target : name + 1;
	*ret = (struct noexec_name){ 0 };
	if (strlen(name) >= sizeof(ret->name))
		return false;
	memcpy(ret->name, name, strlen(name));
	return true;
}

/* The mark of the device, or 0. */
static uint32_t mark_of(const struct noexec *noexec, unsigned major, unsigned minor)
{
	const struct noexec_number number = key_of(major, minor);
	uint32_t mark = 0;

	return bpf_map_lookup_elem(noexec->numbers_fd, &number, &mark) < 0 ? 0 : mark;
}

/* The name first: whatever is marked by its number is marked by its name. */
static int set_mark(struct noexec *noexec, unsigned major, unsigned minor, uint32_t mark)
{
	const struct noexec_number number = key_of(major, minor);
	struct noexec_name name;

	if (name_of(noexec, major, minor, &name) &&
	    bpf_map_update_elem(noexec->names_fd, &name, &number, BPF_ANY) < 0)
		return -errno;
	if (bpf_map_update_elem(noexec->numbers_fd, &number, &mark, BPF_ANY) < 0)
		return -errno;
	return 0;
}

/* Take away the names of @number: the device may have gone, and its name is not known any more. */
static int clear_names(struct noexec *noexec, const struct noexec_number *number)
{
	struct noexec_name key, next;
	int r = bpf_map_get_next_key(noexec->names_fd, NULL, &next), failure = 0;

	while (r >= 0) {
		uint32_t value;

		key = next;
		r = bpf_map_get_next_key(noexec->names_fd, &key, &next);
		if (bpf_map_lookup_elem(noexec->names_fd, &key, &value) >= 0 &&
		    value == number->number && bpf_map_delete_elem(noexec->names_fd, &key) < 0)
			failure = -errno;
	}
	return failure;
}

static int clear_mark(struct noexec *noexec, unsigned major, unsigned minor)
{
	const struct noexec_number number = key_of(major, minor);
	int r;

	if (mark_of(noexec, major, minor) == 0)
		return 0;
	r = clear_names(noexec, &number);
	if (bpf_map_delete_elem(noexec->numbers_fd, &number) < 0 && errno != ENOENT)
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

/* Does the device lie on a marked one? */
static bool lies_on_marked(const struct noexec *noexec, unsigned major, unsigned minor)
{
	_cleanup_(sysfs_names_free) char **names = NULL;
	char path[64];
	bool found = false;
	int n;

	snprintf(path, sizeof(path), "dev/block/%u:%u/slaves", major, minor);
	n = sysfs_list(noexec->sysfs_fd, path, any_name, &names);
	for (int i = 0; i < n && !found; i++) {
		unsigned below_major, below_minor;
		char below[512];

		snprintf(below, sizeof(below), "%s/%.255s/dev", path, names[i]);
		found = read_number(noexec->sysfs_fd, below, &below_major, &below_minor) &&
			mark_of(noexec, below_major, below_minor) != 0;
	}
	return found;
}

static int look(struct noexec *noexec, unsigned major, unsigned minor, int depth);

/* Look at all that lies on the device. */
static int look_above(struct noexec *noexec, unsigned major, unsigned minor, int depth)
{
	_cleanup_(sysfs_names_free) char **names = NULL;
	char path[64];
	int failure = 0, n;

	snprintf(path, sizeof(path), "dev/block/%u:%u/holders", major, minor);
	n = sysfs_list(noexec->sysfs_fd, path, any_name, &names);
	for (int i = 0; i < n && depth < MAX_DEPTH; i++) {
		unsigned above_major, above_minor;
		char above[512];
		int r;

		snprintf(above, sizeof(above), "%s/%.255s/dev", path, names[i]);
		if (!read_number(noexec->sysfs_fd, above, &above_major, &above_minor))
			continue;
		r = look(noexec, above_major, above_minor, depth + 1);
		failure = r < 0 ? r : failure;
	}
	return failure;
}

static int look(struct noexec *noexec, unsigned major, unsigned minor, int depth)
{
	uint32_t mark = mark_of(noexec, major, minor);
	bool wanted = mark == MARK_OWN || lies_on_marked(noexec, major, minor);
	int r = 0, s;

	if (wanted && mark != MARK_OWN)
		r = set_mark(noexec, major, minor, MARK_INHERITED);
	else if (!wanted)
		r = clear_mark(noexec, major, minor);
	s = look_above(noexec, major, minor, depth);
	return r < 0 ? r : s < 0 ? s : wanted;
}

int noexec_look(struct noexec *noexec, unsigned major, unsigned minor)
{
	return noexec_is_available(noexec) ? look(noexec, major, minor, 0) : -ENODEV;
}

int noexec_mark(struct noexec *noexec, unsigned major, unsigned minor)
{
	int r;

	if (!noexec_is_available(noexec))
		return -ENODEV;
	r = set_mark(noexec, major, minor, MARK_OWN);
	return r < 0 ? r : look_above(noexec, major, minor, 0);
}

int noexec_unmark(struct noexec *noexec, unsigned major, unsigned minor)
{
	int r;

	if (!noexec_is_available(noexec))
		return -ENODEV;
	if (mark_of(noexec, major, minor) == 0)
		return 0;
	r = clear_mark(noexec, major, minor);
	return r < 0 ? r : look_above(noexec, major, minor, 0);
}

int noexec_prune(struct noexec *noexec)
{
	struct noexec_number key, next;
	int failure = 0, r;

	if (!noexec_is_available(noexec))
		return -ENODEV;
	r = bpf_map_get_next_key(noexec->numbers_fd, NULL, &next);
	while (r >= 0) {
		unsigned major, minor;
		char path[64];

		key = next;
		r = bpf_map_get_next_key(noexec->numbers_fd, &key, &next); /* before it may go */
		major = key.number >> 20;
		minor = key.number & 0xfffff;
		snprintf(path, sizeof(path), "dev/block/%u:%u", major, minor);
		if (faccessat(noexec->sysfs_fd, path, F_OK, 0) < 0) {
			int cleared = clear_mark(noexec, major, minor);

			failure = cleared < 0 ? cleared : failure;
		}
	}
	return failure;
}

int noexec_release(const char *pins)
{
	return lsm_object_unload("noexec", pins);
}
