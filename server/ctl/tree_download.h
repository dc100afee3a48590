/* tree_download - the leaves of the tree that a checkpoint signs: fetched, and hashed again to the
 * root that is signed.  So what ledgers there are, and how far each had grown, need not be taken
 * from the collector. */
#pragma once

#include "api.h"
#include "policy/checkpoint.h"

struct tree_ends {
	size_t n;
	struct checkpoint_leaf **items; /* owned: the latest leaf of each ledger; no order */
	void *index;			/* tsearch(3)'s */
};

/* Fetch the tree of @checkpoint.  Gives *@ret, freed with tree_ends_finish.  Returns 0; else told:
 * -EKEYREJECTED if the leaves do not form the tree that is signed, or are none; -ENOMEM, or as
 * api_request(). */
int tree_download(struct tree_ends *ret, struct api *api, const struct checkpoint *checkpoint)
	__attribute__((warn_unused_result));
void tree_ends_finish(struct tree_ends *ends);

/* The latest leaf of ledger @ledger of the host with id @host; NULL if it has none. */
const struct checkpoint_leaf *tree_ends_find(const struct tree_ends *ends, const char *host,
					     const char *ledger);
