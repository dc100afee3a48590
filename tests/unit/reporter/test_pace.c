/* When the collector is asked again: what each answer, and each failure, means for the wait. */
#include <errno.h>

#include "agent/reporter/pace.h"
#include "tests/unit/policy/cmocka_test.h"

enum { MAX_MS = 64 * 1000 };

static sd_event *loop;
static struct pace pace;

static int setup(void **state)
{
	(void)state;
	assert_int_equal(sd_event_new(&loop), 0);
	assert_int_equal(pace_init(&pace, loop, "test", "asking", MAX_MS, NULL, NULL), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pace_finish(&pace);
	loop = sd_event_unref(loop);
	return 0;
}

static uint64_t wait_ms(void)
{
	uint64_t at_us = 0, now_us = 0;

	assert_true(pace_waits(&pace));
	assert_int_equal(sd_event_source_get_time(pace.timer, &at_us), 0);
	assert_true(sd_event_now(loop, CLOCK_MONOTONIC, &now_us) >= 0);
	return at_us <= now_us ? 0 : (at_us - now_us) / 1000;
}

static void test_answers(void **state)
{
	static const struct {
		unsigned status, retry_after_s;
		uint64_t min_ms, max_ms;
	} cases[] = {
		{ 500, 0, 50, BACKOFF_BASE_MS },
		{ 429, 7, 6900, 8000 },
		{ 503, 2, 1900, 3000 },
		{ 401, 0, MAX_MS / 2 - 100, MAX_MS },
		{ 403, 0, MAX_MS / 2 - 100, MAX_MS },
		{ 404, 9, MAX_MS / 2 - 100, MAX_MS },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct http_answer answer = { .status = cases[i].status,
						    .retry_after_s = cases[i].retry_after_s };

		pace_success_in(&pace, 0);
		pace_bad_answer(&pace, &answer);
		if (wait_ms() < cases[i].min_ms || wait_ms() > cases[i].max_ms)
			fail_msg("%u: %lu ms", cases[i].status, (unsigned long)wait_ms());
		assert_string_not_equal(pace.trouble.last, "");
	}
}

/* Failure after failure waits longer; a success makes the next one the first. */
static void test_longer(void **state)
{
	uint64_t longest = 0;

	(void)state;
	for (int i = 0; i < 40; i++) {
		pace_error(&pace, -EIO);
		if (wait_ms() > longest)
			longest = wait_ms();
	}
	assert_true(longest > BACKOFF_BASE_MS && longest <= MAX_MS);
	pace_success_in(&pace, 0);
	assert_int_equal(wait_ms(), 0);
	pace_later(&pace);
	assert_true(wait_ms() <= BACKOFF_BASE_MS);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_answers),
		TEST(test_longer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
