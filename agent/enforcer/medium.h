/* medium - what is on a device's disks: encrypted with what, how large, under which label.
 *
 * Each disk and partition is examined by a child of its own (medium_probe.h), while nobody but the
 * gate's readers can open it; partitions are those that the kernel has found.  What cannot be
 * examined, or not in time, is unknown, which permits nothing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "child.h"
#include "medium_probe.h"
#include "policy/circumstances.h"

/* A disk that sleeps takes that long to come up to speed.  udev does not wait for it
 * (devgate-settle(8)), and is told when it has been dealt with. */
enum { MEDIUM_TIMEOUT_MS = 20000 };

#define MEDIUM_FACTS ((fact_set)FACT_ENCRYPTION | (fact_set)FACT_SIZE | (fact_set)FACT_LABEL)

/* One disk or partition. */
struct volume {
	/* Unknown: it could not be examined; absent: there is no medium.  Then the rest is not set.
	 */
	enum volume_state { VOLUME_UNKNOWN, VOLUME_ABSENT, VOLUME_PRESENT } state;
	uint64_t bytes;
	/* Unknown also if a file system could be mounted beside the encryption. */
	enum encryption encryption;
	bool plain;	/* there is a file system that can be mounted as it is */
	bool has_label; /* its label is known; "" for none.  What LUKS 1 and BitLocker hide has none
			 */
	char label[MEDIUM_LABEL_SIZE];
};

/* All that is on a device, as facts for its decision. */
struct medium {
	enum medium_state { MEDIUM_UNEXAMINED, MEDIUM_ABSENT, MEDIUM_PRESENT } state;
	enum encryption encryption; /* of every volume; unknown if they differ */
	int64_t bytes;		    /* of all disks with a medium; -1 unknown */
	bool has_label;
	char label[MEDIUM_LABEL_SIZE]; /* of the file system, or of all, if they have the same */
	/* While it is being put together. */
	bool any_volume, any_label, label_unsure, size_unsure;
};

/* Examine @name under @dev_fd, which must be block device @major:@minor.  @label: its label is
 * wanted.  @on_done is called as child_start() says, with what volume_parse() takes.  Lends *@ret
 * until then.  Returns as child_start(). */
struct medium_request {
	int dev_fd;
	const char *name; /* borrowed for the call */
	unsigned major, minor;
	bool label;
};
int medium_start(sd_event *loop, const struct medium_request *request, child_handler *on_done,
		 void *userdata, struct child **ret) __attribute__((warn_unused_result));

enum { MEDIUM_ANSWER_SIZE = sizeof(struct medium_answer) };

/* Check what a child answered, which may be any bytes.  Pure.  Returns 0; -EBADMSG. */
int volume_parse(const uint8_t *answer, size_t size, struct volume *ret)
	__attribute__((warn_unused_result));

/* Begin with nothing, MEDIUM_ABSENT; then add the size of each disk, and each volume that is not
 * only there to hold partitions. */
void medium_begin(struct medium *ret);
void medium_add_disk(struct medium *medium, const struct volume *disk);
void medium_add_volume(struct medium *medium, const struct volume *volume);

/* The facts that differ, of what is not being put together any more. */
fact_set medium_changes(const struct medium *a, const struct medium *b);
