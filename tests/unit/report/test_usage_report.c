/* The counts of a report are those of the events, by day, host, unit, person and device. */
#include <string.h>

#include <jansson.h>

#include "server/report/usage_report.h"
#include "server/store/batch.h"
#include "tests/unit/store/temporary.h"

#define LEDGER "0123456789abcdef0123456789abcdef"

static void add(struct store *store, struct event_columns columns)
{
	struct batch batch;

	assert_int_equal(batch_begin(&batch, store, HOST, LEDGER), 0);
	columns.seq = batch.chain.next_seq++;
	int r = batch_append(&batch, &columns, "{}", 2);
	assert_int_equal(batch_end(&batch, r), 0);
}

static void fill(struct store *store)
{
	struct event_columns decided = { .time = "2026-11-22T08:00:00.000000Z",
					 .kind = "device.decided",
					 .device = "0951:1666 S1",
					 .name = "=Kingston \"DT\"",
					 .verdict = "allow",
					 .rule = "registered:A-001",
					 .person = "alice" };
	struct event_columns removed = decided, denied = decided, other = decided;

	add(store, decided);
	add(store, decided);
	strcpy(removed.kind, "device.removed");
	removed.rule[0] = '\0';
	removed.duration_s = 60;
	removed.bytes_read = 1000;
	removed.bytes_written = 5;
	add(store, removed);
	strcpy(denied.device, "1234:5678");
	strcpy(denied.verdict, "deny");
	strcpy(denied.rule, "default:storage");
	denied.violation = true;
	add(store, denied);
	memcpy(other.time, "2026-11-23", 10);
	strcpy(other.verdict, "read-only");
	add(store, other);
	strcpy(other.kind, "agent.started");
	add(store, other);
}

static json_t *report(struct store *store, const struct usage_query *query)
{
	char *text;
	size_t size;

	assert_int_equal(usage_report_write(store, query, REPORT_JSON, NOW, &text, &size), 0);
	json_t *json = json_loadb(text, size, 0, NULL);
	assert_non_null(json);
	free(text);
	return json;
}

static json_int_t number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static void test_json(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	struct usage_query query = { .from = "2026-11-22", .to = "2026-11-23" };

	enrol_one(store);
	fill(store);
	json_t *json = report(store, &query), *rows = json_object_get(json, "rows");
	assert_int_equal(json_array_size(rows), 3);
	const json_t *row = json_array_get(rows, 0);
	assert_string_equal(json_string_value(json_object_get(row, "device")), "0951:1666 S1");
	assert_string_equal(json_string_value(json_object_get(row, "tag")), "A-001");
	assert_string_equal(json_string_value(json_object_get(row, "unit")), "finance");
	assert_int_equal(number(row, "arrivals"), 2);
	assert_int_equal(number(row, "allowed"), 2);
	assert_int_equal(number(row, "duration_s"), 60);
	assert_int_equal(number(row, "bytes_read"), 1000);
	row = json_array_get(rows, 1);
	assert_string_equal(json_string_value(json_object_get(row, "tag")), "");
	assert_int_equal(number(row, "denied"), 1);
	assert_int_equal(number(row, "violations"), 1);
	const json_t *totals = json_object_get(json, "totals");
	assert_int_equal(number(totals, "arrivals"), 4);
	assert_int_equal(number(totals, "read_only"), 1);
	assert_int_equal(number(totals, "bytes_written"), 5);
	json_decref(json);
}

static void test_filters(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	static const struct {
		struct usage_query query;
		size_t rows;
	} cases[] = {
		{ { .from = "2026-11-22", .to = "2026-11-22" }, 2 },
		{ { .from = "2026-11-23", .to = "2026-11-23" }, 1 },
		{ { .from = "2026-11-24", .to = "2026-12-24" }, 0 },
		{ { .from = "2026-11-22", .to = "2026-11-23", .host = HOST }, 3 },
		{ { .from = "2026-11-22", .to = "2026-11-23", .host = "ws-1" }, 3 },
		{ { .from = "2026-11-22", .to = "2026-11-23", .host = "ws-2" }, 0 },
		{ { .from = "2026-11-22", .to = "2026-11-23", .unit = "finance" }, 3 },
		{ { .from = "2026-11-22", .to = "2026-11-23", .unit = "research" }, 0 },
		{ { .from = "2026-11-22", .to = "2026-11-23", .person = "alice" }, 3 },
		{ { .from = "2026-11-22", .to = "2026-11-23", .person = "' OR 1=1 --" }, 0 },
		{ { .from = "2026-11-22", .to = "2026-11-23", .device = "1234:5678" }, 1 },
	};

	enrol_one(store);
	fill(store);
	for (size_t i = 0; i < COUNT(cases); i++) {
		json_t *json = report(store, &cases[i].query);
		assert_int_equal(json_array_size(json_object_get(json, "rows")), cases[i].rows);
		json_decref(json);
	}
}

static void test_csv(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	struct usage_query query = { .from = "2026-11-22", .to = "2026-11-22" };
	char *text;
	size_t size;

	enrol_one(store);
	fill(store);
	assert_int_equal(usage_report_write(store, &query, REPORT_CSV, NOW, &text, &size), 0);
	assert_string_equal(text,
			    "\xef\xbb\xbf"
			    "day,hostname,unit,person,device,name,tag,arrivals,allowed,"
			    "read_only,denied,violations,duration_s,bytes_read,bytes_written\r\n"
			    "2026-11-22,ws-1,finance,alice,0951:1666 S1,"
			    "\"'=Kingston \"\"DT\"\"\",A-001,2,2,0,0,0,60,1000,5\r\n"
			    "2026-11-22,ws-1,finance,alice,1234:5678,"
			    "\"'=Kingston \"\"DT\"\"\",,1,0,0,1,1,0,0,0\r\n");
	free(text);
}

/* One machine that claims too much, or names a rule in long characters, must not keep the report of
 * all the others from being made. */
static void test_a_machine_that_lies(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	struct usage_query query = { .from = "2026-11-22", .to = "2026-11-23" };
	struct event_columns removed = { .time = "2026-11-22T08:00:00.000000Z",
					 .kind = "device.removed",
					 .device = "0951:1666 S1",
					 .rule = "registered:財產財產財產財產財產",
					 .bytes_read = INT64_MAX,
					 .duration_s = 7 };

	enrol_one(store);
	fill(store);
	add(store, removed);
	add(store, removed);
	json_t *json = report(store, &query);
	const json_t *row = json_array_get(json_object_get(json, "rows"), 0);
	assert_true(number(row, "bytes_read") == INT64_C(2) << 53);
	assert_int_equal(number(row, "duration_s"), 14);
	assert_string_equal(json_string_value(json_object_get(row, "tag")), "財產財產財產財");
	const json_t *totals = json_object_get(json, "totals");
	assert_true(number(totals, "bytes_read") == (INT64_C(2) << 53) + 1000);
	assert_int_equal(number(totals, "duration_s"), 74);
	json_decref(json);
}

static void test_period(void **state)
{
	(void)state;
	assert_int_equal(usage_report_check_period("2026-11-22", "2026-11-22"), 0);
	assert_int_equal(usage_report_check_period("2026-01-01", "2027-01-01"), 0);
	assert_int_equal(usage_report_check_period("2026-01-01", "2027-01-02"), -ERANGE);
	assert_int_equal(usage_report_check_period("2026-11-23", "2026-11-22"), -EINVAL);
	assert_int_equal(usage_report_check_period("2026-02-30", "2026-03-01"), -EINVAL);
	assert_int_equal(usage_report_check_period("yesterday", "2026-03-01"), -EINVAL);
	assert_int_equal(usage_report_check_period("", ""), -EINVAL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, temporary_setup, temporary_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_json),
		TEST(test_filters),
		TEST(test_csv),
		TEST(test_a_machine_that_lies),
		cmocka_unit_test(test_period),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
