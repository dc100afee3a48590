/* usage - counts of device events by day, host, unit, person and device, for reports. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "policy/event.h"
#include "policy/registered.h"
#include "store.h"

enum { USAGE_DAY_SIZE = 11 }; /* "2026-11-22" */

struct usage_counters {
	uint64_t arrivals, allowed, read_only, denied;	/* device.decided, by verdict */
	uint64_t violations;				/* decided or changed */
	uint64_t duration_s, bytes_read, bytes_written; /* device.removed */
};

struct usage_row {
	char day[USAGE_DAY_SIZE];
	char hostname[STORE_TEXT_SIZE], unit[STORE_TEXT_SIZE];
	char person[64];	      /* "" if none was known */
	char device[EVENT_TEXT_SIZE]; /* "0951:1666 serial" */
	char name[EVENT_TEXT_SIZE];
	char tag[REGISTERED_TAG_SIZE]; /* "" if it was not registered */
	struct usage_counters counters;
};

/* Days are inclusive, of the event's own time in UTC; the others are NULL for any. */
struct usage_query {
	const char *from, *to;
	const char *host; /* id or host name */
	const char *unit, *person, *device;
};

/* Count all events anew.  Says the same as what was counted as they arrived.  0 or -errno. */
int usage_rebuild(struct store *store) __attribute__((warn_unused_result));

/* The day, UTC, that an event says it happened on. */
void usage_day(const struct event_columns *columns, char ret[static USAGE_DAY_SIZE]);

/* Call @on_row for each row, sorted by all five; a negative return ends it and is returned. */
int usage_each(struct store *store, const struct usage_query *query,
	       int (*on_row)(void *context, const struct usage_row *row), void *context)
	__attribute__((warn_unused_result));
