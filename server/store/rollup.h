/* rollup - use by day, host, unit, person and device, counted as events arrive, so that reports do
 * not read the events.  Internal to server/store. */
#pragma once

#include "batch.h"
#include "connection.h"

/* Add @lines of @host in the transaction of @connection.  0 or -errno. */
int rollup_add(struct connection *connection, int64_t host, const struct batch_line *lines,
	       size_t n) __attribute__((warn_unused_result));

/* Count all events anew, in the transaction of @connection.  0 or -errno. */
int rollup_rebuild(struct connection *connection) __attribute__((warn_unused_result));
