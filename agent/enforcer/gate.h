/* gate - no block device is opened or mounted before it has been vetted, nor written unless vetted
 * for that; and no raw node of a device (SCSI generic, tape, bsg, NVMe, USB) is opened otherwise.
 *
 * A BPF_PROG_TYPE_CGROUP_DEVICE program on the root of cgroup2 is asked by blkdev_get_by_dev() and
 * inode_permission() through devcgroup_check_permission() (include/linux/device_cgroup.h).  It
 * refuses what the map "vetted" does not permit for the node's number; mknod(2) and other devices
 * are not its business.  Which majors are gated (gate_majors.h) is data of the program, so that one
 * that a driver gets later needs no new program.  Until gate_refresh() has seen it, its nodes are
 * open: packaging/modules-load.d has those drivers loaded before.
 *
 * Reading is refused too, since a file system mounted read-only is remounted for writing without
 * opening the disk again: nobody may mount it at all before BLKROSET has been set.  A few readers
 * may look at a node before that: the kernel's own threads (they scan for partitions), udevd (it
 * probes the disk before any rule runs), and this process (it sets BLKROSET).  This process may
 * also write to USB devices' nodes: it asks human interface devices what they are (hid_ask.h).
 *
 * Map and program are pinned in a bpffs, and the program is attached without a link: a dead
 * enforcer leaves the gate shut, and the next one takes it over.  A refused open(2) fails with
 * EACCES, as for a disk with its write-protect tab set, so that mount(8) and udisks try read-only
 * by themselves; with EPERM where the kernel is too old to choose (before 5.18). Needs CAP_BPF and
 * CAP_NET_ADMIN. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gate_majors.h"
#include "gate_program.h"

/* What a vetted node may be opened for: BPF_DEVCG_ACC_* of linux/bpf.h. */
enum gate_access { GATE_READ = 2, GATE_READ_WRITE = 2 | 4 };

/* Room for DISKS_MAX disks and their like, for DEVICES_MAX USB devices and all root hubs.  A pinned
 * map of another size is not taken over: it must stay as it is. */
enum { GATE_MAX_VETTED = 4096 };

struct gate_device {
	uint32_t type; /* enum gate_type */
	uint32_t major, minor;
};

struct gate {
	int pins_fd;   /* directory of the pins, -1: gate not available */
	int cgroup_fd; /* where the program is attached */
	int map_fd, readers_fd, covered_fd, program_fd;
	bool attached;
	uint64_t readers[GATE_MAX_READERS]; /* as its map has them */
	size_t n_dynamic;		    /* majors that /proc/devices gave */
	struct gate_major dynamic[GATE_MAX_DYNAMIC];
	char cgroup[256]; /* its path */
	char pins[256];	  /* path of the directory: bpf(2) pins by path */
};

/* A gate that is not available. */
void gate_init(struct gate *ret);

/* Load the program and make or take over the map.  Nothing is refused yet that was not before;
 * call gate_attach() when all that may be written has been vetted.
 * @cgroup: mount point of cgroup2.  @pins: a directory in a bpffs, made if it is not there.
 * Returns 0; -ENOTSUP if @cgroup is not a cgroup2 or @pins not in a bpffs; -EBADFD if the pinned
 * map is not of this program; what open(2), mkdir(2), bpf(2) give.  On failure *@ret is a gate that
 * is not available; gate_finish() holds for it too. */
int gate_open(struct gate *ret, const char *cgroup, const char *pins)
	__attribute__((warn_unused_result));
void gate_finish(struct gate *gate);

/* Take effect, in place of an older program if there is one (without a gap).  Returns 0 or what
 * bpf(2) gives. */
int gate_attach(struct gate *gate) __attribute__((warn_unused_result));

/* True if @device is of a kind that the program looks at; for majors that drivers get at run time,
 * since the last refresh.  Holds for a gate that is not available too. */
bool gate_covers(const struct gate *gate, const struct gate_device *device);

/* Find out again which cgroups the readers are in (udevd's changes when it is restarted), and which
 * majors drivers have got.  To be called before a device is opened.  Returns 0; -ENODEV if the gate
 * is not available; what reading /proc/devices and bpf(2) give.  A reader that is not there is
 * none. */
int gate_refresh(struct gate *gate) __attribute__((warn_unused_result));

/* Let @device be opened for @access, or for nothing any more.  Both are idempotent.  Returns 0;
 * -ENODEV if the gate is not available; -E2BIG above GATE_MAX_VETTED; what bpf(2) gives. */
int gate_vet(struct gate *gate, const struct gate_device *device, enum gate_access access)
	__attribute__((warn_unused_result));
int gate_revoke(struct gate *gate, const struct gate_device *device)
	__attribute__((warn_unused_result));

/* True if @device may be opened for something. */
bool gate_is_vetted(const struct gate *gate, const struct gate_device *device);

/* Call @keep for each vetted device and revoke those for which it says false.  Returns 0, or the
 * first failure. */
int gate_prune(struct gate *gate, bool (*keep)(void *userdata, const struct gate_device *device),
	       void *userdata) __attribute__((warn_unused_result));

/* Detach and unpin everything, for the removal of the program.  Returns 0 or the first failure. */
int gate_release(const char *cgroup, const char *pins) __attribute__((warn_unused_result));
