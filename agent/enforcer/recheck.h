/* recheck - hash a table that was taken into force unhashed, while the loop has nothing else to do:
 * a slice at a time, below every other priority. */
#pragma once

#include <stdbool.h>

#include <systemd/sd-event.h>

#include "section.h"

/* Called once, when it is done: 0; -EBADMSG if the bytes are not those that were named, or the file
 * is another than the one in force; what pread(2) gives. */
typedef void recheck_handler(void *userdata, int result);

struct recheck {
	sd_event_source *source; /* NULL: not under way */
	struct section_hash hash;
	uint8_t expected[crypto_hash_sha256_BYTES];
	recheck_handler *handler;
	void *userdata;
};

/* Begin, in place of what was under way.  @table: the mapping in force of the section that @named
 * names.  Returns 0; -EBADMSG if its file is another by now; what openat(2), sd-event give: then
 * the handler is not called. */
int recheck_start(struct recheck *recheck, sd_event *loop, int sections_fd,
		  const struct manifest_section *named, const struct section *table)
	__attribute__((warn_unused_result));
void recheck_stop(struct recheck *recheck);
