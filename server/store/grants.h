/* grants - officers' signed grants as they were published, exact bytes, every version kept. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store.h"

enum {
	GRANT_RECORD_ID_SIZE = 64,
	GRANTS_LISTED_MAX = 64,	 /* that one workstation is told of */
	GRANTS_SHOWN_MAX = 1000, /* that people are shown, the newest first */
};

/* One that was published.  Texts are borrowed for the call. */
struct grant_record {
	const char *id, *host; /* @host: its id */
	uint64_t version;
	int64_t until; /* seconds since 1970 */
	const char *text;
	size_t size;
	bool withdrawn; /* of one that is published: it only ends what was granted */
	/* Of those that are read: */
	const char *hostname, *published_by;
	int64_t published;
};

/* Add a version.  Returns 0; -EEXIST unless it is above every version of its id; -ENOENT unless
 * @machine, 64 hexadecimal digits, is what the host enrolled as; -EXDEV if the id is one of another
 * host's; -EMLINK if another host that is not revoked has that machine id, too (a disk was copied):
 * the grant names the machine, and would be good on both. */
int grants_publish(struct store *store, const struct grant_record *grant, const char *machine,
		   const char *by, int64_t now) __attribute__((warn_unused_result));

/* Call @on_grant with the newest version of each of @host's grants that is not over at @now, by
 * id; a negative return ends it and is returned. */
int grants_each_of(struct store *store, const char *host, int64_t now,
		   int (*on_grant)(void *context, const struct grant_record *grant), void *context)
	__attribute__((warn_unused_result));

/* The same for the newest version of every grant, by when it was published, the latest first. */
int grants_each(struct store *store,
		int (*on_grant)(void *context, const struct grant_record *grant), void *context)
	__attribute__((warn_unused_result));
