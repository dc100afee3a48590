/* The minute of the week in the machine's zone, and when it is another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "agent/enforcer/wallclock.h"
#include "policy/circumstances.h"

#define TAIPEI "CST-8"
#define BERLIN "CET-1CEST,M3.5.0,M10.5.0/3"

enum { HOUR = 3600, AT_0800 = 8 * 60 };

/* Monday, 2026-11-23, 00:00 UTC. */
static const int64_t monday_s = 1795392000;

static void test_minute(void **state)
{
	static const struct {
		const char *zone;
		int64_t after_monday_s;
		int minute;
	} cases[] = {
		{ "UTC0", 0, 0 },
		{ "UTC0", 59, 0 },
		{ "UTC0", 60, 1 },
		{ "UTC0", -1, MINUTES_OF_WEEK - 1 },
		{ TAIPEI, 0, AT_0800 },
		{ TAIPEI, -8 * HOUR, 0 },
		{ TAIPEI, -8 * HOUR - 1, MINUTES_OF_WEEK - 1 },
		{ "EST5", 0, 6 * MINUTES_OF_DAY + 19 * 60 },
		{ BERLIN, 0, 60 },
		{ BERLIN, -29 * 24 * HOUR, 6 * MINUTES_OF_DAY + 2 * 60 }, /* summer time's last */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		setenv("TZ", cases[i].zone, 1);
		assert_int_equal(wallclock_minute(monday_s + cases[i].after_monday_s),
				 cases[i].minute);
	}
}

static void test_after(void **state)
{
	/* Sunday, 2026-10-25: 03:00 of summer time, 01:00 UTC, is 02:00 again. */
	const int64_t winter_s = monday_s - 29 * 24 * HOUR + HOUR;

	(void)state;
	setenv("TZ", TAIPEI, 1);
	assert_int_equal(wallclock_after(monday_s, 1), monday_s + 60);
	assert_int_equal(wallclock_after(monday_s + 59, 1), monday_s + 60);
	assert_int_equal(wallclock_after(monday_s + 59, MINUTES_OF_WEEK),
			 monday_s + (int64_t)MINUTES_OF_WEEK * 60);
	setenv("TZ", BERLIN, 1);
	assert_int_equal(wallclock_after(winter_s - 90, 1), winter_s - 60);
	assert_int_equal(wallclock_after(winter_s - 90, 600), winter_s);
	assert_int_equal(wallclock_after(winter_s, 600), winter_s + 600 * 60);
}

static int n_due, n_set;

static void on_news(void *userdata, enum wallclock_news news)
{
	(void)userdata;
	n_due += news == WALLCLOCK_DUE;
	n_set += news == WALLCLOCK_SET;
}

static void test_wake(void **state)
{
	struct wallclock clock;
	sd_event *loop;

	(void)state;
	assert_true(sd_event_new(&loop) >= 0);
	wallclock_init(&clock, loop, on_news, NULL);
	assert_int_equal(sd_event_run(loop, 0), 0);
	assert_int_equal(wallclock_wake(&clock, time(NULL) + 1), 0);
	assert_int_equal(sd_event_run(loop, 5000000), 1);
	assert_int_equal(n_due, 1);
	assert_int_equal(sd_event_run(loop, 0), 0); /* once */
	assert_int_equal(wallclock_wake(&clock, time(NULL) - 5), 0);
	assert_int_equal(sd_event_run(loop, 5000000), 1);
	assert_int_equal(n_due, 2);
	assert_int_equal(wallclock_wake(&clock, INT64_MAX), 0);
	assert_int_equal(sd_event_run(loop, 100000), 0);
	assert_int_equal(wallclock_wake(&clock, time(NULL) - 5), 0);
	wallclock_rest(&clock);
	assert_int_equal(sd_event_run(loop, 0), 0);
	assert_int_equal(n_due, 2);
	assert_int_equal(n_set, 0);
	wallclock_finish(&clock);
	sd_event_unref(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_minute),
		cmocka_unit_test(test_after),
		cmocka_unit_test(test_wake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
