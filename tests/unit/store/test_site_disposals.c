/* What is kept of a site beside its ledgers forgets who it was, and goes, when its time is over. */
#include "server/store/disposals.h"

#include "policy/note.h"
#include "server/store/audit.h"
#include "server/store/batch.h"
#include "server/store/findings.h"
#include "server/store/holds.h"
#include "temporary.h"

#define LEDGER	      "0123456789abcdef0123456789abcdef"
#define OTHER	      "22222222-2222-4333-8444-555555555555"
#define OTHER_MACHINE "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define A	      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1"
#define B	      "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb2"
#define C	      "ccccccccccccccccccccccccccccccc3"

enum { DAY_S = 86400, NAMED = 100, KEPT = 400 };

static struct disposals_tally pass(struct store *store, int64_t now)
{
	static const uint8_t public_key[crypto_sign_PUBLICKEYBYTES], secret[64];
	const struct retention retention = { .days = KEPT, .person_days = NAMED };
	struct disposals_tally tally = { 0 };
	struct note_key key;

	assert_int_equal(note_key_init(&key, "collector.example/devgate", public_key), 0);
	const struct disposals disposals = { &retention, &key, secret, now, false };
	assert_int_equal(disposals_finish(store, &disposals, "alice", &tally), 0);
	return tally;
}

static void check(struct disposals_tally tally, uint64_t names, uint64_t gone)
{
	assert_int_equal(tally.names, names);
	assert_int_equal(tally.grants + tally.findings + tally.tokens + tally.starts, gone);
}

static int64_t hold(struct store *store, const char *host)
{
	const struct hold hold = { .host = host,
				   .person = "",
				   .device = "",
				   .first_day = "",
				   .last_day = "",
				   .reason = "case 42",
				   .created = NOW,
				   .created_by = "bob" };
	int64_t id = 0;

	assert_int_equal(holds_add(store, &hold, &id), 0);
	return id;
}

static void release(struct store *store, int64_t id)
{
	const struct hold hold = {
		.id = id, .released = NOW, .released_by = "bob", .released_reason = "over"
	};

	assert_int_equal(holds_release(store, &hold), 0);
}

struct seen {
	int n;
	int64_t id;
	char who[STORE_TEXT_SIZE], why[STORE_TEXT_SIZE];
};

static int on_finding(void *context, const struct finding *row)
{
	struct seen *seen = context;

	seen->n++;
	seen->id = row->id;
	snprintf(seen->who, sizeof(seen->who), "%s", row->closed_by);
	snprintf(seen->why, sizeof(seen->why), "%s", row->closed_reason);
	return 0;
}

static struct seen see_findings(struct store *store)
{
	struct seen seen = { 0 };

	assert_int_equal(findings_each(store, true, on_finding, &seen), 0);
	return seen;
}

static void find(struct store *store, uint64_t seq)
{
	struct batch batch;

	assert_int_equal(batch_begin(&batch, store, HOST, LEDGER), 0);
	assert_int_equal(batch_add_finding(&batch, seq, "gap", "text", NOW), 0);
	assert_int_equal(batch_end(&batch, 0), 0);
}

/* Of a closed finding, days are counted from then; one that is open stays. */
static void test_findings(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	struct finding_closing closing = { .by = "alice", .reason = "bob's stick" };

	enrol_one(store);
	check(pass(store, NOW + 1000 * DAY_S), 0, 1); /* its token */
	find(store, 1);
	closing.id = see_findings(store).id;
	closing.time = NOW + 10 * DAY_S;
	assert_int_equal(findings_close(store, &closing), 0);

	check(pass(store, closing.time + NAMED * DAY_S), 0, 0);
	assert_string_equal(see_findings(store).who, "alice");
	int64_t held = hold(store, HOST);
	check(pass(store, closing.time + NAMED * DAY_S + 1), 0, 0);
	check(pass(store, closing.time + KEPT * DAY_S + 1), 0, 0);
	release(store, held);
	hold(store, OTHER);
	check(pass(store, closing.time + NAMED * DAY_S + 1), 1, 0);
	assert_string_equal(see_findings(store).who, "(disposed)");
	assert_string_equal(see_findings(store).why, "(disposed)");
	check(pass(store, closing.time + KEPT * DAY_S), 0, 0);
	find(store, 2);
	check(pass(store, closing.time + KEPT * DAY_S + 1), 0, 1);
	assert_int_equal(see_findings(store).n, 1);
	check(pass(store, closing.time + 3000 * DAY_S), 0, 0); /* it is open */
}

static int on_token(void *context, const struct listed_token *row)
{
	struct seen *seen = context;

	if (seen->n++ == 0)
		snprintf(seen->who, sizeof(seen->who), "%s", row->token.created_by);
	return 0;
}

static struct seen see_tokens(struct store *store)
{
	struct seen seen = { 0 };

	assert_int_equal(tokens_each(store, on_token, &seen), 0);
	return seen;
}

static int on_use(void *context, const struct token_use *row)
{
	(void)row;
	++*(int *)context;
	return 0;
}

static int uses(struct store *store)
{
	int n = 0;

	assert_int_equal(tokens_each_use(store, on_use, &n), 0);
	return n;
}

static void test_tokens(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	const int64_t over = NOW + 60;

	enrol_one(store);			 /* used, by HOST */
	add_token(store, 2, over);		 /* never used */
	add_token(store, 3, over + 300 * DAY_S); /* longer */
	check(pass(store, over + NAMED * DAY_S), 0, 0);
	check(pass(store, over + NAMED * DAY_S + 1), 2, 0);
	assert_string_equal(see_tokens(store).who, "(disposed)");
	assert_int_equal(see_tokens(store).n, 3);

	/* One is held for the host that it let in. */
	int64_t held = hold(store, HOST);
	check(pass(store, over + KEPT * DAY_S), 0, 0);
	check(pass(store, over + KEPT * DAY_S + 1), 1, 1); /* the third's name */
	assert_int_equal(see_tokens(store).n, 2);
	assert_int_equal(uses(store), 1);
	release(store, held);
	check(pass(store, over + KEPT * DAY_S + 1), 0, 1);
	assert_int_equal(uses(store), 0);
	held = hold(store, ""); /* anything */
	check(pass(store, over + 2 * KEPT * DAY_S), 0, 0);
	release(store, held);
	check(pass(store, over + 2 * KEPT * DAY_S), 0, 1);
	assert_int_equal(see_tokens(store).n, 0);
}

static int speak(struct store *store, const char *boot, int64_t now)
{
	const struct host_status status = { .version = "0.1.0",
					    .mode = "",
					    .gate = "",
					    .ledger = "",
					    .now = now,
					    .hostname = "ws-1",
					    .machine_id = MACHINE,
					    .boot = boot,
					    .address = "192.0.2.1" };
	char other[HOST_OTHER_SIZE] = "";

	return hosts_set_status(store, HOST, &status, other);
}

static int on_host(void *context, const struct host *host)
{
	snprintf(context, HOST_ADDRESS_SIZE, "%s", host->address);
	return 0;
}

static const char *address(struct store *store)
{
	static char address[HOST_ADDRESS_SIZE];

	assert_int_equal(hosts_each(store, on_host, address), 0);
	return address;
}

/* The last start is the host's, and one that is refused stays so. */
static void test_starts(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	const int64_t later = NOW + 200 * DAY_S;

	enrol_one(store);
	check(pass(store, NOW + 3000 * DAY_S), 0, 1); /* its token */
	assert_int_equal(speak(store, A, NOW), 0);
	assert_int_equal(speak(store, B, NOW), 0);
	assert_int_equal(speak(store, A, NOW), 1); /* B is a copy, and refused */
	assert_int_equal(speak(store, C, later), 0);
	int64_t held = hold(store, HOST);
	check(pass(store, NOW + KEPT * DAY_S + 1), 0, 0);
	release(store, held);
	check(pass(store, NOW + NAMED * DAY_S + 1), 2, 0);
	assert_string_equal(address(store), "192.0.2.1");
	check(pass(store, NOW + KEPT * DAY_S), 1, 0); /* C's */
	assert_string_equal(address(store), "");
	check(pass(store, NOW + KEPT * DAY_S + 1), 0, 1); /* A */
	check(pass(store, NOW + 3000 * DAY_S), 0, 0);
	assert_int_equal(speak(store, B, later), -EOWNERDEAD);
	assert_int_equal(speak(store, C, later), 0);
	assert_string_equal(address(store), "192.0.2.1");
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
	check(pass(store, NOW + KEPT * DAY_S), 1, 0);
	check(pass(store, NOW + KEPT * DAY_S), 0, 0);
	assert_int_equal(audit_each(store, 0, 10, on_line, &log), 0);
	assert_int_equal(log.n, 2); /* with the one that opens it */
	assert_non_null(strstr(log.last, "\"who\":\"alice\",\"action\":\"records.disposed\""));
	assert_non_null(strstr(log.last, "\"tokens\":0,\"starts\":0,\"names\":1"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, temporary_setup, temporary_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_findings), TEST(test_tokens),
					    TEST(test_starts), TEST(test_audited) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
