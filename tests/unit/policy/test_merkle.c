/* The tree and its proofs against the definitions of RFC 9162, section 2.1, written out naively;
 * and against roots that others publish for the same leaves. */
#include "policy/merkle.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/text.h"
#include "cmocka_test.h"

enum { MAX_LEAVES = 70, MAX_NODES = 4096 };

static struct merkle_hash leaves[MAX_LEAVES];

/* Every complete node, as merkle_append() told of it. */
struct nodes {
	size_t n;
	struct node {
		unsigned level;
		uint64_t index;
		struct merkle_hash hash;
	} nodes[MAX_NODES];
};

static int keep(void *context, unsigned level, uint64_t index, const struct merkle_hash *hash)
{
	struct nodes *nodes = context;

	assert_true(nodes->n < MAX_NODES);
	nodes->nodes[nodes->n++] = (struct node){ level, index, *hash };
	return 0;
}

static int fetch(void *context, unsigned level, uint64_t index, struct merkle_hash *ret)
{
	const struct nodes *nodes = context;

	for (size_t i = 0; i < nodes->n; i++) {
		if (nodes->nodes[i].level == level && nodes->nodes[i].index == index) {
			*ret = nodes->nodes[i].hash;
			return 0;
		}
	}
	return -ENOENT;
}

/* MTH(D[begin:end]) of 2.1.1, word for word. */
static struct merkle_hash reference(size_t begin, size_t end)
{
	struct merkle_hash left, right;
	size_t k = 1;

	if (end == begin) {
		merkle_empty(&left);
		return left;
	}
	if (end - begin == 1)
		return leaves[begin];
	while (k * 2 < end - begin)
		k *= 2;
	left = reference(begin, begin + k);
	right = reference(begin + k, end);
	merkle_node(&left, &right, &left);
	return left;
}

static void fill(struct merkle_tree *tree, struct nodes *nodes)
{
	*tree = (struct merkle_tree){ 0 };
	nodes->n = 0;
	for (size_t i = 0; i < MAX_LEAVES; i++) {
		char text[16];
		int n = snprintf(text, sizeof(text), "leaf %zu", i);

		merkle_leaf(text, (size_t)n, &leaves[i]);
		assert_int_equal(merkle_append(tree, &leaves[i], keep, nodes), 0);
	}
}

static void test_roots(void **state)
{
	struct merkle_tree tree = { 0 };
	struct merkle_hash root, wanted;
	static struct nodes nodes;

	(void)state;
	fill(&tree, &nodes);
	tree = (struct merkle_tree){ 0 };
	for (size_t size = 0; size <= MAX_LEAVES; size++) {
		merkle_root(&tree, &root);
		wanted = reference(0, size);
		assert_memory_equal(&root, &wanted, sizeof(root));
		if (size < MAX_LEAVES)
			assert_int_equal(merkle_append(&tree, &leaves[size], NULL, NULL), 0);
	}
}

/* The leaves and roots that certificate-transparency's test data have (RFC 6962's and RFC 9162's
 * trees are the same). */
static void test_known_roots(void **state)
{
	static const struct {
		const char *leaf; /* hexadecimal */
		const char *root; /* of the tree up to it */
	} known[] = {
		{ "", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
		{ "00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" },
		{ "10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77" },
		{ "2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" },
	};
	struct merkle_tree tree = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct merkle_hash leaf, root;
		uint8_t bytes[8];
		char hex[2 * MERKLE_HASH_SIZE + 1];
		size_t n = strlen(known[i].leaf) / 2;

		for (size_t j = 0; j < n; j++) {
			const char pair[] = { known[i].leaf[2 * j], known[i].leaf[2 * j + 1], 0 };
			bytes[j] = (uint8_t)strtoul(pair, NULL, 16);
		}
		merkle_leaf(bytes, n, &leaf);
		assert_int_equal(merkle_append(&tree, &leaf, NULL, NULL), 0);
		merkle_root(&tree, &root);
		text_hex(root.bytes, sizeof(root.bytes), hex);
		assert_string_equal(hex, known[i].root);
	}
}

/* A proof with any one bit changed, one hash more or one less, shows nothing. */
static void test_inclusion(void **state)
{
	struct merkle_hash proof[MERKLE_MAX_PROOF + 1] = { 0 };
	struct merkle_tree tree;
	static struct nodes nodes;

	(void)state;
	fill(&tree, &nodes);
	for (uint64_t size = 1; size <= MAX_LEAVES; size++) {
		struct merkle_hash root = reference(0, size);

		for (uint64_t i = 0; i < size; i++) {
			int n = merkle_prove_inclusion(i, size, fetch, &nodes, proof);

			assert_true(n >= 0);
			assert_int_equal(
				merkle_check_inclusion(i, size, &leaves[i], proof, n, &root), 0);
			assert_int_equal(
				merkle_check_inclusion(i, size, &leaves[i], proof, n + 1, &root),
				-EBADMSG);
			assert_int_equal(merkle_check_inclusion(i, size, &leaves[(i + 1) % size],
								proof, n, &root),
					 size == 1 ? 0 : -EBADMSG);
			if (n == 0)
				continue;
			assert_int_equal(
				merkle_check_inclusion(i, size, &leaves[i], proof, n - 1, &root),
				-EBADMSG);
			proof[n / 2].bytes[5] ^= 0x10;
			assert_int_equal(
				merkle_check_inclusion(i, size, &leaves[i], proof, n, &root),
				-EBADMSG);
		}
	}
	assert_int_equal(merkle_prove_inclusion(3, 3, fetch, &nodes, proof), -EINVAL);
	assert_int_equal(merkle_check_inclusion(3, 3, &leaves[0], proof, 0, &leaves[0]), -EINVAL);
	assert_int_equal(merkle_prove_inclusion(3, 1000, fetch, &nodes, proof), -ENOENT);
}

static void test_consistency(void **state)
{
	struct merkle_hash proof[MERKLE_MAX_PROOF + 1] = { 0 };
	struct merkle_tree tree;
	static struct nodes nodes;

	(void)state;
	fill(&tree, &nodes);
	for (uint64_t size = 0; size <= MAX_LEAVES; size++) {
		struct merkle_hash root = reference(0, size);

		for (uint64_t old = 0; old <= size; old++) {
			struct merkle_hash old_root = reference(0, old), other = old_root;
			int n = merkle_prove_consistency(old, size, fetch, &nodes, proof);

			assert_true(n >= 0);
			assert_int_equal(
				merkle_check_consistency(old, &old_root, size, &root, proof, n), 0);
			other.bytes[0] ^= 1;
			assert_int_equal(
				merkle_check_consistency(old, &other, size, &root, proof, n),
				-EBADMSG);
			assert_int_equal(
				merkle_check_consistency(old, &old_root, size, &root, proof, n + 1),
				-EBADMSG);
			other = root;
			other.bytes[31] ^= 1;
			if (old > 0)
				assert_int_equal(merkle_check_consistency(old, &old_root, size,
									  &other, proof, n),
						 -EBADMSG);
			if (n == 0)
				continue;
			assert_int_equal(
				merkle_check_consistency(old, &old_root, size, &root, proof, n - 1),
				-EBADMSG);
			proof[n - 1].bytes[9] ^= 0x80;
			assert_int_equal(
				merkle_check_consistency(old, &old_root, size, &root, proof, n),
				-EBADMSG);
		}
	}
	assert_int_equal(merkle_prove_consistency(4, 3, fetch, &nodes, proof), -EINVAL);
	assert_int_equal(merkle_check_consistency(4, &leaves[0], 3, &leaves[0], proof, 0), -EINVAL);
	assert_int_equal(merkle_prove_consistency(3, 1000, fetch, &nodes, proof), -ENOENT);
}

static int refuse(void *context, unsigned level, uint64_t index, const struct merkle_hash *hash)
{
	(void)context;
	(void)index;
	(void)hash;
	return level == 1 ? -ENOSPC : 0;
}

/* What cannot be kept is not in the tree. */
static void test_append_fails(void **state)
{
	struct merkle_tree tree = { 0 }, before;

	(void)state;
	assert_int_equal(merkle_append(&tree, &leaves[0], refuse, NULL), 0);
	before = tree;
	assert_int_equal(merkle_append(&tree, &leaves[1], refuse, NULL), -ENOSPC);
	assert_memory_equal(&tree, &before, sizeof(tree));
	tree.size = (UINT64_C(1) << MERKLE_MAX_LEVELS) - 1;
	assert_int_equal(merkle_append(&tree, &leaves[1], NULL, NULL), -EOVERFLOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_roots),	     cmocka_unit_test(test_known_roots),
		cmocka_unit_test(test_inclusion),    cmocka_unit_test(test_consistency),
		cmocka_unit_test(test_append_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
