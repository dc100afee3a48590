/* Spans and dates as people type and read them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "server/ctl/duration.h"

static void spans_are_a_number_and_a_unit(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} good[] = {
		{ "1s", 1 },	       { "90s", 90 },
		{ "30m", 1800 },       { "24h", 86400 },
		{ "365d", 31536000 },  { "2w", 1209600 },
		{ "007d", 7 * 86400 }, { "36600d", 3162240000 },
	};
	static const char *const bad[] = {
		"",
		"0s",
		"h",
		"24",
		"24 h",
		"-1h",
		"+1h",
		"1.5h",
		"24hh",
		"1y",
		"1H",
		"1h ",
		" 1h",
		"36601d",
		"1e3s",
		"0x10s",
		"１h",
		"99999999999999999999s",
		"9223372036854775807w",
	};
	int64_t seconds;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(duration_parse(good[i].text, &seconds), 0);
		assert_int_equal(seconds, good[i].seconds);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		seconds = 42;
		assert_int_equal(duration_parse(bad[i], &seconds), -EINVAL);
		assert_int_equal(seconds, 42);
	}
}

static void days_are_real_days(void **state)
{
	static const char *const bad[] = { "",		 "2026-11-3",  "2026-13-01",
					   "2026-02-29", "2026-00-10", "2026-01-00",
					   "26-01-01",	 "2026/01/01", "2026-01-01T",
					   "20260101" };
	int64_t at;

	(void)state;
	assert_int_equal(date_parse("1970-01-02", &at), 0);
	assert_int_equal(at, 86400);
	assert_int_equal(date_parse("2028-02-29", &at), 0);
	assert_int_equal(at, 1835395200);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(date_parse(bad[i], &at), -EINVAL);
}

static void moments_lie_ahead(void **state)
{
	const int64_t now = 86400; /* 1970-01-02 */
	int64_t at;

	(void)state;
	assert_int_equal(moment_parse("1d", now, &at), 0);
	assert_int_equal(at, 2 * 86400);
	assert_int_equal(moment_parse("1970-01-02", now, &at), 0); /* to the end of that day */
	assert_int_equal(at, 2 * 86400);
	assert_int_equal(moment_parse("1970-01-02T00:00:01Z", now, &at), 0);
	assert_int_equal(at, now + 1);
	assert_int_equal(moment_parse("1970-01-01", now, &at), -ERANGE);
	assert_int_equal(moment_parse("1970-01-02T00:00:00Z", now, &at), -ERANGE);
	assert_int_equal(moment_parse("tomorrow", now, &at), -EINVAL);
}

static void amounts_are_short(void **state)
{
	static const struct {
		uint64_t n;
		const char *span, *bytes;
	} rows[] = {
		{ 0, "0 s", "0 B" },
		{ 59, "59 s", "59 B" },
		{ 302, "5 min 2 s", "302 B" },
		{ 999, "16 min 39 s", "999 B" },
		{ 1000, "16 min 40 s", "1.0 kB" },
		{ 7260, "2 h 1 min", "7.3 kB" },
		{ 273600, "3 d 4 h", "273.6 kB" },
		{ 999949, "11 d 13 h", "999.9 kB" },
		{ 999950, "11 d 13 h", "1.0 MB" },
		{ UINT64_MAX, "213503982334601 d 7 h", "18.4 EB" },
	};
	char text[DURATION_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		duration_to_text(rows[i].n, text);
		assert_string_equal(text, rows[i].span);
		bytes_to_text(rows[i].n, text);
		assert_string_equal(text, rows[i].bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans_are_a_number_and_a_unit),
		cmocka_unit_test(days_are_real_days),
		cmocka_unit_test(moments_lie_ahead),
		cmocka_unit_test(amounts_are_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
