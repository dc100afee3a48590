/* checkpoint_list - the signed checkpoints that the collector shows, each verified. */
#pragma once

#include "api.h"
#include "policy/checkpoint.h"

struct checkpoint_list {
	size_t n;
	struct checkpoint *items; /* owned; by number */
};

/* Fetch them all, and check that each is signed by @key.  Gives *@ret, to be freed with
 * checkpoint_list_finish.  Returns 0; else told: -EKEYREJECTED for one that is not signed by it or
 * is no checkpoint, -ENOMEM, or as api_get(). */
int checkpoint_list_fetch(struct checkpoint_list *ret, struct api *api, const struct note_key *key)
	__attribute__((warn_unused_result));
void checkpoint_list_finish(struct checkpoint_list *list);
