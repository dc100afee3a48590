/* A machine enrols: its token, its host, its certificate; see hosts.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "boots.h"
#include "certificates.h"
#include "connection.h"
#include "findings.h"
#include "hosts.h"

enum {
	SLACK_S = 60, /* by which the clocks of two collectors may differ */
	MACHINE_KEY_SIZE = HOST_MACHINE_SIZE + STORE_UUID_SIZE,
};

/* The host that has a machine id, and whether another machine has that id, too. */
struct claim {
	char host[STORE_UUID_SIZE]; /* "": nobody has it */
	int64_t row;
	bool cloned, runs_elsewhere;
};

static int find_machine(struct connection *c, const struct enrolment *e, struct claim *ret)
{
	int64_t started = *e->boot ? e->boot_started + SLACK_S : INT64_MAX;
	struct statement *s;
	int r = statement_start(
		c,
		"SELECT h.uuid, h.id, h.cloned IS NOT NULL,"
		" EXISTS (SELECT 1 FROM host_boot b WHERE b.host = h.id AND b.boot <> $1"
		"  AND b.barred = 0 AND h.revoked IS NULL AND (b.last_seen > $2 OR b.no >"
		"   (SELECT x.no FROM host_boot x WHERE x.host = h.id AND x.boot = $1)))"
		" FROM host h WHERE h.machine_id = $3",
		&s, "tit", e->boot, started, e->machine_id);
	if (r < 0)
		return r;
	r = statement_next(s);
	if (r > 0) {
		statement_text(s, 0, ret->host, sizeof(ret->host));
		ret->row = statement_integer(s, 1);
		ret->cloned = statement_integer(s, 2);
		ret->runs_elsewhere = statement_integer(s, 3);
	}
	statement_done(s);
	return r < 0 ? r : 0;
}

/* The host that the token is for, or that this key has become by it; -ENOENT if there is none. */
static int find_named(struct connection *c, const struct enrolment *e,
		      char ret[static STORE_UUID_SIZE])
{
	struct statement *s;
	int r = statement_start(c,
				"SELECT h.uuid FROM token t JOIN host h ON h.id = t.host"
				" WHERE t.hash = $1 UNION SELECT h.uuid FROM token_use u"
				" JOIN host h ON h.id = u.host WHERE u.token = $1 AND u.key = $2",
				&s, "bb", e->token_hash, (size_t)STORE_HASH_SIZE, e->key,
				(size_t)STORE_HASH_SIZE);
	if (r < 0)
		return r;
	r = statement_next(s);
	if (r > 0)
		statement_text(s, 0, ret, STORE_UUID_SIZE);
	statement_done(s);
	return r > 0 ? 0 : r == 0 ? -ENOENT : r;
}

static int choose(struct connection *c, const struct enrolment *e, struct claim *ret_claim,
		  char ret[static STORE_UUID_SIZE])
{
	int r = find_machine(c, e, ret_claim);

	if (r == 0)
		r = find_named(c, e, ret);
	if (r != -ENOENT)
		return r;
	if (!*ret_claim->host || ret_claim->cloned || ret_claim->runs_elsewhere)
		return -ENOENT;
	memcpy(ret, ret_claim->host, STORE_UUID_SIZE);
	return 0;
}

int hosts_choose(struct store *store, const struct enrolment *enrolment,
		 char ret[static STORE_UUID_SIZE])
{
	struct claim claim = { 0 };
	struct connection *c;
	int r = store_read_begin(store, &c);

	if (r < 0)
		return r;
	r = choose(c, enrolment, &claim, ret);
	store_read_end(store, c);
	return r;
}

/* Judge the token.  1: this key has used it; 0: it has not; -errno. */
static int judge_token(struct connection *c, const struct enrolment *e,
		       char ret_unit[static STORE_TEXT_SIZE])
{
	struct statement *s;
	int r = statement_start(
		c,
		"SELECT unit, remaining, expires, revoked, EXISTS (SELECT 1 FROM token_use u"
		" WHERE u.token = t.hash AND u.key = $1) FROM token t WHERE hash = $2",
		&s, "bb", e->key, (size_t)STORE_HASH_SIZE, e->token_hash, (size_t)STORE_HASH_SIZE);
	if (r < 0)
		return r;
	r = statement_next(s);
	bool used = r > 0 && statement_integer(s, 4);
	if (r == 0)
		r = -ENOENT;
	else if (r > 0 && !statement_is_null(s, 3))
		r = -EKEYREVOKED;
	else if (r > 0 && !used && statement_integer(s, 1) == 0)
		r = -EALREADY;
	else if (r > 0 && statement_integer(s, 2) <= e->now)
		r = -ETIME;
	else if (r > 0)
		statement_text(s, 0, ret_unit, STORE_TEXT_SIZE);
	statement_done(s);
	return r < 0 ? r : used;
}

/* Count the token's use by this key; its unit goes to the host.  The UPDATE's condition is what
 * makes machines that race for the last use end with one winner. */
static int use_token(struct connection *c, const struct enrolment *e,
		     char ret_unit[static STORE_TEXT_SIZE])
{
	int r = judge_token(c, e, ret_unit);

	if (r != 0)
		return r < 0 ? r : 0;
	r = statement_run(c,
			  "UPDATE token SET remaining = remaining - 1"
			  " WHERE hash = $1 AND remaining > 0 AND revoked IS NULL",
			  "b", e->token_hash, (size_t)STORE_HASH_SIZE);
	return r == 0 ? -EALREADY : r < 0 ? r : 0;
}

static int note_use(struct connection *c, const struct enrolment *e)
{
	int r = statement_run(c,
			      "INSERT INTO token_use (token, key, host, time)"
			      " SELECT $1, $2, id, $3 FROM host WHERE uuid = $4"
			      " ON CONFLICT DO NOTHING",
			      "bbit", e->token_hash, (size_t)STORE_HASH_SIZE, e->key,
			      (size_t)STORE_HASH_SIZE, e->now, e->host);

	return r < 0 ? r : 0;
}

/* What a host keeps of its machine's id: the id, with its own behind it where another host has that
 * machine id already. */
static void machine_key(const struct enrolment *e, const struct claim *claim,
			char ret[static MACHINE_KEY_SIZE])
{
	bool taken = *claim->host && strcmp(claim->host, e->host) != 0;

	snprintf(ret, MACHINE_KEY_SIZE, "%s%s%s", e->machine_id, taken ? "-" : "",
		 taken ? e->host : "");
}

static int add_host(struct connection *c, const struct enrolment *e, const char *unit,
		    const char *machine)
{
	int r = statement_run(c,
			      "INSERT INTO host (uuid, machine_id, hostname, unit, enrolled,"
			      " last_seen, version) VALUES ($1, $2, $3, $4, $5, $5, $6)",
			      "ttttit", e->host, machine, e->hostname, unit, e->now, e->version);

	return r == -EEXIST ? -EAGAIN : r;
}

static int keep_host(struct connection *c, const struct enrolment *e, const char *unit,
		     const char *machine)
{
	int r = certificates_revoke(c, e->host, e->now);

	if (r < 0)
		return r;
	return statement_run(
		c,
		"UPDATE host SET machine_id = $1, hostname = $2, unit = $3, enrolled = $4,"
		" last_seen = $4, version = $5, revoked = NULL, revoked_by = NULL,"
		" revoked_reason = NULL, cloned = NULL WHERE uuid = $6",
		"tttitt", machine, e->hostname, unit, e->now, e->version, e->host);
}

/* A second machine with the id of a host that runs: neither is to be mistaken for the other. */
static int note_clone(struct connection *c, const struct enrolment *e, const struct claim *claim)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "%s (%s) has the machine id of this host, which runs beside it: one is a copy of"
		 " the other's disk; it is enrolled as host %s",
		 e->hostname, *e->address ? e->address : "?", e->host);
	const struct host_finding finding = { "cloned", e->host, text, e->now };
	int r = findings_add(c, claim->row, &finding);
	return r < 0 ? r
		     : statement_run(c,
				     "UPDATE host SET cloned = coalesce(cloned, $1) WHERE id = $2",
				     "ii", e->now, claim->row);
}

static int note_boot(struct connection *c, const struct enrolment *e)
{
	const struct boot boot = { .boot = e->boot,
				   .hostname = e->hostname,
				   .address = e->address,
				   .machine_id = "",
				   .now = e->now };
	int64_t row = 0;
	int r = statement_get(c, 0, &row, "SELECT id FROM host WHERE uuid = $1", "t", e->host);

	return r < 0 ? r : boots_enrolled(c, row, &boot);
}

/* The host's row: a new one, or the machine's old one under its old id. */
static int put_host(struct connection *c, const struct enrolment *e, const char *unit)
{
	char known[STORE_UUID_SIZE], machine[MACHINE_KEY_SIZE];
	struct claim claim = { 0 };
	int r = choose(c, e, &claim, known);

	if (r < 0 && r != -ENOENT)
		return r;
	bool new = r == -ENOENT;
	if (!new &&strcmp(known, e->host) != 0)
		return -EAGAIN;
	machine_key(e, &claim, machine);
	r = new ? add_host(c, e, unit, machine) : keep_host(c, e, unit, machine);
	if (r >= 0 && new &&*claim.host && claim.runs_elsewhere)
		r = note_clone(c, e, &claim);
	return r < 0 ? r : note_boot(c, e);
}

static int enrol(struct connection *c, const struct enrolment *e)
{
	const int64_t dates[2] = { e->now, e->certificate_expires };
	char unit[STORE_TEXT_SIZE];
	int r = use_token(c, e, unit);

	if (r == 0)
		r = put_host(c, e, unit);
	if (r >= 0)
		r = certificates_add(c, e->host, e->serial, dates, true);
	if (r >= 0)
		r = note_use(c, e);
	return r < 0 ? r : 0;
}

int hosts_enrol(struct store *store, const struct enrolment *enrolment)
{
	struct connection *c;
	int r = store_write_begin(store, &c);

	return r < 0 ? r : store_write_end(store, c, enrol(c, enrolment));
}
