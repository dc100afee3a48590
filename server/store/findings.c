#include "findings.h"

#include "connection.h"

int findings_add(struct connection *connection, int64_t host, const struct host_finding *finding)
{
	return statement_run(connection,
			     "INSERT INTO host_finding (time, host, kind, subject, text)"
			     " SELECT $1, $2, $3, $4, $5 WHERE (SELECT count(*) FROM host_finding"
			     "  WHERE host = $2 AND kind = $3) < $6 ON CONFLICT DO NOTHING",
			     "iittti", finding->time, host, finding->kind, finding->subject,
			     finding->text, (int64_t)FINDINGS_OF_HOST_MAX);
}

int findings_each(struct store *store, int (*on_finding)(void *context, const struct finding *row),
		  void *context)
{
	struct reading reading;
	int r = reading_start(&reading, store,
			      "SELECT f.time AS at, h.uuid, l.id, f.seq, f.kind, f.text, f.id AS no"
			      " FROM finding f"
			      " JOIN ledger l ON l.no = f.ledger JOIN host h ON h.id = l.host"
			      " UNION ALL SELECT f.time, h.uuid, '', 0, f.kind, f.text, f.id"
			      " FROM host_finding f JOIN host h ON h.id = f.host"
			      " ORDER BY at, no",
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
