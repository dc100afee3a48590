/* Ledgers are sent oldest installation first, from where the collector says, across segments. */
#include <errno.h>

#include "agent/reporter/source.h"
#include "ledger_writer.h"

struct fixture {
	struct temporary ledgers;
	struct source *source;
	struct batch batch;
	struct ledger_writer a, b;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	temporary_make(&f->ledgers);
	assert_int_equal(source_new(&f->source, f->ledgers.path), 0);
	assert_int_equal(batch_init(&f->batch), 0);
	ledger_writer_begin(&f->a, &f->ledgers, LEDGER_A);
	ledger_writer_begin(&f->b, &f->ledgers, LEDGER_B);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	ledger_writer_end(&f->a);
	ledger_writer_end(&f->b);
	source_free(f->source);
	batch_finish(&f->batch);
	temporary_drop(&f->ledgers);
	free(f);
	return 0;
}

/* A is the ledger in use; both are known. */
static void scan(struct fixture *f)
{
	ledger_writer_set_current(&f->ledgers, LEDGER_A);
	assert_int_equal(source_scan(f->source), 0);
}

/* The same, and B, which is empty, is done with. */
static void scan_to_current(struct fixture *f)
{
	scan(f);
	source_select(f->source);
	source_done(f->source);
	source_select(f->source);
}

static void test_no_ledger_in_use_yet(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(source_scan(f->source), -ENOENT);
	assert_null(source_select(f->source));
}

static void test_earlier_ledgers_come_first(void **state)
{
	struct fixture *f = *state;

	ledger_writer_add(&f->a, 3, false);
	ledger_writer_add(&f->b, 3, false);
	scan(f);
	assert_string_equal(source_select(f->source), LEDGER_B);
	source_done(f->source);
	assert_string_equal(source_select(f->source), LEDGER_A);
	assert_string_equal(source_current(f->source), LEDGER_A);
	assert_int_equal(source_scan(f->source), 0); /* what is known stays known */
	assert_string_equal(source_select(f->source), LEDGER_A);
}

static void test_stopped_ledger_does_not_dam_the_others(void **state)
{
	struct fixture *f = *state;

	ledger_writer_add(&f->a, 3, false);
	ledger_writer_add(&f->b, 3, false);
	scan(f);
	assert_string_equal(source_select(f->source), LEDGER_B);
	source_stop(f->source);
	assert_string_equal(source_select(f->source), LEDGER_A);
	source_stop(f->source);
	assert_null(source_select(f->source));
	source_resume(f->source);
	assert_string_equal(source_select(f->source), LEDGER_B);
}

static void test_reads_on_across_segments(void **state)
{
	struct fixture *f = *state;

	ledger_writer_add(&f->a, 300, false);
	ledger_writer_add(&f->a, 300, true);
	scan_to_current(f);
	assert_false(source_positioned(f->source));
	assert_int_equal(source_seek(f->source, 50), 0);
	assert_true(source_positioned(f->source));
	assert_int_equal(source_fill(f->source, &f->batch), 0);
	assert_int_equal(f->batch.first, 51);
	assert_int_equal(f->batch.last, 50 + BATCH_MAX_LINES);
	batch_clear(&f->batch);
	assert_int_equal(source_fill(f->source, &f->batch), 0);
	assert_int_equal(f->batch.first, 551); /* the line that did not fit is not lost */
	assert_int_equal(f->batch.last, 600);
	batch_clear(&f->batch);
	assert_int_equal(source_fill(f->source, &f->batch), 0);
	assert_int_equal(f->batch.lines, 0);
	ledger_writer_add(&f->a, 1, true);
	assert_int_equal(source_fill(f->source, &f->batch), 0);
	assert_int_equal(f->batch.first, 601);
}

static void test_collector_ahead_of_the_ledger(void **state)
{
	struct fixture *f = *state;

	ledger_writer_add(&f->a, 10, false);
	scan_to_current(f);
	assert_int_equal(source_seek(f->source, 10), 0);
	assert_int_equal(source_seek(f->source, 11), -ENOENT);
	assert_int_equal(source_seek(f->source, UINT64_MAX), -ENOENT);
	assert_false(source_positioned(f->source));
}

static void test_a_half_written_line_waits(void **state)
{
	struct fixture *f = *state;
	int fd;

	ledger_writer_add(&f->a, 2, false);
	fd = openat(f->a.fd, "0000000000000001.ndjson", O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "{\"seq\":3,", 9), 9);
	close(fd);
	scan_to_current(f);
	assert_int_equal(source_seek(f->source, 0), 0);
	assert_int_equal(source_fill(f->source, &f->batch), 0);
	assert_int_equal(f->batch.last, 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_no_ledger_in_use_yet),
		TEST(test_earlier_ledgers_come_first),
		TEST(test_stopped_ledger_does_not_dam_the_others),
		TEST(test_reads_on_across_segments),
		TEST(test_collector_ahead_of_the_ledger),
		TEST(test_a_half_written_line_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
