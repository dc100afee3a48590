/* Two witnesses compared: what one of them misses is told, once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "agent/enforcer/arrivals.h"

static void test_both_saw_it(void **state)
{
	static struct arrivals arrivals;
	struct arrival overdue;

	(void)state;
	memset(&arrivals, 0, sizeof(arrivals));
	assert_int_equal(arrivals_deadline(&arrivals), UINT64_MAX);
	assert_int_equal(arrivals_saw(&arrivals, WITNESS_UDEV, 1, 5, 100), 0);
	assert_int_equal(arrivals_deadline(&arrivals), 100 + ARRIVAL_DEADLINE_US);
	assert_int_equal(arrivals_saw(&arrivals, WITNESS_LIBUSB, 1, 5, 200), 0);
	assert_int_equal(arrivals_deadline(&arrivals), UINT64_MAX);
	assert_int_equal(arrivals_saw(&arrivals, WITNESS_UDEV, 1, 5, 300), 0); /* a rescan */
	assert_false(arrivals_overdue(&arrivals, UINT64_MAX, &overdue));
}

static void test_one_missed_it(void **state)
{
	static struct arrivals arrivals;
	struct arrival overdue;

	(void)state;
	for (int witness = WITNESS_UDEV; witness <= WITNESS_LIBUSB; witness++) {
		memset(&arrivals, 0, sizeof(arrivals));
		assert_int_equal(arrivals_saw(&arrivals, (enum witness_id)witness, 2, 7, 0), 0);
		assert_false(arrivals_overdue(&arrivals, ARRIVAL_DEADLINE_US - 1, &overdue));
		assert_true(arrivals_overdue(&arrivals, ARRIVAL_DEADLINE_US, &overdue));
		assert_int_equal(overdue.seen, witness);
		assert_int_equal(overdue.bus, 2);
		assert_int_equal(overdue.number, 7);
		assert_false(arrivals_overdue(&arrivals, UINT64_MAX, &overdue)); /* told once */
		assert_int_equal(arrivals_deadline(&arrivals), UINT64_MAX);
	}
}

static void test_it_left_again(void **state)
{
	static struct arrivals arrivals;
	struct arrival overdue;

	(void)state;
	memset(&arrivals, 0, sizeof(arrivals));
	assert_int_equal(arrivals_saw(&arrivals, WITNESS_UDEV, 1, 5, 0), 0);
	arrivals_left(&arrivals, 1, 5);
	arrivals_left(&arrivals, 1, 5);
	assert_false(arrivals_overdue(&arrivals, UINT64_MAX, &overdue));
	/* the number is used again: a new arrival, to be seen by both again */
	assert_int_equal(arrivals_saw(&arrivals, WITNESS_UDEV, 1, 5, 0), 0);
	assert_true(arrivals_overdue(&arrivals, UINT64_MAX, &overdue));
}

static void test_arrivals_are_bounded(void **state)
{
	static struct arrivals arrivals;

	(void)state;
	memset(&arrivals, 0, sizeof(arrivals));
	for (unsigned i = 0; i < ARRIVALS_MAX; i++)
		assert_int_equal(arrivals_saw(&arrivals, WITNESS_UDEV, (uint16_t)(i >> 8),
					      (uint16_t)(i & 0xff), 0),
				 0);
	assert_int_equal(arrivals_saw(&arrivals, WITNESS_UDEV, 999, 1, 0), -E2BIG);
	assert_int_equal(arrivals_saw(&arrivals, WITNESS_LIBUSB, 0, 1, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_saw_it),
		cmocka_unit_test(test_one_missed_it),
		cmocka_unit_test(test_it_left_again),
		cmocka_unit_test(test_arrivals_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
