#include "rollup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "holds.h"
#include "usage.h"

/* Counts stop growing here: a machine may claim anything, and a sum must not fail for it.  One
 * upload adds at most BATCH_MAX_LINES times BATCH_MAX_CLAIM, so no sum overflows. */
#define FULL "4000000000000000000"

#define GREATER(column)                                                                            \
	column " = CASE WHEN excluded." column " > usage." column " THEN excluded." column         \
	       " ELSE usage." column " END"
#define MORE(column)                                                                               \
	column " = CASE WHEN usage." column " > " FULL " THEN usage." column " ELSE usage." column \
	       " + excluded." column " END"

/* It would take the macros in the midst of texts for calls. */
/* clang-format off */
static const char PUT[] =
	"INSERT INTO usage VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
	" ON CONFLICT (day, host, person, device) DO UPDATE SET "
	GREATER("name") ", " GREATER("tag") ", "
	MORE("arrivals") ", " MORE("allowed") ", " MORE("read_only") ", "
	MORE("denied") ", " MORE("violations") ", " MORE("duration_s") ", "
	MORE("bytes_read") ", " MORE("bytes_written");
/* clang-format on */

/* A sum of 64-bit integers fails in SQLite when it overflows, which that of their halves cannot. */
#define SUM(column)                                                                                \
	"CASE WHEN sum(" column " / 1048576) > " FULL " / 1048576 THEN " FULL                      \
	" ELSE CAST(sum(" column " / 1048576) AS BIGINT) * 1048576"                                \
	" + CAST(sum(" column " % 1048576) AS BIGINT) END"
#define DECIDED "count(*) FILTER (WHERE e.kind = 'device.decided'"

/* clang-format off */
static const char REBUILD[] =
	"INSERT INTO usage SELECT e.day, l.host, coalesce(e.person, ''), coalesce(e.device, ''),"
	" coalesce(max(e.name), ''), coalesce(max(CASE WHEN substr(e.rule, 1, 11) = 'registered:'"
	" THEN substr(e.rule, 12) END), ''), "
	DECIDED "), " DECIDED " AND e.verdict = 'allow'), "
	DECIDED " AND e.verdict = 'read-only'), " DECIDED " AND e.verdict = 'deny'),"
	" sum(e.violation), "
	SUM("e.duration_s") ", " SUM("e.bytes_read") ", " SUM("e.bytes_written")
	" FROM event e JOIN ledger l ON l.no = e.ledger"
	" WHERE e.kind IN ('device.decided', 'device.changed', 'device.removed')"
	" AND e.day > $1"
	" GROUP BY e.day, l.host, coalesce(e.person, ''), coalesce(e.device, '')";
/* clang-format on */

/* Rows before day $1 that say who it was, and that nobody holds. */
#define NAMED                                                                                      \
	"u.day < $1 AND u.person NOT IN ('', '" ROLLUP_FORGOTTEN                                   \
	"') AND NOT " HOLDS_COVER("(SELECT h.uuid FROM host h WHERE h.id = u.host)", "u")

static const char REGISTERED[] = "registered:";

/* A day's use of one device by one person at one host. */
struct use {
	char day[USAGE_DAY_SIZE];
	const char *person, *device, *name, *tag; /* borrowed from the lines */
	struct usage_counters counters;
};

static bool is_counted(const struct event_columns *columns)
{
	return strcmp(columns->kind, "device.decided") == 0 ||
	       strcmp(columns->kind, "device.changed") == 0 ||
	       strcmp(columns->kind, "device.removed") == 0;
}

static const char *tag_of(const struct event_columns *columns)
{
	size_t prefix = strlen(REGISTERED);

	return strncmp(columns->rule, REGISTERED, prefix) == 0 ? columns->rule + prefix : "";
}

/* The entry for @columns among @n @uses, or a new one after them. */
static struct use *find_use(struct use *uses, size_t *n, const struct event_columns *columns)
{
	struct use *use = uses;
	char day[USAGE_DAY_SIZE];

	usage_day(columns, day);
	for (; use < uses + *n; use++) {
		if (strcmp(use->day, day) == 0 && strcmp(use->person, columns->person) == 0 &&
		    strcmp(use->device, columns->device) == 0)
			return use;
	}
	*use = (struct use){
		.person = columns->person, .device = columns->device, .name = "", .tag = ""
	};
	memcpy(use->day, day, sizeof(day));
	(*n)++;
	return use;
}

static void count(struct use *use, const struct event_columns *columns)
{
	struct usage_counters *counters = &use->counters;

	if (strcmp(columns->name, use->name) > 0)
		use->name = columns->name;
	if (strcmp(tag_of(columns), use->tag) > 0)
		use->tag = tag_of(columns);
	counters->violations += columns->violation;
	counters->duration_s += batch_claim(columns->duration_s);
	counters->bytes_read += batch_claim(columns->bytes_read);
	counters->bytes_written += batch_claim(columns->bytes_written);
	if (strcmp(columns->kind, "device.decided") != 0)
		return;
	counters->arrivals++;
	counters->allowed += strcmp(columns->verdict, "allow") == 0;
	counters->read_only += strcmp(columns->verdict, "read-only") == 0;
	counters->denied += strcmp(columns->verdict, "deny") == 0;
}

static int put(struct connection *connection, int64_t host, const struct use *use)
{
	const struct usage_counters *c = &use->counters;
	int r = statement_run(connection, PUT, "tittttiiiiiiii", use->day, host, use->person,
			      use->device, use->name, use->tag, (int64_t)c->arrivals,
			      (int64_t)c->allowed, (int64_t)c->read_only, (int64_t)c->denied,
			      (int64_t)c->violations, (int64_t)c->duration_s,
			      (int64_t)c->bytes_read, (int64_t)c->bytes_written);

	return r < 0 ? r : 0;
}

int rollup_add(struct connection *connection, int64_t host, const struct batch_line *lines,
	       size_t n)
{
	struct use *uses = calloc(n, sizeof(*uses));
	size_t n_uses = 0;
	int r = 0;

	if (uses == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		if (is_counted(lines[i].columns))
			count(find_use(uses, &n_uses, lines[i].columns), lines[i].columns);
	}
	for (size_t i = 0; i < n_uses && r == 0; i++)
		r = put(connection, host, &uses[i]);
	free(uses);
	return r;
}

/* clang-format off */
static const char FORGET[] =
	"INSERT INTO usage SELECT u.day, u.host, '" ROLLUP_FORGOTTEN "', u.device, max(u.name),"
	" max(u.tag), "
	SUM("u.arrivals") ", " SUM("u.allowed") ", " SUM("u.read_only") ", " SUM("u.denied") ", "
	SUM("u.violations") ", " SUM("u.duration_s") ", " SUM("u.bytes_read") ", "
	SUM("u.bytes_written")
	" FROM usage u WHERE " NAMED " GROUP BY u.day, u.host, u.device"
	" ON CONFLICT (day, host, person, device) DO UPDATE SET "
	GREATER("name") ", " GREATER("tag") ", "
	MORE("arrivals") ", " MORE("allowed") ", " MORE("read_only") ", "
	MORE("denied") ", " MORE("violations") ", " MORE("duration_s") ", "
	MORE("bytes_read") ", " MORE("bytes_written");
/* clang-format on */

int rollup_forget(struct connection *connection, const char *before)
{
	int r = statement_run(connection, FORGET, "t", before);

	if (r >= 0)
		r = statement_run(
			connection,
			"DELETE FROM usage WHERE (day, host, person, device) IN"
			" (SELECT u.day, u.host, u.person, u.device FROM usage u WHERE " NAMED ")",
			"t", before);
	return r;
}

int rollup_rebuild(struct connection *connection, const char *after)
{
	int r = statement_run(connection, "DELETE FROM usage WHERE day > $1", "t", after);

	if (r >= 0)
		r = statement_run(connection, REBUILD, "t", after);
	return r < 0 ? r : 0;
}
