/* Which stays of devices that come and go without end are recorded, and which are counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "agent/enforcer/flapping.h"

static const uint64_t start_us = 1000000;

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct flapping));
	return *state == NULL;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

/* How many of @n stays at @port, one each @each_us, are recorded. */
static int recorded(struct flapping *flapping, const char *port, int n, uint64_t each_us,
		    uint64_t at_us)
{
	int count = 0;

	for (int i = 0; i < n; i++)
		count += flapping_arrived(flapping, port, at_us + (uint64_t)i * each_us) ==
			 FLAPPING_RECORD;
	return count;
}

static void test_slow_ones_are_all_recorded(void **state)
{
	assert_int_equal(recorded(*state, "1-2", 5000, FLAPPING_PORT_US, start_us), 5000);
}

static void test_burst(void **state)
{
	struct flapping *flapping = *state;

	assert_int_equal(recorded(flapping, "1-2", FLAPPING_PORT_BURST, 0, start_us),
			 FLAPPING_PORT_BURST);
	assert_int_equal(flapping_arrived(flapping, "1-2", start_us), FLAPPING_BEGINS);
	assert_int_equal(flapping_arrived(flapping, "1-2", start_us), FLAPPING_COUNT);
	/* another port is not concerned */
	assert_int_equal(flapping_arrived(flapping, "1-3", start_us), FLAPPING_RECORD);
	/* nor this one later */
	assert_int_equal(flapping_arrived(flapping, "1-2", start_us + FLAPPING_PORT_US),
			 FLAPPING_RECORD);
	assert_int_equal(flapping_arrived(flapping, "1-2", start_us + FLAPPING_PORT_US),
			 FLAPPING_COUNT);
}

/* Three times a second for an hour: one in five seconds is recorded, and no stay is lost. */
static void test_counts_add_up(void **state)
{
	struct flapping *flapping = *state;
	struct flapping_port told;
	uint64_t now_us = start_us;
	uint32_t kept = 0, counted = 0, left = 0, begins = 0, lines = 0;
	const uint32_t stays = 3 * 3600;

	for (uint32_t i = 0; i < stays; i++, now_us += 333333) {
		enum flapping_answer answer = flapping_arrived(flapping, "1-2", now_us);

		kept += answer == FLAPPING_RECORD;
		begins += answer == FLAPPING_BEGINS;
		if (answer != FLAPPING_RECORD)
			flapping_left(flapping, "1-2", now_us + 100000);
		while (flapping_due(flapping, now_us + 100000, false, &told)) {
			counted += told.arrived;
			left += told.left;
			lines++;
		}
	}
	while (flapping_due(flapping, now_us, true, &told)) {
		counted += told.arrived;
		left += told.left;
	}
	assert_int_equal(kept + counted, stays);
	assert_int_equal(left, counted);
	assert_int_equal(begins, 1);
	assert_true(kept < FLAPPING_PORT_BURST + 3600 / 5 + 2);
	assert_true(lines >= 58 && lines <= 60);
}

static void test_ends(void **state)
{
	struct flapping *flapping = *state;
	struct flapping_port told;
	uint64_t now_us = start_us;

	recorded(flapping, "1-2", FLAPPING_PORT_BURST + 3, 0, now_us);
	assert_false(flapping_due(flapping, now_us + FLAPPING_TELL_US - 1, false, &told));
	assert_true(flapping_due(flapping, now_us + FLAPPING_TELL_US, false, &told));
	assert_string_equal(told.port, "1-2");
	assert_int_equal(told.arrived, 3);
	assert_int_equal(told.left, 0);
	/* the last of them goes later: told as well */
	now_us += 2 * (uint64_t)FLAPPING_TELL_US;
	assert_false(flapping_due(flapping, now_us, false, &told));
	flapping_left(flapping, "1-2", now_us);
	assert_true(flapping_due(flapping, now_us + FLAPPING_TELL_US, false, &told));
	assert_int_equal(told.left, 1);
	assert_false(flapping_due(flapping, now_us + 9 * (uint64_t)FLAPPING_TELL_US, true, &told));
	/* and then it begins anew */
	now_us += 100 * (uint64_t)FLAPPING_TELL_US;
	assert_int_equal(recorded(flapping, "1-2", FLAPPING_PORT_BURST, 0, now_us),
			 FLAPPING_PORT_BURST);
	assert_int_equal(flapping_arrived(flapping, "1-2", now_us), FLAPPING_BEGINS);
}

/* More ports than there is room for, each with its burst: together they have a limit, too, and what
 * has no place of its own is counted with the others. */
static void test_many_ports(void **state)
{
	struct flapping *flapping = *state;
	struct flapping_port told;
	uint32_t kept = 0, counted = 0;

	for (int i = 0; i < 3 * FLAPPING_PORTS; i++) {
		char port[DEVICE_PORT_SIZE];

		snprintf(port, sizeof(port), "1-%d", i);
		for (int stay = 0; stay < 3; stay++)
			kept += flapping_arrived(flapping, port, start_us) == FLAPPING_RECORD;
	}
	while (flapping_due(flapping, start_us, true, &told))
		counted += told.arrived;
	assert_int_equal(kept, FLAPPING_ALL_BURST);
	assert_int_equal(kept + counted, 9 * FLAPPING_PORTS);
	/* a place that nothing is due for is given to another port */
	assert_int_equal(
		flapping_arrived(flapping, "2-1", start_us + 1000 * (uint64_t)FLAPPING_PORT_US),
		FLAPPING_RECORD);
	assert_int_equal(flapping->n, FLAPPING_PORTS);
	assert_string_equal(flapping->ports[0].port, "2-1");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_slow_ones_are_all_recorded),
		TEST(test_burst),
		TEST(test_counts_add_up),
		TEST(test_ends),
		TEST(test_many_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
