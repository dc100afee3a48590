/* Which workstations' agents run: what their own records say of it, and what silence does. */
#include "server/store/endings.h"

#include "server/store/batch.h"
#include "server/store/findings.h"
#include "temporary.h"

#define LEDGER "abcabcabcabcabcabcabcabcabcabcab"

enum { AFTER_S = 900 };

/* One more line of the host's ledger, of an event at NOW. */
static void add(struct store *store, const char *kind, const char *reason)
{
	struct event_columns columns = { 0 };
	char line[256];
	struct batch batch;
	ptrdiff_t n;

	strcpy(columns.kind, kind);
	strcpy(columns.reason, reason);
	strcpy(columns.time, "2026-11-23T02:13:20.000000Z"); /* NOW */
	assert_int_equal(batch_begin(&batch, store, HOST, LEDGER), 0);
	columns.seq = batch.chain.next_seq;
	n = ledger_line_seal(&batch.chain, "\"kind\":\"test\"", line, sizeof(line));
	assert_true(n > 0);
	assert_int_equal(batch_append(&batch, &columns, line, (size_t)n - 1), 0);
	assert_int_equal(batch_end(&batch, 0), 0);
}

/* The host says something of itself at @now. */
static void speak(struct store *store, int64_t now)
{
	const struct host_status status = { .version = "0.1.0",
					    .mode = "enforce",
					    .gate = "active",
					    .ledger = LEDGER,
					    .hostname = "",
					    .machine_id = "",
					    .boot = "",
					    .address = "",
					    .now = now };
	char other[HOST_OTHER_SIZE];

	assert_int_equal(hosts_set_status(store, HOST, &status, other), 0);
}

static int take_host(void *context, const struct host *host)
{
	*(struct host *)context = *host;
	return 0;
}

static enum host_state state_at(struct store *store, int64_t now)
{
	struct host host;

	assert_int_equal(hosts_each(store, take_host, &host), 0);
	return host_state(&host, now, AFTER_S);
}

static void test_states(void **state)
{
	static const struct {
		const char *kind, *reason;
		enum host_state soon, late;
	} steps[] = {
		{ "agent.started", "", HOST_REPORTING, HOST_SILENT },
		{ "agent.stopping", "shutdown", HOST_OFF, HOST_OFF },
		{ "agent.stopped", "shutdown", HOST_OFF, HOST_OFF },
		{ "agent.started", "", HOST_REPORTING, HOST_SILENT },
		{ "agent.stopped", "restart", HOST_REPORTING, HOST_STOPPED },
		{ "agent.started", "", HOST_REPORTING, HOST_SILENT },
		{ "agent.stopped", "stop", HOST_STOPPED, HOST_STOPPED },
		{ "device.removed", "", HOST_STOPPED, HOST_STOPPED },
		{ "agent.started", "", HOST_REPORTING, HOST_SILENT },
		{ "agent.stopped", "", HOST_STOPPED, HOST_STOPPED },
		{ "agent.removed", "", HOST_REMOVED, HOST_REMOVED },
		{ "agent.stopped", "stop", HOST_REMOVED, HOST_REMOVED },
		{ "agent.started", "", HOST_REPORTING, HOST_SILENT },
	};
	struct store *store = ((struct temporary *)*state)->store;

	enrol_one(store);
	speak(store, NOW);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		add(store, steps[i].kind, steps[i].reason);
		assert_int_equal(state_at(store, NOW + AFTER_S), steps[i].soon);
		assert_int_equal(state_at(store, NOW + AFTER_S + 1), steps[i].late);
	}
	assert_int_equal(hosts_revoke(store, HOST, "alice", "lost", NOW), 0);
	assert_int_equal(state_at(store, NOW), HOST_REVOKED);
}

static void count_silent(void *context, const char *hostname, int64_t last_seen)
{
	assert_string_equal(hostname, "ws-1");
	assert_true(last_seen >= NOW);
	++*(int *)context;
}

/* How many hosts have become silent by @now; @silent: how many are. */
static int look(struct store *store, int64_t now, uint64_t silent)
{
	uint64_t n = 99;
	int found = 0;

	assert_int_equal(endings_find_silent(store, now, AFTER_S, count_silent, &found, &n), 0);
	assert_int_equal(n, silent);
	return found;
}

static int take_finding(void *context, const struct finding *finding)
{
	assert_string_equal(finding->kind, "silent");
	assert_string_equal(finding->host, HOST);
	*(int64_t *)context = finding->time;
	return 0;
}

/* Each silence is told once, also where no line was written between two. */
static void test_silence_is_told_once(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	const int64_t late = NOW + AFTER_S + 1;
	int64_t told = 0;

	enrol_one(store);
	speak(store, NOW);
	add(store, "agent.started", "");
	assert_int_equal(look(store, NOW + AFTER_S, 0), 0);
	assert_int_equal(look(store, late, 1), 1);
	assert_int_equal(look(store, late + 60, 1), 0);
	assert_int_equal(findings_each(store, false, take_finding, &told), 0);
	assert_int_equal(told, late);

	speak(store, late + 100);
	assert_int_equal(look(store, late + 160, 0), 0);
	assert_int_equal(look(store, late + 100 + AFTER_S + 1, 1), 1);
	assert_int_equal(findings_each(store, false, take_finding, &told), 0);
	assert_int_equal(told, late + 100 + AFTER_S + 1);
}

static int keep_number(void *context, const struct finding *finding)
{
	*(int64_t *)context = finding->id;
	return 0;
}

/* One that was closed is told no more while the silence goes on, and the next silence is. */
static void test_silence_that_was_closed(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	const int64_t late = NOW + AFTER_S + 1;
	struct finding_closing closing = { .time = late, .by = "alice", .reason = "in repair" };
	int64_t told = 0;

	enrol_one(store);
	speak(store, NOW);
	add(store, "agent.started", "");
	assert_int_equal(look(store, late, 1), 1);
	assert_int_equal(findings_each(store, false, keep_number, &closing.id), 0);
	assert_int_equal(findings_close(store, &closing), 0);
	assert_int_equal(look(store, late + 60, 1), 0);
	assert_int_equal(findings_each(store, false, take_finding, &told), 0);
	assert_int_equal(told, 0);
	speak(store, late + 100);
	assert_int_equal(look(store, late + 100 + AFTER_S + 1, 1), 1);
	assert_int_equal(findings_each(store, false, take_finding, &told), 0);
	assert_int_equal(told, late + 100 + AFTER_S + 1);
}

static void test_who_said_so_is_not_silent(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	const int64_t late = NOW + 10 * AFTER_S;

	enrol_one(store);
	speak(store, NOW);
	add(store, "agent.started", "");
	add(store, "agent.stopped", "shutdown");
	assert_int_equal(look(store, late, 0), 0);
	add(store, "agent.stopped", "stop");
	assert_int_equal(look(store, late, 0), 0);
	add(store, "agent.stopped", "restart"); /* and no start followed */
	assert_int_equal(look(store, late, 1), 1);
	assert_int_equal(hosts_revoke(store, HOST, "alice", "lost", late), 0);
	assert_int_equal(look(store, late, 0), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temporary_setup, temporary_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_states),
		TEST(test_silence_is_told_once),
		TEST(test_silence_that_was_closed),
		TEST(test_who_said_so_is_not_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
