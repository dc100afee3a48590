/* Disposals: a chain goes on over what was disposed of, and over nothing else. */
#include "policy/disposal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "cmocka_test.h"

#define LEDGER "00112233445566778899aabbccddeeff"
#define HOST   "11111111-2222-4333-8444-555555555555"

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

/* Lines @first to @last; their hashes are made of their numbers. */
static struct disposal lines(uint64_t first, uint64_t last)
{
	struct disposal d = { .host = HOST,
			      .ledger = LEDGER,
			      .first = first,
			      .last = last,
			      .settings = 3,
			      .time = "2026-11-22T22:36:19Z" };

	memset(d.before, (int)first - 1, sizeof(d.before));
	memset(d.after, (int)last, sizeof(d.after));
	disposal_count(&d, "device.decided", "2020-01-02", last - first + 1);
	return d;
}

static struct ledger_chain chain_at(uint64_t next)
{
	struct ledger_chain chain = { .next_seq = next };

	memset(chain.hash, (int)next - 1, sizeof(chain.hash));
	return chain;
}

static void test_round_trip(void **state)
{
	const struct disposal_reader reader = { LEDGER, &key }, stranger = { LEDGER, &other };
	struct disposal made = lines(3, 9), read;
	struct ledger_chain chain = chain_at(3), end = chain_at(10);
	char line[DISPOSAL_LINE_SIZE];

	(void)state;
	ptrdiff_t n = disposal_seal(&made, &key, secret, line);
	assert_true(n > 0);
	assert_int_equal(strlen(line), n);
	assert_true(disposal_is_line(line, (size_t)n));
	assert_null(strchr(line, '\n'));
	assert_int_equal(disposal_check(&chain, &stranger, line, (size_t)n, &read), -ENOKEY);
	assert_int_equal(disposal_check(&chain, &reader, line, (size_t)n, &read), 0);
	assert_memory_equal(&chain, &end, sizeof(chain));
	assert_memory_equal(&read, &made, sizeof(read));
}

/* Each truncation and each flipped bit is refused, and moves nothing. */
static void test_damage(void **state)
{
	const struct disposal_reader reader = { LEDGER, &key };
	const struct ledger_chain begin = chain_at(3);
	struct disposal made = lines(3, 9);
	struct ledger_chain chain = begin;
	char line[DISPOSAL_LINE_SIZE];

	(void)state;
	ptrdiff_t n = disposal_seal(&made, &key, secret, line);
	for (ptrdiff_t i = 0; i < n; i++)
		assert_true(disposal_check(&chain, &reader, line, (size_t)i, NULL) < 0);
	for (ptrdiff_t i = 0; i < n; i++) {
		line[i] ^= 1;
		assert_true(disposal_check(&chain, &reader, line, (size_t)n, NULL) < 0);
		line[i] ^= 1;
	}
	assert_memory_equal(&chain, &begin, sizeof(chain));
	assert_int_equal(disposal_check(&chain, &reader, line, (size_t)n, NULL), 0);
}

static void test_wrong_places(void **state)
{
	const struct disposal_reader reader = { LEDGER, &key };
	const struct disposal_reader elsewhere = { "ffffffffffffffffffffffffffffffff", &key };
	struct ledger_chain chain = chain_at(4), forged = { .next_seq = 3 };
	struct disposal made = lines(3, 9);
	char line[DISPOSAL_LINE_SIZE];

	(void)state;
	ptrdiff_t n = disposal_seal(&made, &key, secret, line);
	assert_int_equal(disposal_check(&chain, &reader, line, (size_t)n, NULL), -ESTALE);
	assert_int_equal(disposal_check(&forged, &reader, line, (size_t)n, NULL), -EKEYREJECTED);
	forged = chain_at(3);
	assert_int_equal(disposal_check(&forged, &elsewhere, line, (size_t)n, NULL), -EXDEV);
}

static void test_join(void **state)
{
	struct disposal a = lines(1, 4), b = lines(5, 6), far = lines(8, 9);
	char line[DISPOSAL_LINE_SIZE];

	(void)state;
	disposal_count(&b, "agent.started", "2019-12-31", 1);
	b.last = 7;
	memset(b.after, 7, sizeof(b.after));
	strcpy(b.time, "2027-01-01T00:00:00Z");
	b.settings = 4;
	assert_int_equal(disposal_join(&a, &far), -EINVAL);
	assert_int_equal(disposal_join(&a, &b), 0);
	assert_int_equal(a.last, 7);
	assert_int_equal(a.n_kinds, 2);
	assert_int_equal(a.kinds[0].n, 6);
	assert_string_equal(a.from, "2019-12-31");
	assert_string_equal(a.to, "2020-01-02");
	assert_int_equal(a.settings, 4);
	assert_int_equal(disposal_join(&a, &far), 0);
	assert_true(disposal_seal(&a, &key, secret, line) > 0);
	a.kinds[0].n++; /* does not add up */
	assert_int_equal(disposal_seal(&a, &key, secret, line), -EINVAL);
}

/* What must not be signed, whoever asks for it. */
static void test_wrong_forms(void **state)
{
	struct disposal forms[16], next = lines(5, 6), all = lines(1, 4);
	char line[DISPOSAL_LINE_SIZE];
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		forms[i] = lines(3, 9);
	strcpy(forms[n++].kinds[0].name, "");
	strcpy(forms[n++].kinds[0].name, "A KIND");
	forms[n++].kinds[0].n = 0;
	forms[n++].kinds[0].n = UINT64_MAX;
	strcpy(forms[n++].host, "11111111");
	forms[n++].host[3] = 'X';
	strcpy(forms[n++].ledger, "0");
	forms[n++].first = 0;
	forms[n++].last = 2;
	forms[n++].last = UINT64_MAX;
	forms[n++].settings = UINT64_MAX;
	strcpy(forms[n++].from, "2020-13-02");
	strcpy(forms[n++].to, "2020");
	strcpy(forms[n++].from, "2020-01-03");
	strcpy(forms[n++].time, "2026-11-22 22:36");
	for (size_t i = 0; i < n; i++)
		assert_int_equal(disposal_seal(&forms[i], &key, secret, line), -EINVAL);
	strcpy(next.ledger, "ffffffffffffffffffffffffffffffff");
	assert_int_equal(disposal_join(&all, &next), -EINVAL);
	next = lines(5, 6);
	next.host[0] = '2';
	assert_int_equal(disposal_join(&all, &next), -EINVAL);
	next = lines(5, 6);
	next.before[0] ^= 1;
	assert_int_equal(disposal_join(&all, &next), -EINVAL);
}

#define TEXT(before, after, rest)                                                                  \
	"ledger " HOST " " LEDGER "\nlines 3 9\nbefore " HASH before "\nafter " HASH after         \
	"\ndays 2020-01-02 2020-01-02\nsettings 3\ntime 2026-11-22T22:36:19Z\n" rest
#define HASH "00000000000000000000000000000000000000000000000000000000000000"

/* Notes by the right key that say something else, or the same in other words. */
static void test_other_notes(void **state)
{
	static const char *const bodies[] = {
		"",
		"ledger\n",
		TEXT("0g", "00", "kind a 7\n"),
		TEXT("00", "0g", "kind a 7\n"),
		TEXT("00", "00", "kind a\n"),
		TEXT("00", "00", "kind a 6\n"),
		TEXT("00", "00", "kind a 07\n"),
	};
	static const char good[] = TEXT("00", "00", "kind a 7\n");
	struct disposal read;

	(void)state;
	for (size_t i = 0; i <= sizeof(bodies) / sizeof(bodies[0]); i++) {
		bool last = i == sizeof(bodies) / sizeof(bodies[0]);
		char text[2000], note[4000], line[DISPOSAL_LINE_SIZE];
		json_t *json;
		size_t size;

		snprintf(text, sizeof(text), "%s\ndevgate disposal 1\n%s", key.name,
			 last ? good : bodies[i]);
		assert_true(note_sign(text, &key, secret, note, sizeof(note)) >= 0);
		json = json_pack("{ss}", "disposed", note);
		size = json_dumpb(json, line, sizeof(line), JSON_COMPACT);
		json_decref(json);
		assert_int_equal(disposal_open(&read, line, size, &key), last ? 0 : -EBADMSG);
	}
	assert_int_equal(disposal_open(&read, "{\"disposed\":\"\",\"x\":1}", 22, &key), -EBADMSG);
}

/* However many kinds there are, and whatever they are called. */
static void test_many_kinds(void **state)
{
	struct disposal d = lines(1, 1);
	char line[DISPOSAL_LINE_SIZE], kind[64];
	struct disposal read;

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(kind, sizeof(kind), "kind%d", i);
		disposal_count(&d, kind, "2020-01-02", 1);
	}
	disposal_count(&d, "a kind\nof note", "2020-01-02", 1);
	d.last = 102;
	assert_int_equal(d.n_kinds, DISPOSAL_MAX_KINDS);
	assert_string_equal(d.kinds[DISPOSAL_MAX_KINDS - 1].name, DISPOSAL_OTHER);
	ptrdiff_t n = disposal_seal(&d, &key, secret, line);
	assert_true(n > 0);
	assert_int_equal(disposal_open(&read, line, (size_t)n, &key), 0);
	assert_memory_equal(&read, &d, sizeof(read));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),   cmocka_unit_test(test_damage),
		cmocka_unit_test(test_wrong_places), cmocka_unit_test(test_join),
		cmocka_unit_test(test_many_kinds),   cmocka_unit_test(test_wrong_forms),
		cmocka_unit_test(test_other_notes),
	};

	return cmocka_run_group_tests(tests, make_keys, NULL);
}
