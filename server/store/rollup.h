/* rollup - use by day, host, unit, person and device, counted as events arrive, so that reports do
 * not read the events.  Internal to server/store. */
#pragma once

#include "batch.h"
#include "connection.h"

/* Add @lines of @host in the transaction of @connection.  0 or -errno. */
int rollup_add(struct connection *connection, int64_t host, const struct batch_line *lines,
	       size_t n) __attribute__((warn_unused_result));

/* Count all events after day @after ("": all) anew, in the transaction of @connection.  0 or
 * -errno.
 */
int rollup_rebuild(struct connection *connection, const char *after)
	__attribute__((warn_unused_result));

/* What a roll-up says in a person's place when it was kept long enough. */
#define ROLLUP_FORGOTTEN "(disposed)"

/* Let the roll-ups of days before @before, that no hold covers, not say any more who it was: those
 * of all persons become one.  In the transaction of @connection.  Returns how many rows did, or
 * -errno. */
int rollup_forget(struct connection *connection, const char *before)
	__attribute__((warn_unused_result));
