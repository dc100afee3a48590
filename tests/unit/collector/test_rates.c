/* Who asks or sends more than its share waits, and nobody else does. */
#include <errno.h>
#include <stdio.h>

#include "server/collector/rates.h"
#include "tests/unit/policy/cmocka_test.h"

static const uint64_t limits[_RATE_MAX] = { 2, 100, 1000 };

/* One request of @key that brings so much, over at once.  The seconds to wait, 0 if it was let in.
 */
static unsigned ask(struct rates *rates, const char *key, int64_t now_ms, uint64_t events,
		    uint64_t bytes)
{
	struct rate *rate;
	unsigned wait_s = 0;
	int r = rates_begin(rates, key, now_ms, &rate, &wait_s);

	if (r < 0) {
		assert_int_equal(r, -EAGAIN);
		assert_in_range(wait_s, 1, RATES_WAIT_MAX_S);
		return wait_s;
	}
	rates_spend(rates, rate, events, bytes);
	rates_end(rates, rate);
	return 0;
}

static void test_requests(void **state)
{
	struct rates rates;
	int n = 0;

	(void)state;
	rates_init(&rates, limits);
	while (ask(&rates, "a", 5000, 0, 0) == 0)
		n++;
	assert_int_equal(n, 2 * RATES_BURST_S);
	assert_int_equal(ask(&rates, "a", 5000, 0, 0), 1);
	/* The other has all of its own. */
	assert_int_equal(ask(&rates, "b", 5000, 0, 0), 0);
	/* Half a second is one request. */
	assert_int_equal(ask(&rates, "a", 5500, 0, 0), 0);
	assert_int_equal(ask(&rates, "a", 5500, 0, 0), 1);
	rates_finish(&rates);
}

static void test_what_is_owed(void **state)
{
	struct rates rates;

	(void)state;
	rates_init(&rates, limits);
	/* More than a bucket holds is taken, once, and then paid for. */
	assert_int_equal(ask(&rates, "a", 0, 1500, 0), 0);
	assert_int_equal(ask(&rates, "a", 0, 0, 0), 6);
	assert_int_equal(ask(&rates, "a", 4000, 0, 0), 2);
	assert_int_equal(ask(&rates, "a", 6000, 0, 0), 0);
	assert_int_equal(ask(&rates, "c", 0, 0, 11000), 0);
	assert_int_equal(ask(&rates, "c", 0, 0, 0), 2);
	/* What is owed has an end, and so has the wait. */
	assert_int_equal(ask(&rates, "d", 0, UINT64_MAX, UINT64_MAX), 0);
	assert_int_equal(ask(&rates, "d", 0, 0, 0), 11);
	assert_int_equal(ask(&rates, "d", 20001, 0, 0), 0);
	rates_finish(&rates);
}

static void test_at_once(void **state)
{
	static const uint64_t no_limits[_RATE_MAX];
	struct rate *running[RATES_AT_ONCE_MAX], *more;
	struct rates rates;
	unsigned wait_s;

	(void)state;
	rates_init(&rates, no_limits);
	for (int i = 0; i < RATES_AT_ONCE_MAX; i++)
		assert_int_equal(rates_begin(&rates, "a", 0, &running[i], &wait_s), 0);
	assert_int_equal(rates_begin(&rates, "a", 0, &more, &wait_s), -EAGAIN);
	assert_int_equal(ask(&rates, "b", 0, 1000000, 1000000), 0);
	rates_end(&rates, running[0]);
	assert_int_equal(ask(&rates, "a", 0, 0, 0), 0);
	for (int i = 1; i < RATES_AT_ONCE_MAX; i++)
		rates_end(&rates, running[i]);
	rates_end(&rates, NULL);
	rates_spend(&rates, NULL, 1, 1);
	rates_finish(&rates);
}

/* All requests of one share a part of the memory; another has its own. */
static void test_memory(void **state)
{
	enum { TOTAL = 128 * 1024 * 1024, ONE = TOTAL / RATES_SHARES };
	struct rate *first, *second, *other;
	struct rates rates;
	unsigned wait_s;

	(void)state;
	rates_init(&rates, limits);
	rates_change_memory(&rates, TOTAL);
	assert_int_equal(rates_begin(&rates, "a", 0, &first, &wait_s), 0);
	assert_int_equal(rates_begin(&rates, "a", 0, &second, &wait_s), 0);
	assert_int_equal(rates_begin(&rates, "b", 0, &other, &wait_s), 0);
	assert_int_equal(budget_take(rates_share(first), ONE - 10), 0);
	assert_int_equal(budget_take(rates_share(second), 10), 0);
	assert_int_equal(budget_take(rates_share(second), 1), -ENOBUFS);
	assert_int_equal(budget_take(rates_share(other), ONE), 0);
	budget_give(rates_share(other), ONE);
	budget_give(rates_share(first), ONE);
	rates_end(&rates, first);
	rates_end(&rates, second);
	rates_end(&rates, other);

	/* It is never less than one large body takes, and follows the settings. */
	rates_change_memory(&rates, 4096);
	assert_int_equal(rates_begin(&rates, "a", 0, &first, &wait_s), 0);
	assert_int_equal(budget_take(rates_share(first), RATES_SHARE_MIN), 0);
	assert_int_equal(budget_take(rates_share(first), 1), -ENOBUFS);
	budget_give(rates_share(first), RATES_SHARE_MIN);
	rates_end(&rates, first);
	assert_null(rates_share(NULL));
	rates_finish(&rates);
}

/* Room for everybody has an end, and comes back. */
static void test_many(void **state)
{
	struct rates rates;
	struct rate *rate;
	unsigned wait_s;
	char key[32];

	(void)state;
	rates_init(&rates, limits);
	for (int i = 0; i < RATES_MAX; i++) {
		snprintf(key, sizeof(key), "%d", i);
		assert_int_equal(ask(&rates, key, 0, 0, 0), 0);
	}
	assert_int_equal(rates_begin(&rates, "one more", 0, &rate, &wait_s), -ENOMEM);
	assert_int_equal(ask(&rates, "one more", 1000, 0, 0), 0);
	assert_true(rates.n < RATES_MAX);
	rates_finish(&rates);
}

static void test_addresses(void **state)
{
	static const char *const rows[][2] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::" },
		{ "2001:db8:1:2::9", "2001:db8:1:2::" },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
		{ "", "" },
	};
	char key[RATES_KEY_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		rates_address_key(rows[i][0], key);
		assert_string_equal(key, rows[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests), cmocka_unit_test(test_what_is_owed),
		cmocka_unit_test(test_at_once),	 cmocka_unit_test(test_many),
		cmocka_unit_test(test_memory),	 cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
