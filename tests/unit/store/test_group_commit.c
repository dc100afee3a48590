/* Writers that come at once share commits, and each is told of its own fate. */
#include <pthread.h>

#include "server/store/connection.h"
#include "temporary.h"
#include "tests/unit/collector/failing_disk.h"

enum { THREADS = 16, TURNS = 25 };

struct writer {
	struct store *store;
	int number;
	bool kept[TURNS]; /* the store said that it is durable */
	pthread_t thread;
};

/* Each third turn changes its mind after it has written. */
static int write_turn(struct connection *c, int64_t key, int turn)
{
	int r = statement_run(c, "INSERT INTO section VALUES ($1, $2, $3)", "tib", "turns", key,
			      &key, sizeof(key));

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

#define TEST(f) cmocka_unit_test_setup_teardown(f, temporary_setup, temporary_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all_turns),
		TEST(test_disk_dies),
	};

	return cmocka_run_group_tests(tests, disk_install, NULL);
}
