#include "usage.h"

#include "connection.h"

/* sum() of integers fails when it overflows, and so would every report over the days of a machine
 * that claims too much; total() does not, and is exact below 2^53 (SQLite, "Built-in Aggregate
 * Functions"). */
#define SUM(column) "CAST(total(" column ") AS INTEGER)"

static const char QUERY[] =
	"SELECT e.day, h.hostname, h.unit, coalesce(e.person, '') AS who,"
	" coalesce(e.device, '') AS what, coalesce(max(e.name), ''),"
	" coalesce(max(CASE WHEN e.rule GLOB 'registered:*' THEN substr(e.rule, 12) END), ''),"
	" sum(e.kind = 'device.decided'),"
	" sum(e.kind = 'device.decided' AND coalesce(e.verdict, '') = 'allow'),"
	" sum(e.kind = 'device.decided' AND coalesce(e.verdict, '') = 'read-only'),"
	" sum(e.kind = 'device.decided' AND coalesce(e.verdict, '') = 'deny'),"
	" sum(e.violation), " SUM("e.duration_s") ", " SUM("e.bytes_read") ", " SUM(
		"e.bytes_written") " FROM event e JOIN ledger l ON l.no = e.ledger JOIN host h ON "
				   "h.id = l.host"
				   " WHERE e.kind IN ('device.decided', 'device.changed', "
				   "'device.removed')"
				   " AND e.day BETWEEN ?1 AND ?2"
				   " AND (?3 IS NULL OR h.uuid = ?3 OR h.hostname = ?3) AND (?4 IS "
				   "NULL OR h.unit = ?4)"
				   " AND (?5 IS NULL OR e.person = ?5) AND (?6 IS NULL OR e.device "
				   "= ?6)"
				   " GROUP BY e.day, h.hostname, h.id, h.unit, who, what"
				   " ORDER BY e.day, h.hostname, h.id, who, what";

static void read_row(sqlite3_stmt *s, struct usage_row *ret)
{
	statement_text(s, 0, ret->day, sizeof(ret->day));
	statement_text(s, 1, ret->hostname, sizeof(ret->hostname));
	statement_text(s, 2, ret->unit, sizeof(ret->unit));
	statement_text(s, 3, ret->person, sizeof(ret->person));
	statement_text(s, 4, ret->device, sizeof(ret->device));
	statement_text(s, 5, ret->name, sizeof(ret->name));
	statement_text(s, 6, ret->tag, sizeof(ret->tag));
	ret->counters = (struct usage_counters){
		.arrivals = (uint64_t)sqlite3_column_int64(s, 7),
		.allowed = (uint64_t)sqlite3_column_int64(s, 8),
		.read_only = (uint64_t)sqlite3_column_int64(s, 9),
		.denied = (uint64_t)sqlite3_column_int64(s, 10),
		.violations = (uint64_t)sqlite3_column_int64(s, 11),
		.duration_s = (uint64_t)sqlite3_column_int64(s, 12),
		.bytes_read = (uint64_t)sqlite3_column_int64(s, 13),
		.bytes_written = (uint64_t)sqlite3_column_int64(s, 14),
	};
}

int usage_each(struct store *store, const struct usage_query *query,
	       int (*on_row)(void *context, const struct usage_row *row), void *context)
{
	struct reading reading;
	int r = reading_start(&reading, store, QUERY, "tttttt", query->from, query->to, query->host,
			      query->unit, query->person, query->device);

	if (r < 0)
		return r;
	while ((r = statement_next(reading.rows)) > 0) {
		struct usage_row row;
		read_row(reading.rows, &row);
		r = on_row(context, &row);
		if (r < 0)
			break;
	}
	return reading_end(&reading, r);
}
