/* verify - check the hash chain of a ledger as its bytes arrive.  Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "policy/disposal.h"

struct verify {
	char id[LEDGER_ID_SIZE];
	const struct note_key *key; /* of disposals; NULL: none is taken.  Borrowed */
	struct ledger_chain chain;
	uint64_t lines;			  /* good ones so far */
	uint64_t disposed;		  /* that signed disposals stand for, so far */
	uint64_t mark;			  /* seq of a line whose hash is wanted; 0: none */
	uint8_t marked[LEDGER_HASH_SIZE]; /* that hash, once the line has come */
	int failure; /* 0, or the answer of ledger_line_check, disposal_check to the next line */
	size_t held; /* bytes of a line that is not whole yet */
	char line[LEDGER_LINE_MAX];
};

/* Start at the beginning of ledger @id, without a mark and a key.  0 or -EINVAL. */
int verify_start(struct verify *verify, const char *id) __attribute__((warn_unused_result));

/* Take the next bytes.  Returns 0, or verify->failure: -EBADMSG, -ESTALE, -EKEYREJECTED as
 * ledger_line_check; -ENOKEY for a disposal that the key has not signed; -EXDEV for another
 * ledger's; -E2BIG for a line above LEDGER_LINE_MAX.  After a failure nothing is taken. */
int verify_bytes(struct verify *verify, const char *bytes, size_t size)
	__attribute__((warn_unused_result));

/* Bytes may end here: 0; -EBADMSG if the last line is cut off; or the failure before. */
int verify_end(struct verify *verify) __attribute__((warn_unused_result));
