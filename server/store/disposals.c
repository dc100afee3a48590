#include "disposals.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "connection.h"
#include "holds.h"
#include "policy/disposal.h"
#include "policy/text.h"
#include "rollup.h"
#include "site_disposals.h"

enum { DAY_S = 86400, MAX_LIMITS = RETENTION_MAX_KINDS + 1 };

/* What is kept @days days is due in this ledger up to here. */
struct limit {
	unsigned days;
	char day[DISPOSAL_DAY_SIZE]; /* this one is kept */
	uint64_t seq;		     /* the last one that was covered then */
};

struct row {
	uint64_t seq;
	char day[DISPOSAL_DAY_SIZE], kind[DISPOSAL_KIND_SIZE];
	bool due, held;
	char *line; /* owned; NULL unless it is to go */
	size_t size;
};

struct step {
	const struct disposals *disposals;
	struct connection *connection;
	int64_t ledger; /* row number; 0: there is none left */
	char host[STORE_UUID_SIZE], id[LEDGER_ID_SIZE];
	size_t n_limits;
	struct limit limits[MAX_LIMITS], widest;
	size_t n;
	struct row rows[DISPOSALS_STEP];
	struct disposals_tally tally;
};

static int find_ledger(struct step *step, const struct disposals_cursor *cursor)
{
	struct statement *s;
	int r = statement_start(step->connection,
				"SELECT l.no, h.uuid, l.id FROM ledger l JOIN host h"
				" ON h.id = l.host WHERE l.no >= $1 AND l.quarantined = 0"
				" ORDER BY l.no LIMIT 1",
				&s, "i", cursor->ledger);

	if (r < 0)
		return r;
	r = statement_next(s);
	if (r > 0) {
		step->ledger = statement_integer(s, 0);
		statement_text(s, 1, step->host, sizeof(step->host));
		statement_text(s, 2, step->id, sizeof(step->id));
	}
	statement_done(s);
	return r < 0 ? r : 0;
}

/* "2026-11-22" */
static void day_of(int64_t time, char ret[static DISPOSAL_DAY_SIZE])
{
	char text[21];

	text_time(time > 0 ? time : 0, text);
	snprintf(ret, DISPOSAL_DAY_SIZE, "%.10s", text);
}

static const struct limit *find_limit(const struct step *step, unsigned days)
{
	for (size_t i = 0; i < step->n_limits; i++) {
		if (step->limits[i].days == days)
			return &step->limits[i];
	}
	return NULL;
}

static int add_limit(struct step *step, unsigned days)
{
	int64_t before = step->disposals->now - (int64_t)days * DAY_S, seq;
	struct limit *limit = &step->limits[step->n_limits];
	int r;

	if (days == 0 || find_limit(step, days) != NULL)
		return 0;
	r = statement_get(step->connection, 0, &seq,
			  "SELECT coalesce(max(f.seq), 0) FROM leaf f WHERE f.ledger = $1 AND"
			  " f.number < (SELECT coalesce(max(c.size), 0) FROM checkpoint c"
			  " WHERE c.time < $2)",
			  "ii", step->ledger, before);
	if (r < 0)
		return r;
	limit->days = days;
	limit->seq = (uint64_t)seq;
	day_of(before, limit->day);
	step->n_limits++;
	if (limit->seq > step->widest.seq)
		step->widest.seq = limit->seq;
	if (strcmp(limit->day, step->widest.day) > 0)
		memcpy(step->widest.day, limit->day, sizeof(limit->day));
	return 0;
}

static int add_limits(struct step *step)
{
	const struct retention *retention = step->disposals->retention;
	int r = add_limit(step, retention->days);

	for (size_t i = 0; i < retention->n_kinds && r == 0; i++)
		r = add_limit(step, retention->kinds[i].days);
	return r;
}

static bool is_due(const struct step *step, const struct row *row)
{
	unsigned days = retention_days(step->disposals->retention, row->kind);
	const struct limit *limit = days == 0 ? NULL : find_limit(step, days);

	return limit != NULL && row->seq <= limit->seq && strcmp(row->day, limit->day) < 0;
}

/* Columns: seq, day, kind, held, line. */
static int read_row(struct step *step, const struct statement *s)
{
	struct row *row = &step->rows[step->n];
	const void *line;

	*row = (struct row){ .seq = (uint64_t)statement_integer(s, 0),
			     .held = statement_integer(s, 3) != 0 };
	statement_text(s, 1, row->day, sizeof(row->day));
	statement_text(s, 2, row->kind, sizeof(row->kind));
	row->due = is_due(step, row);
	step->n++;
	if (!row->due || row->held || step->disposals->dry)
		return 0;
	line = statement_blob(s, 4, &row->size);
	row->line = malloc(row->size + 1);
	if (row->line == NULL)
		return -ENOMEM;
	memcpy(row->line, line, row->size);
	return 0;
}

/* What is due of a ledger is at its beginning, or between what is kept longer. */
static int read_rows(struct step *step, uint64_t after)
{
	struct statement *s;
	int r = statement_start(step->connection,
				"SELECT e.seq, e.day, e.kind, " HOLDS_COVER(
					"$5", "e") ", e.line FROM event e WHERE e.ledger = $1 AND"
						   " e.seq > $2 AND e.seq <= $3 AND e.day < $4"
						   " ORDER BY e.seq LIMIT $6",
				&s, "iiitti", step->ledger, (int64_t)after,
				(int64_t)step->widest.seq, step->widest.day, step->host,
				(int64_t)DISPOSALS_STEP);

	if (r < 0)
		return r;
	while (step->n < DISPOSALS_STEP && (r = statement_next(s)) > 0) {
		r = read_row(step, s);
		if (r < 0)
			break;
	}
	statement_done(s);
	return r < 0 ? r : 0;
}

static int damaged(const struct step *step, uint64_t seq)
{
	return engine_fail(-EBADMSG, "ledger %s does not form a chain at line %llu", step->id,
			   (unsigned long long)seq);
}

/* The disposal that ends (@next false) at @seq, or begins there.  Returns 1; 0 if there is none. */
static int find_disposal(struct step *step, uint64_t seq, bool next, struct disposal *ret)
{
	struct statement *s;
	int r = statement_start(step->connection,
				"SELECT first, last, line FROM disposal WHERE ledger = $1"
				" AND last >= $2 ORDER BY last LIMIT 1",
				&s, "ii", step->ledger, (int64_t)seq);

	if (r < 0)
		return r;
	r = statement_next(s);
	if (r > 0 && (uint64_t)statement_integer(s, next ? 0 : 1) == seq) {
		size_t size;
		const char *line = statement_blob(s, 2, &size);

		r = disposal_open(ret, line, size, step->disposals->key);
		r = r < 0 && r != -ENOMEM ? damaged(step, seq) : r < 0 ? r : 1;
	} else if (r > 0) {
		r = 0;
	}
	statement_done(s);
	return r;
}

/* The hash of line @seq, which was not disposed of. */
static int read_hash(struct step *step, uint64_t seq, uint8_t ret[static LEDGER_HASH_SIZE])
{
	struct statement *s;
	int r = statement_start(step->connection,
				"SELECT line FROM event WHERE ledger = $1 AND seq = $2", &s, "ii",
				step->ledger, (int64_t)seq);

	if (r < 0)
		return r;
	r = statement_next(s);
	if (r > 0) {
		size_t size;
		const char *line = statement_blob(s, 0, &size);
		r = ledger_line_hash(line, size, ret) == 0 ? 1 : 0;
	}
	statement_done(s);
	return r < 0 ? r : r == 0 ? damaged(step, seq) : 0;
}

/* The chain before line @seq, and what was disposed of up to there, or *@ret_joined false. */
static int find_chain(struct step *step, uint64_t seq, struct ledger_chain *ret,
		      struct disposal *ret_before, bool *ret_joined)
{
	int r;

	*ret_joined = false;
	if (seq == 1)
		return ledger_chain_start(ret, step->id) < 0 ? damaged(step, seq) : 0;
	ret->next_seq = seq;
	r = find_disposal(step, seq - 1, false, ret_before);
	if (r > 0) {
		*ret_joined = true;
		memcpy(ret->hash, ret_before->after, sizeof(ret->hash));
		return 0;
	}
	return r < 0 ? r : read_hash(step, seq - 1, ret->hash);
}

/* What stands for rows @from to @to, which must form the chain that follows @chain. */
static int describe(struct step *step, const struct row *from, const struct row *to,
		    struct ledger_chain *chain, struct disposal *ret)
{
	struct disposal disposal = { .first = from->seq,
				     .last = to->seq,
				     .settings = step->disposals->retention->version };

	memcpy(disposal.host, step->host, sizeof(disposal.host));
	memcpy(disposal.ledger, step->id, sizeof(disposal.ledger));
	memcpy(disposal.before, chain->hash, sizeof(disposal.before));
	text_time(step->disposals->now, disposal.time);
	for (const struct row *row = from; row <= to; row++) {
		if (ledger_line_check(chain, row->line, row->size, NULL) < 0)
			return damaged(step, row->seq);
		disposal_count(&disposal, row->kind, row->day, 1);
	}
	memcpy(disposal.after, chain->hash, sizeof(disposal.after));
	*ret = disposal;
	return 0;
}

/* Take @disposal's lines out, and put it in their place and that of its neighbours. */
static int replace(struct step *step, const struct row *from, const struct row *to,
		   const struct disposal *disposal)
{
	char line[DISPOSAL_LINE_SIZE];
	ptrdiff_t size =
		disposal_seal(disposal, step->disposals->key, step->disposals->secret, line);
	int r;

	if (size < 0)
		return damaged(step, disposal->first);
	r = statement_run(step->connection,
			  "DELETE FROM event WHERE ledger = $1 AND seq BETWEEN $2 AND $3", "iii",
			  step->ledger, (int64_t)from->seq, (int64_t)to->seq);
	if (r >= 0 && (uint64_t)r != to->seq - from->seq + 1)
		return -EAGAIN;
	if (r >= 0)
		r = statement_run(
			step->connection,
			"DELETE FROM disposal WHERE ledger = $1 AND last BETWEEN $2 AND $3", "iii",
			step->ledger, (int64_t)disposal->first, (int64_t)disposal->last);
	if (r >= 0)
		r = statement_run(step->connection,
				  "INSERT INTO disposal (ledger, last, first, last_day, line)"
				  " VALUES ($1, $2, $3, $4, $5)",
				  "iiitb", step->ledger, (int64_t)disposal->last,
				  (int64_t)disposal->first, disposal->to, line, (size_t)size);
	return r == -EEXIST ? -EAGAIN : r < 0 ? r : 0;
}

static int dispose(struct step *step, const struct row *from, const struct row *to)
{
	struct disposal before, run, next;
	struct ledger_chain chain;
	bool joined;
	int r = find_chain(step, from->seq, &chain, &before, &joined);

	if (r == 0)
		r = describe(step, from, to, &chain, &run);
	if (r == 0 && joined)
		r = disposal_join(&before, &run) < 0 ? damaged(step, from->seq) : 0;
	if (r == 0 && joined)
		run = before;
	if (r == 0)
		r = find_disposal(step, to->seq + 1, true, &next);
	if (r > 0)
		r = disposal_join(&run, &next) < 0 ? damaged(step, next.first) : 0;
	return r < 0 ? r : replace(step, from, to, &run);
}

static bool goes(const struct row *row)
{
	return row->due && !row->held;
}

/* Neighbours that go are disposed of as one. */
static int dispose_rows(struct step *step)
{
	const struct row *row = step->rows, *end = row + step->n;
	int r = 0;

	while (row < end && r == 0) {
		const struct row *from = row++;

		step->tally.held += from->due && from->held;
		if (!goes(from))
			continue;
		while (row < end && goes(row) && row->seq == row[-1].seq + 1)
			row++;
		step->tally.disposed += (uint64_t)(row - from);
		if (!step->disposals->dry)
			r = dispose(step, from, row - 1);
	}
	return r;
}

static int run(struct step *step, struct disposals_cursor *cursor)
{
	uint64_t after = cursor->seq;
	int r = find_ledger(step, cursor);

	if (r < 0 || step->ledger == 0)
		return r;
	if (step->ledger != cursor->ledger)
		after = 0;
	r = add_limits(step);
	if (r == 0 && step->n_limits > 0)
		r = read_rows(step, after);
	if (r == 0)
		r = dispose_rows(step);
	if (r < 0)
		return r;
	if (step->n == DISPOSALS_STEP)
		*cursor = (struct disposals_cursor){ step->ledger, step->rows[step->n - 1].seq };
	else
		*cursor = (struct disposals_cursor){ step->ledger + 1, 0 };
	return 1;
}

static int run_transaction(struct store *store, struct step *step, struct disposals_cursor *cursor)
{
	int r;

	if (step->disposals->dry) {
		r = store_read_begin(store, &step->connection);
		if (r < 0)
			return r;
		r = run(step, cursor);
		store_read_end(store, step->connection);
		return r;
	}
	r = store_write_begin(store, &step->connection);
	return r < 0 ? r : store_write_end(store, step->connection, run(step, cursor));
}

int disposals_step(struct store *store, const struct disposals *disposals,
		   struct disposals_cursor *cursor, struct disposals_tally *tally)
{
	struct step *step = calloc(1, sizeof(*step));
	struct disposals_cursor next = *cursor;
	int r;

	if (step == NULL)
		return -ENOMEM;
	step->disposals = disposals;
	r = run_transaction(store, step, &next);
	if (r == -EBADMSG) { /* the others need not wait for this one */
		next = (struct disposals_cursor){ step->ledger + 1, 0 };
		step->tally = (struct disposals_tally){ .damaged = 1 };
		r = 1;
	}
	if (r >= 0) {
		*cursor = next;
		tally->disposed += step->tally.disposed;
		tally->held += step->tally.held;
		tally->damaged += step->tally.damaged;
	}
	for (size_t i = 0; i < step->n; i++)
		free(step->rows[i].line);
	free(step);
	return r;
}

static bool anything(const struct disposals_tally *tally)
{
	return tally->disposed + tally->persons + tally->grants + tally->findings + tally->tokens +
		       tally->starts + tally->names >
	       0;
}

static json_t *describe_tally(const struct disposals_tally *tally, uint64_t settings)
{
	return json_pack("{sI sI sI sI sI sI sI sI sI}", "lines", (json_int_t)tally->disposed,
			 "held", (json_int_t)tally->held, "persons", (json_int_t)tally->persons,
			 "grants", (json_int_t)tally->grants, "findings",
			 (json_int_t)tally->findings, "tokens", (json_int_t)tally->tokens, "starts",
			 (json_int_t)tally->starts, "names", (json_int_t)tally->names, "settings",
			 (json_int_t)settings);
}

static int finish(struct connection *connection, const struct disposals *disposals, const char *who,
		  struct disposals_tally *tally)
{
	unsigned days = disposals->retention->person_days;
	char before[DISPOSAL_DAY_SIZE];
	int r = 0;

	day_of(disposals->now - (int64_t)days * DAY_S, before);
	if (days > 0)
		r = rollup_forget(connection, before);
	if (r < 0)
		return r;
	tally->persons = (uint64_t)r;
	r = site_disposals(connection, disposals, tally);
	if (r < 0 || !anything(tally))
		return r;
	const struct audit_entry entry = { who, "records.disposed",
					   describe_tally(tally, disposals->retention->version) };
	return audit_add(connection, &entry, disposals->now);
}

int disposals_finish(struct store *store, const struct disposals *disposals, const char *who,
		     struct disposals_tally *tally)
{
	struct connection *connection;
	int r;

	if (disposals->dry)
		return 0;
	r = store_write_begin(store, &connection);
	return r < 0 ? r
		     : store_write_end(store, connection,
				       finish(connection, disposals, who, tally));
}
