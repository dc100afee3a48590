#include "endings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connection.h"
#include "policy/text.h"

#define STARTED	 "agent.started"
#define STOPPED	 "agent.stopped"
#define STOPPING "agent.stopping"
#define REMOVED	 "agent.removed"
#define GONE	 "removed" /* host.ended of what was taken away */
#define RESTART	 "restart"
#define SHUTDOWN "shutdown" /* and of a machine that was */

const char *host_state_to_text(enum host_state state)
{
	static const char *const texts[_HOST_STATE_MAX] = {
		[HOST_REPORTING] = "reporting", [HOST_OFF] = "off",
		[HOST_STOPPED] = "stopped",	[HOST_REMOVED] = "removed",
		[HOST_SILENT] = "silent",	[HOST_REVOKED] = "revoked",
	};

	return texts[state];
}

enum host_state host_state(const struct host *host, int64_t now, int64_t silent_after_s)
{
	const bool heard = host->last_seen >= now - silent_after_s;

	if (host->revoked)
		return HOST_REVOKED;
	if (strcmp(host->ended, GONE) == 0)
		return HOST_REMOVED;
	if (strcmp(host->ended, SHUTDOWN) == 0)
		return HOST_OFF;
	if (strcmp(host->ended, RESTART) == 0 && host->ended_at < now - silent_after_s)
		return HOST_STOPPED;
	if (host->ended[0] != '\0' && strcmp(host->ended, RESTART) != 0)
		return HOST_STOPPED;
	return heard ? HOST_REPORTING : HOST_SILENT;
}

static int64_t time_of(const struct event_columns *columns)
{
	char seconds[21];
	int64_t time;

	snprintf(seconds, sizeof(seconds), "%.19sZ", columns->time);
	return text_time_parse(seconds, &time) < 0 ? 0 : time;
}

static int put(struct connection *connection, int64_t host, const struct event_columns *columns)
{
	static const char stopped[] = "UPDATE host SET ended = $1, ended_at = $2 WHERE id = $3"
				      " AND ended <> 'removed'"; /* what is removed stays so */
	static const char other[] = "UPDATE host SET ended = $1, ended_at = $2 WHERE id = $3";
	const char *ended = strcmp(columns->kind, STARTED) == 0	  ? ""
			    : strcmp(columns->kind, REMOVED) == 0 ? GONE
			    : columns->reason[0] != '\0'	  ? columns->reason
								  : "unknown";
	int r = statement_run(connection, strcmp(columns->kind, STOPPED) == 0 ? stopped : other,
			      "tii", ended, time_of(columns), host);

	return r < 0 ? r : 0;
}

int endings_note(struct connection *connection, int64_t host, const struct batch_line *lines,
		 size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		const char *kind = lines[i].columns->kind;

		if (strcmp(kind, STARTED) == 0 || strcmp(kind, STOPPING) == 0 ||
		    strcmp(kind, STOPPED) == 0 || strcmp(kind, REMOVED) == 0)
			r = put(connection, host, lines[i].columns);
	}
	return r;
}

/* A host that has become silent. */
struct silent {
	int64_t host, ledger, seq, last_seen;
	char hostname[STORE_TEXT_SIZE];
};

enum { SILENT_AT_ONCE = 256 }; /* found in one transaction; the others in the next */

/* Of a restart the start is to follow; $1 is the time since when it should have been heard. */
#define IS_SILENT                                                                                  \
	"revoked IS NULL AND ((ended = '' AND last_seen < $1)"                                     \
	" OR (ended = 'restart' AND ended_at < $1))"

/* Those without a finding since they were heard last, open or closed: a silence is one fault. */
static const char NEW_SILENT[] =
	"SELECT l.no, l.next_seq, h.last_seen, h.hostname, h.id FROM host h"
	" JOIN ledger l ON l.host = h.id AND l.id = h.ledger"
	" WHERE " IS_SILENT
	" AND NOT EXISTS (SELECT 1 FROM finding f WHERE f.ledger = l.no AND f.seq = l.next_seq"
	" AND f.kind = 'silent' AND f.time >= h.last_seen) ORDER BY h.id LIMIT $2";

static int read_silent(struct connection *c, int64_t before, struct silent *ret, size_t *ret_n)
{
	struct statement *s;
	size_t n = 0;
	int r = statement_start(c, NEW_SILENT, &s, "ii", before, (int64_t)SILENT_AT_ONCE);

	if (r < 0)
		return r;
	while (n < SILENT_AT_ONCE && (r = statement_next(s)) > 0) {
		ret[n].ledger = statement_integer(s, 0);
		ret[n].seq = statement_integer(s, 1);
		ret[n].last_seen = statement_integer(s, 2);
		statement_text(s, 3, ret[n].hostname, sizeof(ret[n].hostname));
		ret[n].host = statement_integer(s, 4);
		n++;
	}
	statement_done(s);
	*ret_n = n;
	return r < 0 ? r : 0;
}

static int put_finding(struct connection *c, const struct silent *silent, int64_t now)
{
	char since[21], text[96];
	int r;

	text_time(silent->last_seen, since);
	snprintf(text, sizeof(text), "not heard of since %s, and it did not say that it would end",
		 since);
	r = statement_run(c,
			  "INSERT INTO finding (time, host, ledger, seq, kind, subject, text)"
			  " VALUES ($1, $2, $3, $4, 'silent', '', $5)"
			  " ON CONFLICT (ledger, seq, kind) WHERE closed IS NULL"
			  " DO UPDATE SET time = excluded.time, text = excluded.text",
			  "iiiit", now, silent->host, silent->ledger, silent->seq, text);
	return r < 0 ? r : 0;
}

static int find_new(struct connection *c, int64_t now, int64_t before, struct silent *ret,
		    size_t *ret_n)
{
	int r = read_silent(c, before, ret, ret_n);

	for (size_t i = 0; r == 0 && i < *ret_n; i++)
		r = put_finding(c, &ret[i], now);
	return r;
}

static int count_silent(struct store *store, int64_t before, uint64_t *ret)
{
	struct reading reading;
	int r = reading_start(&reading, store, "SELECT count(*) FROM host WHERE " IS_SILENT, "i",
			      before);

	if (r < 0)
		return r;
	r = statement_next(reading.rows);
	if (r > 0)
		*ret = (uint64_t)statement_integer(reading.rows, 0);
	return reading_end(&reading, r > 0 ? 0 : r == 0 ? -EIO : r);
}

int endings_find_silent(struct store *store, int64_t now, int64_t silent_after_s,
			void (*on_silent)(void *context, const char *hostname, int64_t last_seen),
			void *context, uint64_t *ret_silent)
{
	const int64_t before = now - silent_after_s;
	struct silent *found = calloc(SILENT_AT_ONCE, sizeof(*found));
	struct connection *c;
	size_t n = 0;
	int r = found == NULL ? -ENOMEM : store_write_begin(store, &c);

	if (r == 0)
		r = store_write_end(store, c, find_new(c, now, before, found, &n));
	for (size_t i = 0; r >= 0 && i < n; i++)
		on_silent(context, found[i].hostname, found[i].last_seen);
	free(found);
	return r < 0 ? r : count_silent(store, before, ret_silent);
}
