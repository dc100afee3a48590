/* ledger_line - one event of the ledger: a line of JSON that carries its place in a hash chain.
 *
 * A line is a JSON object without line breaks, then '\n'.  It begins {"seq":N, and ends
 * ,"hash":"<64 hex>"} where hash = SHA-256(hash before it || the line's bytes up to, not including,
 * that last comma).  The hash before the first line is SHA-256("devgate ledger 1\0" || ledger id),
 * so a chain is bound to its ledger.  The bytes are never re-encoded: no canonical form is needed.
 * Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LEDGER_HASH_SIZE = 32,
	LEDGER_ID_SIZE = 33,		 /* 16 random bytes, hexadecimal, and NUL */
	LEDGER_LINE_MAX = 64 * 1024,	 /* with its '\n' */
	LEDGER_TRAILER_SIZE = 9 + 64 + 2 /* ,"hash":"..."} */
};

/* The state of a chain: what the next line must continue. */
struct ledger_chain {
	uint64_t next_seq; /* 1 for an empty ledger */
	uint8_t hash[LEDGER_HASH_SIZE];
};

/* The chain of an empty ledger.  Returns 0, or -EINVAL if @id is not 32 hexadecimal digits. */
int ledger_chain_start(struct ledger_chain *ret, const char *id)
	__attribute__((warn_unused_result));

/* Close an event into a line.  @body: a JSON object's members without the braces and without seq
 * and hash, e.g. "\"time\":\"...\",\"kind\":\"...\"", no line breaks.  Writes the line with its
 * '\n' to @ret and advances @chain.  Returns the line's length; -E2BIG; -EINVAL for a line break.
 */
ptrdiff_t ledger_line_seal(struct ledger_chain *chain, const char *body, char *ret, size_t ret_size)
	__attribute__((warn_unused_result));

/* The hash that a line (without its '\n') says it has, unchecked.  Returns 0; -EBADMSG. */
int ledger_line_hash(const char *line, size_t size, uint8_t ret[static LEDGER_HASH_SIZE])
	__attribute__((warn_unused_result));

/* Check one line (without its '\n') against the chain and advance it.  Returns 0; -EBADMSG if it
 * has not the form; -ESTALE if its seq is not the one the chain wants (*@ret_seq gets it if not
 * NULL); -EKEYREJECTED if its hash does not continue the chain.  On failure the chain is as before.
 */
int ledger_line_check(struct ledger_chain *chain, const char *line, size_t size, uint64_t *ret_seq)
	__attribute__((warn_unused_result));
