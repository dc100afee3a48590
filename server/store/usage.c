#include "usage.h"

#include <string.h>

#include "connection.h"
#include "rollup.h"

static const char QUERY[] =
	"SELECT u.day, h.hostname, h.unit, u.person, u.device, u.name, u.tag, u.arrivals,"
	" u.allowed, u.read_only, u.denied, u.violations, u.duration_s, u.bytes_read,"
	" u.bytes_written FROM usage u JOIN host h ON h.id = u.host"
	" WHERE u.day BETWEEN $1 AND $2"
	" AND ($3 IS NULL OR h.uuid = $3 OR h.hostname = $3) AND ($4 IS NULL OR h.unit = $4)"
	" AND ($5 IS NULL OR u.person = $5) AND ($6 IS NULL OR u.device = $6)"
	" ORDER BY u.day, h.hostname, h.id, u.person, u.device";

static void read_row(struct statement *s, struct usage_row *ret)
{
	statement_text(s, 0, ret->day, sizeof(ret->day));
	statement_text(s, 1, ret->hostname, sizeof(ret->hostname));
	statement_text(s, 2, ret->unit, sizeof(ret->unit));
	statement_text(s, 3, ret->person, sizeof(ret->person));
	statement_text(s, 4, ret->device, sizeof(ret->device));
	statement_text(s, 5, ret->name, sizeof(ret->name));
	statement_text(s, 6, ret->tag, sizeof(ret->tag));
	ret->counters = (struct usage_counters){
		.arrivals = (uint64_t)statement_integer(s, 7),
		.allowed = (uint64_t)statement_integer(s, 8),
		.read_only = (uint64_t)statement_integer(s, 9),
		.denied = (uint64_t)statement_integer(s, 10),
		.violations = (uint64_t)statement_integer(s, 11),
		.duration_s = (uint64_t)statement_integer(s, 12),
		.bytes_read = (uint64_t)statement_integer(s, 13),
		.bytes_written = (uint64_t)statement_integer(s, 14),
	};
}

void usage_day(const struct event_columns *columns, char ret[static USAGE_DAY_SIZE])
{
	memcpy(ret, columns->time, USAGE_DAY_SIZE - 1);
	ret[USAGE_DAY_SIZE - 1] = '\0';
}

/* Days of which lines were disposed of cannot be counted again. */
static int rebuild(struct connection *c)
{
	char disposed[USAGE_DAY_SIZE] = "";
	struct statement *s;
	int r = statement_start(c, "SELECT max(last_day) FROM disposal", &s, "");

	if (r < 0)
		return r;
	r = statement_next(s);
	if (r > 0)
		statement_text(s, 0, disposed, sizeof(disposed));
	statement_done(s);
	return r < 0 ? r : rollup_rebuild(c, disposed);
}

int usage_rebuild(struct store *store)
{
	struct connection *c;
	int r = store_write_begin(store, &c);

	return r < 0 ? r : store_write_end(store, c, rebuild(c));
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
