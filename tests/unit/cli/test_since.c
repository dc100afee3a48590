/* --since: a time, a day, or an age, and nothing else. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "agent/cli/since.h"
#include "tests/unit/policy/cmocka_test.h"

enum { NOW = 1800000000 };

static const struct {
	const char *text;
	int64_t since;
} good[] = {
	{ "1970-01-01T00:01:00Z", 60 },
	{ "1970-01-02", 86400 - 8 * 3600 },
	{ "0s", NOW },
	{ "90s", NOW - 90 },
	{ "30m", NOW - 1800 },
	{ "12h", NOW - 43200 },
	{ "7d", NOW - 7 * 86400 },
};

static const char *const bad[] = { "",
				   "7",
				   "d",
				   "-7d",
				   "7w",
				   "7dd",
				   "7 d",
				   " 7d",
				   "yesterday",
				   "2026-02-30",
				   "2026-1-1",
				   "2026-11-22T",
				   "2026-11-22 ",
				   "99999999999999999999d" };

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		int64_t since;

		assert_int_equal(since_parse(good[i].text, NOW, &since), 0);
		assert_int_equal(since, good[i].since);
	}
}

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		int64_t since;

		if (since_parse(bad[i], NOW, &since) != -EINVAL)
			fail_msg("taken: \"%s\"", bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
	};

	setenv("TZ", "Asia/Taipei", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
