#include "findings.h"

#include "connection.h"

int findings_each(struct store *store, int (*on_finding)(void *context, const struct finding *row),
		  void *context)
{
	struct reading reading;
	int r = reading_start(&reading, store,
			      "SELECT f.time, h.uuid, l.id, f.seq, f.kind, f.text FROM finding f"
			      " JOIN ledger l ON l.no = f.ledger JOIN host h ON h.id = l.host"
			      " ORDER BY f.id",
			      "");

	if (r < 0)
		return r;
	while ((r = statement_next(reading.rows)) > 0) {
		struct finding row = {
			.time = statement_integer(reading.rows, 0),
			.host = statement_text_at(reading.rows, 1),
			.ledger = statement_text_at(reading.rows, 2),
			.seq = (uint64_t)statement_integer(reading.rows, 3),
			.kind = statement_text_at(reading.rows, 4),
			.text = statement_text_at(reading.rows, 5),
		};
		r = on_finding(context, &row);
		if (r < 0)
			break;
	}
	return reading_end(&reading, r);
}
