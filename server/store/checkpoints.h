/* checkpoints - signed checkpoints over the ends of all ledgers (policy/checkpoint.h), the tree
 * that they sign, and proofs from it. The tree's leaves and complete nodes are kept, so a proof
 * costs as many reads as it has hashes. Several collectors may make checkpoints in one database:
 * each number is made once. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/checkpoint.h"
#include "store.h"

enum { CHECKPOINTS_MAX_LEAVES = 100000 }; /* in one checkpoint; what is left is in the next */

/* Sign what has grown since the last one, if anything has, or if it is older than @idle_s.
 * @secret: the other half of @key.  *@ret_leaves: how many were added; -1 if none was made.
 * Returns 0, also if another collector was faster; errors of the store. */
int checkpoints_make(struct store *store, const struct note_key *key,
		     const uint8_t secret[static crypto_sign_SECRETKEYBYTES], int64_t now,
		     int64_t idle_s, int64_t *ret_leaves) __attribute__((warn_unused_result));

/* One that was made; the note is borrowed for the call. */
struct checkpoint_row {
	int64_t number, time;
	uint64_t size;
	const char *note;
	size_t note_size;
};

/* Call @on_row for those after number @after, by number, at most @limit; a negative return ends it
 * and is returned. */
int checkpoints_each(struct store *store, int64_t after, size_t limit,
		     int (*on_row)(void *context, const struct checkpoint_row *row), void *context)
	__attribute__((warn_unused_result));

/* Where a ledger is in the tree: its latest leaf among the first @size. */
struct checkpoint_place {
	uint64_t index;
	struct checkpoint_leaf leaf;
};

/* Fill *@ret, and the proof that its leaf is in the tree of @size leaves.  Returns how many hashes;
 * -ENOENT if that ledger has no leaf there; -EINVAL if the tree has not been that large. */
int checkpoints_prove_inclusion(struct store *store, const char *host, const char *ledger,
				uint64_t size, struct checkpoint_place *ret,
				struct merkle_hash ret_proof[static MERKLE_MAX_PROOF])
	__attribute__((warn_unused_result));

/* The proof that the tree of @old leaves is the beginning of that of @size.  Returns how many
 * hashes; -EINVAL unless @old <= @size, and the tree has been that large. */
int checkpoints_prove_consistency(struct store *store, uint64_t old, uint64_t size,
				  struct merkle_hash ret_proof[static MERKLE_MAX_PROOF])
	__attribute__((warn_unused_result));

/* Call @on_place for leaves from @first on, in the order of the tree, at most @limit; a negative
 * return ends it and is returned. */
int checkpoints_each_leaf(struct store *store, uint64_t first, size_t limit,
			  int (*on_place)(void *context, const struct checkpoint_place *place),
			  void *context) __attribute__((warn_unused_result));
