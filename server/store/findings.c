#include "findings.h"

#include "connection.h"

int findings_each(struct store *store, int (*on_finding)(void *context, const struct finding *row),
		  void *context)
{
	struct connection *c;
	sqlite3_stmt *s;
	int r = store_read_begin(store, &c);

	if (r < 0)
		return r;
	r = statement_start(c,
			    "SELECT f.time, h.uuid, l.id, f.seq, f.kind, f.text FROM finding f"
			    " JOIN ledger l ON l.no = f.ledger JOIN host h ON h.id = l.host"
			    " ORDER BY f.id",
			    &s, "");
	if (r == 0) {
		while ((r = statement_next(s)) > 0) {
			struct finding row = {
				.time = sqlite3_column_int64(s, 0),
				.host = (const char *)sqlite3_column_text(s, 1),
				.ledger = (const char *)sqlite3_column_text(s, 2),
				.seq = (uint64_t)sqlite3_column_int64(s, 3),
				.kind = (const char *)sqlite3_column_text(s, 4),
				.text = (const char *)sqlite3_column_text(s, 5),
			};
			r = on_finding(context, &row);
			if (r < 0)
				break;
		}
		statement_done(s);
	}
	store_read_end(store, c);
	return r;
}
