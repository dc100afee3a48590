/* readonly - set a block device read-only (BLKROSET) without ever waiting for it.
 * Opening a disk can take as long as a device likes, so a short-lived child does it; a child that
 * is not done in time is killed.  Needs CAP_SYS_ADMIN (block/ioctl.c, blkdev_roset()). */
#pragma once

#include <systemd/sd-event.h>

enum { READONLY_TIMEOUT_MS = 3000 };

struct readonly; /* one attempt; belongs to the loop until its child has exited */

/* Called once: 0, or what went wrong (-ETIME: not done in time).  The attempt is not valid any more
 * after it. */
typedef void readonly_handler(void *userdata, int result);

/* Set @name under @dev_fd, which must be block device @major:@minor, read-only.  SIGCHLD must be
 * blocked (sd_event_add_child(3)).  Lends *@ret until @on_done is called.  Returns 0; -ENOMEM; what
 * fork(2) and sd-event give. */
int readonly_start(sd_event *loop, int dev_fd, const char *name, unsigned major, unsigned minor,
		   readonly_handler *on_done, void *userdata, struct readonly **ret)
	__attribute__((warn_unused_result));

/* Give up: the child is killed and @on_done not called.  NULL is allowed. */
void readonly_cancel(struct readonly *attempt);
