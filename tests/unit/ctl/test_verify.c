/* A ledger's chain is checked as its bytes arrive, however they are cut. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/ctl/verify.h"
#include "tests/unit/policy/disposed.h"

static const char id[] = "0123456789abcdef0123456789abcdef";

/* Three lines, one after the other; returns their size. */
static size_t make_lines(char ret[static 4096])
{
	struct ledger_chain chain;
	size_t size = 0;

	assert_true(sodium_init() >= 0);
	assert_int_equal(ledger_chain_start(&chain, id), 0);
	for (int i = 0; i < 3; i++) {
		char body[64];
		ptrdiff_t n;

		snprintf(body, sizeof(body), "\"kind\":\"test\",\"n\":%d", i);
		n = ledger_line_seal(&chain, body, ret + size, 4096 - size);
		assert_true(n > 0);
		size += (size_t)n;
	}
	return size;
}

/* Check @size bytes in pieces of @piece. */
static int check(struct verify *verify, const char *bytes, size_t size, size_t piece)
{
	assert_int_equal(verify_start(verify, id), 0);
	for (size_t at = 0; at < size; at += piece) {
		int r = verify_bytes(verify, bytes + at, at + piece > size ? size - at : piece);

		assert_int_equal(r, verify->failure);
	}
	return verify_end(verify);
}

static void a_whole_ledger_is_good_in_any_pieces(void **state)
{
	struct verify *verify = malloc(sizeof(*verify));
	char bytes[4096];
	size_t size = make_lines(bytes);

	(void)state;
	for (size_t piece = 1; piece <= size; piece++) {
		assert_int_equal(check(verify, bytes, size, piece), 0);
		assert_int_equal(verify->lines, 3);
	}
	assert_int_equal(check(verify, bytes, 0, 1), 0);
	assert_int_equal(verify->lines, 0);
	free(verify);
}

static void a_changed_byte_is_found(void **state)
{
	struct verify *verify = malloc(sizeof(*verify));
	char bytes[4096];
	size_t size = make_lines(bytes);

	(void)state;
	for (size_t at = 0; at < size; at++) {
		bytes[at] ^= 1;
		assert_true(check(verify, bytes, size, 7) < 0);
		bytes[at] ^= 1;
	}
	free(verify);
}

static void a_missing_line_is_found(void **state)
{
	struct verify *verify = malloc(sizeof(*verify));
	char bytes[4096], *second, *third;
	size_t size = make_lines(bytes);

	(void)state;
	second = memchr(bytes, '\n', size);
	assert_non_null(second++);
	third = memchr(second, '\n', size - (size_t)(second - bytes));
	assert_non_null(third++);
	assert_int_equal(check(verify, second, size - (size_t)(second - bytes), 11), -ESTALE);
	memmove(second, third, size - (size_t)(third - bytes));
	assert_int_equal(check(verify, bytes, size - (size_t)(third - second), 11), -ESTALE);
	assert_int_equal(verify->lines, 1);
	free(verify);
}

static void a_cut_line_is_found(void **state)
{
	struct verify *verify = malloc(sizeof(*verify));
	char bytes[4096];
	size_t size = make_lines(bytes);

	(void)state;
	for (size_t n = 1; n < size; n++)
		if (bytes[n - 1] != '\n')
			assert_int_equal(check(verify, bytes, n, 64), -EBADMSG);
	free(verify);
}

static void an_endless_line_is_refused(void **state)
{
	struct verify *verify = malloc(sizeof(*verify));
	char *bytes = malloc(LEDGER_LINE_MAX + 1);

	(void)state;
	memset(bytes, 'x', LEDGER_LINE_MAX + 1);
	assert_int_equal(check(verify, bytes, LEDGER_LINE_MAX + 1, 1000), -E2BIG);
	free(bytes);
	free(verify);
}

static void a_ledger_has_an_id(void **state)
{
	struct verify *verify = malloc(sizeof(*verify));

	(void)state;
	assert_int_equal(verify_start(verify, ""), -EINVAL);
	assert_int_equal(verify_start(verify, "../../etc/passwd"), -EINVAL);
	free(verify);
}

static void what_was_disposed_of_needs_the_key(void **state)
{
	struct verify *verify = malloc(sizeof(*verify));
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	char bytes[4096], left[4096 + DISPOSAL_LINE_SIZE];
	size_t size = make_lines(bytes), n = disposed_copy(bytes, size, id, 1, 2, left);
	struct note_key key, other;

	(void)state;
	disposed_key(7, &key, secret);
	disposed_key(8, &other, secret);
	assert_int_equal(check(verify, left, n, 64), -ENOKEY);
	assert_int_equal(verify_start(verify, id), 0);
	verify->key = &other;
	assert_int_equal(verify_bytes(verify, left, n), -ENOKEY);
	assert_int_equal(verify_start(verify, id), 0);
	verify->key = &key;
	verify->mark = 2;
	assert_int_equal(verify_bytes(verify, left, n), 0);
	assert_int_equal(verify_end(verify), 0);
	assert_int_equal(verify->lines, 1);
	assert_int_equal(verify->disposed, 2);
	assert_int_equal(verify->chain.next_seq, 4);
	assert_false(sodium_is_zero(verify->marked, sizeof(verify->marked)));
	free(verify);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_ledger_is_good_in_any_pieces),
		cmocka_unit_test(a_changed_byte_is_found),
		cmocka_unit_test(a_missing_line_is_found),
		cmocka_unit_test(a_cut_line_is_found),
		cmocka_unit_test(an_endless_line_is_refused),
		cmocka_unit_test(a_ledger_has_an_id),
		cmocka_unit_test(what_was_disposed_of_needs_the_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
