#include "events.h"

#include <errno.h>

#include "connection.h"

static const char *text(struct statement *s, int column)
{
	return statement_text_at(s, column);
}

/* Columns: row, uuid, hostname, ledger id, kind, seq, line. */
static int each(struct reading *reading, on_event *on_row, void *context)
{
	struct statement *s = reading->rows;
	int r;

	while ((r = statement_next(s)) > 0) {
		struct event_row row = {
			.row = statement_integer(s, 0),
			.host = text(s, 1),
			.hostname = text(s, 2),
			.ledger = text(s, 3),
			.kind = text(s, 4),
			.seq = (uint64_t)statement_integer(s, 5),
		};
		row.line = statement_blob(s, 6, &row.line_size);
		r = on_row(context, &row);
		if (r < 0)
			break;
	}
	return reading_end(reading, r == -ECANCELED ? 0 : r);
}

#define COLUMNS                                                                                    \
	"SELECT e.row, h.uuid, h.hostname, l.id, e.kind, e.seq, e.line FROM event e"               \
	" JOIN ledger l ON l.no = e.ledger JOIN host h ON h.id = l.host "

int events_each(struct store *store, const struct event_query *query, on_event *on_row,
		void *context)
{
	struct reading reading;
	int r = reading_start(
		&reading, store,
		COLUMNS "WHERE e.row > $1 AND e.row < (SELECT below FROM event_settled)"
			" AND ($2 IS NULL OR h.uuid = $2)"
			" AND ($3 IS NULL OR e.kind = $3) ORDER BY e.row LIMIT $4",
		"itti", query->after, query->host, query->kind, (int64_t)query->limit);

	return r < 0 ? r : each(&reading, on_row, context);
}

#define THIS_LEDGER(table)                                                                         \
	"WHERE " table ".ledger = (SELECT l2.no FROM ledger l2 JOIN host h2 ON h2.id = l2.host"    \
	" WHERE h2.uuid = $1 AND l2.id = $2)"

int events_each_of_ledger(struct store *store, const char *host, const char *ledger,
			  uint64_t first_seq, size_t limit, on_event *on_row, void *context)
{
	struct reading reading;
	int r = reading_start(
		&reading, store,
		COLUMNS THIS_LEDGER(
			"e") " AND e.seq >= $3"
			     " UNION ALL SELECT 0, h.uuid, h.hostname, l.id, '" EVENT_DISPOSED
			     "', d.last, d.line FROM disposal d"
			     " JOIN ledger l ON l.no = d.ledger JOIN host h ON h.id = "
			     "l.host " THIS_LEDGER("d") " AND d.last >= $3 ORDER BY 6 LIMIT $4",
		"ttii", host, ledger, (int64_t)first_seq, (int64_t)limit);

	return r < 0 ? r : each(&reading, on_row, context);
}

int events_each_ledger(struct store *store, const char *host, on_event *on_ledger, void *context)
{
	struct reading reading;
	int r = reading_start(
		&reading, store,
		"SELECT l.id, l.next_seq - 1 FROM host h"
		" LEFT JOIN ledger l ON l.host = h.id WHERE h.uuid = $1 ORDER BY l.no",
		"t", host);
	int n = 0;

	if (r < 0)
		return r;
	for (; (r = statement_next(reading.rows)) > 0; n++) {
		struct event_row row = { .host = host,
					 .ledger = text(reading.rows, 0),
					 .seq = (uint64_t)statement_integer(reading.rows, 1) };
		r = row.ledger ? on_ledger(context, &row) : 0;
		if (r < 0)
			break;
	}
	return reading_end(&reading, r == 0 && n == 0 ? -ENOENT : r == -ECANCELED ? 0 : r);
}
