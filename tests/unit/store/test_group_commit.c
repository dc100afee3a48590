/* Writers that come at once share commits, and each is told of its own fate. */
#include <pthread.h>

#include "server/store/connection.h"
#include "temporary.h"
#include "tests/unit/collector/failing_disk.h"

/* LARGE: several such do not fit SQLite's cache (2 MB), and it writes before the commit. */
enum { THREADS = 16, TURNS = 25, LARGE = 256 * 1024 };

static size_t turn_size = sizeof(int64_t);

struct writer {
	struct store *store;
	int number;
	int r[TURNS];	  /* what the store said of each turn */
	bool kept[TURNS]; /* that it is durable */
	pthread_t thread;
};

/* Each third turn changes its mind after it has written. */
static int write_turn(struct connection *c, int64_t key, int turn)
{
	static const char bytes[LARGE];
	bool is_large = turn_size > sizeof(key);
	int r = statement_run(c, "INSERT INTO section VALUES ($1, $2, $3)", "tib", "turns", key,
			      is_large ? (const void *)bytes : &key, turn_size);

	return r < 0 ? r : turn % 3 == 2 ? -ECANCELED : 0;
}

static void *write_turns(void *argument)
{
	struct writer *writer = argument;

	for (int i = 0; i < TURNS; i++) {
		struct connection *c;
		int64_t key = (int64_t)writer->number * TURNS + i;
		int r = store_write_begin(writer->store, &c);

		if (r == 0)
			r = store_write_end(writer->store, c, write_turn(c, key, i));
		writer->r[i] = r;
		writer->kept[i] = r == 0;
	}
	return NULL;
}

static void run_writers(struct store *store, struct writer writers[static THREADS])
{
	for (int i = 0; i < THREADS; i++) {
		writers[i] = (struct writer){ .store = store, .number = i };
		assert_int_equal(pthread_create(&writers[i].thread, NULL, write_turns, &writers[i]),
				 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(writers[i].thread, NULL);
}

static bool is_held(struct store *store, int64_t key)
{
	struct reading reading;

	assert_int_equal(reading_start(&reading, store,
				       "SELECT no FROM section WHERE sha256 = $1 AND no = $2", "ti",
				       "turns", key),
			 0);
	int r = statement_next(reading.rows);
	return reading_end(&reading, r) == 1;
}

static void test_all_turns(void **state)
{
	struct temporary *t = *state;
	struct writer writers[THREADS];

	run_writers(t->store, writers);
	for (int i = 0; i < THREADS; i++) {
		for (int j = 0; j < TURNS; j++) {
			assert_true(writers[i].kept[j] == (j % 3 != 2));
			assert_true(is_held(t->store, (int64_t)i * TURNS + j) == (j % 3 != 2));
		}
	}
}

/* The disk dies in the midst of it: what was said to be durable is there afterwards. */
static void test_disk_dies(void **state)
{
	struct temporary *t = *state;
	struct writer writers[THREADS];
	size_t kept = 0, lost = 0;

	if (*t->where)
		return; /* a SQLite disk is what fails here */
	disk_failed = false;
	disk_left = 60;
	run_writers(t->store, writers);
	assert_true(disk_failed);
	store_close(t->store);
	disk_left = -1;
	temporary_open(t);
	for (int i = 0; i < THREADS; i++) {
		for (int j = 0; j < TURNS; j++) {
			kept += writers[i].kept[j];
			lost += !writers[i].kept[j] && j % 3 != 2;
			if (writers[i].kept[j])
				assert_true(is_held(t->store, (int64_t)i * TURNS + j));
		}
	}
	assert_true(kept > 0 && lost > 0);
}

/* The disk fills in the midst of it: SQLite ends the group's transaction by itself, and each whose
 * turn was in it is told why. */
static void test_disk_fills(void **state)
{
	struct temporary *t = *state;
	struct writer writers[THREADS];
	size_t full = 0;

	if (*t->where)
		return;
	disk_failed = false;
	disk_error = SQLITE_FULL;
	disk_left = 2500;
	turn_size = LARGE;
	run_writers(t->store, writers);
	turn_size = sizeof(int64_t);
	assert_true(disk_failed);
	disk_left = -1;
	for (int i = 0; i < THREADS; i++) {
		for (int j = 0; j < TURNS; j++) {
			int r = writers[i].r[j];
			full += r == -ENOSPC;
			assert_true(r == 0 || r == -ENOSPC || (r == -ECANCELED && j % 3 == 2));
			assert_true(is_held(t->store, (int64_t)i * TURNS + j) == (r == 0));
		}
	}
	assert_true(full > 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, temporary_setup, temporary_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all_turns),
		TEST(test_disk_dies),
		TEST(test_disk_fills),
	};

	return cmocka_run_group_tests(tests, disk_install, NULL);
}
