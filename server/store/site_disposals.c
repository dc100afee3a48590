#include "site_disposals.h"

#include "connection.h"
#include "rollup.h"

enum { DAY_S = 86400 };

/* What stands for a name. */
#define DISPOSED "'" ROLLUP_FORGOTTEN "'"

/* Whether anything of the host is held whose row is @host, an expression. */
#define HELD(host)                                                                                 \
	"EXISTS (SELECT 1 FROM hold x JOIN host h ON x.host IN ('', h.uuid)"                       \
	" WHERE x.released IS NULL AND h.id = " host ")"

/* The same for a token, and the hosts that it let in. */
#define TOKEN_HELD                                                                                 \
	"EXISTS (SELECT 1 FROM hold x WHERE x.released IS NULL AND (x.host = ''"                   \
	" OR x.host IN (SELECT h.uuid FROM host h WHERE h.id = token.host OR h.id IN"              \
	"  (SELECT u.host FROM token_use u WHERE u.token = token.hash))))"

/* Of what was over before $1. */
static const char *const NAMES[] = {
	"UPDATE finding SET closed_by = " DISPOSED ", closed_reason = " DISPOSED
	" WHERE closed < $1 AND closed_by <> " DISPOSED " AND NOT " HELD("finding.host"),
	"UPDATE token SET created_by = " DISPOSED ","
	" revoked_by = CASE WHEN revoked IS NULL THEN NULL ELSE " DISPOSED " END,"
	" revoked_reason = CASE WHEN revoked IS NULL THEN NULL ELSE " DISPOSED " END"
	" WHERE expires < $1 AND created_by <> " DISPOSED " AND NOT " TOKEN_HELD,
	"UPDATE host_boot SET hostname = '', address = '' WHERE last_seen < $1"
	" AND (hostname <> '' OR address <> '') AND NOT " HELD("host_boot.host"),
};

enum { N_NAMES = sizeof(NAMES) / sizeof(NAMES[0]) };

static const char GRANTS[] =
	"DELETE FROM granted WHERE id IN (SELECT g.id FROM granted g"
	" GROUP BY g.id HAVING max(g.ends) < $1) AND NOT " HELD("granted.host");

static const char FINDINGS[] =
	"DELETE FROM finding WHERE closed < $1 AND NOT " HELD("finding.host");

static const char TOKEN_USES[] =
	"DELETE FROM token_use WHERE token IN"
	" (SELECT hash FROM token WHERE expires < $1 AND NOT " TOKEN_HELD ")";

/* Nobody uses one that has expired, so those whose uses are left are held for them. */
static const char TOKENS[] = "DELETE FROM token WHERE expires < $1 AND NOT EXISTS"
			     " (SELECT 1 FROM token_use u WHERE u.token = token.hash)"
			     " AND NOT " TOKEN_HELD;

static const char STARTS[] = "DELETE FROM host_boot WHERE last_seen < $1 AND barred = 0"
			     " AND EXISTS (SELECT 1 FROM host_boot b WHERE b.host = host_boot.host"
			     "  AND b.no > host_boot.no AND b.barred = 0)"
			     " AND NOT " HELD("host_boot.host");

static int forget_names(struct connection *connection, int64_t before, uint64_t *ret)
{
	uint64_t n = 0;

	for (size_t i = 0; i < N_NAMES; i++) {
		int r = statement_run(connection, NAMES[i], "i", before);

		if (r < 0)
			return r;
		n += (uint64_t)r;
	}
	*ret = n;
	return 0;
}

static int dispose(struct connection *connection, int64_t before, struct disposals_tally *tally)
{
	const struct {
		const char *sql;
		uint64_t *count;
	} steps[] = {
		{ GRANTS, &tally->grants }, { FINDINGS, &tally->findings }, { TOKEN_USES, NULL },
		{ TOKENS, &tally->tokens }, { STARTS, &tally->starts },
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int r = statement_run(connection, steps[i].sql, "i", before);

		if (r < 0)
			return r;
		if (steps[i].count)
			*steps[i].count = (uint64_t)r;
	}
	return 0;
}

int site_disposals(struct connection *connection, const struct disposals *disposals,
		   struct disposals_tally *tally)
{
	const struct retention *retention = disposals->retention;
	int r = 0;

	if (retention->days > 0)
		r = dispose(connection, disposals->now - (int64_t)retention->days * DAY_S, tally);
	if (r == 0 && retention->person_days > 0)
		r = forget_names(connection,
				 disposals->now - (int64_t)retention->person_days * DAY_S,
				 &tally->names);
	return r;
}
