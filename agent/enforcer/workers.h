/* workers - processes that do to the kernel what may have to wait for a device.
 *
 * Writes to "authorized" and "drivers_probe" return when the device has answered, or has been given
 * up: 5 s for a request (drivers/usb/core/message.c), and there are many.  So children do them, one
 * device each at a time, while the loop judges others.  A child is kept ready, so that a plug does
 * not wait for fork(2).  One that is not done in time is killed, which holds when the kernel lets
 * go of it; a child ends with its parent.
 *
 * What is to be done is struct order (order.h).  Which order comes next, and what a result means,
 * is the caller's (effect.c). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <systemd/sd-event.h>

#include "order.h"

enum { WORKERS_MAX = 32, WORKERS_IDLE = 2, WORKER_TIMEOUT_MS = 15000 };

struct worker;

struct workers_handlers {
	/* The order on device @inode has been carried out: @result and @why as order_carry_out()
	 * gives them; -ETIME if it was given up, -ECHILD if the child died.  No child of ours does
	 * anything to the device any more. */
	void (*on_done)(void *userdata, uint64_t inode, int result, const char *why);
	/* It is not done in time; on_done follows when the kernel lets go. */
	void (*on_late)(void *userdata, uint64_t inode);
	void *userdata;
};

struct workers {
	sd_event *loop; /* borrowed; NULL: there are none */
	int sysfs_fd;	/* borrowed */
	struct workers_handlers handlers;
	unsigned timeout_ms;	/* WORKER_TIMEOUT_MS, but for tests */
	sd_event_source *spare; /* makes one ready when there is nothing else to do */
	size_t n;
	struct worker *items[WORKERS_MAX]; /* owned */
};

/* Make the first one ready.  SIGCHLD must be blocked (sd_event_add_child(3)).  Handlers are called
 * from the loop only.  Returns 0; -ENOMEM; what socketpair(2), fork(2), sd-event give: then there
 * are none, and workers_finish() is allowed. */
int workers_init(struct workers *workers, sd_event *loop, int sysfs_fd,
		 const struct workers_handlers *handlers) __attribute__((warn_unused_result));

/* Children go when they notice. */
void workers_finish(struct workers *workers);

/* Have @order carried out; it is copied, the descriptor of its device too.  The caller gives no
 * second order on a device before on_done.
 * Returns 0; -EBUSY if all of WORKERS_MAX are at work: again after an on_done; -ESRCH if there are
 * no workers; -ENOMEM, what sendmsg(2), fork(2) give. */
int workers_start(struct workers *workers, const struct order *order)
	__attribute__((warn_unused_result));
