#include "batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "connection.h"
#include "endings.h"
#include "rollup.h"
#include "usage.h"

/* Columns from 2 on: next_seq, head, quarantined. */
static int read_chain(struct batch *batch, const struct statement *s)
{
	size_t size;
	const void *head = statement_blob(s, 3, &size);

	if (size != LEDGER_HASH_SIZE)
		return -EIO;
	batch->chain.next_seq = (uint64_t)statement_integer(s, 2);
	memcpy(batch->chain.hash, head, LEDGER_HASH_SIZE);
	batch->quarantined = statement_integer(s, 4);
	return 1;
}

/* Row of the host, and of the ledger if it is there, with its chain. */
static int find_ledger(struct batch *batch, const char *host)
{
	struct statement *s;
	int r = statement_start(batch->connection,
				"SELECT h.id, l.no, l.next_seq, l.head, l.quarantined"
				" FROM host h LEFT JOIN ledger l ON l.host = h.id AND l.id = $1"
				" WHERE h.uuid = $2 AND h.revoked IS NULL",
				&s, "tt", batch->ledger_id, host);
	if (r < 0)
		return r;
	r = statement_next(s);
	if (r > 0) {
		batch->host = statement_integer(s, 0);
		batch->ledger = statement_integer(s, 1);
		if (batch->ledger)
			r = read_chain(batch, s);
	}
	statement_done(s);
	return r == 0 ? -ENOENT : r < 0 ? r : 0;
}

int batch_begin(struct batch *ret, struct store *store, const char *host, const char *ledger_id)
{
	struct batch batch = { .store = store };

	if (strlen(ledger_id) != LEDGER_ID_SIZE - 1 ||
	    strspn(ledger_id, "0123456789abcdef") != LEDGER_ID_SIZE - 1)
		return -EINVAL;
	memcpy(batch.ledger_id, ledger_id, LEDGER_ID_SIZE);
	int r = ledger_chain_start(&batch.chain, ledger_id);
	if (r < 0)
		return r;
	batch.lines = calloc(BATCH_MAX_LINES, sizeof(*batch.lines));
	if (!batch.lines)
		return -ENOMEM;
	r = store_write_begin(store, &batch.connection);
	if (r == 0) {
		r = find_ledger(&batch, host);
		if (r < 0)
			r = store_write_end(store, batch.connection, r);
	}
	if (r < 0) {
		free(batch.lines);
		return r;
	}
	batch.first_seq = batch.chain.next_seq;
	*ret = batch;
	return 0;
}

/* Make the ledger's row when the first thing is kept of it. */
static int need_ledger(struct batch *batch)
{
	if (batch->ledger)
		return 0;
	int64_t n = 0;
	int r = statement_get(batch->connection, 0, &n,
			      "SELECT count(*) FROM ledger WHERE host = $1", "i", batch->host);
	if (r < 0)
		return r;
	if (n >= BATCH_MAX_LEDGERS)
		return -EDQUOT;
	r = statement_get(batch->connection, 0, &batch->ledger,
			  "INSERT INTO ledger (host, id, next_seq, head) VALUES ($1, $2, $3, $4)"
			  " RETURNING no",
			  "itib", batch->host, batch->ledger_id, (int64_t)batch->first_seq,
			  batch->chain.hash, sizeof(batch->chain.hash));
	return r == -EEXIST ? -EAGAIN : r;
}

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

int batch_append(struct batch *batch, const struct event_columns *columns, const char *line,
		 size_t size)
{
	int r = need_ledger(batch);

	if (r < 0)
		return r;
	if (batch->n_lines == BATCH_MAX_LINES)
		return -E2BIG;
	batch->lines[batch->n_lines++] = (struct batch_line){ columns, line, size };
	return 0;
}

/* Where the rows of this transaction begin: see table event in schema.c. */
static int first_row(struct batch *batch, int64_t *ret)
{
	return statement_get(batch->connection, 1, ret, "SELECT first FROM event_place", "");
}

uint64_t batch_claim(uint64_t value)
{
	return value < BATCH_MAX_CLAIM ? value : BATCH_MAX_CLAIM;
}

static int put_line(struct batch *batch, int64_t row, const struct batch_line *line)
{
	const struct event_columns *columns = line->columns;
	char day[USAGE_DAY_SIZE];

	usage_day(columns, day);
	return copy_put(batch->connection, row, batch->ledger, (int64_t)columns->seq, day,
			columns->kind, or_null(columns->device), or_null(columns->name),
			or_null(columns->verdict), or_null(columns->rule), or_null(columns->person),
			(int64_t)columns->violation, (int64_t)batch_claim(columns->duration_s),
			(int64_t)batch_claim(columns->bytes_read),
			(int64_t)batch_claim(columns->bytes_written), line->text, line->size);
}

static int put_lines(struct batch *batch)
{
	int64_t row;
	int r = first_row(batch, &row);

	if (r == 0)
		r = copy_begin(batch->connection,
			       "event (row, ledger, seq, day, kind, device, name, verdict, rule,"
			       " person, violation, duration_s, bytes_read, bytes_written, line)",
			       "iiitttttttiiiib");
	if (r < 0)
		return r;
	for (size_t i = 0; i < batch->n_lines && r == 0; i++)
		r = put_line(batch, row + (int64_t)i, &batch->lines[i]);
	r = copy_end(batch->connection, r);
	return r == -EEXIST ? -EAGAIN : r;
}

static bool same_line(const void *held, size_t held_size, const char *line, size_t size)
{
	return held_size == size && memcmp(held, line, size) == 0;
}

/* 1 if line @seq was held, and was disposed of: no more can be said of it. */
static int was_disposed_of(struct batch *batch, uint64_t seq)
{
	int64_t first;
	int r = statement_get(batch->connection, INT64_MAX, &first,
			      "SELECT first FROM disposal WHERE ledger = $1 AND last >= $2"
			      " ORDER BY last LIMIT 1",
			      "ii", batch->ledger, (int64_t)seq);

	return r < 0 ? r : (uint64_t)first <= seq;
}

int batch_holds(struct batch *batch, uint64_t seq, const char *line, size_t size)
{
	struct statement *s;

	for (size_t i = 0; i < batch->n_lines; i++) {
		if (batch->lines[i].columns->seq == seq)
			return same_line(batch->lines[i].text, batch->lines[i].size, line, size);
	}
	int r = statement_start(batch->connection,
				"SELECT line FROM event WHERE ledger = $1 AND seq = $2", &s, "ii",
				batch->ledger, (int64_t)seq);
	if (r < 0)
		return r;
	r = statement_next(s);
	bool found = r > 0;
	if (found) {
		size_t held_size;
		const void *held = statement_blob(s, 0, &held_size);
		r = same_line(held, held_size, line, size);
	}
	statement_done(s);
	return r < 0 || found ? r : was_disposed_of(batch, seq);
}

int batch_add_finding(struct batch *batch, uint64_t seq, const char *kind, const char *text,
		      int64_t now)
{
	int r = need_ledger(batch);

	if (r == 0)
		r = statement_run(
			batch->connection,
			"INSERT INTO finding (time, host, ledger, seq, kind, subject, text)"
			" VALUES ($1, $2, $3, $4, $5, '', $6) ON CONFLICT DO NOTHING",
			"iiiitt", now, batch->host, batch->ledger, (int64_t)seq, kind, text);
	return r < 0 ? r : 0;
}

int batch_add_daily_finding(struct batch *batch, uint64_t seq, const char *kind, const char *text,
			    int64_t now)
{
	int r = need_ledger(batch);

	if (r == 0)
		r = statement_run(
			batch->connection,
			"INSERT INTO finding (time, host, ledger, seq, kind, subject, text)"
			" SELECT $1, $2, $3, $4, $5, '', $6 WHERE NOT EXISTS (SELECT 1 FROM finding"
			"  WHERE ledger = $3 AND kind = $5 AND time > $7 AND closed IS NULL)"
			" ON CONFLICT DO NOTHING",
			"iiiitti", now, batch->host, batch->ledger, (int64_t)seq, kind, text,
			now - 86400);
	return r < 0 ? r : 0;
}

int batch_last_line(struct batch *batch,
		    void (*on_line)(void *context, const char *line, size_t size), void *context)
{
	struct statement *s;

	if (!batch->ledger || batch->first_seq <= 1)
		return 0;
	int r = statement_start(batch->connection,
				"SELECT line FROM event WHERE ledger = $1 AND seq = $2", &s, "ii",
				batch->ledger, (int64_t)batch->first_seq - 1);
	if (r < 0)
		return r;
	r = statement_next(s);
	if (r > 0) {
		size_t size;
		const void *line = statement_blob(s, 0, &size);
		on_line(context, line, size);
	}
	statement_done(s);
	return r < 0 ? r : 0;
}

int batch_quarantine(struct batch *batch)
{
	batch->quarantined = true;
	return need_ledger(batch);
}

/* Nobody else has moved the chain meanwhile, or nothing is written. */
static int move_chain(struct batch *batch)
{
	int r = statement_run(batch->connection,
			      "UPDATE ledger SET next_seq = $1, head = $2, quarantined = $3"
			      " WHERE no = $4 AND next_seq = $5",
			      "ibiii", (int64_t)batch->chain.next_seq, batch->chain.hash,
			      sizeof(batch->chain.hash), (int64_t)batch->quarantined, batch->ledger,
			      (int64_t)batch->first_seq);

	return r == 0 ? -EAGAIN : r < 0 ? r : 0;
}

int batch_end(struct batch *batch, int r)
{
	if (r >= 0 && batch->ledger)
		r = move_chain(batch);
	if (r >= 0 && batch->n_lines > 0)
		r = put_lines(batch);
	if (r >= 0 && batch->n_lines > 0)
		r = rollup_add(batch->connection, batch->host, batch->lines, batch->n_lines);
	if (r >= 0 && batch->n_lines > 0)
		r = endings_note(batch->connection, batch->host, batch->lines, batch->n_lines);
	r = store_write_end(batch->store, batch->connection, r);
	free(batch->lines);
	batch->lines = NULL;
	return r < 0 ? r : 0;
}

int batch_acked(struct store *store, const char *host, const char *ledger_id, uint64_t *ret_acked,
		bool *ret_quarantined)
{
	struct reading reading;
	int r = reading_start(&reading, store,
			      "SELECT next_seq - 1, quarantined FROM ledger l"
			      " JOIN host h ON h.id = l.host WHERE h.uuid = $1 AND l.id = $2",
			      "tt", host, ledger_id);

	if (r < 0)
		return r;
	r = statement_next(reading.rows);
	if (r >= 0) {
		*ret_acked = r ? (uint64_t)statement_integer(reading.rows, 0) : 0;
		*ret_quarantined = r && statement_integer(reading.rows, 1);
		r = 0;
	}
	return reading_end(&reading, r);
}
