/* What is counted as events arrive is what a count of all events says. */
#include "server/store/batch.h"
#include "server/store/usage.h"
#include "temporary.h"

enum { BATCHES = 40, MAX_ROWS = 4096 };

#define LEDGER "0123456789abcdef0123456789abcdef"

static uint32_t seed = 1;

/* A small generator of our own, so that a failure comes again. */
static unsigned roll(unsigned sides)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % sides;
}

static void make_event(struct event_columns *ret)
{
	static const char *const kinds[] = { "device.decided", "device.changed", "device.removed",
					     "agent.started" };
	static const char *const verdicts[] = { "allow", "read-only", "deny", "charge-only", "" };
	static const char *const rules[] = { "registered:A-001", "registered:B-2", "no-sticks",
					     "" };

	*ret = (struct event_columns){ .violation = roll(4) == 0,
				       .duration_s = roll(1000),
				       .bytes_read = roll(2) ? roll(100000) : UINT64_MAX,
				       .bytes_written = roll(100000) };
	snprintf(ret->time, sizeof(ret->time), "2026-11-%02uT08:00:00.000000Z", 20 + roll(4));
	strcpy(ret->kind, kinds[roll(4)]);
	strcpy(ret->verdict, verdicts[roll(5)]);
	strcpy(ret->rule, rules[roll(4)]);
	if (roll(5))
		snprintf(ret->person, sizeof(ret->person), "person%u", roll(3));
	if (roll(5))
		snprintf(ret->device, sizeof(ret->device), "0951:1666 S%u", roll(3));
	snprintf(ret->name, sizeof(ret->name), "Name %u", roll(3));
}

static void fill(struct store *store)
{
	struct event_columns columns[20];
	struct batch batch;

	for (int i = 0; i < BATCHES; i++) {
		size_t n = 1 + roll(20);
		assert_int_equal(batch_begin(&batch, store, HOST, LEDGER), 0);
		for (size_t j = 0; j < n; j++) {
			make_event(&columns[j]);
			columns[j].seq = batch.chain.next_seq++;
			assert_int_equal(batch_append(&batch, &columns[j], "{}", 2), 0);
		}
		assert_int_equal(batch_end(&batch, 0), 0);
	}
}

struct rows {
	size_t n;
	struct usage_row rows[MAX_ROWS];
};

static int on_row(void *context, const struct usage_row *row)
{
	struct rows *rows = context;

	assert_true(rows->n < MAX_ROWS);
	rows->rows[rows->n++] = *row;
	return 0;
}

static struct rows *read_all(struct store *store)
{
	struct usage_query query = { .from = "2026-01-01", .to = "2026-12-31" };
	struct rows *rows = calloc(1, sizeof(*rows));

	assert_non_null(rows);
	assert_int_equal(usage_each(store, &query, on_row, rows), 0);
	return rows;
}

static void test_equals_a_scan(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;

	enrol_one(store);
	fill(store);
	struct rows *kept = read_all(store);
	assert_true(kept->n > 30);
	assert_int_equal(usage_rebuild(store), 0);
	struct rows *counted = read_all(store);
	assert_int_equal(kept->n, counted->n);
	for (size_t i = 0; i < kept->n; i++) {
		const struct usage_row *a = &kept->rows[i], *b = &counted->rows[i];
		assert_string_equal(a->day, b->day);
		assert_string_equal(a->person, b->person);
		assert_string_equal(a->device, b->device);
		assert_string_equal(a->name, b->name);
		assert_string_equal(a->tag, b->tag);
		assert_memory_equal(&a->counters, &b->counters, sizeof(a->counters));
	}
	free(kept);
	free(counted);
}

/* A count that is too high for a sum stays, and does not fail. */
static void test_claims_are_bounded(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	struct event_columns columns[BATCH_MAX_LINES];
	struct batch batch;

	enrol_one(store);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(batch_begin(&batch, store, HOST, LEDGER), 0);
		for (size_t j = 0; j < BATCH_MAX_LINES; j++) {
			columns[j] = (struct event_columns){ .seq = batch.chain.next_seq++,
							     .time = "2026-11-22T00:00:00Z",
							     .kind = "device.removed",
							     .bytes_read = UINT64_MAX };
			assert_int_equal(batch_append(&batch, &columns[j], "{}", 2), 0);
		}
		assert_int_equal(batch_append(&batch, &columns[0], "{}", 2), -E2BIG);
		assert_int_equal(batch_end(&batch, 0), 0);
	}
	struct rows *rows = read_all(store);
	assert_int_equal(rows->n, 1);
	assert_true(rows->rows[0].counters.bytes_read >= UINT64_C(4000000000000000000));
	free(rows);
	assert_int_equal(usage_rebuild(store), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, temporary_setup, temporary_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_equals_a_scan),
		TEST(test_claims_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
