/* Those who are told to come again do not all come at once. */
#include <microhttpd.h>

#include "server/collector/problem.h"
#include "tests/unit/policy/cmocka_test.h"

enum { MACHINES = 2000, MAX_S = 100 };

/* @times: how many come in each second; none before or after that time, nor many in one. */
static void check_spread(const unsigned times[static MAX_S], unsigned least_s, unsigned most_s)
{
	for (unsigned s = 0; s < MAX_S; s++) {
		if (s < least_s || s > most_s)
			assert_int_equal(times[s], 0);
		else
			assert_in_range(times[s], 1, 3 * MACHINES / (most_s - least_s));
	}
}

static void test_spread(void **state)
{
	unsigned busy[MAX_S] = { 0 }, full[MAX_S] = { 0 }, soon[MAX_S] = { 0 };
	struct problem problem;

	(void)state;
	for (int i = 0; i < MACHINES; i++) {
		problem_set(&problem, MHD_HTTP_SERVICE_UNAVAILABLE, "busy", "%s", "busy");
		busy[problem.retry_after_s % MAX_S]++;
		problem_retry(&problem, 5, 25);
		soon[problem.retry_after_s % MAX_S]++;
		problem_full(&problem);
		full[problem.retry_after_s % MAX_S]++;
	}
	check_spread(busy, 30, 60);
	check_spread(soon, 5, 25);
	check_spread(full, 30, 60);
}

static void test_others(void **state)
{
	static const unsigned statuses[] = { 400, 403, 404, 409, 413, 429, 500 };
	struct problem problem;

	(void)state;
	for (size_t i = 0; i < COUNT(statuses); i++) {
		problem_set(&problem, statuses[i], "code", "%s", "text");
		assert_int_equal(problem.retry_after_s, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spread),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
