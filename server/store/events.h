/* events - the lines that are kept, read back. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "store.h"

/* The kind of a line that holds its place in the chain and is not an event; no event can have it.
 */
#define EVENT_UNREADABLE "(unreadable)"

/* The kind of what stands for lines that were disposed of (policy/disposal.h). */
#define EVENT_DISPOSED "(disposed)"

/* One event as it is listed; texts are borrowed for the call. */
struct event_row {
	int64_t row; /* grows in order of arrival over all hosts */
	const char *host, *hostname, *ledger, *kind;
	uint64_t seq;
	const char *line; /* exact bytes, without '\n'; not NUL-terminated */
	size_t line_size;
};

/* Which events; NULL is any. */
struct event_query {
	int64_t after; /* rows above this one */
	const char *host, *kind;
	size_t limit;
};

typedef int on_event(void *context, const struct event_row *row);

/* Call @on_row for each, by row number; a return below 0 ends it and is returned, but -ECANCELED
 * ends it with 0. */
int events_each(struct store *store, const struct event_query *query, on_event *on_row,
		void *context) __attribute__((warn_unused_result));

/* The same for one ledger of one host from @first_seq on, at most @limit lines, by seq; with what
 * stands for lines that were disposed of, as row 0, with the seq of the last of them. */
int events_each_of_ledger(struct store *store, const char *host, const char *ledger,
			  uint64_t first_seq, size_t limit, on_event *on_row, void *context)
	__attribute__((warn_unused_result));

/* Call @on_ledger for each ledger of a host, oldest first, as row with only host, ledger and seq
 * (the last held) set.  Returns 0; -ENOENT for an unknown host. */
int events_each_ledger(struct store *store, const char *host, on_event *on_ledger, void *context)
	__attribute__((warn_unused_result));
