/* readonly - set a block device read-only (BLKROSET) without ever waiting for it.
 * Opening a disk can take as long as a device likes, so a child does it (child.h).  Needs
 * CAP_SYS_ADMIN (block/ioctl.c, blkdev_roset()). */
#pragma once

#include "child.h"

/* A disk that sleeps takes that long to come up to speed. */
enum { READONLY_TIMEOUT_MS = 30000 };

/* Set @name under @dev_fd, which must be block device @major:@minor, read-only.  @on_done is called
 * as child_start() says, without an answer.  Lends *@ret until then.  Returns as child_start(). */
int readonly_start(sd_event *loop, int dev_fd, const char *name, unsigned major, unsigned minor,
		   child_handler *on_done, void *userdata, struct child **ret)
	__attribute__((warn_unused_result));
