/* retention - how long records are kept, by kind: what the officers have set.
 *
 *	{ "days": 1096, "person_days": 1096, "kinds": { "device.removed": 365, "file.read": 90 } }
 *
 * days: for every kind that is not named; person_days: how long the daily roll-ups, which stay, say
 * who it was, and findings, tokens and starts that are over name anybody.  0 keeps for ever.
 * Days are counted from when a record was made, and from when a checkpoint of the collector first
 * covered it, whichever is later, so a machine's wrong clock shortens nothing.  Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	RETENTION_MAX_BYTES = 8192,
	RETENTION_MAX_KINDS = 40,
	RETENTION_KIND_SIZE = 48,
	RETENTION_MIN_DAYS = 30, /* what one person has set can be seen before it takes effect */
	RETENTION_MAX_DAYS = 36525,
	RETENTION_DEFAULT_DAYS = 1096, /* three years */
};

struct retention {
	uint64_t version; /* 0: nobody has set anything */
	unsigned days, person_days;
	size_t n_kinds;
	struct retention_kind {
		char name[RETENTION_KIND_SIZE];
		unsigned days;
	} kinds[RETENTION_MAX_KINDS];
};

/* What holds until somebody sets something. */
void retention_default(struct retention *ret);

/* Read the document; a member that is not there is as by default; others than these are refused.
 * Returns 0, with version 0; -EBADMSG with a sentence in @error. */
int retention_parse(struct retention *ret, const char *text, size_t size, char error[static 128])
	__attribute__((warn_unused_result));

/* How many days records of @kind are kept; 0: for ever. */
unsigned retention_days(const struct retention *retention, const char *kind);

/* The fewest days that any kind is kept; 0: all are kept for ever. */
unsigned retention_shortest(const struct retention *retention);
