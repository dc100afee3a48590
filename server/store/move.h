/* move - all records of a site from one store into another, empty one, verified by the chains. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "policy/note.h"
#include "store.h"

enum { MOVE_TEXT_SIZE = 256 };

struct move_result {
	uint64_t hosts, ledgers, events, checkpoints;
	char text[MOVE_TEXT_SIZE]; /* what is wrong, a sentence; "" if nothing is */
};

/* Called now and then with how many of @total events have been dealt with; @checked: they are
 * copied, and are read again and checked. */
typedef void move_progress(void *context, bool checked, uint64_t done, uint64_t total);

struct move_watch {
	move_progress *progress;
	void *context;
	const struct note_key *key; /* of checkpoints and disposals; NULL: there are to be none */
};

/* Copy all of @from, as of one moment, in one transaction; then read every ledger again, and check
 * it and the checkpoints (chains.h) by the ends that ledgers have in @from.  Policy sections go
 * before.  Others may be using @from.  Fills *@ret.
 * Returns 0; -ENOTEMPTY if @to has records, and -EBADMSG if a chain does not hold: then @to has
 * nothing; errors of the stores. */
int store_move(struct store *from, struct store *to, const struct move_watch *watch,
	       struct move_result *ret) __attribute__((warn_unused_result));
