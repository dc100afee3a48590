#include "grants.h"

#include <errno.h>
#include <string.h>

#include "connection.h"

#define COLUMNS                                                                                    \
	"SELECT g.id, h.uuid, g.version, g.ends, g.text, h.hostname, g.published_by, g.published"
#define NEWEST                                                                                     \
	" FROM granted g JOIN host h ON h.id = g.host"                                             \
	" WHERE g.version = (SELECT max(version) FROM granted x WHERE x.id = g.id)"

/* The machine ids of hosts whose machines share one have something of their own behind it
 * (enrolments.c). */
static int find_host(struct connection *c, const struct grant_record *grant, const char *machine,
		     int64_t *ret)
{
	int64_t host, twins, others = 0;
	int r = statement_get(
		c, 0, &host,
		"SELECT id FROM host WHERE uuid = $1 AND substr(machine_id, 1, 64) = $2", "tt",
		grant->host, machine);

	if (r == 0)
		r = statement_get(c, 0, &twins,
				  "SELECT count(*) FROM host WHERE uuid <> $1 AND revoked IS NULL"
				  " AND substr(machine_id, 1, 64) = $2",
				  "tt", grant->host, machine);
	if (r == 0)
		r = statement_get(c, 0, &others,
				  "SELECT count(*) FROM granted WHERE id = $1 AND host <> $2", "ti",
				  grant->id, host);
	if (r < 0)
		return r;
	*ret = host;
	if (host == 0)
		return -ENOENT;
	if (twins > 0 && !grant->withdrawn)
		return -EMLINK;
	return others > 0 ? -EXDEV : 0;
}

static int put(struct connection *c, const struct grant_record *grant, const char *machine,
	       const char *by, int64_t now)
{
	int64_t host;
	int r = find_host(c, grant, machine, &host);

	if (r < 0)
		return r;
	r = statement_run(c,
			  "INSERT INTO granted SELECT $1, $2, $3, $4, $5, $6, $7 WHERE $2 >"
			  " (SELECT coalesce(max(version), 0) FROM granted WHERE id = $1)",
			  "tiiibit", grant->id, (int64_t)grant->version, host, grant->until,
			  grant->text, grant->size, now, by);
	if (r <= 0)
		return r < 0 ? r : -EEXIST;
	return news_tell(c, NEWS_GRANTS);
}

int grants_publish(struct store *store, const struct grant_record *grant, const char *machine,
		   const char *by, int64_t now)
{
	struct connection *c;
	int r = store_write_begin(store, &c);

	return r < 0 ? r : store_write_end(store, c, put(c, grant, machine, by, now));
}

static int read_all(struct reading *reading,
		    int (*on_grant)(void *context, const struct grant_record *grant), void *context)
{
	struct statement *s = reading->rows;
	char id[GRANT_RECORD_ID_SIZE], host[STORE_UUID_SIZE], hostname[STORE_TEXT_SIZE],
		by[STORE_TEXT_SIZE];
	int r;

	while ((r = statement_next(s)) > 0) {
		struct grant_record grant = { .id = id,
					      .host = host,
					      .hostname = hostname,
					      .published_by = by,
					      .version = (uint64_t)statement_integer(s, 2),
					      .until = statement_integer(s, 3),
					      .published = statement_integer(s, 7) };

		statement_text(s, 0, id, sizeof(id));
		statement_text(s, 1, host, sizeof(host));
		statement_text(s, 5, hostname, sizeof(hostname));
		statement_text(s, 6, by, sizeof(by));
		grant.text = statement_blob(s, 4, &grant.size);
		r = on_grant(context, &grant);
		if (r < 0)
			break;
	}
	return reading_end(reading, r);
}

int grants_each_of(struct store *store, const char *host, int64_t now,
		   int (*on_grant)(void *context, const struct grant_record *grant), void *context)
{
	struct reading reading;
	int r = reading_start(&reading, store,
			      COLUMNS NEWEST
			      " AND h.uuid = $1 AND g.ends > $2 ORDER BY g.id LIMIT $3",
			      "tii", host, now, (int64_t)GRANTS_LISTED_MAX);

	return r < 0 ? r : read_all(&reading, on_grant, context);
}

int grants_each(struct store *store,
		int (*on_grant)(void *context, const struct grant_record *grant), void *context)
{
	struct reading reading;
	int r = reading_start(&reading, store,
			      COLUMNS NEWEST " ORDER BY g.published DESC, g.id LIMIT $1", "i",
			      (int64_t)GRANTS_SHOWN_MAX);

	return r < 0 ? r : read_all(&reading, on_grant, context);
}
