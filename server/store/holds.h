/* holds - legal holds: records that must be kept beyond their time, by host, person, device and
 * days, until somebody releases them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "store.h"

enum { HOLDS_MAX = 1000, HOLD_DAY_SIZE = 11, HOLD_DEVICE_SIZE = 512 };

/* Texts are borrowed; "" is any.  A record is held if all that is said fits it. */
struct hold {
	int64_t id;
	const char *host;   /* id */
	const char *person; /* user name */
	const char *device; /* as events have it, "0951:1666 SERIAL" */
	const char *first_day, *last_day;
	const char *reason;
	int64_t created;
	const char *created_by;
	int64_t released; /* 0: it holds */
	const char *released_by, *released_reason;
};

/* Add one, and record it: what is said of it up to @hold->created_by.  *@ret_id: its number.
 * Returns 0; -EDQUOT above HOLDS_MAX that hold; -errno. */
int holds_add(struct store *store, const struct hold *hold, int64_t *ret_id)
	__attribute__((warn_unused_result));

/* Release @hold->id: of @hold, when, by whom and why are used.  Returns 0; -ENOENT if there is none
 * that holds; -errno. */
int holds_release(struct store *store, const struct hold *hold) __attribute__((warn_unused_result));

/* Call @on_hold for each, oldest first; @all: also those that were released.  A negative return
 * ends it and is returned. */
int holds_each(struct store *store, bool all,
	       int (*on_hold)(void *context, const struct hold *hold), void *context)
	__attribute__((warn_unused_result));

/* For SQL of server/store: whether a hold covers the row @row (a table's short name, with day,
 * person and device) of the host whose id is @host, an expression. */
#define HOLDS_COVER(host_id, row)                                                                  \
	"EXISTS (SELECT 1 FROM hold x WHERE x.released IS NULL AND x.host IN ('', " host_id ")"    \
	" AND x.person IN ('', " row ".person) AND x.device IN ('', " row ".device)"               \
	" AND (x.first_day = '' OR " row ".day >= x.first_day)"                                    \
	" AND (x.last_day = '' OR " row ".day <= x.last_day))"
