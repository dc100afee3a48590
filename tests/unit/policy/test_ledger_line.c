#include "cmocka_test.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "policy/ledger_line.h"
#include "policy/text.h"

static const char id[] = "00112233445566778899aabbccddeeff";

static struct ledger_chain start(void)
{
	struct ledger_chain chain;

	assert_int_equal(ledger_chain_start(&chain, id), 0);
	return chain;
}

/* Check a line on a heap block of its exact size. */
static int check_exactly(struct ledger_chain *chain, const char *line, size_t size, uint64_t *seq)
{
	char *copy = malloc(size == 0 ? 1 : size);

	assert_non_null(copy);
	memcpy(copy, line, size);
	int r = ledger_line_check(chain, copy, size, seq);
	free(copy);
	return r;
}

static void a_chain_begins_with_its_ledger(void **state)
{
	(void)state;
	struct ledger_chain chain = start(), before;
	char hex[65];

	/* printf 'devgate ledger 1\00000112233445566778899aabbccddeeff' | sha256sum */
	text_hex(chain.hash, sizeof(chain.hash), hex);
	assert_string_equal(hex,
			    "a050419e8094870841afdfa7fb204f758e744234f8878c14f099f78346f747e4");
	assert_int_equal(chain.next_seq, 1);

	static const char *const bad[] = { "", "00112233445566778899aabbccddeef",
					   "00112233445566778899aabbccddeeff0",
					   "00112233445566778899AABBCCDDEEFF",
					   "g0112233445566778899aabbccddeeff" };
	before = chain;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(ledger_chain_start(&chain, bad[i]), -EINVAL);
	assert_memory_equal(&chain, &before, sizeof(chain));
}

static void a_line_covers_what_the_header_says(void **state)
{
	(void)state;
	struct ledger_chain chain = start();
	static const char covered[] = "{\"seq\":1,\"kind\":\"x\"";
	char line[200], wanted[200], hex[65];
	uint8_t bytes[32 + sizeof(covered) - 1], hash[32];

	memcpy(bytes, chain.hash, 32);
	memcpy(bytes + 32, covered, sizeof(covered) - 1);
	crypto_hash_sha256(hash, bytes, sizeof(bytes));
	text_hex(hash, sizeof(hash), hex);
	snprintf(wanted, sizeof(wanted), "%s,\"hash\":\"%s\"}\n", covered, hex);

	ptrdiff_t n = ledger_line_seal(&chain, "\"kind\":\"x\"", line, sizeof(line));
	assert_int_equal(n, strlen(wanted));
	assert_memory_equal(line, wanted, (size_t)n);
	assert_int_equal(chain.next_seq, 2);
	assert_memory_equal(chain.hash, hash, sizeof(hash));
}

static void what_is_sealed_checks(void **state)
{
	(void)state;
	struct ledger_chain writer = start(), reader = start();
	char line[300], body[100];

	for (uint64_t i = 1; i <= 1200; i++) {
		uint64_t seq = 0;

		snprintf(body, sizeof(body), "\"n\":%" PRIu64 ",\"text\":\"鍵盤 \\\"x\\\"\"", i);
		ptrdiff_t n = ledger_line_seal(&writer, body, line, sizeof(line));
		assert_true(n > 0 && line[n - 1] == '\n');
		assert_int_equal(check_exactly(&reader, line, (size_t)n - 1, &seq), 0);
		assert_int_equal(seq, i);
	}
	assert_memory_equal(&writer.hash, &reader.hash, sizeof(writer.hash));
	assert_int_equal(reader.next_seq, 1201);
}

static void every_truncation_and_every_changed_bit_is_seen(void **state)
{
	(void)state;
	struct ledger_chain chain = start(), reader;
	char line[300];
	ptrdiff_t n = ledger_line_seal(&chain, "\"kind\":\"device.decided\",\"verdict\":\"deny\"",
				       line, sizeof(line));
	assert_true(n > 0);

	const struct ledger_chain begin = start();
	for (ptrdiff_t size = 0; size < n - 1; size++) {
		reader = begin;
		assert_int_equal(check_exactly(&reader, line, (size_t)size, NULL), -EBADMSG);
	}
	for (ptrdiff_t at = 0; at < n - 1; at++) {
		for (int bit = 0; bit < 8; bit++) {
			line[at] = (char)(line[at] ^ (1 << bit));
			reader = begin;
			int r = check_exactly(&reader, line, (size_t)n - 1, NULL);

			assert_true(r == -EBADMSG || r == -ESTALE || r == -EKEYREJECTED);
			assert_memory_equal(&reader, &begin, sizeof(reader));
			line[at] = (char)(line[at] ^ (1 << bit));
		}
	}
	reader = begin;
	assert_int_equal(check_exactly(&reader, line, (size_t)n - 1, NULL), 0);
}

static void a_line_missing_doubled_or_moved_is_seen(void **state)
{
	(void)state;
	struct ledger_chain writer = start(), reader = start();
	char lines[3][200];
	ptrdiff_t n[3];
	uint64_t seq = 0;

	for (int i = 0; i < 3; i++)
		n[i] = ledger_line_seal(&writer, "\"kind\":\"x\"", lines[i], sizeof(lines[i]));
	assert_int_equal(ledger_line_check(&reader, lines[1], (size_t)n[1] - 1, &seq), -ESTALE);
	assert_int_equal(seq, 2);
	assert_int_equal(ledger_line_check(&reader, lines[0], (size_t)n[0] - 1, &seq), 0);
	assert_int_equal(ledger_line_check(&reader, lines[0], (size_t)n[0] - 1, &seq), -ESTALE);
	assert_int_equal(seq, 1);
	assert_int_equal(ledger_line_check(&reader, lines[2], (size_t)n[2] - 1, &seq), -ESTALE);
	assert_int_equal(seq, 3);

	/* The line of another ledger, at the right seq. */
	struct ledger_chain other;
	assert_int_equal(ledger_chain_start(&other, "ffeeddccbbaa99887766554433221100"), 0);
	assert_int_equal(ledger_line_check(&other, lines[0], (size_t)n[0] - 1, &seq),
			 -EKEYREJECTED);
}

static void form(void **state)
{
	(void)state;
#define HASH "\"hash\":\"0000000000000000000000000000000000000000000000000000000000000000\"}"
	static const struct {
		const char *line;
		int wanted;
	} table[] = {
		{ "{\"seq\":1," HASH, -EBADMSG },
		{ "{\"seq\":1,\"a\":1," HASH, -EKEYREJECTED },
		{ "{\"seq\":9223372036854775807,\"a\":1," HASH, -ESTALE },
		{ "{\"seq\":9223372036854775808,\"a\":1," HASH, -EBADMSG },
		{ "{\"seq\":99999999999999999999999,\"a\":1," HASH, -EBADMSG },
		{ "{\"seq\":0,\"a\":1," HASH, -EBADMSG },
		{ "{\"seq\":01,\"a\":1," HASH, -EBADMSG },
		{ "{\"seq\":-1,\"a\":1," HASH, -EBADMSG },
		{ "{\"seq\":+1,\"a\":1," HASH, -EBADMSG },
		{ "{\"seq\":1.0,\"a\":1," HASH, -EBADMSG },
		{ "{\"seq\":,\"a\":1," HASH, -EBADMSG },
		{ "{\"seq\": 1,\"a\":1," HASH, -EBADMSG },
		{ " {\"seq\":1,\"a\":1," HASH, -EBADMSG },
		{ "{\"Seq\":1,\"a\":1," HASH, -EBADMSG },
		{ "{\"seq\":1,\"a\":\"\n\"," HASH, -EBADMSG },
		{ "{\"seq\":1,\"a\":\"\r\"," HASH, -EBADMSG },
		{ "{\"seq\":1,\"a\":1," HASH "\n", -EBADMSG },
		{ "{\"seq\":1,\"a\":1," HASH " ", -EBADMSG },
		{ HASH, -EBADMSG },
		{ "", -EBADMSG },
	};
#undef HASH

	for (size_t i = 0; i < COUNT(table); i++) {
		struct ledger_chain chain = start();

		assert_int_equal(check_exactly(&chain, table[i].line, strlen(table[i].line), NULL),
				 table[i].wanted);
		assert_int_equal(chain.next_seq, 1);
	}

	/* A NUL within, and a hash in upper case: both would be read differently by others. */
	struct ledger_chain writer = start(), reader = start();
	char line[200];
	ptrdiff_t n = ledger_line_seal(&writer, "\"a\":\"b\"", line, sizeof(line));
	line[14] = '\0';
	assert_int_equal(check_exactly(&reader, line, (size_t)n - 1, NULL), -EBADMSG);
	writer = start();
	n = ledger_line_seal(&writer, "\"a\":\"b\"", line, sizeof(line));
	char *letter = strpbrk(line + n - LEDGER_TRAILER_SIZE + 8, "abcdef");
	assert_non_null(letter);
	*letter = (char)(*letter - 'a' + 'A');
	assert_int_equal(check_exactly(&reader, line, (size_t)n - 1, NULL), -EBADMSG);
}

static void sealing_refuses(void **state)
{
	(void)state;
	struct ledger_chain chain = start();
	const struct ledger_chain before = chain;
	char *line = malloc(LEDGER_LINE_MAX + 1), *body = malloc(LEDGER_LINE_MAX + 1);
	const size_t longest = LEDGER_LINE_MAX - sizeof("{\"seq\":1,") - LEDGER_TRAILER_SIZE;

	assert_non_null(line);
	assert_non_null(body);
	assert_int_equal(ledger_line_seal(&chain, "", line, LEDGER_LINE_MAX), -EINVAL);
	assert_int_equal(ledger_line_seal(&chain, "\"a\":\n1", line, LEDGER_LINE_MAX), -EINVAL);
	assert_int_equal(ledger_line_seal(&chain, "\"a\":\r1", line, LEDGER_LINE_MAX), -EINVAL);
	assert_int_equal(ledger_line_seal(&chain, "\"a\":1", line, 10), -E2BIG);

	memset(body, ' ', LEDGER_LINE_MAX);
	body[LEDGER_LINE_MAX] = '\0';
	assert_int_equal(ledger_line_seal(&chain, body, line, LEDGER_LINE_MAX + 1), -E2BIG);
	body[longest + 1] = '\0';
	assert_int_equal(ledger_line_seal(&chain, body, line, LEDGER_LINE_MAX + 1), -E2BIG);
	assert_memory_equal(&chain, &before, sizeof(chain));
	body[longest] = '\0';
	assert_int_equal(ledger_line_seal(&chain, body, line, LEDGER_LINE_MAX - 1), -E2BIG);
	assert_int_equal(ledger_line_seal(&chain, body, line, LEDGER_LINE_MAX), LEDGER_LINE_MAX);
	chain = before;
	assert_int_equal(check_exactly(&chain, line, LEDGER_LINE_MAX - 1, NULL), 0);
	assert_int_equal(check_exactly(&chain, line, LEDGER_LINE_MAX, NULL), -EBADMSG);

	chain.next_seq = (uint64_t)INT64_MAX + 1;
	assert_int_equal(ledger_line_seal(&chain, "\"a\":1", line, LEDGER_LINE_MAX), -E2BIG);
	free(line);
	free(body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_begins_with_its_ledger),
		cmocka_unit_test(a_line_covers_what_the_header_says),
		cmocka_unit_test(what_is_sealed_checks),
		cmocka_unit_test(every_truncation_and_every_changed_bit_is_seen),
		cmocka_unit_test(a_line_missing_doubled_or_moved_is_seen),
		cmocka_unit_test(form),
		cmocka_unit_test(sealing_refuses),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
