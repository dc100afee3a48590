/* risk_diff - what changes from one risk model to another, value by value, for the officer who
 * signs.  Pure. */
#pragma once

#include "risk.h"

/* One value that is not the same.  The texts are owned by the list. */
struct risk_change {
	char *path;   /* "factors.identity.none.likelihood", "restricted.2ca3", "thresholds" */
	char *before; /* as JSON; NULL if it was not there */
	char *after;  /* NULL if it is there no more */
};

struct risk_changes {
	size_t n;
	struct risk_change *list; /* owned; in the order of the paths */
};

/* Compare two models that risk_parse() has taken.  Lists are compared whole, but for the restricted
 * vendors, which are by their id.  Comments and order do not count.  Returns 0; -EBADMSG for what
 * is no such document; -ENOMEM. */
int risk_diff(const char *before, const char *after, struct risk_changes *ret)
	__attribute__((warn_unused_result));
void risk_changes_finish(struct risk_changes *changes);
