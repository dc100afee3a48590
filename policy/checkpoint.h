/* checkpoint - what a collector signs of all its hosts' chains at one time (C2SP, tlog-checkpoint):
 * the size and the root of a Merkle tree (merkle.h) that only grows.
 *
 *	ORIGIN			the name of the collector's key
 *	SIZE
 *	BASE64(root)
 *	time 2026-11-22T22:36:19Z
 *
 * Its leaves are lines, one for each ledger that had grown when a checkpoint was made:
 *	devgate ledger 1 HOST LEDGER SEQ HASH\n
 * with the host's id, the ledger's id, its last line's seq and hash (hexadecimal).  So a checkpoint
 * and two proofs show, years later, that a line was there and has not been changed.  Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "ledger_line.h"
#include "merkle.h"
#include "note.h"

enum {
	CHECKPOINT_TIME_SIZE = 21, /* "2026-11-22T22:36:19Z" and NUL */
	CHECKPOINT_HOST_SIZE = 37,
	CHECKPOINT_LEAF_SIZE = 192,
	CHECKPOINT_NOTE_SIZE = 512 + NOTE_SIGNATURE_SIZE,
};

struct checkpoint {
	uint64_t size;
	struct merkle_hash root;
	char time[CHECKPOINT_TIME_SIZE];
};

/* The end of one ledger. */
struct checkpoint_leaf {
	char host[CHECKPOINT_HOST_SIZE], ledger[LEDGER_ID_SIZE];
	uint64_t seq;
	uint8_t hash[LEDGER_HASH_SIZE];
};

/* Write @leaf's line, with its '\n' and NUL; returns its length. */
size_t checkpoint_leaf_to_text(const struct checkpoint_leaf *leaf,
			       char ret[static CHECKPOINT_LEAF_SIZE]);

/* Its hash in the tree. */
void checkpoint_leaf_hash(const struct checkpoint_leaf *leaf, struct merkle_hash *ret);

/* Write @checkpoint as a note signed with @secret, NUL-terminated.  Returns its length, or -EINVAL
 * if @checkpoint's time has not the form. */
ptrdiff_t checkpoint_sign(const struct checkpoint *checkpoint, const struct note_key *key,
			  const uint8_t secret[static crypto_sign_SECRETKEYBYTES],
			  char ret[static CHECKPOINT_NOTE_SIZE])
	__attribute__((warn_unused_result));

/* Read a note, which must be signed by @key and have its name as origin.
 * Returns 0; as note_open(); -EBADMSG if it is no checkpoint. */
int checkpoint_open(struct checkpoint *ret, const char *note, size_t size,
		    const struct note_key *key) __attribute__((warn_unused_result));
