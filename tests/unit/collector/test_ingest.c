/* What is acknowledged is held, once, in order, byte for byte; what is wrong is found, once. */
#include "lines.h"
#include "server/collector/ingest.h"
#include "server/store/events.h"
#include "server/store/findings.h"

struct collected {
	char *bytes;
	size_t size;
	int n;
	char kind[32];
};

static int on_row(void *context, const struct event_row *row)
{
	struct collected *c = context;

	c->bytes = realloc(c->bytes, c->size + row->line_size + 2);
	memcpy(c->bytes + c->size, row->line, row->line_size);
	c->size += row->line_size;
	c->bytes[c->size++] = '\n';
	c->bytes[c->size] = '\0';
	c->n++;
	snprintf(c->kind, sizeof(c->kind), "%s", row->kind);
	return 0;
}

static int on_finding(void *context, const struct finding *finding)
{
	struct collected *c = context;

	c->n++;
	snprintf(c->kind, sizeof(c->kind), "%s", finding->kind);
	return 0;
}

static struct ingest_result send(struct store *store, const struct lines *lines)
{
	struct ingest_result result;

	assert_int_equal(ingest(store, HOST, LEDGER, lines->bytes, lines->size, NOW, &result), 0);
	return result;
}

static void check(struct ingest_result result, enum ingest_outcome outcome, uint64_t acked)
{
	assert_int_equal(result.outcome, outcome);
	assert_int_equal(result.acked, acked);
	assert_int_equal(result.outcome == INGEST_TAKEN, result.text[0] == '\0');
}

static void check_findings(struct store *store, int n, const char *kind)
{
	struct collected c = { 0 };

	assert_int_equal(findings_each(store, false, on_finding, &c), 0);
	assert_int_equal(c.n, n);
	if (n)
		assert_string_equal(c.kind, kind);
}

static void check_held(struct store *store, const char *bytes, int n)
{
	struct collected c = { 0 };

	assert_int_equal(events_each_of_ledger(store, HOST, LEDGER, 1, 10000, on_row, &c), 0);
	assert_int_equal(c.n, n);
	if (n)
		assert_string_equal(c.bytes, bytes);
	free(c.bytes);
}

static void test_taken_and_again(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	struct lines lines = lines_start(LEDGER), none = { 0 };

	enrol_one(store);
	check(send(store, &none), INGEST_TAKEN, 0);
	lines_add(&lines, 3, "a");
	check(send(store, &lines), INGEST_TAKEN, 3);
	check(send(store, &lines), INGEST_TAKEN, 3);
	lines_add(&lines, 2, "b"); /* three that are held, two that are new */
	check(send(store, &lines), INGEST_TAKEN, 5);
	check(send(store, &none), INGEST_TAKEN, 5);
	check_held(store, lines.bytes, 5);
	check_findings(store, 0, NULL);
	lines_next(&lines);
}

static void test_gap(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	struct lines lines = lines_start(LEDGER), first;

	enrol_one(store);
	lines_add(&lines, 2, "a");
	first = lines;
	first.bytes = strdup(lines.bytes);
	lines_next(&lines);
	lines_add(&lines, 1, "b");
	check(send(store, &lines), INGEST_GAP, 0);
	check(send(store, &lines), INGEST_GAP, 0);
	check_findings(store, 1, "gap");
	check_held(store, "", 0);
	check(send(store, &first), INGEST_TAKEN, 2);
	check(send(store, &lines), INGEST_TAKEN, 3);
	free(first.bytes);
	lines_next(&lines);
}

static void test_fork_is_quarantined(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	struct lines lines = lines_start(LEDGER), other = lines_start(LEDGER), none = { 0 };

	enrol_one(store);
	lines_add(&lines, 3, "a");
	lines_add(&other, 3, "b");
	check(send(store, &lines), INGEST_TAKEN, 3);
	check(send(store, &other), INGEST_FORK, 3);
	check_findings(store, 1, "fork");
	check(send(store, &other), INGEST_FORK, 3);
	check(send(store, &none), INGEST_FORK, 3);
	check_held(store, lines.bytes, 3);
	/* The ledger takes no more, not even what would continue it. */
	lines_add(&lines, 1, "a");
	check(send(store, &lines), INGEST_FORK, 3);
	check_findings(store, 1, "fork");
	lines_next(&lines);
	lines_next(&other);
}

static void test_broken_chain(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	struct lines lines = lines_start(LEDGER);

	enrol_one(store);
	lines_add(&lines, 3, "a");
	char *bad = strdup(lines.bytes), *third = strstr(bad, "{\"seq\":3,");
	char *text = strstr(third, "\"text\":\"a\"");
	text[8] = 'x';
	struct lines changed = { .bytes = bad, .size = lines.size };
	/* The two good lines before it are taken; the right third one still can be. */
	check(send(store, &changed), INGEST_BROKEN, 2);
	check(send(store, &changed), INGEST_BROKEN, 2);
	check_findings(store, 1, "chain-broken");
	check(send(store, &lines), INGEST_TAKEN, 3);
	check_held(store, lines.bytes, 3);
	free(bad);
	lines_next(&lines);
}

static void test_every_truncation(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	struct lines lines = lines_start(LEDGER);

	enrol_one(store);
	lines_add(&lines, 2, "a");
	size_t first = (size_t)(strchr(lines.bytes, '\n') - lines.bytes) + 1;
	for (size_t size = 1; size < lines.size; size++) {
		struct lines cut = { .bytes = lines.bytes, .size = size };
		if (size == first)
			continue;
		check(send(store, &cut), INGEST_UNFINISHED, 0);
	}
	check_held(store, "", 0);
	check(send(store, &lines), INGEST_TAKEN, 2);
	lines_next(&lines);
}

static void test_garbage(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	static const char *const garbage[] = { "\n", "{}\n", "{\"seq\":1}\n", "\xff\xfe\n",
					       "{\"seq\":18446744073709551616,\n" };

	enrol_one(store);
	for (size_t i = 0; i < COUNT(garbage); i++) {
		struct lines lines = { .bytes = (char *)garbage[i], .size = strlen(garbage[i]) };
		check(send(store, &lines), INGEST_BROKEN, 0);
	}
	check_findings(store, 1, "chain-broken");
}

static void test_line_that_is_no_event(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	struct lines lines = lines_start(LEDGER);
	struct collected c = { 0 };

	enrol_one(store);
	lines_add(&lines, 1, "a");
	lines_add_body(&lines, "\"kind\":7");
	lines_add(&lines, 1, "b");
	check(send(store, &lines), INGEST_TAKEN, 3);
	check_findings(store, 1, "unreadable");
	check_held(store, lines.bytes, 3);
	assert_int_equal(events_each_of_ledger(store, HOST, LEDGER, 2, 1, on_row, &c), 0);
	assert_string_equal(c.kind, EVENT_UNREADABLE);
	free(c.bytes);
	lines_next(&lines);
}

static void test_500_lines(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	struct lines lines = lines_start(LEDGER);

	enrol_one(store);
	lines_add(&lines, INGEST_MAX_LINES + 1, "a");
	check(send(store, &lines), INGEST_TOO_MANY, 0);
	lines_next(&lines);
	lines = lines_start(LEDGER);
	lines_add(&lines, INGEST_MAX_LINES, "a");
	check(send(store, &lines), INGEST_TAKEN, INGEST_MAX_LINES);
	check_held(store, lines.bytes, INGEST_MAX_LINES);
	lines_next(&lines);
}

static void test_who_may(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	struct lines lines = lines_start(LEDGER);
	struct ingest_result result;

	enrol_one(store);
	lines_add(&lines, 1, "a");
	assert_int_equal(ingest(store, "nobody", LEDGER, lines.bytes, lines.size, NOW, &result),
			 -ENOENT);
	assert_int_equal(ingest(store, HOST, "0123", lines.bytes, lines.size, NOW, &result),
			 -EINVAL);
	assert_int_equal(
		ingest(store, HOST, "0123456789ABCDEF0123456789abcdef", NULL, 0, NOW, &result),
		-EINVAL);
	assert_int_equal(hosts_revoke(store, HOST, "alice", "lost", NOW), 0);
	assert_int_equal(ingest(store, HOST, LEDGER, lines.bytes, lines.size, NOW, &result),
			 -ENOENT);
	lines_next(&lines);
}

static void add_at(struct lines *lines, const char *time)
{
	char body[256];

	snprintf(body, sizeof(body),
		 "\"time\":\"%s\",\"boot\":\"00000000000000000000000000000000\",\"mono_us\":1,"
		 "\"kind\":\"agent.degraded\",\"what\":\"test\",\"text\":\"\"",
		 time);
	lines_add_body(lines, body);
}

/* A record whose time cannot be is taken as it is, and is a finding: once a day, not each line. */
static void test_times(void **state)
{
	static const struct {
		const char *time;
		int findings; /* after it */
		const char *kind;
	} rows[] = {
		{ "2026-11-22T08:00:00.000001Z", 0, NULL },
		{ "2026-11-22T07:55:00.000000Z", 0, NULL },	   /* five minutes back */
		{ "2026-11-22T07:49:59.000000Z", 1, "time-back" }, /* more, in another upload */
		{ "2026-11-22T07:40:00.000000Z", 1, "time-back" },
		{ "2026-11-23T02:18:20.000000Z", 1, "time-back" }, /* five minutes ahead */
		{ "2026-11-23T02:18:21.000000Z", 2, "time-ahead" },
		{ "2099-01-01T00:00:00.000000Z", 2, "time-ahead" },
		{ "1970-01-01T00:00:00.000000Z", 2, "time-ahead" },
	};
	struct store *store = ((struct temporary *)*state)->store;
	struct lines lines = lines_start(LEDGER);

	enrol_one(store);
	for (size_t i = 0; i < COUNT(rows); i++) {
		add_at(&lines, rows[i].time);
		check(send(store, &lines), INGEST_TAKEN, i + 1);
		check(send(store, &lines), INGEST_TAKEN, i + 1);
		check_findings(store, rows[i].findings, rows[i].kind);
		lines_next(&lines);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, temporary_setup, temporary_teardown)

#define AT(kind) "\"time\":\"2026-11-22T08:00:00.000000Z\",\"kind\":\"" kind "\""

/* What its own records say of an agent that should be looked into; each line is a ledger's first.
 */
static void test_findings_of_agents(void **state)
{
	static const struct {
		const char *body, *finding; /* NULL: none */
	} cases[] = {
		{ AT("agent.stopped") ",\"reason\":\"stop\"", "stopped" },
		{ AT("agent.stopped") ",\"reason\":\"signal\"", "stopped" },
		{ AT("agent.stopped") ",\"reason\":\"unknown\"", "stopped" },
		{ AT("agent.stopped") ",\"reason\":\"shutdown\"", NULL },
		{ AT("agent.stopped") ",\"reason\":\"restart\"", NULL },
		{ AT("agent.removed") ",\"person\":\"alice\"", "removed" },
		{ AT("device.decided") ",\"pre_agent\":true,\"violation\":true", "pre-agent" },
		{ AT("device.decided") ",\"pre_agent\":true,\"violation\":false", NULL },
		{ AT("device.changed") ",\"pre_agent\":true,\"violation\":true", NULL },
		{ AT("device.decided") ",\"violation\":true", NULL },
	};
	struct store *store = ((struct temporary *)*state)->store;
	int n = 0;

	enrol_one(store);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct collected c = { 0 };
		char ledger[LEDGER_ID_SIZE];
		struct ingest_result result;
		struct lines lines;

		snprintf(ledger, sizeof(ledger), "%032zx", i + 1);
		lines = lines_start(ledger);
		lines_add_body(&lines, cases[i].body);
		assert_int_equal(ingest(store, HOST, ledger, lines.bytes, lines.size, NOW, &result),
				 0);
		check(result, INGEST_TAKEN, 1);
		lines_next(&lines);
		n += cases[i].finding != NULL;
		assert_int_equal(findings_each(store, false, on_finding, &c), 0);
		assert_int_equal(c.n, n);
		if (cases[i].finding != NULL)
			assert_string_equal(c.kind, cases[i].finding);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_taken_and_again),
		TEST(test_gap),
		TEST(test_fork_is_quarantined),
		TEST(test_broken_chain),
		TEST(test_every_truncation),
		TEST(test_garbage),
		TEST(test_line_that_is_no_event),
		TEST(test_500_lines),
		TEST(test_who_may),
		TEST(test_findings_of_agents),
		TEST(test_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
