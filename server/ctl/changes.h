/* changes - what one table of devices has that another has not.  Pure. */
#pragma once

#include <stddef.h>

#include "policy/registered.h"

enum change_kind { CHANGE_ADDED, CHANGE_REMOVED, CHANGE_ALTERED };

struct change {
	enum change_kind kind;
	struct registered_entry before, after; /* what there is of them */
};

struct changes {
	size_t n, added, removed, altered;
	struct change *list; /* owned; in order of key */
};

/* Compare two tables by key (n may be 0 for an empty one).  Returns 0; -EBADMSG on an entry out of
 * range; -ENOMEM. */
int changes_between(const struct registered *before, const struct registered *after,
		    struct changes *ret) __attribute__((warn_unused_result));
void changes_finish(struct changes *changes);
