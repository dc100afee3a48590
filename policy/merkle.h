/* merkle - the Merkle tree of RFC 9162 (section 2.1): what a checkpoint signs, and the proofs that
 * a leaf is in a tree, and that a tree is the beginning of a later one.
 *
 * Pure.  SHA-256; a leaf is hashed as 0x00 || leaf, a node as 0x01 || left || right.  A tree is
 * kept as the roots of its complete subtrees, the largest first, one for each bit of its size; what
 * is in them is asked of the caller. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	MERKLE_HASH_SIZE = 32,
	MERKLE_MAX_LEVELS = 63, /* so sizes are below 2^63 */
	MERKLE_MAX_PROOF = 2 * MERKLE_MAX_LEVELS,
};

struct merkle_hash {
	uint8_t bytes[MERKLE_HASH_SIZE];
};

/* Hash of one leaf, of @size bytes; of two subtrees; of the empty tree. */
void merkle_leaf(const void *leaf, size_t size, struct merkle_hash *ret);
void merkle_node(const struct merkle_hash *left, const struct merkle_hash *right,
		 struct merkle_hash *ret);
void merkle_empty(struct merkle_hash *ret);

/* A growing tree: the roots of its complete subtrees, the largest first. */
struct merkle_tree {
	uint64_t size; /* leaves */
	size_t n;      /* of roots: the bits that are set in size */
	struct merkle_hash roots[MERKLE_MAX_LEVELS];
};

/* Called with each node that became complete: number @index, from 0, of those of 2^@level leaves.
 * Returns 0, or what ends the append. */
typedef int merkle_complete(void *context, unsigned level, uint64_t index,
			    const struct merkle_hash *hash);

/* Add a leaf's hash.  The leaf itself is told to @complete, too, at level 0; NULL: nobody is told.
 * Returns 0; -EOVERFLOW; what @complete returned: then *@tree is as before. */
int merkle_append(struct merkle_tree *tree, const struct merkle_hash *leaf,
		  merkle_complete *complete, void *context) __attribute__((warn_unused_result));

/* The root of @tree. */
void merkle_root(const struct merkle_tree *tree, struct merkle_hash *ret);

/* Asked for node @index of 2^@level leaves, which is complete.  Returns 0, or why not. */
typedef int merkle_fetch(void *context, unsigned level, uint64_t index, struct merkle_hash *ret);

/* The proof that leaf @index is in the tree of the first @size leaves (RFC 9162, 2.1.3.1).
 * Returns how many hashes; -EINVAL unless @index < @size < 2^63; what @fetch returned. */
int merkle_prove_inclusion(uint64_t index, uint64_t size, merkle_fetch *fetch, void *context,
			   struct merkle_hash ret[static MERKLE_MAX_PROOF])
	__attribute__((warn_unused_result));

/* Does @proof show that @leaf is leaf @index of the tree of @size leaves and root @root?
 * Returns 0; -EINVAL unless @index < @size; -EBADMSG if it does not. */
int merkle_check_inclusion(uint64_t index, uint64_t size, const struct merkle_hash *leaf,
			   const struct merkle_hash *proof, size_t n,
			   const struct merkle_hash *root) __attribute__((warn_unused_result));

/* The proof that the tree of @old leaves is the beginning of that of @size (2.1.4.1).
 * Returns how many hashes, 0 if @old is 0 or @size; -EINVAL unless @old <= @size < 2^63; what
 * @fetch returned. */
int merkle_prove_consistency(uint64_t old, uint64_t size, merkle_fetch *fetch, void *context,
			     struct merkle_hash ret[static MERKLE_MAX_PROOF])
	__attribute__((warn_unused_result));

/* Does @proof show that the tree of @old leaves and root @old_root is the beginning of that of
 * @size leaves and root @root (2.1.4.2)?  Returns 0; -EINVAL unless @old <= @size; -EBADMSG if not.
 */
int merkle_check_consistency(uint64_t old, const struct merkle_hash *old_root, uint64_t size,
			     const struct merkle_hash *root, const struct merkle_hash *proof,
			     size_t n) __attribute__((warn_unused_result));
