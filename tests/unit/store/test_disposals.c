/* Lines whose time is over are disposed of, those alone, and the ledger can still be verified. */
#include "server/store/disposals.h"

#include "policy/disposal.h"
#include "policy/text.h"
#include "server/store/audit.h"
#include "server/store/batch.h"
#include "server/store/checkpoints.h"
#include "server/store/events.h"
#include "server/store/grants.h"
#include "server/store/holds.h"
#include "server/store/retentions.h"
#include "server/store/usage.h"
#include "temporary.h"

#define LEDGER "0123456789abcdef0123456789abcdef"

enum { DAY_S = 86400, KEPT = 40, LONG = 400 };

static struct note_key key;
static uint8_t secret[crypto_sign_SECRETKEYBYTES];
static struct retention retention;

static int make_key(void **state)
{
	static const char settings[] = "{\"days\":400,\"person_days\":100,\"kinds\":"
				       "{\"device.decided\":40,\"guard.tripped\":0}}";
	static const uint8_t seed[crypto_sign_SEEDBYTES] = { 7 };
	uint8_t public_key[crypto_sign_PUBLICKEYBYTES];
	char error[128];

	(void)state;
	if (sodium_init() < 0 || crypto_sign_seed_keypair(public_key, secret, seed) != 0 ||
	    retention_parse(&retention, settings, strlen(settings), error) < 0)
		return -1;
	return note_key_init(&key, "collector.example/devgate", public_key);
}

/* One more line in LEDGER, of @kind, from @time. */
static void grow(struct store *store, const char *kind, int64_t time)
{
	struct event_columns columns = { .device = "0951:1666 S1",
					 .person = "alice",
					 .verdict = "allow" };
	char line[512], body[256];
	struct batch batch;

	text_time(time, columns.time);
	strcpy(columns.kind, kind);
	snprintf(body, sizeof(body), "\"time\":\"%s\",\"kind\":\"%s\"", columns.time, kind);
	assert_int_equal(batch_begin(&batch, store, HOST, LEDGER), 0);
	columns.seq = batch.chain.next_seq;
	ptrdiff_t n = ledger_line_seal(&batch.chain, body, line, sizeof(line));
	assert_true(n > 0);
	assert_int_equal(batch_append(&batch, &columns, line, (size_t)n - 1), 0);
	assert_int_equal(batch_end(&batch, 0), 0);
}

static void checkpoint(struct store *store, int64_t now)
{
	int64_t leaves;

	assert_int_equal(checkpoints_make(store, &key, secret, now, DAY_S, &leaves), 0);
}

/* @letters: d a decision, s a start, g a guard's trip. */
static void fill(struct store *store, const char *letters, int64_t time)
{
	enrol_one(store);
	for (; *letters; letters++)
		grow(store,
		     *letters == 'd'   ? "device.decided"
		     : *letters == 's' ? "agent.started"
				       : "guard.tripped",
		     time);
	checkpoint(store, time);
}

static struct disposals_tally pass(struct store *store, int64_t now, bool dry)
{
	const struct disposals disposals = { &retention, &key, secret, now, dry };
	struct disposals_cursor cursor = { 0 };
	struct disposals_tally tally = { 0 };
	int r;

	while ((r = disposals_step(store, &disposals, &cursor, &tally)) > 0)
		;
	assert_int_equal(r, 0);
	assert_int_equal(disposals_finish(store, &disposals, "alice", &tally), 0);
	return tally;
}

/* What is left, as letters; '-' for each line that a disposal stands for, '|' after each. */
struct left {
	struct ledger_chain chain;
	char letters[512];
	bool bad;
};

static int on_row(void *context, const struct event_row *row)
{
	const struct disposal_reader reader = { LEDGER, &key };
	struct left *left = context;
	uint64_t first = left->chain.next_seq;
	char *at = strchr(left->letters, '\0');

	if (disposal_is_line(row->line, row->line_size)) {
		struct disposal d;
		left->bad |=
			disposal_check(&left->chain, &reader, row->line, row->line_size, &d) < 0 ||
			row->row != 0;
		for (; first < left->chain.next_seq; first++)
			*at++ = '-';
		*at = '|';
	} else {
		left->bad |= ledger_line_check(&left->chain, row->line, row->line_size, NULL) < 0;
		*at = row->kind[0] == 'a' ? 's' : row->kind[0];
	}
	left->bad |= row->seq != left->chain.next_seq - 1;
	return 0;
}

static void check_left(struct store *store, const char *letters)
{
	struct left left = { 0 };

	assert_int_equal(ledger_chain_start(&left.chain, LEDGER), 0);
	assert_int_equal(events_each_of_ledger(store, HOST, LEDGER, 1, 1000, on_row, &left), 0);
	assert_false(left.bad);
	assert_string_equal(left.letters, letters);
}

static void test_when_it_is_due(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	int64_t day = NOW - NOW % DAY_S;

	fill(store, "ddsdg", day);
	assert_int_equal(pass(store, day + KEPT * DAY_S, false).disposed, 0);
	check_left(store, "ddsdg");
	assert_int_equal(pass(store, day + (KEPT + 1) * DAY_S, true).disposed, 3);
	check_left(store, "ddsdg"); /* it was dry */
	assert_int_equal(pass(store, day + (KEPT + 1) * DAY_S, false).disposed, 3);
	check_left(store, "--|s-|g");
	assert_int_equal(pass(store, day + (KEPT + 1) * DAY_S, false).disposed, 0);
	/* What lies between two disposals joins them. */
	assert_int_equal(pass(store, day + (LONG + 1) * DAY_S, false).disposed, 1);
	check_left(store, "----|g");
	assert_int_equal(pass(store, day + 100 * LONG * (int64_t)DAY_S, false).disposed, 0);
}

/* A machine whose clock is wrong loses nothing; nor does what no checkpoint covers. */
static void test_wrong_clock(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;

	fill(store, "dd", 86400); /* 1970 */
	grow(store, "device.decided", 86400);
	checkpoint(store, NOW);
	grow(store, "device.decided", 86400);
	assert_int_equal(pass(store, NOW + KEPT * DAY_S, false).disposed, 2);
	check_left(store, "--|dd");
	assert_int_equal(pass(store, NOW + (KEPT + 1) * DAY_S, false).disposed, 1);
	check_left(store, "---|d");
}

static void test_steps(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;

	enrol_one(store);
	for (int i = 0; i < DISPOSALS_STEP + 20; i++)
		grow(store, "device.decided", NOW);
	grow(store, "device.decided", NOW + 90 * DAY_S);
	checkpoint(store, NOW);
	assert_int_equal(pass(store, NOW + 60 * DAY_S, true).disposed, DISPOSALS_STEP + 20);
	assert_int_equal(pass(store, NOW + 60 * DAY_S, false).disposed, DISPOSALS_STEP + 20);
	char letters[DISPOSALS_STEP + 40] = "";
	memset(letters, '-', DISPOSALS_STEP + 20);
	strcat(letters, "|d");
	check_left(store, letters);
}

static int64_t hold(struct store *store, const char *person, const char *device, const char *to)
{
	const struct hold hold = { .host = HOST,
				   .person = person,
				   .device = device,
				   .first_day = "",
				   .last_day = to,
				   .reason = "case 42",
				   .created = NOW,
				   .created_by = "bob" };
	int64_t id = 0;

	assert_int_equal(holds_add(store, &hold, &id), 0);
	assert_true(id > 0);
	return id;
}

static int count_hold(void *context, const struct hold *hold)
{
	assert_string_equal(hold->reason, "case 42");
	(*(int *)context)++;
	return 0;
}

static void test_holds(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	struct hold release = { .released = NOW + 1,
				.released_by = "alice",
				.released_reason = "closed" };
	int64_t later = NOW + 60 * DAY_S;
	struct disposals_tally tally;
	int holds = 0;

	fill(store, "dsd", NOW);
	hold(store, "bob", "", "");		/* another person */
	hold(store, "", "ffff:0001 other", ""); /* another device */
	hold(store, "", "", "2001-01-01");	/* another time */
	release.id = hold(store, "alice", "0951:1666 S1", "2099-12-31");
	tally = pass(store, later, false);
	assert_int_equal(tally.disposed, 0);
	assert_int_equal(tally.held, 2);
	check_left(store, "dsd");
	assert_int_equal(holds_release(store, &release), 0);
	assert_int_equal(holds_release(store, &release), -ENOENT);
	assert_int_equal(holds_each(store, false, count_hold, &holds), 0);
	assert_int_equal(holds, 3);
	assert_int_equal(holds_each(store, true, count_hold, &holds), 0);
	assert_int_equal(holds, 3 + 4);
	tally = pass(store, later, false);
	assert_int_equal(tally.disposed, 2);
	assert_int_equal(tally.held, 0);
	check_left(store, "-|s-|");
}

/* An agent that sends again what was disposed of has not forked. */
static void test_sent_again(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	struct batch batch;

	fill(store, "dds", NOW);
	assert_int_equal(pass(store, NOW + 60 * DAY_S, false).disposed, 2);
	assert_int_equal(batch_begin(&batch, store, HOST, LEDGER), 0);
	assert_int_equal(batch_holds(&batch, 1, "{}", 2), 1);
	assert_int_equal(batch_holds(&batch, 2, "{}", 2), 1);
	assert_int_equal(batch_holds(&batch, 3, "{}", 2), 0);
	assert_int_equal(batch_holds(&batch, 4, "{}", 2), 0);
	assert_int_equal(batch_end(&batch, 0), 0);
	grow(store, "agent.started", NOW);
	check_left(store, "--|ss");
}

/* Lines that do not form the chain are evidence. */
static void test_damaged(void **state)
{
	struct temporary *t = *state;

	fill(t->store, "ddd", NOW);
	temporary_meddle(t, "UPDATE event SET line = (SELECT f.line FROM event f WHERE f.seq = 3)"
			    " WHERE seq = 2");
	struct disposals_tally tally = pass(t->store, NOW + 60 * DAY_S, false);
	assert_int_equal(tally.disposed, 0);
	assert_int_equal(tally.damaged, 1);
	temporary_meddle(t, "UPDATE ledger SET quarantined = 1");
	tally = pass(t->store, NOW + 60 * DAY_S, false);
	assert_int_equal(tally.damaged, 0);
}

struct uses {
	int n;
	uint64_t arrivals;
	char person[64];
};

static int on_use(void *context, const struct usage_row *row)
{
	struct uses *uses = context;

	uses->n++;
	uses->arrivals += row->counters.arrivals;
	snprintf(uses->person, sizeof(uses->person), "%s", row->person);
	return 0;
}

static struct uses read_uses(struct store *store)
{
	const struct usage_query query = { .from = "1970-01-01", .to = "2999-12-31" };
	struct uses uses = { 0 };

	assert_int_equal(usage_each(store, &query, on_use, &uses), 0);
	return uses;
}

/* Roll-ups stay, and in time forget who it was. */
static void test_rollups(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	struct disposals_tally tally;

	fill(store, "ddds", NOW);
	tally = pass(store, NOW + 60 * DAY_S, false);
	assert_int_equal(tally.persons, 0);
	assert_int_equal(usage_rebuild(store), 0);
	assert_int_equal(read_uses(store).arrivals, 3);
	assert_string_equal(read_uses(store).person, "alice");
	int64_t id = hold(store, "alice", "", "");
	assert_int_equal(pass(store, NOW + 102 * DAY_S, false).persons, 0);
	struct hold release = {
		.id = id, .released = NOW, .released_by = "a", .released_reason = "r"
	};
	assert_int_equal(holds_release(store, &release), 0);
	assert_int_equal(pass(store, NOW + 102 * DAY_S, false).persons, 1);
	struct uses uses = read_uses(store);
	assert_int_equal(uses.n, 1);
	assert_int_equal(uses.arrivals, 3);
	assert_string_equal(uses.person, "(disposed)");
	assert_int_equal(pass(store, NOW + 102 * DAY_S, false).persons, 0);
}

static int count_grant(void *context, const struct grant_record *grant)
{
	(void)grant;
	++*(int *)context;
	return 0;
}

static int grants(struct store *store)
{
	int n = 0;

	assert_int_equal(grants_each(store, count_grant, &n), 0);
	return n;
}

static void grant(struct store *store, const char *id, uint64_t version, int64_t until)
{
	const struct grant_record record = {
		.id = id, .host = HOST, .version = version, .until = until, .text = "{}", .size = 2
	};

	assert_int_equal(grants_publish(store, &record, MACHINE, "alice", NOW), 0);
}

/* Grants go with the records of their time, all versions of one together. */
static void test_grants(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	const int64_t kept_s = retention.days * DAY_S;

	enrol_one(store);
	grant(store, "short", 1, NOW + 60);
	grant(store, "extended", 1, NOW + 60);
	grant(store, "extended", 2, NOW + 50 * DAY_S);
	assert_int_equal(pass(store, NOW + kept_s + 60, false).grants, 0);
	int64_t id = hold(store, "alice", "", "");
	assert_int_equal(pass(store, NOW + kept_s + DAY_S, false).grants, 0);
	struct hold release = {
		.id = id, .released = NOW, .released_by = "a", .released_reason = "r"
	};
	assert_int_equal(holds_release(store, &release), 0);
	assert_int_equal(pass(store, NOW + kept_s + DAY_S, true).grants, 0);
	assert_int_equal(grants(store), 2);
	assert_int_equal(pass(store, NOW + kept_s + DAY_S, false).grants, 1);
	assert_int_equal(grants(store), 1);
	assert_int_equal(pass(store, NOW + kept_s + 51 * DAY_S, false).grants, 2);
	assert_int_equal(grants(store), 0);
}

struct log {
	struct ledger_chain chain;
	int n;
	bool bad;
	char actions[512];
};

static int on_line(void *context, uint64_t seq, const char *line, size_t size)
{
	static const char action[] = "\"action\":\"";
	struct log *log = context;
	const char *at = memmem(line, size, action, strlen(action));

	assert_int_equal(seq, ++log->n);
	if (seq == 1) {
		const char *id = memmem(line, size, "\"ledger\":\"", 10);
		char copy[LEDGER_ID_SIZE] = "";
		memcpy(copy, id + 10, LEDGER_ID_SIZE - 1);
		assert_int_equal(ledger_chain_start(&log->chain, copy), 0);
	}
	log->bad |= ledger_line_check(&log->chain, line, size, NULL) < 0;
	at += strlen(action);
	strncat(log->actions, at, strcspn(at, "\""));
	strcat(log->actions, " ");
	return 0;
}

static void test_audit(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	struct retention_set set;
	struct log log = { 0 };
	uint64_t version;

	assert_int_equal(retentions_current(store, &set), 0);
	assert_int_equal(set.retention.version, 0);
	assert_int_equal(set.retention.days, RETENTION_DEFAULT_DAYS);
	assert_int_equal(retentions_set(store, "{\"days\":90}", "alice", NOW, &version), 0);
	assert_int_equal(version, 1);
	assert_int_equal(retentions_set(store, "{\"days\":91}", "bob", NOW, &version), 0);
	assert_int_equal(version, 2);
	assert_int_equal(retentions_current(store, &set), 0);
	assert_int_equal(set.retention.version, 2);
	assert_int_equal(set.retention.days, 91);
	assert_string_equal(set.by, "bob");
	hold(store, "", "", "");
	fill(store, "d", NOW);
	pass(store, NOW + 60 * DAY_S, false); /* held: nothing to record */
	assert_int_equal(audit_each(store, 0, 100, on_line, &log), 0);
	assert_false(log.bad);
	assert_string_equal(log.actions, "audit.opened retention.set retention.set hold.added ");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, temporary_setup, temporary_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_when_it_is_due), TEST(test_wrong_clock), TEST(test_steps),
		TEST(test_holds),	   TEST(test_sent_again),  TEST(test_damaged),
		TEST(test_rollups),	   TEST(test_grants),	   TEST(test_audit),
	};

	return cmocka_run_group_tests(tests, make_key, NULL);
}
