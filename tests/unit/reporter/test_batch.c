/* A batch is bounded by lines and by bytes, and never has a hole. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/reporter/batch.h"
#include "tests/unit/policy/cmocka_test.h"

static int setup(void **state)
{
	struct batch *batch = malloc(sizeof(*batch));

	assert_int_equal(batch_init(batch), 0);
	*state = batch;
	return 0;
}

static int teardown(void **state)
{
	batch_finish(*state);
	free(*state);
	return 0;
}

static void test_lines_are_bounded(void **state)
{
	struct batch *batch = *state;

	for (uint64_t seq = 7; seq < 7 + BATCH_MAX_LINES; seq++)
		assert_int_equal(batch_add(batch, seq, "x", 1), 0);
	assert_int_equal(batch_add(batch, 7 + BATCH_MAX_LINES, "x", 1), -ENOSPC);
	assert_int_equal(batch->first, 7);
	assert_int_equal(batch->last, 6 + BATCH_MAX_LINES);
	assert_int_equal(batch->size, 2 * BATCH_MAX_LINES);
	assert_memory_equal(batch->bytes, "x\nx\n", 4);
}

static void test_bytes_are_bounded_exactly(void **state)
{
	struct batch *batch = *state;
	char *line = malloc(BATCH_MAX_BYTES);

	memset(line, 'x', BATCH_MAX_BYTES);
	assert_int_equal(batch_add(batch, 1, line, BATCH_MAX_BYTES), -ENOSPC);
	assert_int_equal(batch_add(batch, 1, line, BATCH_MAX_BYTES - 3), 0);
	assert_int_equal(batch_add(batch, 2, "ab", 2), -ENOSPC);
	assert_int_equal(batch_add(batch, 2, "a", 1), 0);
	assert_int_equal(batch->size, BATCH_MAX_BYTES);
	assert_int_equal(batch_add(batch, 3, "", 0), -ENOSPC);
	free(line);
}

static void test_a_hole_ends_the_batch(void **state)
{
	struct batch *batch = *state;

	assert_int_equal(batch_add(batch, 5, "x", 1), 0);
	assert_int_equal(batch_add(batch, 7, "x", 1), -ENOSPC);
	assert_int_equal(batch_add(batch, 6, "x", 1), 0);
}

static void test_halving_ends_at_one_line(void **state)
{
	struct batch *batch = *state;
	size_t halvings = 0;

	for (;;) {
		uint64_t seq = 1;

		batch_clear(batch);
		while (batch_add(batch, seq, "0123456789", 10) == 0)
			seq++;
		if (batch_halve(batch) < 0)
			break;
		halvings++;
	}
	assert_int_equal(batch->lines, 1);
	assert_int_equal(halvings, 8); /* 500 250 125 62 31 15 7 3 1 */
	for (int i = 0; i < 30; i++)
		batch_grow(batch);
	assert_int_equal(batch->max_lines, BATCH_MAX_LINES);
	assert_int_equal(batch->max_bytes, BATCH_MAX_BYTES);
}

static void test_a_long_line_goes_alone_after_halving(void **state)
{
	struct batch *batch = *state;
	char line[1000] = { 0 };

	assert_int_equal(batch_add(batch, 1, "a", 1), 0);
	assert_int_equal(batch_add(batch, 2, "b", 1), 0);
	assert_int_equal(batch_halve(batch), 0);
	batch_clear(batch);
	assert_int_equal(batch_add(batch, 1, line, sizeof(line)), 0);
	assert_int_equal(batch_add(batch, 2, "b", 1), -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lines_are_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bytes_are_bounded_exactly, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_hole_ends_the_batch, setup, teardown),
		cmocka_unit_test_setup_teardown(test_halving_ends_at_one_line, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_long_line_goes_alone_after_halving, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
