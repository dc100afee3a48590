/* A body is bounded by what it unpacks to, whatever pieces it comes in. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/collector/body.h"
#include "tests/unit/policy/cmocka_test.h"

enum { MAX = 100000 };

/* Receive @bytes in pieces of @piece.  Returns what failed first, or body_end's 0. */
static int receive(struct body *body, const char *bytes, size_t size, size_t piece, bool zstd)
{
	int r = body_init(body, BODY_TEXT, MAX, zstd, NULL);

	for (size_t at = 0; r == 0 && at < size; at += piece)
		r = body_add(body, bytes + at, size - at < piece ? size - at : piece);
	return r < 0 ? r : body_end(body);
}

static size_t compress(const char *bytes, size_t size, char **ret)
{
	size_t bound = ZSTD_compressBound(size);

	*ret = malloc(bound);
	assert_non_null(*ret);
	size_t n = ZSTD_compress(*ret, bound, bytes, size, 1);
	assert_false(ZSTD_isError(n));
	return n;
}

static char *noise(size_t size)
{
	char *bytes = malloc(size + 1);
	unsigned state = 1;

	assert_non_null(bytes);
	for (size_t i = 0; i < size; i++)
		bytes[i] = "abcdefgh"[(state = state * 1103515245 + 12345) >> 16 & 7];
	bytes[size] = '\0';
	return bytes;
}

static void test_plain(void **state)
{
	static const size_t sizes[] = { 0, 1, 4095, 4096, MAX - 1, MAX };
	char *bytes = noise(MAX + 1);
	struct body body;

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		assert_int_equal(receive(&body, bytes, sizes[i], 1000, false), 0);
		assert_int_equal(body.size, sizes[i]);
		assert_memory_equal(body.bytes, bytes, sizes[i]);
		assert_int_equal(body.bytes[sizes[i]], '\0');
		body_finish(&body);
	}
	assert_int_equal(receive(&body, bytes, MAX + 1, 1000, false), -E2BIG);
	body_finish(&body);
	free(bytes);
}

static void test_zstd(void **state)
{
	static const size_t sizes[] = { 0, 1, 16384, 32768, 65536, MAX - 1, MAX };
	char *bytes = noise(MAX), *packed;
	struct body body;

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		size_t n = compress(bytes, sizes[i], &packed);
		for (size_t piece = 1; piece < 5000; piece = piece * 3 + 1) {
			assert_int_equal(receive(&body, packed, n, piece, true), 0);
			assert_int_equal(body.size, sizes[i]);
			assert_memory_equal(body.bytes, bytes, sizes[i]);
			body_finish(&body);
		}
		free(packed);
	}
	free(bytes);
}

static void test_bomb(void **state)
{
	size_t size = 64 * 1024 * 1024;
	char *zeros = calloc(1, size), *packed;
	size_t n = compress(zeros, size, &packed);
	struct body body;

	(void)state;
	assert_true(n < 10000);
	assert_int_equal(receive(&body, packed, n, n, true), -E2BIG);
	assert_true(body.capacity <= 4 * MAX);
	body_finish(&body);
	free(packed);
	free(zeros);
}

/* Frames that hold nothing could come for ever. */
static void test_empty_frames(void **state)
{
	size_t n = 2 * MAX;
	char *packed = malloc(n), *frame;
	size_t one = compress("", 0, &frame);
	struct body body;

	(void)state;
	assert_non_null(packed);
	for (size_t at = 0; at + one <= n; at += one)
		memcpy(packed + at, frame, one);
	assert_int_equal(receive(&body, packed, n - n % one, 1000, true), -E2BIG);
	body_finish(&body);
	free(frame);
	free(packed);
}

static void test_every_truncation(void **state)
{
	char *bytes = noise(5000), *packed;
	size_t n = compress(bytes, 5000, &packed);
	struct body body;

	(void)state;
	for (size_t size = 1; size < n; size++) {
		assert_int_equal(receive(&body, packed, size, size, true), -EBADMSG);
		body_finish(&body);
	}
	free(packed);
	free(bytes);
}

static void test_not_zstd(void **state)
{
	struct body body;

	(void)state;
	assert_int_equal(receive(&body, "{\"seq\":1}\n", 10, 10, true), -EBADMSG);
	body_finish(&body);
}

static void test_none_expected(void **state)
{
	struct body body;

	(void)state;
	assert_int_equal(body_init(&body, BODY_NONE, 0, false, NULL), 0);
	assert_int_equal(body_add(&body, "x", 1), -E2BIG);
	assert_int_equal(body_end(&body), 0);
	body_finish(&body);
}

/* Bodies share what memory there is; what does not fit is refused, and all is given back. */
static void test_budget(void **state)
{
	char *bytes = noise(50000), *packed;
	size_t size = compress(bytes, 50000, &packed);
	struct body first, second, third;
	struct budget budget;

	(void)state;
	budget_init(&budget, 100000);
	assert_int_equal(body_init(&first, BODY_TEXT, MAX, false, NULL), 0);
	assert_int_equal(body_init(&second, BODY_TEXT, MAX, false, NULL), 0);
	assert_int_equal(body_init(&third, BODY_TEXT, MAX, true, NULL), 0);
	first.budget = second.budget = third.budget = &budget;
	assert_int_equal(body_add(&first, bytes, 50000), 0);
	assert_in_range(atomic_load(&budget.used), 50001, 100000);
	assert_int_equal(body_add(&second, bytes, 50000), -ENOBUFS);
	/* The window of a compressed one counts, too. */
	assert_int_equal(body_add(&third, packed, size), -ENOBUFS);
	body_finish(&second);
	body_finish(&third);
	assert_int_equal(body_end(&first), 0);
	assert_memory_equal(first.bytes, bytes, 50000);
	body_finish(&first);
	body_finish(&first);
	assert_int_equal(atomic_load(&budget.used), 0);

	budget_init(&budget, 4 * 1024 * 1024);
	assert_int_equal(body_init(&third, BODY_TEXT, MAX, true, NULL), 0);
	third.budget = &budget;
	assert_int_equal(body_add(&third, packed, size), 0);
	assert_true(atomic_load(&budget.used) > 50000 + 100000);
	body_finish(&third);
	assert_int_equal(atomic_load(&budget.used), 0);
	free(packed);
	free(bytes);
}

/* A body that waits to be kept takes what it is long, and nothing for its window. */
static void test_trimmed(void **state)
{
	char *bytes = noise(70000), *packed;
	size_t size = compress(bytes, 70000, &packed);
	struct budget budget, share;
	struct body body;

	(void)state;
	budget_init(&budget, 4 * 1024 * 1024);
	budget_init(&share, 4 * 1024 * 1024);
	assert_int_equal(body_init(&body, BODY_TEXT, MAX, true, NULL), 0);
	body.budget = &budget;
	body.share = &share;
	assert_int_equal(body_add(&body, packed, size), 0);
	assert_true(atomic_load(&budget.used) > 131072 + 70000);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(body_end(&body), 0);
		assert_int_equal(atomic_load(&budget.used), 70001);
		assert_int_equal(atomic_load(&share.used), 70001);
		assert_memory_equal(body.bytes, bytes, 70000);
		assert_int_equal(body.bytes[70000], '\0');
	}
	body_finish(&body);
	assert_int_equal(atomic_load(&budget.used) + atomic_load(&share.used), 0);
	free(packed);
	free(bytes);
}

/* One sender's share of it: what does not fit there takes nothing of the others'. */
static void test_share(void **state)
{
	char *bytes = noise(50000);
	struct budget budget, share;
	struct body body;

	(void)state;
	budget_init(&budget, 1000000);
	budget_init(&share, 40000);
	assert_int_equal(body_init(&body, BODY_TEXT, MAX, false, NULL), 0);
	body.budget = &budget;
	body.share = &share;
	assert_int_equal(body_add(&body, bytes, 20000), 0);
	size_t used = atomic_load(&budget.used);
	assert_int_equal(atomic_load(&share.used), used);
	assert_int_equal(body_add(&body, bytes, 50000), -EDQUOT);
	assert_int_equal(atomic_load(&budget.used), used);
	body_finish(&body);
	assert_int_equal(atomic_load(&budget.used) + atomic_load(&share.used), 0);

	/* Nor the other way round. */
	budget_init(&budget, 40000);
	budget_init(&share, 1000000);
	assert_int_equal(body_init(&body, BODY_TEXT, MAX, false, NULL), 0);
	body.budget = &budget;
	body.share = &share;
	assert_int_equal(body_add(&body, bytes, 50000), -ENOBUFS);
	assert_int_equal(atomic_load(&budget.used) + atomic_load(&share.used), 0);
	body_finish(&body);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_zstd),
		cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_empty_frames),
		cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_not_zstd),
		cmocka_unit_test(test_none_expected),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_trimmed),
		cmocka_unit_test(test_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
