/* Checkpoints: what is signed, and what is not one though it is signed. */
#include "policy/checkpoint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmocka_test.h"

static struct note_key key, other;
static uint8_t secret[crypto_sign_SECRETKEYBYTES];

static int make_keys(void **state)
{
	uint8_t seed[crypto_sign_SEEDBYTES] = { 7 }, public_key[crypto_sign_PUBLICKEYBYTES];
	uint8_t ignored[crypto_sign_SECRETKEYBYTES];

	(void)state;
	if (sodium_init() < 0 || crypto_sign_seed_keypair(public_key, secret, seed) != 0 ||
	    note_key_init(&key, "collector.example/devgate", public_key) < 0)
		return -1;
	seed[0] = 8;
	crypto_sign_seed_keypair(public_key, ignored, seed);
	return note_key_init(&other, "collector.example/devgate", public_key);
}

static void test_round_trip(void **state)
{
	struct checkpoint made = { .size = 123456789012345, .time = "2026-11-22T22:36:19Z" };
	struct checkpoint read = { 0 };
	char note[CHECKPOINT_NOTE_SIZE];
	ptrdiff_t n;

	(void)state;
	memset(made.root.bytes, 0xa5, sizeof(made.root.bytes));
	n = checkpoint_sign(&made, &key, secret, note);
	assert_true(n > 0);
	assert_non_null(strstr(note, "collector.example/devgate\n123456789012345\n"
				     "paWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaU=\n"
				     "time 2026-11-22T22:36:19Z\n\n"));
	assert_int_equal(checkpoint_open(&read, note, (size_t)n, &key), 0);
	assert_memory_equal(&read, &made, sizeof(read));
	assert_int_equal(checkpoint_open(&read, note, (size_t)n, &other), -ENOKEY);
	for (ptrdiff_t i = 0; i < n; i++)
		assert_true(checkpoint_open(&read, note, (size_t)i, &key) < 0);
	strcpy(made.time, "2026-11-22 22:36:19");
	assert_int_equal(checkpoint_sign(&made, &key, secret, note), -EINVAL);
}

/* Good signatures of texts that are no checkpoints. */
static void test_not_checkpoints(void **state)
{
#define ROOT "paWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaU=\n"
#define TIME "time 2026-11-22T22:36:19Z\n"
#define NAME "collector.example/devgate\n"
	static const char *const texts[] = {
		NAME,
		NAME "1\n",
		NAME "1\n" ROOT,
		"somebody.else\n1\n" ROOT TIME,
		NAME "01\n" ROOT TIME,
		NAME "-1\n" ROOT TIME,
		NAME "9223372036854775808\n" ROOT TIME,
		NAME "92233720368547758080\n" ROOT TIME,
		NAME "x\n" ROOT TIME,
		NAME "\n" ROOT TIME,
		NAME "1\npaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaU\n" TIME,
		NAME "1\npaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaV=\n" TIME,
		NAME "1\n" ROOT "time 2026-11-22T22:36:1Z\n",
		NAME "1\n" ROOT "Time 2026-11-22T22:36:19Z\n",
	};
	struct checkpoint read;
	char note[CHECKPOINT_NOTE_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ptrdiff_t n = note_sign(texts[i], &key, secret, note, sizeof(note));

		assert_true(n > 0);
		assert_int_equal(checkpoint_open(&read, note, (size_t)n, &key), -EBADMSG);
	}
	ptrdiff_t n = note_sign(NAME "0\n" ROOT TIME "more\n", &key, secret, note, sizeof(note));
	assert_int_equal(checkpoint_open(&read, note, (size_t)n, &key), 0);
}

static void test_leaf(void **state)
{
	struct checkpoint_leaf leaf = { .host = "11111111-2222-4333-8444-555555555555",
					.ledger = "0123456789abcdef0123456789abcdef",
					.seq = UINT64_MAX };
	char text[CHECKPOINT_LEAF_SIZE];
	struct merkle_hash hash, wanted;

	(void)state;
	memset(leaf.hash, 0xff, sizeof(leaf.hash));
	size_t n = checkpoint_leaf_to_text(&leaf, text);
	assert_int_equal(n, strlen(text));
	assert_string_equal(text,
			    "devgate ledger 1 11111111-2222-4333-8444-555555555555"
			    " 0123456789abcdef0123456789abcdef 18446744073709551615"
			    " ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\n");
	checkpoint_leaf_hash(&leaf, &hash);
	merkle_leaf(text, n, &wanted);
	assert_memory_equal(&hash, &wanted, sizeof(hash));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_not_checkpoints),
		cmocka_unit_test(test_leaf),
	};

	return cmocka_run_group_tests(tests, make_keys, NULL);
}
