#include "hosts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "boots.h"
#include "certificates.h"
#include "connection.h"
#include "findings.h"

/* The host's row, and what its clock was found to be. */
struct known {
	int64_t row, offset_s;
	bool has_offset;
};

static int find_host(struct connection *c, const char *id, struct known *ret)
{
	struct statement *s;
	int r = statement_start(c, "SELECT id, offset_s FROM host WHERE uuid = $1", &s, "t", id);

	if (r < 0)
		return r;
	r = statement_next(s);
	if (r > 0) {
		ret->row = statement_integer(s, 0);
		ret->has_offset = !statement_is_null(s, 1);
		ret->offset_s = statement_integer(s, 1);
	}
	statement_done(s);
	return r > 0 ? 0 : r == 0 ? -ENOENT : r;
}

static bool off(int64_t offset_s)
{
	return offset_s > HOST_CLOCK_LIMIT_S || offset_s < -HOST_CLOCK_LIMIT_S;
}

/* Once when it goes wrong, not each minute; once a day at most. */
static int judge_clock(struct connection *c, const struct known *host,
		       const struct host_status *status)
{
	int64_t offset_s = status->time - status->now;
	char day[24], text[128];

	int r = statement_run(c, "UPDATE host SET offset_s = $1 WHERE id = $2", "ii", offset_s,
			      host->row);
	if (r < 0 || !off(offset_s) || (host->has_offset && off(host->offset_s)))
		return r;
	snprintf(day, sizeof(day), "%" PRId64, status->now / 86400);
	snprintf(text, sizeof(text), "its clock is %" PRId64 " s %s the collector's",
		 offset_s < 0 ? -offset_s : offset_s, offset_s < 0 ? "behind" : "ahead of");
	const struct host_finding finding = { "clock-skew", day, text, status->now };
	return findings_add(c, host->row, &finding);
}

static int set_status(struct connection *c, const char *id, const struct host_status *status)
{
	return statement_run(c,
			     "UPDATE host SET last_seen = $1, version = $2, policy = $3,"
			     " revocations = $4, rolled_back = $5, mode = $6, gate = $7,"
			     " ledger = $8, written = $9 WHERE uuid = $10",
			     "itiiitttit", status->now, status->version, (int64_t)status->policy,
			     (int64_t)status->revocations, (int64_t)status->rolled_back,
			     status->mode, status->gate, status->ledger, (int64_t)status->written,
			     id);
}

/* As boots_spoke(). */
static int take_status(struct connection *c, const char *id, const struct host_status *status,
		       char ret_other[static HOST_OTHER_SIZE])
{
	const struct boot boot = { .boot = status->boot,
				   .hostname = status->hostname,
				   .address = status->address,
				   .machine_id = status->machine_id,
				   .now = status->now };
	struct known host = { 0 };
	int r = find_host(c, id, &host);

	if (r == 0 && *status->boot)
		r = boots_spoke(c, host.row, &boot, ret_other);
	if (r < 0 || r == BOOT_OTHER_MACHINE)
		return r;
	int judged = r;
	r = set_status(c, id, status);
	if (r >= 0 && status->has_time)
		r = judge_clock(c, &host, status);
	return r < 0 ? r : judged;
}

int hosts_set_status(struct store *store, const char *id, const struct host_status *status,
		     char ret_other[static HOST_OTHER_SIZE])
{
	struct connection *c;
	int r = store_write_begin(store, &c);

	if (r < 0)
		return r;
	r = take_status(c, id, status, ret_other);
	int judged = r;
	r = store_write_end(store, c, r);
	if (r < 0)
		return r;
	return judged == BOOT_OTHER_MACHINE ? -EOWNERDEAD : judged == BOOT_NEWCOMER_BARRED;
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
		r = certificates_revoke(c, id, now);
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
	ret->cloned = statement_integer(s, 15);
	ret->offset_known = !statement_is_null(s, 16);
	ret->offset_s = statement_integer(s, 16);
	statement_text(s, 17, ret->address, sizeof(ret->address));
	statement_text(s, 18, ret->machine_id, sizeof(ret->machine_id));
	statement_text(s, 19, ret->ended, sizeof(ret->ended));
	ret->ended_at = statement_integer(s, 20);
	ret->written = (uint64_t)statement_integer(s, 21);
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
		"  WHERE x.host = h.id AND x.revoked IS NULL), 0), rolled_back, cloned IS NOT "
		"NULL, offset_s,"
		" (SELECT address FROM host_boot b WHERE b.host = h.id AND b.barred = 0"
		"  ORDER BY no DESC LIMIT 1), substr(machine_id, 1, 64), ended, ended_at, written"
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
