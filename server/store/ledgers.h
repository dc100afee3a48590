/* ledgers - which ledgers of which hosts are held, and how far. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "store.h"

/* Texts are borrowed for the call. */
struct ledger_row {
	int64_t number; /* in order of first arrival, from 1 */
	const char *host, *hostname, *id;
	uint64_t lines;	       /* seq of the last one held, or disposed of */
	uint64_t checkpointed; /* seq that the last checkpoint covers; 0: none yet */
	bool quarantined;      /* it has forked, and takes no more */
};

/* Call @on_row for those after number @after, by number, at most @limit; a negative return ends it
 * and is returned. */
int ledgers_each(struct store *store, int64_t after, size_t limit,
		 int (*on_row)(void *context, const struct ledger_row *row), void *context)
	__attribute__((warn_unused_result));
