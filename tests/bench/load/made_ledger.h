/* made_ledger - the ledger of a machine that does not exist: lines as an enforcer writes them, with
 * a valid chain, all from the machine's id, the number of the ledger, and each line's seq, so that
 * who has the same three can tell what every line must be. */
#pragma once

#include <stdint.h>

#include "policy/ledger_line.h"

enum {
	MADE_HOST_SIZE = 37,
	MADE_LINE_MAX = 2048,
	MADE_BATCH_LINES = 500,
	MADE_BATCH_BYTES = 1024 * 1024,
};

struct made_ledger {
	char id[LEDGER_ID_SIZE];
	struct ledger_chain chain;
	int64_t began;	  /* seconds since 1970, of the first line */
	uint32_t machine; /* a number from the host's id */
};

/* Ledger @number of @host (its id); lines begin at @began. */
void made_ledger_start(struct made_ledger *ret, const char *host, uint32_t number, int64_t began);

/* Write the next line with its '\n' to @ret (MADE_LINE_MAX bytes) and advance.  Gives its size. */
size_t made_ledger_line(struct made_ledger *ledger, char *ret);

/* The next @n lines (MADE_BATCH_LINES at most) in @ret (MADE_BATCH_BYTES).  Gives their size. */
size_t made_ledger_batch(struct made_ledger *ledger, size_t n, char *ret);
