#include "gate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/magic.h>

#include "agent/common/cleanup.h"
#include "gate_readers.h"
#include "sysfs.h"

/* Program pins are "gate-<n>", so that a new one can be pinned before the old one goes. */
enum { PIN_NAME_SIZE = 32, MAX_PINS = 64 };
#define MAP_PIN	   "vetted"
#define PIN_PREFIX "gate-"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int bpf(enum bpf_cmd command, union bpf_attr *attr)
{
	long r = syscall(SYS_bpf, command, attr, sizeof(*attr));

	return r < 0 ? -errno : (int)r;
}

static uint64_t pointer(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

static int pin_path(const char *pins, const char *name, char *ret, size_t size)
{
	int n = snprintf(ret, size, "%s/%s", pins, name);

	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

static int pin(int fd, const char *pins, const char *name)
{
	union bpf_attr attr = { .bpf_fd = (uint32_t)fd };
	char path[512];
	int r = pin_path(pins, name, path, sizeof(path));

	if (r < 0)
		return r;
	attr.pathname = pointer(path);
	return bpf(BPF_OBJ_PIN, &attr);
}

static int open_pin(const char *pins, const char *name)
{
	union bpf_attr attr = { 0 };
	char path[512];
	int r = pin_path(pins, name, path, sizeof(path));

	if (r < 0)
		return r;
	attr.pathname = pointer(path);
	return bpf(BPF_OBJ_GET, &attr);
}

static int check_map(int fd)
{
	struct bpf_map_info info = { 0 };
	union bpf_attr attr = { .info = { .bpf_fd = (uint32_t)fd, .info_len = sizeof(info) } };
	int r;

	attr.info.info = pointer(&info);
	r = bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
	if (r < 0)
		return r;
	if (info.type != BPF_MAP_TYPE_HASH || info.key_size != sizeof(struct gate_device) ||
	    info.value_size != sizeof(uint32_t) || info.max_entries != GATE_MAX_VETTED)
		return -EBADFD;
	return 0;
}

static int open_map(const char *pins)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_HASH,
				.key_size = sizeof(struct gate_device),
				.value_size = sizeof(uint32_t),
				.max_entries = GATE_MAX_VETTED,
				.map_name = "devgate_vetted" };
	_cleanup_close_ int fd = open_pin(pins, MAP_PIN);
	int r;

	if (fd >= 0) {
		r = check_map(fd);
		return r < 0 ? r : TAKE_FD(fd);
	}
	if (fd != -ENOENT)
		return fd;
	fd = bpf(BPF_MAP_CREATE, &attr);
	if (fd < 0)
		return fd;
	r = pin(fd, pins, MAP_PIN);
	return r < 0 ? r : TAKE_FD(fd);
}

/* Not pinned: they go with the program that reads them. */
static int make_array(const char *name, uint32_t n, uint32_t value_size)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY,
				.key_size = sizeof(uint32_t),
				.value_size = value_size,
				.max_entries = n };

	snprintf(attr.map_name, sizeof(attr.map_name), "%s", name);
	return bpf(BPF_MAP_CREATE, &attr);
}

static int set_in_array(int map_fd, uint32_t i, const void *value)
{
	union bpf_attr attr = { .map_fd = (uint32_t)map_fd };

	attr.key = pointer(&i);
	attr.value = pointer(value);
	attr.flags = BPF_ANY;
	return bpf(BPF_MAP_UPDATE_ELEM, &attr);
}

static int set_covered(const struct gate *gate, unsigned type, unsigned major, bool covered)
{
	const uint32_t value = covered;

	return set_in_array(gate->covered_fd, gate_program_index(type, major), &value);
}

static int cover_fixed(const struct gate *gate)
{
	static const unsigned types[] = { GATE_BLOCK, GATE_CHAR };
	int r = 0;

	for (size_t i = 0; i < COUNT(types); i++) {
		for (unsigned major = 0; r >= 0 && major < GATE_MAJORS; major++) {
			if (gate_majors_fixed(types[i], major))
				r = set_covered(gate, types[i], major, true);
		}
	}
	return r;
}

static int load_program(const struct gate *gate)
{
	const struct gate_maps maps = { .vetted = gate->map_fd,
					.readers = gate->readers_fd,
					.covered = gate->covered_fd };
	struct bpf_insn code[GATE_PROGRAM_MAX];
	int r = -EINVAL;

	for (int choose_errno = 1; choose_errno >= 0; choose_errno--) {
		union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
					.prog_name = "devgate",
					/* the helper is refused without it */
					.expected_attach_type = BPF_CGROUP_DEVICE };

		attr.insn_cnt = (uint32_t)gate_program(&maps, choose_errno, code);
		attr.insns = pointer(code);
		attr.license = pointer("Apache-2.0");
		r = bpf(BPF_PROG_LOAD, &attr);
		if (r != -EINVAL)
			return r;
	}
	return r;
}

/* Open the directory @path, which must be on a file system of the type @magic. */
static int open_directory(const char *path, long magic, int *ret_fd)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0)
		return -errno;
	if (fstatfs(fd, &fs) < 0)
		return -errno;
	if (fs.f_type != magic)
		return -ENOTSUP;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static const struct gate none = {
	.pins_fd = -1,
	.cgroup_fd = -1,
	.map_fd = -1,
	.readers_fd = -1,
	.covered_fd = -1,
	.program_fd = -1,
};

void gate_init(struct gate *ret)
{
	*ret = none;
}

static int make_maps(struct gate *gate)
{
	int r = open_map(gate->pins);

	if (r < 0)
		return r;
	gate->map_fd = r;
	r = make_array("devgate_readers", GATE_MAX_READERS, sizeof(uint64_t));
	if (r < 0)
		return r;
	gate->readers_fd = r;
	r = make_array("devgate_covered", GATE_N_COVERED, sizeof(uint32_t));
	if (r < 0)
		return r;
	gate->covered_fd = r;
	return cover_fixed(gate);
}

int gate_open(struct gate *ret, const char *cgroup, const char *pins)
{
	int r;

	*ret = none;
	if (strlen(pins) >= sizeof(ret->pins) || strlen(cgroup) >= sizeof(ret->cgroup))
		return -ENAMETOOLONG;
	strcpy(ret->pins, pins);
	strcpy(ret->cgroup, cgroup);
	r = open_directory(cgroup, CGROUP2_SUPER_MAGIC, &ret->cgroup_fd);
	if (r < 0)
		return r;
	if (mkdir(pins, 0700) < 0 && errno != EEXIST)
		return -errno;
	r = open_directory(pins, BPF_FS_MAGIC, &ret->pins_fd);
	if (r < 0)
		return r;
	r = make_maps(ret);
	if (r < 0)
		return r;
	r = load_program(ret);
	if (r < 0)
		return r;
	ret->program_fd = r;
	return gate_refresh(ret);
}

void gate_finish(struct gate *gate)
{
	const int fds[] = { gate->pins_fd,    gate->cgroup_fd,	gate->map_fd,
			    gate->readers_fd, gate->covered_fd, gate->program_fd };

	for (size_t i = 0; i < COUNT(fds); i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
	*gate = none;
}

static bool is_program_pin(const char *name)
{
	return strncmp(name, PIN_PREFIX, strlen(PIN_PREFIX)) == 0 && strlen(name) < PIN_NAME_SIZE;
}

/* Detach the program pinned as @name, if it is attached, and unpin it. */
static int drop_program(int cgroup_fd, int pins_fd, const char *pins, const char *name)
{
	union bpf_attr attr = { 0 };
	_cleanup_close_ int fd = open_pin(pins, name);
	int r;

	if (fd < 0)
		return fd;
	attr.target_fd = (uint32_t)cgroup_fd;
	attr.attach_bpf_fd = (uint32_t)fd;
	attr.attach_type = BPF_CGROUP_DEVICE;
	r = bpf(BPF_PROG_DETACH, &attr);
	if (r < 0 && r != -ENOENT)
		return r;
	return unlinkat(pins_fd, name, 0) < 0 ? -errno : 0;
}

/* Pin this gate's program beside the pins @old and give its @name. */
static int pin_program(const struct gate *gate, char name[static PIN_NAME_SIZE])
{
	for (int i = 0; i < MAX_PINS; i++) {
		int r;

		snprintf(name, PIN_NAME_SIZE, PIN_PREFIX "%d", i);
		r = pin(gate->program_fd, gate->pins, name);
		if (r != -EEXIST)
			return r;
	}
	return -EEXIST;
}

int gate_attach(struct gate *gate)
{
	_cleanup_(sysfs_names_free) char **old = NULL;
	union bpf_attr attr = { .attach_type = BPF_CGROUP_DEVICE,
				.attach_flags = BPF_F_ALLOW_MULTI };
	char name[PIN_NAME_SIZE];
	int n, r;

	n = sysfs_list(gate->pins_fd, ".", is_program_pin, &old);
	if (n < 0)
		return n;
	r = pin_program(gate, name);
	if (r < 0)
		return r;
	attr.target_fd = (uint32_t)gate->cgroup_fd;
	attr.attach_bpf_fd = (uint32_t)gate->program_fd;
	r = bpf(BPF_PROG_ATTACH, &attr);
	if (r < 0) {
		unlinkat(gate->pins_fd, name, 0);
		return r;
	}
	gate->attached = true;
	for (int i = 0; i < n; i++) {
		r = drop_program(gate->cgroup_fd, gate->pins_fd, gate->pins, old[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int refresh_readers(struct gate *gate)
{
	uint64_t now[GATE_MAX_READERS];

	memcpy(now, gate->readers, sizeof(now));
	gate_readers_find(gate->cgroup, now);
	for (uint32_t i = 0; i < GATE_MAX_READERS; i++) {
		int r = now[i] == gate->readers[i] ? 0 : set_in_array(gate->readers_fd, i, &now[i]);

		if (r < 0)
			return r;
		gate->readers[i] = now[i];
	}
	return 0;
}

static bool is_listed(const struct gate_major *list, size_t n, const struct gate_major *major)
{
	for (size_t i = 0; i < n; i++) {
		if (list[i].type == major->type && list[i].major == major->major)
			return true;
	}
	return false;
}

static int refresh_majors(struct gate *gate)
{
	struct gate_major now[GATE_MAX_DYNAMIC];
	int n = gate_majors_dynamic(now), r = 0;

	if (n < 0)
		return n;
	for (int i = 0; r >= 0 && i < n; i++) {
		if (!is_listed(gate->dynamic, gate->n_dynamic, &now[i]))
			r = set_covered(gate, now[i].type, now[i].major, true);
	}
	for (size_t i = 0; r >= 0 && i < gate->n_dynamic; i++) {
		if (!is_listed(now, (size_t)n, &gate->dynamic[i]))
			r = set_covered(gate, gate->dynamic[i].type, gate->dynamic[i].major, false);
	}
	if (r < 0)
		return r;
	memcpy(gate->dynamic, now, (size_t)n * sizeof(now[0]));
	gate->n_dynamic = (size_t)n;
	return 0;
}

int gate_refresh(struct gate *gate)
{
	int r, s;

	if (gate->program_fd < 0)
		return -ENODEV;
	r = refresh_readers(gate);
	s = refresh_majors(gate);
	return r < 0 ? r : s;
}

bool gate_covers(const struct gate *gate, const struct gate_device *device)
{
	const struct gate_major major = { device->type, device->major };

	return gate_majors_fixed(device->type, device->major) ||
	       is_listed(gate->dynamic, gate->n_dynamic, &major);
}

int gate_vet(struct gate *gate, const struct gate_device *device, enum gate_access access)
{
	const uint32_t permitted = access;
	union bpf_attr attr = { 0 };

	if (gate->program_fd < 0)
		return -ENODEV;
	attr.map_fd = (uint32_t)gate->map_fd;
	attr.key = pointer(device);
	attr.value = pointer(&permitted);
	attr.flags = BPF_ANY;
	return bpf(BPF_MAP_UPDATE_ELEM, &attr);
}

int gate_revoke(struct gate *gate, const struct gate_device *device)
{
	union bpf_attr attr = { 0 };
	int r;

	if (gate->program_fd < 0)
		return -ENODEV;
	attr.map_fd = (uint32_t)gate->map_fd;
	attr.key = pointer(device);
	r = bpf(BPF_MAP_DELETE_ELEM, &attr);
	return r == -ENOENT ? 0 : r;
}

bool gate_is_vetted(const struct gate *gate, const struct gate_device *device)
{
	union bpf_attr attr = { 0 };
	uint32_t permitted;

	if (gate->program_fd < 0)
		return false;
	attr.map_fd = (uint32_t)gate->map_fd;
	attr.key = pointer(device);
	attr.value = pointer(&permitted);
	return bpf(BPF_MAP_LOOKUP_ELEM, &attr) == 0;
}

static int next_key(const struct gate *gate, const struct gate_device *after,
		    struct gate_device *ret)
{
	union bpf_attr attr = { .map_fd = (uint32_t)gate->map_fd };

	attr.key = pointer(after);
	attr.next_key = pointer(ret);
	return bpf(BPF_MAP_GET_NEXT_KEY, &attr);
}

int gate_prune(struct gate *gate, bool (*keep)(void *userdata, const struct gate_device *device),
	       void *userdata)
{
	struct gate_device key, next;
	int failure = 0, r;

	if (gate->program_fd < 0)
		return -ENODEV;
	r = next_key(gate, NULL, &next);
	while (r == 0) {
		key = next;
		r = next_key(gate, &key, &next); /* before it may go */
		if (!keep(userdata, &key)) {
			int revoked = gate_revoke(gate, &key);

			if (failure == 0)
				failure = revoked;
		}
	}
	if (r != -ENOENT && failure == 0)
		failure = r;
	return failure;
}

int gate_release(const char *cgroup, const char *pins)
{
	_cleanup_close_ int cgroup_fd = -1, pins_fd = -1;
	_cleanup_(sysfs_names_free) char **programs = NULL;
	int failure = 0, n, r;

	r = open_directory(cgroup, CGROUP2_SUPER_MAGIC, &cgroup_fd);
	if (r < 0)
		return r;
	r = open_directory(pins, BPF_FS_MAGIC, &pins_fd);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	n = sysfs_list(pins_fd, ".", is_program_pin, &programs);
	if (n < 0)
		return n;
	for (int i = 0; i < n; i++) {
		r = drop_program(cgroup_fd, pins_fd, pins, programs[i]);
		if (r < 0 && failure == 0)
			failure = r;
	}
	if (failure == 0 && unlinkat(pins_fd, MAP_PIN, 0) < 0 && errno != ENOENT)
		failure = -errno;
	if (failure == 0 && rmdir(pins) < 0)
		failure = -errno;
	return failure;
}
