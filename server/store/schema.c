/* Why event has a row number of its own and is not keyed by (ledger, seq) alone: followers of
 * /api/v1/events read in order of arrival over all hosts, and a row number that only grows is the
 * cheapest cursor for that.  The price is one more index, (ledger, seq); it grows at the right
 * edge of each ledger.
 *
 * A cursor must never pass a row that is committed later.  SQLite has one writer, so its rows are
 * simply counted.  PostgreSQL has many: there a row's number is its transaction's number times
 * 65536, and a count; what is numbered below the oldest transaction that still runs is settled
 * (PostgreSQL's manual, "Transaction ID and Snapshot Information Functions").  Views event_place
 * and event_settled say both.  Numbers of transactions begin anew when a dump is restored into
 * another cluster, so table event_offset says what to add.
 *
 * Steps are written once; each engine's words (struct engine) stand for what it calls differently.
 */
#include "schema.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "rollup.h"

static const char VERSION_1[] =
	"CREATE TABLE api_token (hash BYTES PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL,"
	" created INTEGER NOT NULL) KEYED;"

	"CREATE TABLE host (id ROWNUMBER, uuid TEXT NOT NULL UNIQUE,"
	" machine_id TEXT NOT NULL UNIQUE, hostname TEXT NOT NULL, unit TEXT NOT NULL,"
	" enrolled INTEGER NOT NULL, last_seen INTEGER NOT NULL, version TEXT NOT NULL,"
	" policy INTEGER NOT NULL DEFAULT 0, revocations INTEGER NOT NULL DEFAULT 0,"
	" mode TEXT NOT NULL DEFAULT '', gate TEXT NOT NULL DEFAULT '',"
	" ledger TEXT NOT NULL DEFAULT '', revoked INTEGER, revoked_by TEXT, revoked_reason TEXT);"

	"CREATE TABLE enrolment_token (hash BYTES PRIMARY KEY, unit TEXT NOT NULL,"
	" created INTEGER NOT NULL, created_by TEXT NOT NULL, expires INTEGER NOT NULL,"
	" used INTEGER, used_by INTEGER REFERENCES host, used_key BYTES) KEYED;"

	"CREATE TABLE certificate (serial TEXT PRIMARY KEY, host INTEGER NOT NULL REFERENCES host,"
	" issued INTEGER NOT NULL, expires INTEGER NOT NULL, revoked INTEGER) KEYED;"
	"CREATE INDEX certificate_host ON certificate (host);"

	"CREATE TABLE ledger (no ROWNUMBER, host INTEGER NOT NULL REFERENCES host,"
	" id TEXT NOT NULL, next_seq INTEGER NOT NULL, head BYTES NOT NULL,"
	" quarantined INTEGER NOT NULL DEFAULT 0, UNIQUE (host, id));"

	"CREATE TABLE event (row EVENTROW,"
	" ledger INTEGER NOT NULL REFERENCES ledger, seq INTEGER NOT NULL, day DAY NOT NULL,"
	" kind TEXT NOT NULL, device TEXT, name TEXT, verdict TEXT, rule TEXT, person TEXT,"
	" violation INTEGER NOT NULL, duration_s INTEGER NOT NULL, bytes_read INTEGER NOT NULL,"
	" bytes_written INTEGER NOT NULL, line BYTES NOT NULL, UNIQUE (ledger, seq EVENTMONTH)) "
	"BYMONTH;"
	"CREATE INDEX event_day ON event (day)"
	" WHERE kind IN ('device.decided', 'device.changed', 'device.removed');"

	"CREATE TABLE finding (id ROWNUMBER, time INTEGER NOT NULL,"
	" ledger INTEGER NOT NULL REFERENCES ledger, seq INTEGER NOT NULL, kind TEXT NOT NULL,"
	" text TEXT NOT NULL, UNIQUE (ledger, seq, kind));"

	"CREATE TABLE medium (tag TEXT PRIMARY KEY, vendor TEXT NOT NULL, product TEXT NOT NULL,"
	" serial TEXT NOT NULL, verdict TEXT NOT NULL, custodian TEXT NOT NULL,"
	" unit TEXT NOT NULL, functions INTEGER NOT NULL, digest TEXT,"
	" registered INTEGER NOT NULL, registered_by TEXT NOT NULL, withdrawn INTEGER,"
	" withdrawn_by TEXT, withdrawn_reason TEXT) KEYED;"
	"CREATE UNIQUE INDEX medium_device ON medium (vendor, product, serial)"
	" WHERE withdrawn IS NULL;"

	"CREATE TABLE policy (role TEXT NOT NULL, version INTEGER NOT NULL, sha256 TEXT NOT NULL,"
	" text BYTES NOT NULL, published INTEGER NOT NULL, published_by TEXT NOT NULL,"
	" PRIMARY KEY (role, version));";

/* What registered media are called, and what is asked beside their verdict. */
static const char VERSION_2[] =
	"ALTER TABLE medium ADD COLUMN name TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE medium ADD COLUMN modifiers INTEGER NOT NULL DEFAULT 0;";

/* The policy that a workstation took back, because it did not reach the collector under it. */
static const char VERSION_3[] =
	"ALTER TABLE host ADD COLUMN rolled_back INTEGER NOT NULL DEFAULT 0;";

/* Media that are not on USB; the same ids and serial on another bus are another device. */
static const char VERSION_4[] =
	"ALTER TABLE medium ADD COLUMN bus TEXT NOT NULL DEFAULT 'usb';"
	"DROP INDEX medium_device;"
	"CREATE UNIQUE INDEX medium_device ON medium (vendor, product, serial, bus)"
	" WHERE withdrawn IS NULL;";

/* Cursors over many writers, sections that collectors share, and roll-ups in place of scans. */
static const char VERSION_5[] =
	"CREATE TABLE event_offset (transactions INTEGER NOT NULL);"
	"INSERT INTO event_offset VALUES (0);"
	"CREATE VIEW event_place AS SELECT EVENTPLACE AS first;"
	"CREATE VIEW event_settled AS SELECT EVENTSETTLED AS below;"
	"DROP INDEX event_day;"
	"EVENTINDEX;"
	"CREATE TABLE section (sha256 TEXT NOT NULL, no INTEGER NOT NULL, bytes BYTES NOT NULL,"
	" PRIMARY KEY (sha256, no)) KEYED;"
	"CREATE TABLE usage (day DAY NOT NULL, host INTEGER NOT NULL REFERENCES host,"
	" person TEXT NOT NULL, device TEXT NOT NULL,"
	" name TEXT NOT NULL, tag TEXT NOT NULL,"
	" arrivals INTEGER NOT NULL, allowed INTEGER NOT NULL, read_only INTEGER NOT NULL,"
	" denied INTEGER NOT NULL, violations INTEGER NOT NULL, duration_s INTEGER NOT NULL,"
	" bytes_read INTEGER NOT NULL, bytes_written INTEGER NOT NULL,"
	" PRIMARY KEY (day, host, person, device)) KEYED;";

/* Signed checkpoints, and the tree that they are of: leaves, and complete nodes by level. */
static const char VERSION_6[] =
	"ALTER TABLE ledger ADD COLUMN checkpointed INTEGER NOT NULL DEFAULT 0;"
	"CREATE TABLE tree (level INTEGER NOT NULL, number INTEGER NOT NULL,"
	" hash BYTES NOT NULL, PRIMARY KEY (level, number)) KEYED;"
	"CREATE TABLE leaf (number INTEGER PRIMARY KEY, ledger INTEGER NOT NULL REFERENCES ledger,"
	" seq INTEGER NOT NULL, hash BYTES NOT NULL);"
	"CREATE INDEX leaf_ledger ON leaf (ledger, number);"
	"CREATE TABLE checkpoint (number INTEGER PRIMARY KEY, time INTEGER NOT NULL,"
	" size INTEGER NOT NULL, note BYTES NOT NULL);";

/* How long records are kept, what is held beyond that, what stands for what was disposed of, and
 * who did what here. */
static const char VERSION_7[] =
	"CREATE TABLE retention (version INTEGER PRIMARY KEY, time INTEGER NOT NULL,"
	" set_by TEXT NOT NULL, document BYTES NOT NULL);"
	"CREATE TABLE hold (id ROWNUMBER, host TEXT NOT NULL, person TEXT NOT NULL,"
	" device TEXT NOT NULL, first_day TEXT NOT NULL, last_day TEXT NOT NULL,"
	" reason TEXT NOT NULL, created INTEGER NOT NULL, created_by TEXT NOT NULL,"
	" released INTEGER, released_by TEXT, released_reason TEXT);"
	"CREATE TABLE disposal (ledger INTEGER NOT NULL REFERENCES ledger, last INTEGER NOT NULL,"
	" first INTEGER NOT NULL, last_day DAY NOT NULL, line BYTES NOT NULL,"
	" PRIMARY KEY (ledger, last)) KEYED;"
	"CREATE TABLE audit (seq INTEGER PRIMARY KEY, line BYTES NOT NULL);";

/* Tokens for groups of machines, each use of one, and certificates that are used for the first
 * time. */
static const char VERSION_8[] =
	"CREATE TABLE token (hash BYTES PRIMARY KEY, unit TEXT NOT NULL, created INTEGER NOT NULL,"
	" created_by TEXT NOT NULL, expires INTEGER NOT NULL, machines INTEGER NOT NULL,"
	" remaining INTEGER NOT NULL, host INTEGER REFERENCES host, revoked INTEGER,"
	" revoked_by TEXT, revoked_reason TEXT) KEYED;"
	"INSERT INTO token (hash, unit, created, created_by, expires, machines, remaining)"
	" SELECT hash, unit, created, created_by, expires, 1,"
	" CASE WHEN used IS NULL THEN 1 ELSE 0 END FROM enrolment_token;"
	"CREATE TABLE token_use (token BYTES NOT NULL REFERENCES token, key BYTES NOT NULL,"
	" host INTEGER NOT NULL REFERENCES host, time INTEGER NOT NULL,"
	" PRIMARY KEY (token, key)) KEYED;"
	"INSERT INTO token_use (token, key, host, time) SELECT hash, used_key, used_by, used"
	" FROM enrolment_token WHERE used_key IS NOT NULL AND used_by IS NOT NULL;"
	"DROP TABLE enrolment_token;"
	"ALTER TABLE certificate ADD COLUMN confirmed INTEGER;"
	"UPDATE certificate SET confirmed = issued;";

/* Which starts (boots) of a machine have spoken, so that two machines with one identity are told
 * apart; its clock; and findings about a machine, not a ledger. */
static const char VERSION_9[] =
	"ALTER TABLE host ADD COLUMN cloned INTEGER;"
	"ALTER TABLE host ADD COLUMN offset_s INTEGER;"
	"CREATE TABLE host_boot (no ROWNUMBER, host INTEGER NOT NULL REFERENCES host,"
	" boot TEXT NOT NULL, hostname TEXT NOT NULL, address TEXT NOT NULL,"
	" first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,"
	" barred INTEGER NOT NULL DEFAULT 0, UNIQUE (host, boot));"
	"CREATE TABLE host_finding (id ROWNUMBER, time INTEGER NOT NULL,"
	" host INTEGER NOT NULL REFERENCES host, kind TEXT NOT NULL, subject TEXT NOT NULL,"
	" text TEXT NOT NULL, UNIQUE (host, kind, subject));";

/* Officers' grants ("grant" is a word of SQL's). */
static const char VERSION_10[] =
	"CREATE TABLE granted (id TEXT NOT NULL, version INTEGER NOT NULL,"
	" host INTEGER NOT NULL REFERENCES host, ends INTEGER NOT NULL, text BYTES NOT NULL,"
	" published INTEGER NOT NULL, published_by TEXT NOT NULL, PRIMARY KEY (id, version)) KEYED;"
	"CREATE INDEX granted_host ON granted (host, ends);";

/* To ask the roll-ups who and what was where (facts.c). */
static const char VERSION_11[] = "CREATE INDEX usage_host ON usage (host, day);"
				 "CREATE INDEX usage_person ON usage (person, day);"
				 "CREATE INDEX usage_device ON usage (device, host);";

/* How a workstation's agent has ended, if it has. */
static const char VERSION_12[] = "ALTER TABLE host ADD COLUMN ended TEXT NOT NULL DEFAULT '';"
				 "ALTER TABLE host ADD COLUMN ended_at INTEGER NOT NULL DEFAULT 0;";

/* How far a workstation says that it has written its ledger. */
static const char VERSION_13[] = "ALTER TABLE host ADD COLUMN written INTEGER NOT NULL DEFAULT 0;";

/* Findings can be closed; what is found again after that is another one.  They are one table, so a
 * number names one of them, whatever it is about. */
static const char VERSION_14[] =
	"ALTER TABLE finding RENAME TO ledger_finding;"
	"CREATE TABLE finding (id ROWNUMBER, time INTEGER NOT NULL,"
	" host INTEGER NOT NULL REFERENCES host, ledger INTEGER REFERENCES ledger,"
	" seq INTEGER NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL,"
	" closed INTEGER, closed_by TEXT, closed_reason TEXT);"
	"INSERT INTO finding (time, host, ledger, seq, kind, subject, text)"
	" SELECT f.time AS at, l.host, f.ledger, f.seq, f.kind, '', f.text"
	" FROM ledger_finding f JOIN ledger l ON l.no = f.ledger"
	" UNION ALL SELECT time, host, NULL, 0, kind, subject, text FROM host_finding"
	" ORDER BY at;"
	"DROP TABLE ledger_finding;"
	"DROP TABLE host_finding;"
	"CREATE UNIQUE INDEX finding_of_ledger ON finding (ledger, seq, kind)"
	" WHERE closed IS NULL;"
	"CREATE UNIQUE INDEX finding_of_host ON finding (host, kind, subject)"
	" WHERE closed IS NULL AND ledger IS NULL;"
	"CREATE INDEX finding_place ON finding (ledger, seq);";

/* The first is version 1; a step that is released is never changed. */
static const char *const STEPS[] = { VERSION_1,	 VERSION_2,  VERSION_3,	 VERSION_4, VERSION_5,
				     VERSION_6,	 VERSION_7,  VERSION_8,	 VERSION_9, VERSION_10,
				     VERSION_11, VERSION_12, VERSION_13, VERSION_14 };

enum { N_STEPS = sizeof(STEPS) / sizeof(STEPS[0]), VERSION_OF_ROLLUPS = 5 };

/* @word, @size bytes, as @engine calls it; NULL if it calls it the same. */
static const char *meaning_of(const struct engine *engine, const char *word, size_t size)
{
	for (size_t i = 0; engine->words[i][0] != NULL; i++) {
		if (strlen(engine->words[i][0]) == size &&
		    memcmp(engine->words[i][0], word, size) == 0)
			return engine->words[i][1];
	}
	return NULL;
}

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Write @sql with @engine's words to @out. */
static void translate(const struct engine *engine, const char *sql, FILE *out)
{
	while (*sql != '\0') {
		size_t size = 0;

		while (in_word(sql[size]))
			size++;
		const char *meaning = size > 0 ? meaning_of(engine, sql, size) : NULL;
		size = size > 0 ? size : 1;
		fprintf(out, "%.*s", meaning != NULL ? (int)strlen(meaning) : (int)size,
			meaning != NULL ? meaning : sql);
		sql += size;
	}
}

static int run_translated(struct connection *writer, const char *sql)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int r;

	if (out == NULL)
		return -ENOMEM;
	translate(writer->engine, sql, out);
	r = fclose(out) == 0 ? connection_run(writer, text) : -ENOMEM;
	free(text);
	return r;
}

static int run_step(struct connection *writer, int64_t version)
{
	int r = connection_run(writer, writer->engine->begin_writing);

	if (r < 0)
		return r;
	r = run_translated(writer, STEPS[version - 1]);
	if (r == 0)
		r = statement_run(writer, "INSERT INTO migration VALUES ($1, $2)", "ii", version,
				  (int64_t)time(NULL));
	if (r >= 0 && version == VERSION_OF_ROLLUPS)
		r = rollup_rebuild(writer, "");
	if (r < 0) {
		if (connection_run(writer, "ROLLBACK") < 0)
			return -EIO;
		return r;
	}
	return connection_run(writer, "COMMIT");
}

int64_t schema_current(void)
{
	return N_STEPS;
}

int schema_version(struct connection *connection, int64_t *ret)
{
	return statement_get(connection, 0, ret, "SELECT coalesce(max(version), 0) FROM migration",
			     "");
}

int schema_migrate(struct connection *writer)
{
	int64_t version;
	int r = run_translated(writer, "CREATE TABLE IF NOT EXISTS migration"
				       " (version INTEGER PRIMARY KEY, applied INTEGER NOT NULL)");
	if (r == 0)
		r = schema_version(writer, &version);
	if (r < 0)
		return r;
	if (version > N_STEPS)
		return -EUCLEAN;
	while (version < N_STEPS && r >= 0)
		r = run_step(writer, ++version);
	return r < 0 ? r : writer->engine->prepare_months(writer);
}
