#include "boots.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "connection.h"
#include "findings.h"

/* What is known of the machine that speaks. */
struct row {
	int64_t no; /* 0: it has not spoken before */
	bool barred, other_machine;
};

static void name_of(const char *hostname, const char *address, char ret[static HOST_OTHER_SIZE])
{
	snprintf(ret, HOST_OTHER_SIZE, "%s (%s)", *hostname ? hostname : "?",
		 *address ? address : "?");
}

static int find(struct connection *c, int64_t host, const struct boot *boot, struct row *ret)
{
	struct statement *s;
	int r = statement_start(
		c,
		"SELECT b.no, b.barred, $1 <> '' AND substr(h.machine_id, 1, 64) <> $1"
		" FROM host h LEFT JOIN host_boot b ON b.host = h.id AND b.boot = $2"
		" WHERE h.id = $3",
		&s, "tti", boot->machine_id, boot->boot, host);
	if (r < 0)
		return r;
	r = statement_next(s);
	if (r > 0) {
		ret->no = statement_integer(s, 0);
		ret->barred = statement_integer(s, 1);
		ret->other_machine = statement_integer(s, 2);
	}
	statement_done(s);
	return r > 0 ? 0 : r == 0 ? -ENOENT : r;
}

static int insert(struct connection *c, int64_t host, const struct boot *boot, bool barred)
{
	int r = statement_run(c,
			      "INSERT INTO host_boot (host, boot, hostname, address, first_seen,"
			      " last_seen, barred) VALUES ($1, $2, $3, $4, $5, $5, $6)"
			      " ON CONFLICT (host, boot) DO UPDATE SET barred = $6",
			      "itttii", host, boot->boot, boot->hostname, boot->address, boot->now,
			      (int64_t)barred);

	return r < 0 ? r
		     : statement_run(c,
				     "DELETE FROM host_boot WHERE host = $1 AND no <="
				     " (SELECT no FROM host_boot WHERE host = $1"
				     "  ORDER BY no DESC LIMIT 1 OFFSET $2)",
				     "ii", host, (int64_t)BOOTS_KEPT);
}

/* Who is the host, when @boot is not. */
static int name_other(struct connection *c, int64_t host, const struct boot *boot,
		      char ret[static HOST_OTHER_SIZE])
{
	char hostname[STORE_TEXT_SIZE] = "", address[HOST_ADDRESS_SIZE] = "";
	struct statement *s;
	int r = statement_start(
		c,
		"SELECT hostname, address FROM host_boot WHERE host = $1 AND boot <> $2"
		" AND barred = 0 ORDER BY no DESC LIMIT 1",
		&s, "it", host, boot->boot);
	if (r < 0)
		return r;
	r = statement_next(s);
	if (r > 0) {
		statement_text(s, 0, hostname, sizeof(hostname));
		statement_text(s, 1, address, sizeof(address));
	}
	statement_done(s);
	name_of(hostname, address, ret);
	return r < 0 ? r : 0;
}

static int find_other_machine(struct connection *c, int64_t host, const struct boot *boot,
			      const char *other)
{
	char self[HOST_OTHER_SIZE], text[3 * HOST_OTHER_SIZE];

	name_of(boot->hostname, boot->address, self);
	snprintf(text, sizeof(text),
		 "%s shows the certificate of this host, but is another machine (its machine id is"
		 " not the one that enrolled; the host is %s); it is refused until it enrols anew",
		 self, other);
	const struct host_finding finding = { "cloned", boot->boot, text, boot->now };
	int r = insert(c, host, boot, true);
	if (r >= 0)
		r = findings_add(c, host, &finding);
	return r < 0 ? r : news_tell(c, NEWS_CERTIFICATES);
}

/* The first start that is later than @no and not barred.  1, 0 or -errno. */
static int next_newcomer(struct connection *c, int64_t host, int64_t *no,
			 char ret_boot[static HOST_BOOT_SIZE],
			 char ret_name[static HOST_OTHER_SIZE])
{
	struct statement *s;
	int r = statement_start(c,
				"SELECT no, boot, hostname, address FROM host_boot WHERE host = $1"
				" AND no > $2 AND barred = 0 ORDER BY no LIMIT 1",
				&s, "ii", host, *no);
	if (r < 0)
		return r;
	r = statement_next(s);
	if (r > 0) {
		char hostname[STORE_TEXT_SIZE], address[HOST_ADDRESS_SIZE];
		*no = statement_integer(s, 0);
		statement_text(s, 1, ret_boot, HOST_BOOT_SIZE);
		statement_text(s, 2, hostname, sizeof(hostname));
		statement_text(s, 3, address, sizeof(address));
		name_of(hostname, address, ret_name);
	}
	statement_done(s);
	return r;
}

static int bar(struct connection *c, int64_t host, int64_t no, int64_t now)
{
	int r = statement_run(c, "UPDATE host_boot SET barred = 1 WHERE no = $1", "i", no);

	if (r >= 0)
		r = statement_run(c, "UPDATE host SET cloned = coalesce(cloned, $1) WHERE id = $2",
				  "ii", now, host);
	return r < 0 ? r : news_tell(c, NEWS_CERTIFICATES);
}

/* @boot, of row @no, speaks again: whoever began after it is another machine. */
static int bar_newcomers(struct connection *c, int64_t host, const struct boot *boot, int64_t no)
{
	char self[HOST_OTHER_SIZE], other[HOST_OTHER_SIZE], newcomer[HOST_BOOT_SIZE];
	int r, found = 0;

	name_of(boot->hostname, boot->address, self);
	while ((r = next_newcomer(c, host, &no, newcomer, other)) > 0) {
		char text[3 * HOST_OTHER_SIZE];

		snprintf(text, sizeof(text),
			 "%s and %s run with this identity at the same time: one is a copy of the"
			 " other's disk; the second is refused until it enrols anew",
			 self, other);
		const struct host_finding finding = { "cloned", newcomer, text, boot->now };
		r = findings_add(c, host, &finding);
		if (r >= 0)
			r = bar(c, host, no, boot->now);
		if (r < 0)
			break;
		found = BOOT_NEWCOMER_BARRED;
	}
	return r < 0 ? r : found;
}

static int touch(struct connection *c, int64_t no, const struct boot *boot)
{
	return statement_run(c,
			     "UPDATE host_boot SET last_seen = $1, hostname = $2, address = $3"
			     " WHERE no = $4",
			     "itti", boot->now, boot->hostname, boot->address, no);
}

int boots_spoke(struct connection *c, int64_t host, const struct boot *boot,
		char ret_other[static HOST_OTHER_SIZE])
{
	struct row row = { 0 };
	int r = find(c, host, boot, &row);

	if (r < 0)
		return r;
	if (row.barred || row.other_machine) {
		r = name_other(c, host, boot, ret_other);
		if (r == 0 && !row.barred)
			r = find_other_machine(c, host, boot, ret_other);
		return r < 0 ? r : BOOT_OTHER_MACHINE;
	}
	if (row.no == 0) {
		r = insert(c, host, boot, false);
		return r < 0 ? r : 0;
	}
	r = touch(c, row.no, boot);
	return r < 0 ? r : bar_newcomers(c, host, boot, row.no);
}

/* What spoke as this host before has its certificate revoked; a start is judged by later ones only,
 * so the one that enrols is put last. */
int boots_enrolled(struct connection *c, int64_t host, const struct boot *boot)
{
	int r = statement_run(c, "DELETE FROM host_boot WHERE host = $1", "i", host);

	return r < 0 || *boot->boot == '\0' ? r : insert(c, host, boot, false);
}
