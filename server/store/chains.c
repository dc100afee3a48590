#include "chains.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/checkpoint.h"
#include "policy/disposal.h"

/* A ledger as it is to end, and the last leaf of it. */
struct end {
	int64_t no;
	char id[LEDGER_ID_SIZE], host[STORE_UUID_SIZE];
	struct ledger_chain chain;
	uint64_t checkpointed; /* 0: no leaf */
	struct merkle_hash leaf;
	bool passed; /* the chain went through the leaf */
};

struct ends {
	size_t n, room;
	struct end *items; /* owned */
};

static int __attribute__((format(printf, 2, 3)))
wrong(struct chains *chains, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(chains->text, sizeof(chains->text), format, arguments);
	va_end(arguments);
	return -EBADMSG;
}

static int read_end(struct chains *chains, const struct statement *s, struct end *ret)
{
	size_t size;
	const void *head = statement_blob(s, 4, &size);
	struct end end = { .no = statement_integer(s, 0),
			   .checkpointed = (uint64_t)statement_integer(s, 5) };

	statement_text(s, 1, end.id, sizeof(end.id));
	statement_text(s, 2, end.host, sizeof(end.host));
	end.chain.next_seq = (uint64_t)statement_integer(s, 3);
	if (size != LEDGER_HASH_SIZE)
		return wrong(chains, "ledger %s has no head", end.id);
	memcpy(end.chain.hash, head, LEDGER_HASH_SIZE);
	*ret = end;
	return 0;
}

static int add_end(struct chains *chains, struct ends *ends, const struct statement *s)
{
	if (ends->n == ends->room) {
		size_t room = ends->room ? 2 * ends->room : 64;
		struct end *items = reallocarray(ends->items, room, sizeof(*items));

		if (items == NULL)
			return -ENOMEM;
		ends->items = items;
		ends->room = room;
	}
	return read_end(chains, s, &ends->items[ends->n++]);
}

static int read_ends(struct chains *chains, struct ends *ret)
{
	struct statement *s;
	int r = statement_start(chains->ends,
				"SELECT l.no, l.id, h.uuid, l.next_seq, l.head, l.checkpointed"
				" FROM ledger l JOIN host h ON h.id = l.host ORDER BY l.no",
				&s, "");

	if (r < 0)
		return r;
	while ((r = statement_next(s)) > 0) {
		r = add_end(chains, ret, s);
		if (r < 0)
			break;
	}
	statement_done(s);
	return r;
}

static int check_line(struct chains *chains, struct end *end, struct ledger_chain *chain,
		      const struct statement *row)
{
	const struct disposal_reader reader = { end->id, chains->key };
	uint64_t first = chain->next_seq;
	size_t size;
	const char *line = statement_blob(row, 1, &size);
	int r;

	if (disposal_is_line(line, size)) {
		r = chains->key ? disposal_check(chain, &reader, line, size, NULL) : -ENOKEY;
		chains->disposed += chain->next_seq - first;
	} else {
		r = ledger_line_check(chain, line, size, NULL);
		chains->events += r == 0;
	}
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return wrong(chains,
			     "ledger %s does not form the chain that it should at line %llu",
			     end->id, (unsigned long long)first);
	if (chain->next_seq - 1 == end->checkpointed)
		end->passed = memcmp(chain->hash, end->leaf.bytes, LEDGER_HASH_SIZE) == 0;
	if (chains->on_line != NULL)
		chains->on_line(chains->context);
	return 0;
}

static int check_lines(struct chains *chains, struct end *end, struct statement *rows)
{
	struct ledger_chain chain;
	int r = ledger_chain_start(&chain, end->id);

	if (r < 0)
		return wrong(chains, "a ledger's id, %s, is none", end->id);
	while ((r = statement_next(rows)) > 0) {
		r = check_line(chains, end, &chain, rows);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;
	if (chain.next_seq != end->chain.next_seq ||
	    memcmp(chain.hash, end->chain.hash, LEDGER_HASH_SIZE) != 0)
		return wrong(chains,
			     "ledger %s does not form the chain that it should: it ends at"
			     " line %llu",
			     end->id, (unsigned long long)chain.next_seq - 1);
	if (end->checkpointed > 0 && !end->passed)
		return wrong(chains, "ledger %s does not pass through its last checkpoint",
			     end->id);
	chains->ledgers++;
	return 0;
}

static int check_ledger(struct chains *chains, struct end *end)
{
	struct statement *rows;
	int r = statement_start(chains->lines,
				"SELECT seq, line FROM event WHERE ledger = $1 UNION ALL"
				" SELECT last, line FROM disposal WHERE ledger = $1 ORDER BY 1",
				&rows, "i", end->no);

	if (r < 0)
		return r;
	r = check_lines(chains, end, rows);
	statement_done(rows);
	return r;
}

struct signed_trees {
	size_t n, room, next;
	struct checkpoint *items; /* owned */
};

static int add_checkpoint(struct chains *chains, struct signed_trees *trees,
			  const struct statement *s)
{
	size_t size;
	const char *note = statement_blob(s, 1, &size);

	if (trees->n == trees->room) {
		size_t room = trees->room ? 2 * trees->room : 64;
		struct checkpoint *items = reallocarray(trees->items, room, sizeof(*items));

		if (items == NULL)
			return -ENOMEM;
		trees->items = items;
		trees->room = room;
	}
	if (chains->key == NULL ||
	    checkpoint_open(&trees->items[trees->n], note, size, chains->key) < 0)
		return wrong(chains, "checkpoint %lld is not signed by the collector's key",
			     (long long)statement_integer(s, 0));
	trees->n++;
	return 0;
}

static int read_checkpoints(struct chains *chains, struct signed_trees *ret)
{
	struct statement *s;
	int r = statement_start(chains->lines,
				"SELECT number, note FROM checkpoint ORDER BY number", &s, "");

	if (r < 0)
		return r;
	while ((r = statement_next(s)) > 0) {
		r = add_checkpoint(chains, ret, s);
		if (r < 0)
			break;
	}
	statement_done(s);
	return r;
}

/* Are all checkpoints of the tree as it is now signed over its root? */
static int check_roots(struct chains *chains, struct signed_trees *trees,
		       const struct merkle_tree *tree)
{
	struct merkle_hash root;

	merkle_root(tree, &root);
	for (; trees->next < trees->n && trees->items[trees->next].size <= tree->size;
	     trees->next++) {
		const struct checkpoint *checkpoint = &trees->items[trees->next];

		if (checkpoint->size != tree->size ||
		    memcmp(&checkpoint->root, &root, sizeof(root)) != 0)
			return wrong(chains, "checkpoint %zu is not of the leaves that there are",
				     trees->next + 1);
		chains->checkpoints++;
	}
	return 0;
}

static int compare_end(const void *a, const void *b)
{
	int64_t one = ((const struct end *)a)->no, other = ((const struct end *)b)->no;

	return (one > other) - (one < other);
}

/* Columns: ledger, seq, hash. */
static int add_leaf(struct chains *chains, struct ends *ends, struct merkle_tree *tree,
		    const struct statement *s)
{
	struct end wanted = { .no = statement_integer(s, 0) };
	struct end *end = bsearch(&wanted, ends->items, ends->n, sizeof(*end), compare_end);
	struct checkpoint_leaf leaf = { .seq = (uint64_t)statement_integer(s, 1) };
	struct merkle_hash hash;
	size_t size;
	const void *bytes = statement_blob(s, 2, &size);

	if (end == NULL || size != sizeof(leaf.hash))
		return wrong(chains, "leaf %llu is of no ledger", (unsigned long long)tree->size);
	memcpy(leaf.host, end->host, sizeof(leaf.host));
	memcpy(leaf.ledger, end->id, sizeof(leaf.ledger));
	memcpy(leaf.hash, bytes, sizeof(leaf.hash));
	checkpoint_leaf_hash(&leaf, &hash);
	if (leaf.seq == end->checkpointed)
		memcpy(end->leaf.bytes, leaf.hash, sizeof(leaf.hash));
	return merkle_append(tree, &hash, NULL, NULL);
}

static int check_tree(struct chains *chains, struct ends *ends, struct signed_trees *trees)
{
	struct merkle_tree tree = { 0 };
	struct statement *s;
	int r = check_roots(chains, trees, &tree);

	if (r == 0)
		r = statement_start(chains->lines,
				    "SELECT ledger, seq, hash FROM leaf ORDER BY number", &s, "");
	if (r < 0)
		return r;
	while ((r = statement_next(s)) > 0) {
		r = add_leaf(chains, ends, &tree, s);
		if (r == 0)
			r = check_roots(chains, trees, &tree);
		if (r < 0)
			break;
	}
	statement_done(s);
	if (r == 0 && trees->next < trees->n)
		r = wrong(chains, "checkpoint %zu has more leaves than there are", trees->next + 1);
	return r;
}

int chains_check(struct chains *chains)
{
	struct signed_trees trees = { 0 };
	struct ends ends = { 0 };
	int r;

	chains->ledgers = chains->events = chains->disposed = chains->checkpoints = 0;
	chains->text[0] = '\0';
	r = read_ends(chains, &ends);
	if (r == 0)
		r = read_checkpoints(chains, &trees);
	if (r == 0)
		r = check_tree(chains, &ends, &trees);
	for (size_t i = 0; i < ends.n && r == 0; i++)
		r = check_ledger(chains, &ends.items[i]);
	free(trees.items);
	free(ends.items);
	return r;
}
