#include "batch.h"

#include <errno.h>
#include <string.h>

#include "connection.h"

/* Row of the host, and of the ledger if it is there, with its chain. */
static int find_ledger(struct batch *batch, const char *host)
{
	sqlite3_stmt *s;
	int r = statement_start(batch->connection,
				"SELECT h.id, l.no, l.next_seq, l.head, l.quarantined FROM host h"
				" LEFT JOIN ledger l ON l.host = h.id AND l.id = ?"
				" WHERE h.uuid = ? AND h.revoked IS NULL",
				&s, "tt", batch->ledger_id, host);
	if (r < 0)
		return r;
	r = statement_next(s);
	if (r > 0) {
		batch->host = sqlite3_column_int64(s, 0);
		batch->ledger = sqlite3_column_int64(s, 1);
		if (batch->ledger) {
			batch->chain.next_seq = (uint64_t)sqlite3_column_int64(s, 2);
			if (sqlite3_column_bytes(s, 3) == LEDGER_HASH_SIZE)
				memcpy(batch->chain.hash, sqlite3_column_blob(s, 3),
				       LEDGER_HASH_SIZE);
			else
				r = -EIO;
			batch->quarantined = sqlite3_column_int(s, 4);
		}
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
	if (r == 0)
		r = store_write_begin(store, &batch.connection);
	if (r < 0)
		return r;
	r = find_ledger(&batch, host);
	if (r < 0)
		return store_write_end(store, r);
	*ret = batch;
	return 0;
}

static int count_ledgers(struct batch *batch)
{
	sqlite3_stmt *s;
	int r = statement_start(batch->connection, "SELECT count(*) FROM ledger WHERE host = ?", &s,
				"i", batch->host);
	if (r < 0)
		return r;
	r = statement_next(s);
	if (r > 0)
		r = sqlite3_column_int(s, 0);
	statement_done(s);
	return r;
}

/* Make the ledger's row when the first thing is kept of it. */
static int need_ledger(struct batch *batch)
{
	if (batch->ledger)
		return 0;
	int n = count_ledgers(batch);
	if (n < 0 || n >= BATCH_MAX_LEDGERS)
		return n < 0 ? n : -EDQUOT;
	int r = statement_run(batch->connection,
			      "INSERT INTO ledger (host, id, next_seq, head) VALUES (?, ?, ?, ?)",
			      "itib", batch->host, batch->ledger_id, (int64_t)batch->chain.next_seq,
			      batch->chain.hash, sizeof(batch->chain.hash));
	if (r < 0)
		return r;
	batch->ledger = sqlite3_last_insert_rowid(batch->connection->db);
	return 0;
}

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

int batch_append(struct batch *batch, const struct event_columns *columns, const char *line,
		 size_t size)
{
	char day[11];
	int r = need_ledger(batch);

	if (r < 0)
		return r;
	memcpy(day, columns->time, 10);
	day[10] = '\0';
	r = statement_run(batch->connection,
			  "INSERT INTO event (ledger, seq, day, kind, device, name, verdict, rule,"
			  " person, violation, duration_s, bytes_read, bytes_written, line)"
			  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			  "iitttttttiiiib", batch->ledger, (int64_t)columns->seq, day,
			  columns->kind, or_null(columns->device), or_null(columns->name),
			  or_null(columns->verdict), or_null(columns->rule),
			  or_null(columns->person), (int64_t)columns->violation,
			  (int64_t)columns->duration_s, (int64_t)columns->bytes_read,
			  (int64_t)columns->bytes_written, line, size);
	return r < 0 ? r : 0;
}

int batch_holds(struct batch *batch, uint64_t seq, const char *line, size_t size)
{
	sqlite3_stmt *s;
	int r = statement_start(batch->connection,
				"SELECT line FROM event WHERE ledger = ? AND seq = ?", &s, "ii",
				batch->ledger, (int64_t)seq);
	if (r < 0)
		return r;
	r = statement_next(s);
	if (r > 0)
		r = (size_t)sqlite3_column_bytes(s, 0) == size &&
		    memcmp(sqlite3_column_blob(s, 0), line, size) == 0;
	statement_done(s);
	return r;
}

int batch_add_finding(struct batch *batch, uint64_t seq, const char *kind, const char *text,
		      int64_t now)
{
	int r = need_ledger(batch);

	if (r == 0)
		r = statement_run(batch->connection,
				  "INSERT OR IGNORE INTO finding (time, ledger, seq, kind, text)"
				  " VALUES (?, ?, ?, ?, ?)",
				  "iiitt", now, batch->ledger, (int64_t)seq, kind, text);
	return r < 0 ? r : 0;
}

int batch_quarantine(struct batch *batch)
{
	batch->quarantined = true;
	return need_ledger(batch);
}

int batch_end(struct batch *batch, int r)
{
	if (r >= 0 && batch->ledger)
		r = statement_run(batch->connection,
				  "UPDATE ledger SET next_seq = ?, head = ?, quarantined = ?"
				  " WHERE no = ?",
				  "ibii", (int64_t)batch->chain.next_seq, batch->chain.hash,
				  sizeof(batch->chain.hash), (int64_t)batch->quarantined,
				  batch->ledger);
	r = store_write_end(batch->store, r);
	return r < 0 ? r : 0;
}

int batch_acked(struct store *store, const char *host, const char *ledger_id, uint64_t *ret_acked,
		bool *ret_quarantined)
{
	struct reading reading;
	int r = reading_start(&reading, store,
			      "SELECT next_seq - 1, quarantined FROM ledger l"
			      " JOIN host h ON h.id = l.host WHERE h.uuid = ? AND l.id = ?",
			      "tt", host, ledger_id);

	if (r < 0)
		return r;
	r = statement_next(reading.rows);
	if (r >= 0) {
		*ret_acked = r ? (uint64_t)sqlite3_column_int64(reading.rows, 0) : 0;
		*ret_quarantined = r && sqlite3_column_int(reading.rows, 1);
		r = 0;
	}
	return reading_end(&reading, r);
}
