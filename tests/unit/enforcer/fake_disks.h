/* fake_disks - the disks of the stick at 1-2 of a workstation, in files that begin as those would;
 * that they are block devices, and read-only, is what this process says of them. */
#pragma once

#include "workstation.h"

#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#include <linux/fs.h>

#include "fake_gate.h"
#include "volumes.h"

#define STICK DEVICE "/1-2:1.0/host6/target6:0:0/6:0:0:0"
#define DISK  STICK "/block/sdb"

enum { PATH_SIZE = 160 };

/* sdb, sdb1, sdb2, and the disk's raw node. */
static const struct gate_device sdb = { GATE_BLOCK, 8, 16 }, sdb1 = { GATE_BLOCK, 8, 17 },
				sdb2 = { GATE_BLOCK, 8, 18 }, sg1 = { GATE_CHAR, 21, 1 };
static struct {
	ino_t inode;
	dev_t number;
} nodes[3];
static uint8_t volume[VOLUME_SIZE];

int fstat(int fd, struct stat *st)
{
	static int (*real)(int, struct stat *);
	int r;

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "fstat");
	r = real(fd, st);
	for (size_t i = 0; r == 0 && i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		if (!S_ISREG(st->st_mode) || st->st_ino != nodes[i].inode)
			continue;
		st->st_mode = S_IFBLK | 0600;
		st->st_rdev = nodes[i].number;
		break;
	}
	return r;
}

/* Of a file that stands for a disk.  Set read-only in a child, so noted where both see it. */
int ioctl(int fd, unsigned long request, ...)
{
	static int (*real)(int, unsigned long, void *);
	va_list args;
	void *argument;

	va_start(args, request);
	argument = va_arg(args, void *);
	va_end(args);
	if (request == BLKGETSIZE64) {
		*(uint64_t *)argument = (uint64_t)lseek(fd, 0, SEEK_END);
		return 0;
	}
	if (request == BLKROSET) {
		fake_set(&fake, DISK, "ro", "1");
		fake_set(&fake, DISK "/sdb1", "ro", "1");
		return 0;
	}
	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "ioctl");
	return real(fd, request, argument);
}

static inline const char *name_of(const struct gate_device *node)
{
	static const char *const names[] = { "sdb", "sdb1", "sdb2" };

	return node->type == GATE_CHAR ? "sg1" : names[node->minor - 16];
}

static inline void path_of(const struct gate_device *node, char ret[static PATH_SIZE])
{
	if (node->type == GATE_CHAR)
		snprintf(ret, PATH_SIZE, STICK "/scsi_generic/sg1");
	else
		snprintf(ret, PATH_SIZE, DISK "%s%s", node->minor == 16 ? "" : "/",
			 node->minor == 16 ? "" : name_of(node));
}

/* What is in @volume, of @size bytes, is now on @node. */
static inline void write_node(const struct gate_device *node, size_t size)
{
	struct stat st;

	fake_write(&fake, name_of(node), volume, size);
	assert_int_equal(fstatat(fake.fd, name_of(node), &st, 0), 0);
	nodes[node->minor - 16].inode = st.st_ino;
	nodes[node->minor - 16].number = makedev(node->major, node->minor);
	memset(volume, 0, sizeof(volume));
}

/* The kernel tells of @node, for the first time or again. */
static inline void tell(const struct gate_device *node)
{
	char path[PATH_SIZE];

	path_of(node, path);
	disks_add(&enforcer->disks, node, path, name_of(node));
}

/* The kernel finds @node. */
static inline void add(const struct gate_device *node)
{
	char path[PATH_SIZE], number[24], command[400];

	path_of(node, path);
	snprintf(number, sizeof(number), "%u:%u", node->major, node->minor);
	fake_mkdir(&fake, path);
	fake_set(&fake, path, "dev", number);
	fake_set(&fake, path, "ro", "0");
	if (node->minor > 16)
		fake_set(&fake, path, "partition", "1");
	snprintf(command, sizeof(command), "ln -sf ../../%s dev/%s/%s", path,
		 node->type == GATE_BLOCK ? "block" : "char", number);
	fake_run(&fake, command);
}

static inline bool is_busy(void)
{
	for (size_t i = 0; i < enforcer->disks.n; i++) {
		if (enforcer->disks.items[i]->examination != NULL ||
		    enforcer->disks.items[i]->attempt != NULL)
			return true;
	}
	return false;
}

static inline void finish(void)
{
	for (int i = 0; i < 100 && is_busy(); i++)
		assert_true(sd_event_run(enforcer->loop, 100000) >= 0);
	assert_false(is_busy());
}

/* The stick has one partition, with what is in @volume, and the kernel has told of it. */
static inline void add_stick(void)
{
	write_node(&sdb1, sizeof(volume));
	write_node(&sdb, sizeof(volume));
	add(&sdb);
	add(&sdb1);
	tell(&sdb);
	tell(&sdb1);
}

static inline void connect_disks(void)
{
	enforcer->disks.on_medium = judge_on_medium;
	enforcer->disks.on_breach = judge_on_breach;
	enforcer->disks.userdata = enforcer;
}

static inline int setup_gated(void **state)
{
	if (setup(state) < 0)
		return -1;
	memset(volume, 0, sizeof(volume));
	memset(nodes, 0, sizeof(nodes));
	fake_set(&fake, "devices/usb1", "interface_authorized_default", "0");
	fake_gate_open(&enforcer->gate);
	connect_disks();
	return 0;
}

static inline int teardown_gated(void **state)
{
	disks_finish(&enforcer->disks);
	while (sd_event_run(enforcer->loop, 20000) > 0)
		;
	return teardown(state);
}
