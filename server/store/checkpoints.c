#include "checkpoints.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "connection.h"
#include "policy/text.h"

/* A ledger that has grown. */
struct grown {
	int64_t ledger;
	struct checkpoint_leaf leaf;
};

struct making {
	struct connection *connection;
	struct merkle_tree tree;
	int64_t number, time; /* of the last checkpoint; 0: none */
	size_t n;
	struct grown *grown; /* owned */
};

static int read_hash(const struct statement *s, int column, uint8_t ret[static MERKLE_HASH_SIZE])
{
	size_t size;
	const void *bytes = statement_blob(s, column, &size);

	if (size != MERKLE_HASH_SIZE)
		return engine_fail(-EIO, "a hash in the database is not one");
	memcpy(ret, bytes, MERKLE_HASH_SIZE);
	return 0;
}

static int fetch_node(void *context, unsigned level, uint64_t index, struct merkle_hash *ret)
{
	struct statement *s;
	int r = statement_start(context, "SELECT hash FROM tree WHERE level = $1 AND number = $2",
				&s, "ii", (int64_t)level, (int64_t)index);

	if (r < 0)
		return r;
	r = statement_next(s);
	if (r > 0)
		r = read_hash(s, 0, ret->bytes);
	else if (r == 0)
		r = engine_fail(-EIO, "a node of the tree is missing");
	statement_done(s);
	return r;
}

static int keep_node(void *context, unsigned level, uint64_t index, const struct merkle_hash *hash)
{
	const struct making *making = context;
	int r = statement_run(making->connection, "INSERT INTO tree VALUES ($1, $2, $3)", "iib",
			      (int64_t)level, (int64_t)index, hash->bytes, sizeof(hash->bytes));

	return r < 0 ? r : 0;
}

static int read_last(struct making *making)
{
	struct statement *s;
	int r = statement_start(making->connection,
				"SELECT number, time, size FROM checkpoint"
				" ORDER BY number DESC LIMIT 1",
				&s, "");

	if (r < 0)
		return r;
	r = statement_next(s);
	if (r > 0) {
		making->number = statement_integer(s, 0);
		making->time = statement_integer(s, 1);
		making->tree.size = (uint64_t)statement_integer(s, 2);
	}
	statement_done(s);
	return r < 0 ? r : 0;
}

/* The roots of the tree's complete subtrees, the largest first. */
static int read_roots(struct making *making)
{
	struct merkle_tree *tree = &making->tree;
	int r = 0;

	for (int level = MERKLE_MAX_LEVELS - 1; level >= 0 && r == 0; level--) {
		if ((tree->size >> level & 1) != 0)
			r = fetch_node(making->connection, (unsigned)level,
				       (tree->size >> level) - 1, &tree->roots[tree->n++]);
	}
	return r;
}

static int read_grown(struct making *making)
{
	struct statement *s;
	int r = statement_start(
		making->connection,
		"SELECT l.no, h.uuid, l.id, l.next_seq - 1, l.head FROM ledger l"
		" JOIN host h ON h.id = l.host WHERE l.next_seq - 1 > l.checkpointed"
		" ORDER BY l.no LIMIT $1",
		&s, "i", (int64_t)CHECKPOINTS_MAX_LEAVES);

	if (r < 0)
		return r;
	while ((r = statement_next(s)) > 0 && making->n < CHECKPOINTS_MAX_LEAVES) {
		struct grown *grown = &making->grown[making->n++];

		grown->ledger = statement_integer(s, 0);
		statement_text(s, 1, grown->leaf.host, sizeof(grown->leaf.host));
		statement_text(s, 2, grown->leaf.ledger, sizeof(grown->leaf.ledger));
		grown->leaf.seq = (uint64_t)statement_integer(s, 3);
		r = read_hash(s, 4, grown->leaf.hash);
		if (r < 0)
			break;
	}
	statement_done(s);
	return r < 0 ? r : 0;
}

static int add_leaf(struct making *making, const struct grown *grown)
{
	const struct checkpoint_leaf *leaf = &grown->leaf;
	int64_t index = (int64_t)making->tree.size;
	struct merkle_hash hash;
	int r;

	checkpoint_leaf_hash(leaf, &hash);
	r = merkle_append(&making->tree, &hash, keep_node, making);
	if (r == 0)
		r = statement_run(making->connection, "INSERT INTO leaf VALUES ($1, $2, $3, $4)",
				  "iiib", index, grown->ledger, (int64_t)leaf->seq, leaf->hash,
				  sizeof(leaf->hash));
	if (r >= 0)
		r = statement_run(making->connection,
				  "UPDATE ledger SET checkpointed = $1 WHERE no = $2", "ii",
				  (int64_t)leaf->seq, grown->ledger);
	return r < 0 ? r : 0;
}

static int sign(struct making *making, const struct note_key *key, const uint8_t *secret,
		int64_t now)
{
	struct checkpoint checkpoint = { .size = making->tree.size };
	char note[CHECKPOINT_NOTE_SIZE];
	ptrdiff_t size;
	int r;

	merkle_root(&making->tree, &checkpoint.root);
	text_time(now, checkpoint.time);
	size = checkpoint_sign(&checkpoint, key, secret, note);
	if (size < 0)
		return (int)size;
	r = statement_run(making->connection, "INSERT INTO checkpoint VALUES ($1, $2, $3, $4)",
			  "iiib", making->number + 1, now, (int64_t)checkpoint.size, note,
			  (size_t)size);
	return r < 0 ? r : 0;
}

/* Returns 1 if one was made. */
static int make(struct making *making, const struct note_key *key, const uint8_t *secret,
		int64_t now, int64_t idle_s)
{
	int r = read_last(making);

	if (r == 0)
		r = read_roots(making);
	if (r == 0)
		r = read_grown(making);
	if (r < 0)
		return r;
	if (making->n == 0 && making->number > 0 && now - making->time < idle_s)
		return 0;
	for (size_t i = 0; i < making->n && r == 0; i++)
		r = add_leaf(making, &making->grown[i]);
	if (r == 0)
		r = sign(making, key, secret, now);
	return r < 0 ? r : 1;
}

int checkpoints_make(struct store *store, const struct note_key *key,
		     const uint8_t secret[static crypto_sign_SECRETKEYBYTES], int64_t now,
		     int64_t idle_s, int64_t *ret_leaves)
{
	struct making making = { 0 };
	int r;

	*ret_leaves = -1;
	making.grown = calloc(CHECKPOINTS_MAX_LEAVES, sizeof(*making.grown));
	if (making.grown == NULL)
		return -ENOMEM;
	r = store_write_begin(store, &making.connection);
	if (r == 0)
		r = store_write_end(store, making.connection,
				    make(&making, key, secret, now, idle_s));
	free(making.grown);
	if (r > 0)
		*ret_leaves = (int64_t)making.n;
	/* Another collector has made this number, or these nodes. */
	return r == -EEXIST || r == -EAGAIN || r > 0 ? 0 : r;
}

int checkpoints_each(struct store *store, int64_t after, size_t limit,
		     int (*on_row)(void *context, const struct checkpoint_row *row), void *context)
{
	struct reading reading;
	int r = reading_start(&reading, store,
			      "SELECT number, time, size, note FROM checkpoint WHERE number > $1"
			      " ORDER BY number LIMIT $2",
			      "ii", after, (int64_t)limit);

	if (r < 0)
		return r;
	while ((r = statement_next(reading.rows)) > 0) {
		struct checkpoint_row row = { .number = statement_integer(reading.rows, 0),
					      .time = statement_integer(reading.rows, 1),
					      .size = (uint64_t)statement_integer(reading.rows,
										  2) };

		row.note = statement_blob(reading.rows, 3, &row.note_size);
		r = on_row(context, &row);
		if (r < 0)
			break;
	}
	return reading_end(&reading, r);
}

/* Columns: number, host, ledger, seq, hash. */
static int read_place(const struct statement *s, struct checkpoint_place *ret)
{
	ret->index = (uint64_t)statement_integer(s, 0);
	statement_text(s, 1, ret->leaf.host, sizeof(ret->leaf.host));
	statement_text(s, 2, ret->leaf.ledger, sizeof(ret->leaf.ledger));
	ret->leaf.seq = (uint64_t)statement_integer(s, 3);
	return read_hash(s, 4, ret->leaf.hash);
}

#define PLACES                                                                                     \
	"SELECT t.number, h.uuid, l.id, t.seq, t.hash FROM leaf t JOIN ledger l ON l.no = "        \
	"t.ledger"                                                                                 \
	" JOIN host h ON h.id = l.host "

static int find_place(struct connection *connection, const char *host, const char *ledger,
		      uint64_t size, struct checkpoint_place *ret)
{
	struct statement *s;
	int r = statement_start(connection,
				PLACES "WHERE h.uuid = $1 AND l.id = $2 AND t.number < $3"
				       " ORDER BY t.number DESC LIMIT 1",
				&s, "tti", host, ledger, (int64_t)size);

	if (r < 0)
		return r;
	r = statement_next(s);
	if (r > 0)
		r = read_place(s, ret);
	else if (r == 0)
		r = -ENOENT;
	statement_done(s);
	return r;
}

/* Has the tree been of @size? */
static int check_size(struct connection *connection, uint64_t size)
{
	int64_t largest;
	int r = statement_get(connection, 0, &largest,
			      "SELECT coalesce(max(size), 0) FROM checkpoint", "");

	return r < 0 ? r : size <= (uint64_t)largest ? 0 : -EINVAL;
}

int checkpoints_prove_inclusion(struct store *store, const char *host, const char *ledger,
				uint64_t size, struct checkpoint_place *ret,
				struct merkle_hash ret_proof[static MERKLE_MAX_PROOF])
{
	struct connection *connection;
	int r = store_read_begin(store, &connection);

	if (r < 0)
		return r;
	r = check_size(connection, size);
	if (r == 0)
		r = find_place(connection, host, ledger, size, ret);
	if (r == 0)
		r = merkle_prove_inclusion(ret->index, size, fetch_node, connection, ret_proof);
	store_read_end(store, connection);
	return r;
}

int checkpoints_prove_consistency(struct store *store, uint64_t old, uint64_t size,
				  struct merkle_hash ret_proof[static MERKLE_MAX_PROOF])
{
	struct connection *connection;
	int r = store_read_begin(store, &connection);

	if (r < 0)
		return r;
	r = check_size(connection, size);
	if (r == 0)
		r = merkle_prove_consistency(old, size, fetch_node, connection, ret_proof);
	store_read_end(store, connection);
	return r;
}

int checkpoints_each_leaf(struct store *store, uint64_t first, size_t limit,
			  int (*on_place)(void *context, const struct checkpoint_place *place),
			  void *context)
{
	struct checkpoint_place place;
	struct reading reading;
	int r = reading_start(&reading, store,
			      PLACES "WHERE t.number >= $1 ORDER BY t.number LIMIT $2", "ii",
			      (int64_t)first, (int64_t)limit);

	if (r < 0)
		return r;
	while ((r = statement_next(reading.rows)) > 0) {
		r = read_place(reading.rows, &place);
		if (r == 0)
			r = on_place(context, &place);
		if (r < 0)
			break;
	}
	return reading_end(&reading, r);
}
