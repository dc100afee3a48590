/* A site moves from SQLite to PostgreSQL ($DEVGATE_STORE), or to another SQLite where there is no
 * server. */
#include <errno.h>

#include "lines.h"
#include "server/collector/ingest.h"
#include "server/store/audit.h"
#include "server/store/events.h"
#include "server/store/findings.h"
#include "server/store/grants.h"
#include "server/store/holds.h"
#include "server/store/move.h"
#include "server/store/retentions.h"
#include "server/store/tokens.h"

struct sites {
	struct temporary *from, *to;
};

static int setup(void **state)
{
	struct sites *sites = calloc(1, sizeof(*sites));
	const char *set = getenv("DEVGATE_STORE");
	char *url = set ? strdup(set) : NULL;

	unsetenv("DEVGATE_STORE");
	temporary_setup((void **)&sites->from);
	if (url)
		setenv("DEVGATE_STORE", url, 1);
	free(url);
	temporary_setup((void **)&sites->to);
	*state = sites;
	return 0;
}

static int teardown(void **state)
{
	struct sites *sites = *state;

	temporary_teardown((void **)&sites->from);
	temporary_teardown((void **)&sites->to);
	free(sites);
	return 0;
}

static void upload(struct store *store, struct lines *lines, uint64_t acked)
{
	struct ingest_result result;

	assert_int_equal(ingest(store, HOST, LEDGER, lines->bytes, lines->size, NOW, &result), 0);
	assert_int_equal(result.outcome, INGEST_TAKEN);
	assert_int_equal(result.acked, acked);
	lines_next(lines);
}

static void on_progress(void *context, bool checked, uint64_t done, uint64_t total)
{
	uint64_t *seen = context;

	assert_true(done <= total);
	seen[checked] = done;
}

static int move(struct store *from, struct store *to, uint64_t seen[static 2],
		struct move_result *ret)
{
	const struct move_watch watch = { .progress = on_progress, .context = seen };

	return store_move(from, to, &watch, ret);
}

static int last_row(void *context, const struct event_row *row)
{
	int64_t *last = context;

	assert_true(row->row > *last);
	*last = row->row;
	return 0;
}

static int64_t last_of(struct store *store)
{
	struct event_query query = { .limit = 1000 };
	int64_t last = 0;

	assert_int_equal(events_each(store, &query, last_row, &last), 0);
	return last;
}

static void test_moves(void **state)
{
	struct sites *sites = *state;
	struct store *from = sites->from->store, *to = sites->to->store;
	struct lines lines = lines_start(LEDGER);
	struct move_result result;
	uint64_t seen[2] = { 0 };
	struct certificate certificate;

	enrol_one(from);
	lines_add(&lines, 300, "a");
	upload(from, &lines, 300);
	lines_add(&lines, 20, "b");
	upload(from, &lines, 320);
	assert_int_equal(move(from, to, seen, &result), 0);
	assert_string_equal(result.text, "");
	assert_int_equal(result.hosts, 1);
	assert_int_equal(result.ledgers, 1);
	assert_int_equal(result.events, 320);
	assert_int_equal(seen[0], 320);
	assert_int_equal(seen[1], 320);

	/* Life goes on there: the same certificate, the same chain, cursors that only grow. */
	assert_int_equal(hosts_find_certificate(to, SERIAL, &certificate), 0);
	assert_string_equal(certificate.host, HOST);
	assert_true(certificate.confirmed);
	int64_t before = last_of(to);
	assert_int_equal(before, last_of(from));
	lines_add(&lines, 5, "c");
	upload(to, &lines, 325);
	assert_true(last_of(to) > before);
	add_token(to, 2, NOW + 60);
	assert_int_equal(enrol(to, 2, "22222222-2222-4333-8444-555555555555",
			       "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
			       "4000000000000000000000000000bbbb"),
			 0);

	assert_int_equal(move(from, to, seen, &result), -ENOTEMPTY);
	assert_non_null(strstr(result.text, "not empty"));
}

static int count_hold(void *context, const struct hold *hold)
{
	assert_string_equal(hold->reason, "case 42");
	assert_int_equal(hold->released, 0);
	++*(int *)context;
	return 0;
}

static int count_line(void *context, uint64_t seq, const char *line, size_t size)
{
	(void)line;
	(void)size;
	assert_int_equal(seq, ++*(uint64_t *)context);
	return 0;
}

/* What holds for the records goes with them. */
static void test_settings_move(void **state)
{
	struct sites *sites = *state;
	struct store *from = sites->from->store, *to = sites->to->store;
	struct hold hold = { .host = HOST,
			     .person = "alice",
			     .device = "",
			     .first_day = "",
			     .last_day = "",
			     .reason = "case 42",
			     .created = NOW,
			     .created_by = "bob" };
	struct retention_set set;
	struct move_result result;
	uint64_t seen[2] = { 0 }, version, lines = 0;
	int64_t id;
	int holds = 0;

	enrol_one(from);
	assert_int_equal(retentions_set(from, "{\"days\":90}", "alice", NOW, &version), 0);
	assert_int_equal(holds_add(from, &hold, &id), 0);
	assert_int_equal(move(from, to, seen, &result), 0);
	assert_int_equal(retentions_current(to, &set), 0);
	assert_int_equal(set.retention.days, 90);
	assert_int_equal(holds_each(to, false, count_hold, &holds), 0);
	assert_int_equal(holds, 1);
	assert_int_equal(holds_add(to, &hold, &id), 0); /* numbers go on */
	assert_int_equal(audit_each(to, 0, 100, count_line, &lines), 0);
	assert_int_equal(lines, 4);
}

static int on_host(void *context, const struct host *host)
{
	struct host *ret = context;

	*ret = *host;
	return 0;
}

static int count_finding(void *context, const struct finding *finding)
{
	assert_string_equal(finding->kind, "cloned");
	assert_string_equal(finding->closed_reason, "re-installed");
	assert_int_equal(finding->closed, NOW + 1);
	++*(int *)context;
	return 0;
}

static int count_use(void *context, const struct token_use *use)
{
	assert_string_equal(use->host, HOST);
	++*(int *)context;
	return 0;
}

static int count_grant(void *context, const struct grant_record *grant)
{
	assert_string_equal(grant->id, "g-1");
	assert_memory_equal(grant->text, "{ }", 3);
	++*(int *)context;
	return 0;
}

static void speak(struct store *store, const char *boot)
{
	struct host_status status = { .version = "0.1.0",
				      .mode = "",
				      .gate = "",
				      .ledger = "",
				      .now = NOW,
				      .hostname = "ws-1",
				      .machine_id = MACHINE,
				      .boot = boot,
				      .address = "192.0.2.1",
				      .has_time = true,
				      .time = NOW + 7 };
	char other[HOST_OTHER_SIZE];

	assert_true(hosts_set_status(store, HOST, &status, other) >= 0);
}

/* So does what is known of machines, and what they were granted. */
static void test_machines_move(void **state)
{
	struct sites *sites = *state;
	struct store *from = sites->from->store, *to = sites->to->store;
	const struct grant_record grant = {
		.id = "g-1", .host = HOST, .version = 1, .until = NOW + 60, .text = "{ }", .size = 3
	};
	const struct finding_closing closing = {
		.id = 1, .time = NOW + 1, .by = "alice", .reason = "re-installed"
	};
	struct move_result result;
	uint64_t seen[2] = { 0 };
	int findings = 0, uses = 0, grants = 0;
	struct host host = { 0 };

	enrol_one(from);
	speak(from, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1");
	speak(from, "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb2");
	speak(from, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1"); /* two with one identity */
	assert_int_equal(findings_close(from, &closing), 0);
	assert_int_equal(grants_publish(from, &grant, MACHINE, "alice", NOW), 0);
	assert_int_equal(move(from, to, seen, &result), 0);
	assert_int_equal(hosts_each(to, on_host, &host), 0);
	assert_true(host.cloned);
	assert_int_equal(host.offset_s, 7);
	assert_string_equal(host.address, "192.0.2.1");
	assert_string_equal(host.machine_id, MACHINE);
	assert_int_equal(findings_each(to, true, count_finding, &findings), 0);
	assert_int_equal(findings, 1);
	assert_int_equal(tokens_each_use(to, count_use, &uses), 0);
	assert_int_equal(uses, 1);
	assert_int_equal(grants_each_of(to, HOST, NOW, count_grant, &grants), 0);
	assert_int_equal(grants, 1);
	speak(to, "ccccccccccccccccccccccccccccccc3"); /* numbers go on */
}

/* A changed byte is found, and nothing is moved. */
static void test_a_broken_chain_does_not_move(void **state)
{
	struct sites *sites = *state;
	struct lines lines = lines_start(LEDGER);
	struct move_result result;
	uint64_t seen[2] = { 0 };

	enrol_one(sites->from->store);
	lines_add(&lines, 10, "a");
	upload(sites->from->store, &lines, 10);
	temporary_meddle(sites->from, "UPDATE event SET line = CAST(replace(CAST(line AS TEXT),"
				      " '\"a\"', '\"b\"') AS BLOB) WHERE seq = 7");
	assert_int_equal(move(sites->from->store, sites->to->store, seen, &result), -EBADMSG);
	assert_non_null(strstr(result.text, LEDGER));
	assert_int_equal(last_of(sites->to->store), 0);
}

/* So is a line that is missing at the end. */
static void test_a_short_chain_does_not_move(void **state)
{
	struct sites *sites = *state;
	struct lines lines = lines_start(LEDGER);
	struct move_result result;
	uint64_t seen[2] = { 0 };

	enrol_one(sites->from->store);
	lines_add(&lines, 10, "a");
	upload(sites->from->store, &lines, 10);
	temporary_meddle(sites->from, "DELETE FROM event WHERE seq = 10");
	assert_int_equal(move(sites->from->store, sites->to->store, seen, &result), -EBADMSG);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_moves),
		TEST(test_settings_move),
		TEST(test_machines_move),
		TEST(test_a_broken_chain_does_not_move),
		TEST(test_a_short_chain_does_not_move),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
