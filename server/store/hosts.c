#include "hosts.h"

#include <errno.h>
#include <string.h>

#include "connection.h"

static int find_machine(struct connection *c, const char *machine_id,
			char ret[static STORE_UUID_SIZE])
{
	struct statement *s;
	int r = statement_start(c, "SELECT uuid FROM host WHERE machine_id = $1", &s, "t",
				machine_id);
	if (r < 0)
		return r;
	r = statement_next(s);
	if (r > 0)
		statement_text(s, 0, ret, STORE_UUID_SIZE);
	statement_done(s);
	return r > 0 ? 0 : r == 0 ? -ENOENT : r;
}

int hosts_find_machine(struct store *store, const char *machine_id,
		       char ret[static STORE_UUID_SIZE])
{
	struct connection *c;
	int r = store_read_begin(store, &c);

	if (r < 0)
		return r;
	r = find_machine(c, machine_id, ret);
	store_read_end(store, c);
	return r;
}

/* Mark the token used by this key; its unit goes to the host.  The UPDATE's condition is what makes
 * two machines that race for one token end with one winner. */
static int use_token(struct connection *c, const struct enrolment *e,
		     char ret_unit[STORE_TEXT_SIZE])
{
	struct statement *s;
	int r = statement_start(
		c,
		"SELECT unit, used IS NOT NULL AND used_key IS DISTINCT FROM $1, expires"
		" FROM enrolment_token WHERE hash = $2",
		&s, "bb", e->key, (size_t)STORE_HASH_SIZE, e->token_hash, (size_t)STORE_HASH_SIZE);
	if (r < 0)
		return r;
	r = statement_next(s);
	if (r == 0)
		r = -ENOENT;
	else if (r > 0 && statement_integer(s, 1) != 0)
		r = -EALREADY;
	else if (r > 0 && statement_integer(s, 2) <= e->now)
		r = -ETIME;
	else if (r > 0)
		statement_text(s, 0, ret_unit, STORE_TEXT_SIZE);
	statement_done(s);
	if (r < 0)
		return r;
	r = statement_run(c,
			  "UPDATE enrolment_token SET used = coalesce(used, $1), used_key = $2"
			  " WHERE hash = $3 AND (used IS NULL OR used_key = $4)",
			  "ibbb", e->now, e->key, (size_t)STORE_HASH_SIZE, e->token_hash,
			  (size_t)STORE_HASH_SIZE, e->key, (size_t)STORE_HASH_SIZE);
	return r == 0 ? -EALREADY : r < 0 ? r : 0;
}

static int revoke_certificates(struct connection *c, const char *host, int64_t now)
{
	int r = statement_run(c,
			      "UPDATE certificate SET revoked = $1 WHERE revoked IS NULL AND host ="
			      " (SELECT id FROM host WHERE uuid = $2)",
			      "it", now, host);

	return r < 0 ? r : news_tell(c, NEWS_CERTIFICATES);
}

/* The host's row: a new one, or the machine's old one under its old id. */
static int put_host(struct connection *c, const struct enrolment *e, const char *unit)
{
	char known[STORE_UUID_SIZE];
	int r = find_machine(c, e->machine_id, known);

	if (r == -ENOENT) {
		r = statement_run(c,
				  "INSERT INTO host (uuid, machine_id, hostname, unit, enrolled,"
				  " last_seen, version) VALUES ($1, $2, $3, $4, $5, $6, $7)",
				  "ttttiit", e->host, e->machine_id, e->hostname, unit, e->now,
				  e->now, e->version);
		return r == -EEXIST ? -EAGAIN : r;
	}
	if (r < 0)
		return r;
	if (strcmp(known, e->host) != 0)
		return -EAGAIN;
	r = revoke_certificates(c, e->host, e->now);
	if (r < 0)
		return r;
	return statement_run(
		c,
		"UPDATE host SET hostname = $1, unit = $2, enrolled = $3, last_seen = $4,"
		" version = $5, revoked = NULL, revoked_by = NULL,"
		" revoked_reason = NULL WHERE uuid = $6",
		"ttiitt", e->hostname, unit, e->now, e->now, e->version, e->host);
}

static int enrol(struct connection *c, const struct enrolment *e)
{
	char unit[STORE_TEXT_SIZE];
	int r = use_token(c, e, unit);

	if (r == 0)
		r = put_host(c, e, unit);
	if (r >= 0)
		r = statement_run(c,
				  "INSERT INTO certificate (serial, host, issued, expires)"
				  " SELECT $1, id, $2, $3 FROM host WHERE uuid = $4",
				  "tiit", e->serial, e->now, e->certificate_expires, e->host);
	if (r >= 0)
		r = statement_run(c,
				  "UPDATE enrolment_token SET used_by ="
				  " (SELECT id FROM host WHERE uuid = $1) WHERE hash = $2",
				  "tb", e->host, e->token_hash, (size_t)STORE_HASH_SIZE);
	return r < 0 ? r : 0;
}

int hosts_enrol(struct store *store, const struct enrolment *enrolment)
{
	struct connection *c;
	int r = store_write_begin(store, &c);

	return r < 0 ? r : store_write_end(store, c, enrol(c, enrolment));
}

int hosts_find_certificate(struct store *store, const char *serial,
			   char ret_host[static STORE_UUID_SIZE], bool *ret_revoked)
{
	struct reading reading;
	int r = reading_start(
		&reading, store,
		"SELECT h.uuid, c.revoked IS NOT NULL OR h.revoked IS NOT NULL"
		" FROM certificate c JOIN host h ON h.id = c.host WHERE c.serial = $1",
		"t", serial);

	if (r < 0)
		return r;
	r = statement_next(reading.rows);
	if (r > 0) {
		statement_text(reading.rows, 0, ret_host, STORE_UUID_SIZE);
		*ret_revoked = statement_integer(reading.rows, 1);
	}
	return reading_end(&reading, r > 0 ? 0 : r == 0 ? -ENOENT : r);
}

int hosts_each_revoked(struct store *store, int64_t now,
		       int (*on_serial)(void *context, const char *serial), void *context)
{
	struct reading reading;
	int r = reading_start(
		&reading, store,
		"SELECT serial FROM certificate WHERE revoked IS NOT NULL AND expires > $1", "i",
		now);

	if (r < 0)
		return r;
	while ((r = statement_next(reading.rows)) > 0) {
		char serial[HOST_SERIAL_SIZE];
		statement_text(reading.rows, 0, serial, sizeof(serial));
		r = on_serial(context, serial);
		if (r < 0)
			break;
	}
	return reading_end(&reading, r);
}

int hosts_set_status(struct store *store, const char *id, const struct host_status *status)
{
	int r = store_run(store,
			  "UPDATE host SET last_seen = $1, version = $2, policy = $3,"
			  " revocations = $4, rolled_back = $5, mode = $6, gate = $7, ledger = $8"
			  " WHERE uuid = $9",
			  "itiiitttt", status->now, status->version, (int64_t)status->policy,
			  (int64_t)status->revocations, (int64_t)status->rolled_back, status->mode,
			  status->gate, status->ledger, id);

	return r == 0 ? -ENOENT : r < 0 ? r : 0;
}

int hosts_revoke(struct store *store, const char *id, const char *by, const char *reason,
		 int64_t now)
{
	struct connection *c;
	int r = store_write_begin(store, &c);

	if (r < 0)
		return r;
	r = statement_run(c,
			  "UPDATE host SET revoked = coalesce(revoked, $1),"
			  " revoked_by = coalesce(revoked_by, $2),"
			  " revoked_reason = coalesce(revoked_reason, $3) WHERE uuid = $4",
			  "ittt", now, by, reason, id);
	if (r == 0)
		r = -ENOENT;
	if (r > 0)
		r = revoke_certificates(c, id, now);
	r = store_write_end(store, c, r);
	return r < 0 ? r : 0;
}

static void read_host(struct statement *s, struct host *ret)
{
	statement_text(s, 0, ret->id, sizeof(ret->id));
	statement_text(s, 1, ret->hostname, sizeof(ret->hostname));
	statement_text(s, 2, ret->unit, sizeof(ret->unit));
	ret->enrolled = statement_integer(s, 3);
	ret->last_seen = statement_integer(s, 4);
	statement_text(s, 5, ret->version, sizeof(ret->version));
	ret->policy = (uint64_t)statement_integer(s, 6);
	ret->revocations = (uint64_t)statement_integer(s, 7);
	statement_text(s, 8, ret->mode, sizeof(ret->mode));
	statement_text(s, 9, ret->gate, sizeof(ret->gate));
	statement_text(s, 10, ret->ledger, sizeof(ret->ledger));
	ret->revoked = statement_integer(s, 11);
	ret->acked = (uint64_t)statement_integer(s, 12);
	ret->certificate_expires = statement_integer(s, 13);
	ret->rolled_back = (uint64_t)statement_integer(s, 14);
	statement_text(s, 15, ret->ended, sizeof(ret->ended));
	ret->ended_at = statement_integer(s, 16);
}

int hosts_each(struct store *store, int (*on_host)(void *context, const struct host *host),
	       void *context)
{
	struct reading reading;
	int r = reading_start(
		&reading, store,
		"SELECT uuid, hostname, unit, enrolled, last_seen, version, policy, revocations,"
		" mode, gate, ledger, revoked IS NOT NULL,"
		" coalesce((SELECT next_seq - 1 FROM ledger l"
		"  WHERE l.host = h.id AND l.id = h.ledger), 0),"
		" coalesce((SELECT max(expires) FROM certificate x"
		"  WHERE x.host = h.id AND x.revoked IS NULL), 0), rolled_back, ended, ended_at"
		" FROM host h ORDER BY hostname, uuid",
		"");

	if (r < 0)
		return r;
	while ((r = statement_next(reading.rows)) > 0) {
		struct host host;
		read_host(reading.rows, &host);
		r = on_host(context, &host);
		if (r < 0)
			break;
	}
	return reading_end(&reading, r);
}
