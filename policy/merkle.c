#include "merkle.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <sodium.h>

static const uint64_t MAX_SIZE = (UINT64_C(1) << MERKLE_MAX_LEVELS) - 1;

void merkle_leaf(const void *leaf, size_t size, struct merkle_hash *ret)
{
	static const uint8_t prefix = 0x00;
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, &prefix, 1);
	crypto_hash_sha256_update(&state, leaf, size);
	crypto_hash_sha256_final(&state, ret->bytes);
}

void merkle_node(const struct merkle_hash *left, const struct merkle_hash *right,
		 struct merkle_hash *ret)
{
	uint8_t both[1 + 2 * MERKLE_HASH_SIZE] = { 0x01 };

	memcpy(both + 1, left->bytes, MERKLE_HASH_SIZE);
	memcpy(both + 1 + MERKLE_HASH_SIZE, right->bytes, MERKLE_HASH_SIZE);
	crypto_hash_sha256(ret->bytes, both, sizeof(both));
}

void merkle_empty(struct merkle_hash *ret)
{
	crypto_hash_sha256(ret->bytes, (const uint8_t *)"", 0);
}

static bool same(const struct merkle_hash *a, const struct merkle_hash *b)
{
	return memcmp(a->bytes, b->bytes, MERKLE_HASH_SIZE) == 0;
}

int merkle_append(struct merkle_tree *tree, const struct merkle_hash *leaf,
		  merkle_complete *complete, void *context)
{
	struct merkle_hash hash = *leaf;
	size_t n = tree->n;
	uint64_t index = tree->size;
	unsigned level = 0;

	if (tree->size == MAX_SIZE)
		return -EOVERFLOW;
	for (;; level++, index >>= 1) {
		int r = complete == NULL ? 0 : complete(context, level, index, &hash);

		if (r < 0)
			return r;
		if ((index & 1) == 0)
			break;
		merkle_node(&tree->roots[--n], &hash, &hash);
	}
	tree->roots[n] = hash;
	tree->n = n + 1;
	tree->size++;
	return 0;
}

void merkle_root(const struct merkle_tree *tree, struct merkle_hash *ret)
{
	if (tree->n == 0) {
		merkle_empty(ret);
		return;
	}
	*ret = tree->roots[tree->n - 1];
	for (size_t i = tree->n - 1; i > 0; i--)
		merkle_node(&tree->roots[i - 1], ret, ret);
}

/* The largest power of 2 below @n, which is above 1: the level of the left half. */
static unsigned split(uint64_t n)
{
	return 63 - (unsigned)__builtin_clzll(n - 1);
}

/* Root of the leaves from @begin to before @end, where @begin is a multiple of the power of 2 that
 * is not below their number. */
static int fetch_range(uint64_t begin, uint64_t end, merkle_fetch *fetch, void *context,
		       struct merkle_hash *ret)
{
	struct merkle_hash parts[MERKLE_MAX_LEVELS] = { 0 };
	size_t n = 0;

	do {
		unsigned level = 63 - (unsigned)__builtin_clzll(end - begin);
		int r = fetch(context, level, begin >> level, &parts[n++]);

		if (r < 0)
			return r;
		begin += UINT64_C(1) << level;
	} while (begin < end);
	*ret = parts[n - 1];
	for (size_t i = n - 1; i > 0; i--)
		merkle_node(&parts[i - 1], ret, ret);
	return 0;
}

/* Going down from the root finds a proof's hashes last first. */
static void reverse(struct merkle_hash *hashes, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		struct merkle_hash hash = hashes[i];

		hashes[i] = hashes[n - 1 - i];
		hashes[n - 1 - i] = hash;
	}
}

int merkle_prove_inclusion(uint64_t index, uint64_t size, merkle_fetch *fetch, void *context,
			   struct merkle_hash ret[static MERKLE_MAX_PROOF])
{
	uint64_t begin = 0, end = size;
	int n = 0;

	if (index >= size || size > MAX_SIZE)
		return -EINVAL;
	while (end - begin > 1) {
		uint64_t middle = begin + (UINT64_C(1) << split(end - begin));
		bool is_left = index < middle;
		int r = fetch_range(is_left ? middle : begin, is_left ? end : middle, fetch,
				    context, &ret[n++]);

		if (r < 0)
			return r;
		if (is_left)
			end = middle;
		else
			begin = middle;
	}
	reverse(ret, (size_t)n);
	return n;
}

int merkle_check_inclusion(uint64_t index, uint64_t size, const struct merkle_hash *leaf,
			   const struct merkle_hash *proof, size_t n,
			   const struct merkle_hash *root)
{
	uint64_t last = size - 1;
	struct merkle_hash hash = *leaf;

	if (index >= size)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		if (last == 0)
			return -EBADMSG;
		if ((index & 1) != 0 || index == last) {
			merkle_node(&proof[i], &hash, &hash);
			while ((index & 1) == 0 && index != 0) {
				index >>= 1;
				last >>= 1;
			}
		} else {
			merkle_node(&hash, &proof[i], &hash);
		}
		index >>= 1;
		last >>= 1;
	}
	return last == 0 && same(&hash, root) ? 0 : -EBADMSG;
}

int merkle_prove_consistency(uint64_t old, uint64_t size, merkle_fetch *fetch, void *context,
			     struct merkle_hash ret[static MERKLE_MAX_PROOF])
{
	uint64_t begin = 0, end = size;
	int n = 0, r;

	if (old > size || size > MAX_SIZE)
		return -EINVAL;
	if (old == 0 || old == size)
		return 0;
	/* Down to the subtree that ends where the old tree does. */
	while (end != old) {
		uint64_t middle = begin + (UINT64_C(1) << split(end - begin));
		bool is_left = old <= middle;

		r = fetch_range(is_left ? middle : begin, is_left ? end : middle, fetch, context,
				&ret[n++]);
		if (r < 0)
			return r;
		if (is_left)
			end = middle;
		else
			begin = middle;
	}
	/* It is the whole old tree, whose root is known, unless it begins later. */
	if (begin != 0) {
		r = fetch_range(begin, end, fetch, context, &ret[n++]);
		if (r < 0)
			return r;
	}
	reverse(ret, (size_t)n);
	return n;
}

/* The walk of 2.1.4.2 up from the last node of the old tree: @first is the old root's, @second the
 * new one's. */
static int walk_up(uint64_t old_last, uint64_t last, const struct merkle_hash *proof, size_t n,
		   struct merkle_hash hashes[2])
{
	for (size_t i = 0; i < n; i++) {
		if (last == 0)
			return -EBADMSG;
		if ((old_last & 1) != 0 || old_last == last) {
			merkle_node(&proof[i], &hashes[0], &hashes[0]);
			merkle_node(&proof[i], &hashes[1], &hashes[1]);
			while ((old_last & 1) == 0 && old_last != 0) {
				old_last >>= 1;
				last >>= 1;
			}
		} else {
			merkle_node(&hashes[1], &proof[i], &hashes[1]);
		}
		old_last >>= 1;
		last >>= 1;
	}
	return last == 0 ? 0 : -EBADMSG;
}

int merkle_check_consistency(uint64_t old, const struct merkle_hash *old_root, uint64_t size,
			     const struct merkle_hash *root, const struct merkle_hash *proof,
			     size_t n)
{
	struct merkle_hash empty, hashes[2];
	uint64_t old_last = old - 1, last = size - 1;

	if (old > size)
		return -EINVAL;
	if (old == 0) {
		merkle_empty(&empty);
		return n == 0 && same(old_root, &empty) ? 0 : -EBADMSG;
	}
	if (old == size)
		return n == 0 && same(old_root, root) ? 0 : -EBADMSG;
	for (; (old_last & 1) != 0; old_last >>= 1)
		last >>= 1;
	/* An old tree of a power of 2 leaves is a node of the new one: its root begins the walk. */
	if ((old & (old - 1)) == 0) {
		hashes[0] = hashes[1] = *old_root;
	} else {
		if (n == 0)
			return -EBADMSG;
		hashes[0] = hashes[1] = *proof++;
		n--;
	}
	if (walk_up(old_last, last, proof, n, hashes) < 0)
		return -EBADMSG;
	return same(&hashes[0], old_root) && same(&hashes[1], root) ? 0 : -EBADMSG;
}
