/* The n-th write or fsync fails, for n = 0, 1, 2 ... until all succeed: what was acknowledged is
 * held after a restart, what was not is whole or absent, and sending again completes it. */
#include "failing_disk.h"
#include "lines.h"
#include "server/collector/ingest.h"
#include "server/store/batch.h"

enum { BATCHES = 3, LINES = 5, MANY = 500 };

static uint64_t held(struct store *store)
{
	uint64_t acked;
	bool quarantined;

	assert_int_equal(batch_acked(store, HOST, LEDGER, &acked, &quarantined), 0);
	assert_false(quarantined);
	return acked;
}

/* Send batches until one fails; the last seq that was acknowledged. */
static uint64_t send_all(struct store *store)
{
	struct lines lines = lines_start(LEDGER);
	struct ingest_result result;
	uint64_t acked = 0;

	for (int i = 0; i < BATCHES; i++) {
		lines_add(&lines, LINES, "a");
		if (ingest(store, HOST, LEDGER, lines.bytes, lines.size, NOW, &result) < 0)
			break;
		assert_int_equal(result.outcome, INGEST_TAKEN);
		acked = result.acked;
	}
	lines_next(&lines);
	return acked;
}

/* One disk that fails at its @n-th call with @error.  True if it came that far. */
static bool try_once(int n, int error)
{
	struct temporary *t;
	void *state;

	assert_int_equal(temporary_setup(&state), 0);
	t = state;
	enrol_one(t->store);
	disk_failed = false;
	disk_error = error;
	disk_left = n;
	uint64_t acked = send_all(t->store);
	bool failed = disk_failed;
	if (failed)
		assert_true(acked < BATCHES * LINES);
	store_close(t->store); /* the disk is still dead: nothing can be saved now */
	disk_left = -1;

	temporary_open(t);
	uint64_t after = held(t->store);
	assert_true(after >= acked);
	assert_int_equal(after % LINES, 0);
	assert_int_equal(send_all(t->store), BATCHES * LINES);
	temporary_teardown(&state);
	return failed;
}

static void test_dying_disk(void **state)
{
	int n = 0;

	(void)state;
	while (n < MANY && try_once(n, SQLITE_IOERR_WRITE))
		n++;
	assert_in_range(n, BATCHES * 2, MANY - 1);
}

static void test_full_disk(void **state)
{
	int n = 0;

	(void)state;
	while (n < MANY && try_once(n, SQLITE_FULL))
		n++;
	assert_in_range(n, BATCHES * 2, MANY - 1);
}

/* A disk that was full and has room again needs no restart. */
static void test_room_again(void **state)
{
	struct temporary *t;
	void *temporary;

	(void)state;
	for (int n = 0; n < 12; n++) {
		assert_int_equal(temporary_setup(&temporary), 0);
		t = temporary;
		enrol_one(t->store);
		disk_failed = false;
		disk_error = SQLITE_FULL;
		disk_left = n;
		uint64_t acked = send_all(t->store);
		assert_true(acked < BATCHES * LINES);
		disk_left = -1;
		assert_true(held(t->store) >= acked);
		assert_int_equal(send_all(t->store), BATCHES * LINES);
		temporary_teardown(&temporary);
	}
}

int main(void)
{
	unsetenv("DEVGATE_STORE"); /* a SQLite disk is what fails here */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dying_disk),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_room_again),
	};

	return cmocka_run_group_tests(tests, disk_install, NULL);
}
