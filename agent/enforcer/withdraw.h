/* withdraw - have the file systems of a device's disks left in good order before it is closed.
 * devgate-withdraw does it (agent/withdraw/main.c has the protocol): a process that systemd starts
 * for each connection, in the machine's own mount namespace, where it can unmount.  Here is the
 * enforcer's end: who is asked, how long it is waited for, and what came of it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>
#include <systemd/sd-event.h>

enum {
	WITHDRAW_MAX = 16, /* at a time */
	WITHDRAW_MAX_DISKS = 64,
	WITHDRAW_GRACE_S = 30,
	WITHDRAW_GRACE_MAX_S = 3600,
	WITHDRAW_EXTRA_S = 30, /* after the grace time, to freeze and to end writers */
};

struct withdrawal;

/* Called once, unless given up: @report is what devgate-withdraw answered, borrowed for the call;
 * NULL if it did not: @result says why (-ETIME, -ECONNRESET, -EBADMSG).  It waits until
 * withdraw_gone() or withdraw_forget(). */
typedef void withdraw_handler(void *userdata, uint64_t inode, int result, const json_t *report);

struct withdrawals {
	sd_event *loop; /* borrowed */
	char path[108]; /* of the socket */
	unsigned grace_s;
	withdraw_handler *on_ready;
	void *userdata;
	size_t n;
	struct withdrawal *items[WITHDRAW_MAX]; /* owned */
};

struct withdraw_order {
	uint64_t inode; /* of the device */
	bool stays;	/* its disks do not go when it is closed: nothing may be left to write */
	const dev_t *disks; /* borrowed; 1 to WITHDRAW_MAX_DISKS */
	size_t n;
};

/* Begin.  Returns 0; -EALREADY; -EBUSY above WITHDRAW_MAX; -ENOMEM; what socket(2), connect(2),
 * send(2) and sd-event give. */
int withdraw_start(struct withdrawals *withdrawals, const struct withdraw_order *order)
	__attribute__((warn_unused_result));

/* For how long this device has been withdrawn, in milliseconds; -1 if it is not. */
int64_t withdraw_age_ms(const struct withdrawals *withdrawals, uint64_t inode);

/* The device has been closed: what is still mounted may be unmounted. */
void withdraw_gone(struct withdrawals *withdrawals, uint64_t inode);

/* It may stay as it was after all: what devgate-withdraw made read-only is made writable again.
 * Nothing is told of it any more. */
void withdraw_keep(struct withdrawals *withdrawals, uint64_t inode);

/* Give up; again, and for one that is not known, is no news. */
void withdraw_forget(struct withdrawals *withdrawals, uint64_t inode);
void withdraw_finish(struct withdrawals *withdrawals);
