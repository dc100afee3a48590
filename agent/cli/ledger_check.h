/* ledger_check - check the hash chain of a ledger, file by file, and say exactly where it breaks.
 * Reads; never writes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "policy/disposal.h"

enum { LEDGER_CHECK_TIME_SIZE = 32, LEDGER_CHECK_TEXT_SIZE = 256 };

struct ledger_check {
	char id[LEDGER_ID_SIZE];
	const struct note_key *key; /* of disposals; NULL: none is taken.  Borrowed */
	struct ledger_chain chain;  /* after the last good record */
	uint64_t records;	    /* that were good */
	uint64_t disposed;	    /* that signed disposals stand for */
	char first_time[LEDGER_CHECK_TIME_SIZE], last_time[LEDGER_CHECK_TIME_SIZE];
	bool unfinished; /* the last file ends within a line */
	/* Of a failure: where it is, and a sentence (not translated). */
	uint64_t line; /* 1 is the file's first */
	char text[LEDGER_CHECK_TEXT_SIZE];
};

/* Begin with the chain of ledger @id, without a key.  Returns 0 or -EINVAL. */
int ledger_check_start(struct ledger_check *ret, const char *id)
	__attribute__((warn_unused_result));

/* Check the lines of @fd (borrowed), whose first must be record @first_seq (0: any that the chain
 * wants).  Call it for each segment in order.  An unfinished line at the end is noted, not a
 * failure: the enforcer may just be writing it; it is one if another segment follows.
 * Returns 0; -EBADMSG with check->line and check->text; what read(2) gives. */
int ledger_check_fd(struct ledger_check *check, int fd, uint64_t first_seq)
	__attribute__((warn_unused_result));

/* The ledger id in the first line of an exported file.  Returns 0; -EBADMSG if that line is not the
 * record "ledger.opened". */
int ledger_check_find_id(int fd, char ret[static LEDGER_ID_SIZE])
	__attribute__((warn_unused_result));
