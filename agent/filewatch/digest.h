/* digest - the SHA-256 of a file that was just closed, found by its path below the root of its file
 * system: bounded in size, and in how many and how much in a time.
 *
 * The file is opened for that moment only, beneath a mount of its file system that this process
 * sees; symbolic links are not followed, and nothing but a regular file of the same number and size
 * is read. */
#pragma once

#include <stdint.h>

#include "agent/common/file_event.h"
#include "agent/common/mounts.h"
#include "agent/common/trail_record.h"

enum {
	DIGEST_FILE_MAX = 8 * 1024 * 1024,
	DIGEST_BURST = 16 * 1024 * 1024, /* bytes at once */
	DIGEST_RATE = 4 * 1024 * 1024,	 /* and a second after that */
	DIGEST_FILE_COST = 256 * 1024,	 /* what each file counts for at least */
};

struct digest {
	int mounts_fd; /* /proc/self/mountinfo, which polls as changed; -1: not open */
	struct mounts mounts;
	uint64_t left, at_us; /* of what may be read */
};

void digest_init(struct digest *digest);
void digest_finish(struct digest *digest);

/* Hash the file of @event.  @now_us: CLOCK_BOOTTIME.  Gives @ret if the answer is
 * TRAIL_HASH_DONE. */
enum trail_hash digest_file(struct digest *digest, const struct file_event *event, uint64_t now_us,
			    uint8_t ret[static TRAIL_HASH_SIZE]);
