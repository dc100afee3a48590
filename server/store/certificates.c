#include "certificates.h"

#include <errno.h>

#include "connection.h"
#include "hosts.h"

int certificates_add(struct connection *c, const char *host, const char *serial,
		     const int64_t dates[static 2], bool confirmed)
{
	return statement_run(c,
			     "INSERT INTO certificate (serial, host, issued, expires, confirmed)"
			     " SELECT $1, id, $2, $3, CASE WHEN $4 = 1 THEN $2 END FROM host"
			     " WHERE uuid = $5 AND revoked IS NULL",
			     "tiiit", serial, dates[0], dates[1], (int64_t)confirmed, host);
}

int certificates_revoke(struct connection *c, const char *host, int64_t now)
{
	int r = statement_run(c,
			      "UPDATE certificate SET revoked = $1 WHERE revoked IS NULL AND host ="
			      " (SELECT id FROM host WHERE uuid = $2)",
			      "it", now, host);

	return r < 0 ? r : news_tell(c, NEWS_CERTIFICATES);
}

static int renew(struct connection *c, const char *host, const char *serial,
		 const int64_t dates[static 2])
{
	int r = statement_run(c,
			      "UPDATE certificate SET revoked = $1 WHERE revoked IS NULL"
			      " AND confirmed IS NULL AND host ="
			      " (SELECT id FROM host WHERE uuid = $2)",
			      "it", dates[0], host);

	if (r > 0)
		r = news_tell(c, NEWS_SUPERSEDED);
	if (r < 0)
		return r;
	r = certificates_add(c, host, serial, dates, false);
	return r == 0 ? -ENOENT : r;
}

int hosts_renew(struct store *store, const char *host, const char *serial, int64_t now,
		int64_t expires)
{
	const int64_t dates[2] = { now, expires };
	struct connection *c;
	int r = store_write_begin(store, &c);

	if (r == 0)
		r = store_write_end(store, c, renew(c, host, serial, dates));
	return r < 0 ? r : 0;
}

static int confirm(struct connection *c, const char *serial, int64_t now)
{
	int r = statement_run(c,
			      "UPDATE certificate SET confirmed = $1 WHERE serial = $2"
			      " AND confirmed IS NULL AND revoked IS NULL",
			      "it", now, serial);

	if (r > 0)
		r = statement_run(c,
				  "UPDATE certificate SET revoked = $1 WHERE revoked IS NULL"
				  " AND serial <> $2 AND host ="
				  " (SELECT host FROM certificate WHERE serial = $2)",
				  "it", now, serial);
	return r > 0 ? news_tell(c, NEWS_SUPERSEDED) : r;
}

int hosts_confirm(struct store *store, const char *serial, int64_t now)
{
	struct connection *c;
	int r = store_write_begin(store, &c);

	if (r == 0)
		r = store_write_end(store, c, confirm(c, serial, now));
	return r < 0 ? r : 0;
}

int hosts_find_certificate(struct store *store, const char *serial, struct certificate *ret)
{
	struct reading reading;
	int r = reading_start(
		&reading, store,
		"SELECT h.uuid, c.revoked IS NOT NULL OR h.revoked IS NOT NULL,"
		" c.confirmed IS NOT NULL"
		" FROM certificate c JOIN host h ON h.id = c.host WHERE c.serial = $1",
		"t", serial);

	if (r < 0)
		return r;
	r = statement_next(reading.rows);
	if (r > 0) {
		statement_text(reading.rows, 0, ret->host, sizeof(ret->host));
		ret->revoked = statement_integer(reading.rows, 1);
		ret->confirmed = statement_integer(reading.rows, 2);
	}
	return reading_end(&reading, r > 0 ? 0 : r == 0 ? -ENOENT : r);
}

int hosts_each_refused(struct store *store, int64_t now,
		       int (*on_refused)(void *context, const char *what), void *context)
{
	struct reading reading;
	int r = reading_start(
		&reading, store,
		"SELECT serial FROM certificate WHERE revoked IS NOT NULL AND expires > $1"
		" UNION ALL SELECT h.uuid || '/' || b.boot FROM host_boot b"
		" JOIN host h ON h.id = b.host WHERE b.barred = 1",
		"i", now);

	if (r < 0)
		return r;
	while ((r = statement_next(reading.rows)) > 0) {
		char what[HOST_REFUSED_SIZE];
		statement_text(reading.rows, 0, what, sizeof(what));
		r = on_refused(context, what);
		if (r < 0)
			break;
	}
	return reading_end(&reading, r);
}
