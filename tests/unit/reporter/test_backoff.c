/* Waits grow, stay within their bounds, and start again after a success. */
#include "agent/reporter/backoff.h"
#include "tests/unit/policy/cmocka_test.h"

static void test_ceiling_doubles_to_the_maximum(void **state)
{
	static const uint32_t ceilings[] = { 1000, 2000, 4000, 8000, 10000, 10000 };
	struct backoff backoff;

	(void)state;
	backoff_init(&backoff, 10000);
	for (size_t i = 0; i < COUNT(ceilings); i++)
		assert_int_equal(backoff_next(&backoff, UINT32_MAX), ceilings[i]);
}

static void test_never_a_busy_loop(void **state)
{
	struct backoff backoff;

	(void)state;
	backoff_init(&backoff, 300000);
	for (int i = 0; i < 100; i++)
		assert_int_equal(backoff_next(&backoff, 0), 100);
}

static void test_jitter_spreads_over_the_whole_range(void **state)
{
	struct backoff backoff;

	(void)state;
	backoff_init(&backoff, 300000);
	for (int i = 0; i < 20; i++)
		assert_true(backoff_next(&backoff, UINT32_MAX) > 0);
	assert_in_range(backoff_next(&backoff, UINT32_MAX / 2), 149000, 151000);
}

static void test_many_failures_do_not_overflow(void **state)
{
	struct backoff backoff;

	(void)state;
	backoff_init(&backoff, UINT32_MAX);
	for (int i = 0; i < 1000; i++)
		assert_true(backoff_next(&backoff, UINT32_MAX) >= 1000);
}

static void test_reset_starts_at_the_base(void **state)
{
	struct backoff backoff;

	(void)state;
	backoff_init(&backoff, 300000);
	for (int i = 0; i < 5; i++)
		assert_true(backoff_next(&backoff, UINT32_MAX) > 0);
	backoff_reset(&backoff);
	assert_int_equal(backoff_next(&backoff, UINT32_MAX), 1000);
}

static void test_most_is_the_upper_half(void **state)
{
	struct backoff backoff;

	(void)state;
	backoff_init(&backoff, 300000);
	assert_int_equal(backoff_most(&backoff, 0), 150000);
	assert_int_equal(backoff_most(&backoff, UINT32_MAX), 300000);
	assert_int_equal(backoff_next(&backoff, UINT32_MAX), 300000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ceiling_doubles_to_the_maximum),
		cmocka_unit_test(test_never_a_busy_loop),
		cmocka_unit_test(test_jitter_spreads_over_the_whole_range),
		cmocka_unit_test(test_many_failures_do_not_overflow),
		cmocka_unit_test(test_reset_starts_at_the_base),
		cmocka_unit_test(test_most_is_the_upper_half),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
