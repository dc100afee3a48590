/* marks - disks that the kernel's programs of one object (lsm_object.h) hold to something: by their
 * numbers, and what the device mapper lays on them (LUKS, BitLocker, LVM) with them.
 *
 * What lies on a disk appears later: marks_look() is to be called when a block device comes or
 * changes.  What happens on such a disk between its appearance and that call is not covered; what
 * happens after is, though it was mounted before.  A mark says which stay of which device it is
 * for, so that the kernel's programs can say it of what they see, when the number has another disk.
 *
 * Programs and maps are pinned beside the gate: a dead enforcer leaves them in force, and the next
 * one takes them over.  Needs CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lsm_object.h"

enum {
	MARKS_STATUS_SIZE = 160,
	MARKS_PINS_SIZE = 256,
	MARKS_LOAD_MS = 10000,
	MARKS_STAY_MAX = (1 << 30) - 1,
};

struct marks {
	struct lsm_object object;
	int sysfs_fd;			/* borrowed */
	int numbers_fd, names_fd;	/* the maps; -1: not available */
	int events_fd;			/* what the programs tell (agent/common/file_event.h) */
	int lost_fd;			/* how much they could not */
	int child_fd;			/* pidfd of the process that loads, -1: none */
	char status[MARKS_STATUS_SIZE]; /* "active" or "unavailable: why" */
	char pins[MARKS_PINS_SIZE];
};

/* One that is not available. */
void marks_init(struct marks *ret);

/* Begin to put the programs of @object in force, in a process of its own, unless an enforcer before
 * this one has.  @pins: a directory in a bpffs, which is there.  marks_finish() is allowed after.
 */
void marks_begin(struct marks *marks, const struct lsm_object *object, int sysfs_fd,
		 const char *pins);

/* Wait for that, MARKS_LOAD_MS at most, and open the maps.  Returns 0; -EOPNOTSUPP if this kernel
 * has no BPF LSM or was not told to use it; -ETIME; what bpf(2) gives; then they are not available,
 * and the status says why. */
int marks_await(struct marks *marks) __attribute__((warn_unused_result));
void marks_finish(struct marks *marks);

bool marks_is_available(const struct marks *marks);

/* Mark block device @major:@minor, and what lies on it, for @stay (0: none, to MARKS_STAY_MAX), or
 * take its mark away.  Idempotent.  Returns 0; -ENODEV if not available; -E2BIG above MARKS_MAX;
 * what bpf(2) gives. */
int marks_mark(struct marks *marks, unsigned major, unsigned minor, uint32_t stay)
	__attribute__((warn_unused_result));
int marks_unmark(struct marks *marks, unsigned major, unsigned minor)
	__attribute__((warn_unused_result));

/* Block device @major:@minor has come, has changed or has gone: mark it, and what lies on it, if it
 * lies on a marked one; take its mark away if it had it by that, and does not any more.  Returns 1
 * if it is marked now, 0 if not; as marks_mark(). */
int marks_look(struct marks *marks, unsigned major, unsigned minor)
	__attribute__((warn_unused_result));

/* Take the marks away from devices that are not there any more.  Returns as marks_unmark(). */
int marks_prune(struct marks *marks) __attribute__((warn_unused_result));

/* How many events found no room (or no memory) since the last call; kept in the kernel, so that it
 * holds from one enforcer to the next. */
uint64_t marks_lost(struct marks *marks);
