/* seen - what this machine remembers of devices over their stays, over restarts and boots: when
 * each was first plugged in, what its descriptors were, and how often it was denied.
 * Only of devices with a serial number: any other cannot be told from the next of its kind.
 *
 * One file below the state directory, "seen", in this machine's byte order: "DGSEEN\0\1", then
 * struct seen_entry after struct seen_entry, then the SHA-256 of all before.  It is replaced as a
 * whole (file_write_atomic()) SEEN_WRITE_MS after a change, and at the end.  What a kill loses of
 * that time is learnt again from the devices that are still there. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <systemd/sd-event.h>

#include "devices.h"

enum { SEEN_MAX = 4096, SEEN_WRITE_MS = 1000 };

struct seen_entry {
	uint8_t key[DEVICE_KEY_SIZE]; /* device_key() */
	uint8_t digest[DEVICE_DIGEST_SIZE];
	char instance[32];	 /* its last stay */
	int64_t first_s, last_s; /* when its first and its last stay began, since 1970 */
	uint32_t denials;	 /* stays before the last one in which it was denied */
	uint8_t denied, changed; /* in the last stay; @changed: since the one before it */
	uint8_t zero[2];
};

struct seen {
	sd_event *loop; /* borrowed */
	int state_fd;	/* borrowed */
	sd_event_source *writer;
	bool dirty;
	bool forgot; /* it may have known devices that it does not know any more */
	size_t n;
	struct seen_entry *entries; /* owned */
};

/* Read what is remembered.  Returns 0, also if nothing is; -EBADMSG if the file is damaged, -ENOMEM
 * and what openat(2), read(2) give: then nothing is known of devices that were seen before, and
 * what is learnt from now on is kept.  seen_finish() is allowed in every case. */
int seen_init(struct seen *seen, sd_event *loop, int state_fd) __attribute__((warn_unused_result));

/* Write what has not been written. */
void seen_finish(struct seen *seen);

/* @device begins its stay @instance at @now_s, or is found in it after a restart: fills *@ret.
 * When SEEN_MAX devices are known, the one seen longest ago is forgotten. */
void seen_arrived(struct seen *seen, const struct device *device, const char *instance,
		  int64_t now_s, struct past *ret);

/* @device was denied in its stay @instance; again is no news. */
void seen_denied(struct seen *seen, const struct device *device, const char *instance);
