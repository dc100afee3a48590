/* ingest - take an upload of ledger lines: check the chain, keep the exact bytes and the columns,
 * commit, and only then say how far it is held.
 * Sending the same lines again changes nothing.  What is wrong with a ledger is recorded as a
 * finding, once for each cause. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "server/store/store.h"

enum { INGEST_MAX_LINES = 500, INGEST_MAX_BYTES = 1024 * 1024 };

enum ingest_outcome {
	INGEST_TAKEN,	   /* all lines are held */
	INGEST_GAP,	   /* a line is further on than acked + 1 */
	INGEST_FORK,	   /* a line differs from the one that is held; the ledger takes no more */
	INGEST_BROKEN,	   /* a line does not continue the chain, or is no line */
	INGEST_TOO_MANY,   /* more than INGEST_MAX_LINES; nothing was taken */
	INGEST_UNFINISHED, /* the last line has no line break; nothing was taken */
};

struct ingest_result {
	enum ingest_outcome outcome;
	uint64_t acked; /* the last seq that is held, after the commit */
	char text[192]; /* English, what was found; "" for INGEST_TAKEN */
};

/* Take @lines (NDJSON, @size bytes; 0 only asks how far the ledger is held) of ledger @ledger of
 * host @host.  The lines before a bad one are taken.  Fills *@ret.
 * Returns 0; -EINVAL if @ledger is no ledger id; -ENOENT for an unknown or revoked host; -EDQUOT if
 * the host has too many ledgers; -ENOMEM; errors of the store, after which nothing was taken. */
int ingest(struct store *store, const char *host, const char *ledger, const char *lines,
	   size_t size, int64_t now, struct ingest_result *ret) __attribute__((warn_unused_result));
