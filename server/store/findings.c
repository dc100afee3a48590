#include "findings.h"

#include <errno.h>

#include "audit.h"
#include "connection.h"

int findings_add(struct connection *connection, int64_t host, const struct host_finding *finding)
{
	return statement_run(
		connection,
		"INSERT INTO finding (time, host, seq, kind, subject, text)"
		" SELECT $1, $2, 0, $3, $4, $5 WHERE (SELECT count(*) FROM finding"
		"  WHERE host = $2 AND kind = $3 AND ledger IS NULL AND closed IS NULL) < $6"
		" ON CONFLICT DO NOTHING",
		"iittti", finding->time, host, finding->kind, finding->subject, finding->text,
		(int64_t)FINDINGS_OF_HOST_MAX);
}

/* NULL is "". */
static const char *text(const struct statement *s, int column)
{
	const char *found = statement_text_at(s, column);

	return found ? found : "";
}

int findings_each(struct store *store, bool all,
		  int (*on_finding)(void *context, const struct finding *row), void *context)
{
	struct reading reading;
	int r = reading_start(&reading, store,
			      "SELECT f.id, f.time, h.uuid, l.id, f.seq, f.kind, f.text, f.closed,"
			      " f.closed_by, f.closed_reason FROM finding f"
			      " JOIN host h ON h.id = f.host LEFT JOIN ledger l ON l.no = f.ledger"
			      " WHERE f.closed IS NULL OR $1 = 1 ORDER BY f.time, f.id",
			      "i", (int64_t)all);
	struct statement *s;

	if (r < 0)
		return r;
	s = reading.rows;
	while ((r = statement_next(s)) > 0) {
		struct finding row = {
			.id = statement_integer(s, 0),
			.time = statement_integer(s, 1),
			.host = text(s, 2),
			.ledger = text(s, 3),
			.seq = (uint64_t)statement_integer(s, 4),
			.kind = text(s, 5),
			.text = text(s, 6),
			.closed = statement_integer(s, 7),
			.closed_by = text(s, 8),
			.closed_reason = text(s, 9),
		};
		r = on_finding(context, &row);
		if (r < 0)
			break;
	}
	return reading_end(&reading, r);
}

int findings_count(struct store *store, uint64_t *ret)
{
	struct reading reading;
	int r = reading_start(&reading, store, "SELECT count(*) FROM finding WHERE closed IS NULL",
			      "");

	if (r < 0)
		return r;
	r = statement_next(reading.rows);
	if (r > 0)
		*ret = (uint64_t)statement_integer(reading.rows, 0);
	return reading_end(&reading, r > 0 ? 0 : r == 0 ? -EIO : r);
}

/* What it was about, for the audit log: the finding is disposed of in time, the log is not. */
static int record(struct connection *c, const struct finding_closing *closing)
{
	struct statement *s;
	json_t *detail = NULL;
	int r = statement_start(
		c,
		"SELECT h.uuid, f.kind, l.id, f.seq FROM finding f"
		" JOIN host h ON h.id = f.host LEFT JOIN ledger l ON l.no = f.ledger"
		" WHERE f.id = $1",
		&s, "i", closing->id);

	if (r < 0)
		return r;
	r = statement_next(s);
	if (r > 0)
		detail =
			json_pack("{sI ss ss ss sI ss}", "finding", (json_int_t)closing->id, "host",
				  text(s, 0), "kind", text(s, 1), "ledger", text(s, 2), "seq",
				  (json_int_t)statement_integer(s, 3), "reason", closing->reason);
	statement_done(s);
	if (r <= 0)
		return r < 0 ? r : -EIO;
	const struct audit_entry entry = { closing->by, "finding.closed", detail };
	return audit_add(c, &entry, closing->time);
}

static int close_one(struct connection *c, const struct finding_closing *closing)
{
	int r = statement_run(c,
			      "UPDATE finding SET closed = $1, closed_by = $2, closed_reason = $3"
			      " WHERE id = $4 AND closed IS NULL",
			      "itti", closing->time, closing->by, closing->reason, closing->id);

	return r < 0 ? r : r == 0 ? -ENOENT : record(c, closing);
}

int findings_close(struct store *store, const struct finding_closing *closing)
{
	struct connection *c;
	int r = store_write_begin(store, &c);

	return r < 0 ? r : store_write_end(store, c, close_one(c, closing));
}
