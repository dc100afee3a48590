/* chains - check what a database holds against itself: that the lines of every ledger, and the
 * disposals among them, form the chain that ends as the ledger's row says, that every checkpoint is
 * signed and is of the tree that its leaves make, and that each ledger passes through its last
 * leaf. Internal to server/store. */
#pragma once

#include <stdint.h>

#include "connection.h"
#include "policy/note.h"

enum { CHAINS_TEXT_SIZE = 256 };

struct chains {
	struct connection *ends;    /* how the ledgers are to end is asked of this one; borrowed */
	struct connection *lines;   /* and all else of this one; may be the same */
	const struct note_key *key; /* of disposals and checkpoints; NULL: there are to be none */
	void (*on_line)(void *context); /* NULL, or told of each line that was looked at */
	void *context;
	uint64_t ledgers, events, disposed, checkpoints; /* that were good */
	char text[CHAINS_TEXT_SIZE];			 /* what is wrong; "" if nothing is */
};

/* Check all, in the transactions that run.  Counts from zero.  Returns 0; -EBADMSG, and what is
 * wrong is in @chains->text; errors of the store. */
int chains_check(struct chains *chains) __attribute__((warn_unused_result));
