/* A finding is open until somebody closes it, stays as it was, and is found again as another one.
 */
#include "server/store/findings.h"

#include "policy/ledger_line.h"
#include "server/store/audit.h"
#include "server/store/batch.h"
#include "temporary.h"

#define LEDGER "0123456789abcdef0123456789abcdef"
#define A      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1"
#define B      "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb2"

struct seen {
	int n, open;
	int64_t last; /* id */
	char kinds[2048], closed_by[32], reason[64];
};

static int on_finding(void *context, const struct finding *row)
{
	struct seen *seen = context;

	assert_string_equal(row->host, HOST);
	assert_true(row->id > 0 && row->id != seen->last);
	seen->n++;
	seen->open += row->closed == 0;
	seen->last = row->id;
	strcat(strcat(seen->kinds, row->kind), *row->ledger ? "@ " : " ");
	if (row->closed != 0)
		snprintf(seen->closed_by, sizeof(seen->closed_by), "%s", row->closed_by);
	if (row->closed != 0)
		snprintf(seen->reason, sizeof(seen->reason), "%s", row->closed_reason);
	return 0;
}

static struct seen see(struct store *store, bool all)
{
	struct seen seen = { 0 };
	uint64_t open = 99;

	assert_int_equal(findings_each(store, all, on_finding, &seen), 0);
	assert_int_equal(findings_count(store, &open), 0);
	assert_int_equal(open, seen.open);
	return seen;
}

static int finish(struct store *store, int64_t id, const char *reason)
{
	const struct finding_closing closing = {
		.id = id, .time = NOW + 5, .by = "alice", .reason = reason
	};

	return findings_close(store, &closing);
}

/* @kind at line 1 of LEDGER, at @now. */
static void find(struct store *store, const char *kind, int64_t now, bool daily)
{
	struct batch batch;

	assert_int_equal(batch_begin(&batch, store, HOST, LEDGER), 0);
	int r = daily ? batch_add_daily_finding(&batch, 1, kind, "text", now)
		      : batch_add_finding(&batch, 1, kind, "text", now);
	assert_int_equal(r, 0);
	assert_int_equal(batch_end(&batch, 0), 0);
}

static void speak(struct store *store, const char *boot, int64_t now, int64_t offset_s)
{
	const struct host_status status = { .version = "0.1.0",
					    .mode = "",
					    .gate = "",
					    .ledger = "",
					    .now = now,
					    .hostname = "ws-1",
					    .machine_id = MACHINE,
					    .boot = boot,
					    .address = "192.0.2.1",
					    .has_time = true,
					    .time = now + offset_s };
	char other[HOST_OTHER_SIZE] = "";

	assert_true(hosts_set_status(store, HOST, &status, other) >= 0);
}

static void test_closed(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;

	enrol_one(store);
	assert_int_equal(see(store, true).n, 0);
	find(store, "gap", NOW, false);
	find(store, "fork", NOW + 1, false);
	int64_t fork = see(store, false).last;
	assert_string_equal(see(store, false).kinds, "gap@ fork@ ");

	assert_int_equal(finish(store, fork + 7, "none"), -ENOENT);
	assert_int_equal(finish(store, fork, "a test machine"), 0);
	assert_int_equal(finish(store, fork, "again"), -ENOENT);
	assert_string_equal(see(store, false).kinds, "gap@ ");
	struct seen all = see(store, true);
	assert_int_equal(all.n, 2);
	assert_int_equal(all.open, 1);
	assert_string_equal(all.closed_by, "alice");
	assert_string_equal(all.reason, "a test machine");
}

/* The same fault: one while it is open, another one after it was closed. */
static void test_found_again(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;

	enrol_one(store);
	for (int round = 1; round <= 3; round++) {
		find(store, "gap", NOW, false);
		find(store, "gap", NOW, false);
		struct seen open = see(store, false);
		assert_int_equal(open.n, 1);
		assert_int_equal(see(store, true).n, round);
		assert_int_equal(finish(store, open.last, "seen to"), 0);
	}
	find(store, "time-ahead", NOW, true);
	find(store, "time-ahead", NOW + 60, true);
	struct seen open = see(store, false);
	assert_int_equal(open.n, 1);
	assert_int_equal(finish(store, open.last, "seen to"), 0);
	find(store, "time-ahead", NOW + 120, true);
	assert_int_equal(see(store, false).n, 1);
}

static void test_of_hosts(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;

	enrol_one(store);
	speak(store, A, NOW, 9000);
	speak(store, A, NOW, 9000);
	assert_string_equal(see(store, false).kinds, "clock-skew ");
	assert_int_equal(finish(store, see(store, false).last, "set it"), 0);
	speak(store, A, NOW, 9000); /* it goes on, and was seen to */
	assert_int_equal(see(store, false).n, 0);
	speak(store, A, NOW, 0);
	speak(store, A, NOW, 9000); /* wrong again, on the same day */
	assert_int_equal(see(store, false).n, 1);
	assert_int_equal(see(store, true).n, 2);
}

/* So many of one kind are open at most: closing makes room. */
static void test_bounded(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;

	enrol_one(store);
	for (int64_t day = 0; day < FINDINGS_OF_HOST_MAX + 2; day++) {
		speak(store, A, NOW + day * 86400, 9000);
		speak(store, A, NOW + day * 86400, 0);
	}
	assert_int_equal(see(store, false).n, FINDINGS_OF_HOST_MAX);
	assert_int_equal(finish(store, see(store, false).last, "set it"), 0);
	speak(store, A, NOW + 1000 * 86400, 9000);
	assert_int_equal(see(store, false).n, FINDINGS_OF_HOST_MAX);
}

struct log {
	int n;
	char last[1024];
};

static int on_line(void *context, uint64_t seq, const char *line, size_t size)
{
	struct log *log = context;

	(void)seq;
	log->n++;
	snprintf(log->last, sizeof(log->last), "%.*s", (int)size, line);
	return 0;
}

static void test_audited(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	struct log log = { 0 };

	enrol_one(store);
	find(store, "gap", NOW, false);
	assert_int_equal(finish(store, see(store, false).last, "a disk \"that\" died"), 0);
	assert_int_equal(finish(store, see(store, true).last, "again"), -ENOENT);
	assert_int_equal(audit_each(store, 0, 10, on_line, &log), 0);
	assert_int_equal(log.n, 2); /* with the one that opens it */
	assert_non_null(strstr(log.last, "\"who\":\"alice\",\"action\":\"finding.closed\""));
	assert_non_null(strstr(log.last, "\"host\":\"" HOST "\",\"kind\":\"gap\",\"ledger\":"
					 "\"" LEDGER "\",\"seq\":1,\"reason\":"
					 "\"a disk \\\"that\\\" died\""));
}

/* Two tables become one, in the order of time, and all are open. */
static void test_older_findings(void **state)
{
	struct temporary *t = *state;

	enrol_one(t->store);
	find(t->store, "gap", NOW + 10, false);
	speak(t->store, A, NOW, 0);
	speak(t->store, B, NOW, 0);
	speak(t->store, A, NOW, 0); /* cloned */
	find(t->store, "fork", NOW - 10, false);
	store_close(t->store);
	temporary_meddle(t, TEMPORARY_UNDO_14 "DELETE FROM migration WHERE version > 13;");
	temporary_open(t);
	struct seen seen = see(t->store, false);
	assert_string_equal(seen.kinds, "fork@ cloned gap@ ");
	assert_int_equal(seen.last, 3);
	find(t->store, "gap", NOW + 20, false);
	assert_int_equal(see(t->store, true).n, 3);
	assert_int_equal(finish(t->store, 3, "seen to"), 0);
	find(t->store, "gap", NOW + 20, false);
	assert_int_equal(see(t->store, true).n, 4);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, temporary_setup, temporary_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_closed),  TEST(test_found_again), TEST(test_of_hosts),
		TEST(test_bounded), TEST(test_audited),	    TEST(test_older_findings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
