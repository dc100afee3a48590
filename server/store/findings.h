/* findings - what is wrong with the records themselves (gaps, forks, broken chains), and
 * with the agents that make them.
 * Written by batch.h, in the transaction that found them. */
#pragma once

#include <stdint.h>

#include "store.h"

/* Texts are borrowed for the call. */
struct finding {
	int64_t time;
	const char *host, *ledger, *text;
	const char *kind; /* "gap", "fork", "chain-broken", "unreadable"; "silent", "stopped",
			     "removed", "pre-agent" */
	uint64_t seq;
};

/* Call @on_finding for each, oldest first; a negative return ends it and is returned. */
int findings_each(struct store *store, int (*on_finding)(void *context, const struct finding *row),
		  void *context) __attribute__((warn_unused_result));
