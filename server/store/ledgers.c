#include "ledgers.h"

#include "connection.h"

int ledgers_each(struct store *store, int64_t after, size_t limit,
		 int (*on_row)(void *context, const struct ledger_row *row), void *context)
{
	struct reading reading;
	int r = reading_start(
		&reading, store,
		"SELECT l.no, h.uuid, h.hostname, l.id, l.next_seq - 1,"
		" l.checkpointed, l.quarantined FROM ledger l"
		" JOIN host h ON h.id = l.host WHERE l.no > $1 ORDER BY l.no LIMIT $2",
		"ii", after, (int64_t)limit);

	if (r < 0)
		return r;
	while ((r = statement_next(reading.rows)) > 0) {
		struct ledger_row row = {
			.number = statement_integer(reading.rows, 0),
			.host = statement_text_at(reading.rows, 1),
			.hostname = statement_text_at(reading.rows, 2),
			.id = statement_text_at(reading.rows, 3),
			.lines = (uint64_t)statement_integer(reading.rows, 4),
			.checkpointed = (uint64_t)statement_integer(reading.rows, 5),
			.quarantined = statement_integer(reading.rows, 6),
		};
		r = on_row(context, &row);
		if (r < 0)
			break;
	}
	return reading_end(&reading, r);
}
