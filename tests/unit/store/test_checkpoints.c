/* Checkpoints over ledgers that grow: every note's tree is the beginning of the next one's, and
 * every ledger's end is in it. */
#include "server/store/checkpoints.h"

#include "server/store/batch.h"
#include "temporary.h"

enum { LEDGERS = 5, ROUNDS = 9, DAY_S = 86400 };

static struct note_key key;
static uint8_t secret[crypto_sign_SECRETKEYBYTES];

static int make_key(void **state)
{
	static const uint8_t seed[crypto_sign_SEEDBYTES] = { 7 };
	uint8_t public_key[crypto_sign_PUBLICKEYBYTES];

	(void)state;
	if (sodium_init() < 0 || crypto_sign_seed_keypair(public_key, secret, seed) != 0)
		return -1;
	return note_key_init(&key, "collector.example/devgate", public_key);
}

static void ledger_id(int i, char ret[static LEDGER_ID_SIZE])
{
	snprintf(ret, LEDGER_ID_SIZE, "%032x", 0xabc0 + i);
}

/* One more line in ledger @i. */
static void grow(struct store *store, int i)
{
	struct event_columns columns = { .time = "2026-11-22T00:00:00Z", .kind = "agent.started" };
	char id[LEDGER_ID_SIZE], line[256];
	struct batch batch;

	ledger_id(i, id);
	assert_int_equal(batch_begin(&batch, store, HOST, id), 0);
	columns.seq = batch.chain.next_seq;
	ptrdiff_t n =
		ledger_line_seal(&batch.chain, "\"kind\":\"agent.started\"", line, sizeof(line));
	assert_true(n > 0);
	assert_int_equal(batch_append(&batch, &columns, line, (size_t)n - 1), 0);
	assert_int_equal(batch_end(&batch, 0), 0);
}

struct notes {
	size_t n;
	struct checkpoint checkpoints[ROUNDS + 2];
};

static int on_row(void *context, const struct checkpoint_row *row)
{
	struct notes *notes = context;
	struct checkpoint *checkpoint = &notes->checkpoints[notes->n++];

	assert_int_equal(row->number, notes->n);
	assert_int_equal(checkpoint_open(checkpoint, row->note, row->note_size, &key), 0);
	assert_int_equal(checkpoint->size, row->size);
	return 0;
}

static void check_consistency(struct store *store, const struct notes *notes)
{
	struct merkle_hash proof[MERKLE_MAX_PROOF];

	for (size_t i = 0; i < notes->n; i++) {
		for (size_t j = i; j < notes->n; j++) {
			const struct checkpoint *a = &notes->checkpoints[i];
			const struct checkpoint *b = &notes->checkpoints[j];
			int n = checkpoints_prove_consistency(store, a->size, b->size, proof);

			assert_true(n >= 0);
			assert_int_equal(merkle_check_consistency(a->size, &a->root, b->size,
								  &b->root, proof, (size_t)n),
					 0);
		}
	}
}

static void check_inclusion(struct store *store, const struct checkpoint *last)
{
	struct merkle_hash proof[MERKLE_MAX_PROOF], leaf;
	struct checkpoint_place place;
	char id[LEDGER_ID_SIZE];

	for (int i = 0; i < LEDGERS; i++) {
		ledger_id(i, id);
		int n = checkpoints_prove_inclusion(store, HOST, id, last->size, &place, proof);

		assert_true(n >= 0);
		assert_string_equal(place.leaf.host, HOST);
		assert_string_equal(place.leaf.ledger, id);
		checkpoint_leaf_hash(&place.leaf, &leaf);
		assert_int_equal(merkle_check_inclusion(place.index, last->size, &leaf, proof,
							(size_t)n, &last->root),
				 0);
	}
}

static int on_place(void *context, const struct checkpoint_place *place)
{
	uint64_t *next = context;

	assert_int_equal(place->index, *next);
	(*next)++;
	return 0;
}

static void test_trees_grow(void **state)
{
	struct temporary *t = *state;
	struct notes notes = { 0 };
	uint64_t leaves = 0, next = 0;
	int64_t added;

	enrol_one(t->store);
	assert_int_equal(checkpoints_make(t->store, &key, secret, NOW, DAY_S, &added), 0);
	assert_int_equal(added, 0); /* the first, of nothing */
	for (int round = 0; round < ROUNDS; round++) {
		int grown = 0;
		for (int i = 0; i < LEDGERS; i++) {
			if ((round + 1) % (i + 1) != 0)
				continue;
			grow(t->store, i);
			grow(t->store, i);
			grown++;
		}
		assert_int_equal(
			checkpoints_make(t->store, &key, secret, NOW + round, DAY_S, &added), 0);
		assert_int_equal(added, grown);
		leaves += (uint64_t)grown;
	}
	/* Nothing has grown: none is made until the last one is old. */
	assert_int_equal(checkpoints_make(t->store, &key, secret, NOW + 60, DAY_S, &added), 0);
	assert_int_equal(added, -1);
	assert_int_equal(checkpoints_make(t->store, &key, secret, NOW + 2 * DAY_S, DAY_S, &added),
			 0);
	assert_int_equal(added, 0);

	assert_int_equal(checkpoints_each(t->store, 0, 100, on_row, &notes), 0);
	assert_int_equal(notes.n, ROUNDS + 2);
	assert_int_equal(notes.checkpoints[notes.n - 1].size, leaves);
	check_consistency(t->store, &notes);
	check_inclusion(t->store, &notes.checkpoints[notes.n - 1]);
	assert_int_equal(checkpoints_each_leaf(t->store, 0, 1000, on_place, &next), 0);
	assert_int_equal(next, leaves);
}

static void test_what_cannot_be_proved(void **state)
{
	struct temporary *t = *state;
	struct merkle_hash proof[MERKLE_MAX_PROOF];
	struct checkpoint_place place;
	char id[LEDGER_ID_SIZE];
	int64_t added;

	enrol_one(t->store);
	ledger_id(0, id);
	grow(t->store, 0);
	assert_int_equal(checkpoints_prove_inclusion(t->store, HOST, id, 1, &place, proof),
			 -EINVAL);
	assert_int_equal(checkpoints_make(t->store, &key, secret, NOW, DAY_S, &added), 0);
	assert_int_equal(checkpoints_prove_inclusion(t->store, HOST, id, 1, &place, proof), 0);
	ledger_id(1, id);
	assert_int_equal(checkpoints_prove_inclusion(t->store, HOST, id, 1, &place, proof),
			 -ENOENT);
	assert_int_equal(checkpoints_prove_consistency(t->store, 1, 2, proof), -EINVAL);
	assert_int_equal(checkpoints_prove_consistency(t->store, 2, 1, proof), -EINVAL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, temporary_setup, temporary_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_trees_grow),
		TEST(test_what_cannot_be_proved),
	};

	return cmocka_run_group_tests(tests, make_key, NULL);
}
