/* Why event has a row number of its own and is not WITHOUT ROWID on (ledger, seq): followers of
 * /api/v1/events read in order of arrival over all hosts, and a row number that only grows is the
 * cheapest cursor for that.  The price is one more index, (ledger, seq); it grows at the right
 * edge of each ledger.  The index on days holds only the two kinds that reports count. */
#include "schema.h"

#include <errno.h>

static const char VERSION_1[] =
	"CREATE TABLE api_token (hash BLOB PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL,"
	" created INTEGER NOT NULL) WITHOUT ROWID;"

	"CREATE TABLE host (id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE,"
	" machine_id TEXT NOT NULL UNIQUE, hostname TEXT NOT NULL, unit TEXT NOT NULL,"
	" enrolled INTEGER NOT NULL, last_seen INTEGER NOT NULL, version TEXT NOT NULL,"
	" policy INTEGER NOT NULL DEFAULT 0, revocations INTEGER NOT NULL DEFAULT 0,"
	" mode TEXT NOT NULL DEFAULT '', gate TEXT NOT NULL DEFAULT '',"
	" ledger TEXT NOT NULL DEFAULT '', revoked INTEGER, revoked_by TEXT, revoked_reason TEXT);"

	"CREATE TABLE enrolment_token (hash BLOB PRIMARY KEY, unit TEXT NOT NULL,"
	" created INTEGER NOT NULL, created_by TEXT NOT NULL, expires INTEGER NOT NULL,"
	" used INTEGER, used_by INTEGER REFERENCES host, used_key BLOB) WITHOUT ROWID;"

	"CREATE TABLE certificate (serial TEXT PRIMARY KEY, host INTEGER NOT NULL REFERENCES host,"
	" issued INTEGER NOT NULL, expires INTEGER NOT NULL, revoked INTEGER) WITHOUT ROWID;"
	"CREATE INDEX certificate_host ON certificate (host);"

	"CREATE TABLE ledger (no INTEGER PRIMARY KEY, host INTEGER NOT NULL REFERENCES host,"
	" id TEXT NOT NULL, next_seq INTEGER NOT NULL, head BLOB NOT NULL,"
	" quarantined INTEGER NOT NULL DEFAULT 0, UNIQUE (host, id));"

	"CREATE TABLE event (row INTEGER PRIMARY KEY AUTOINCREMENT,"
	" ledger INTEGER NOT NULL REFERENCES ledger, seq INTEGER NOT NULL, day TEXT NOT NULL,"
	" kind TEXT NOT NULL, device TEXT, name TEXT, verdict TEXT, rule TEXT, person TEXT,"
	" violation INTEGER NOT NULL, duration_s INTEGER NOT NULL, bytes_read INTEGER NOT NULL,"
	" bytes_written INTEGER NOT NULL, line BLOB NOT NULL, UNIQUE (ledger, seq));"
	"CREATE INDEX event_day ON event (day)"
	" WHERE kind IN ('device.decided', 'device.changed', 'device.removed');"

	"CREATE TABLE finding (id INTEGER PRIMARY KEY, time INTEGER NOT NULL,"
	" ledger INTEGER NOT NULL REFERENCES ledger, seq INTEGER NOT NULL, kind TEXT NOT NULL,"
	" text TEXT NOT NULL, UNIQUE (ledger, seq, kind));"

	"CREATE TABLE medium (tag TEXT PRIMARY KEY, vendor TEXT NOT NULL, product TEXT NOT NULL,"
	" serial TEXT NOT NULL, verdict TEXT NOT NULL, custodian TEXT NOT NULL,"
	" unit TEXT NOT NULL, functions INTEGER NOT NULL, digest TEXT,"
	" registered INTEGER NOT NULL, registered_by TEXT NOT NULL, withdrawn INTEGER,"
	" withdrawn_by TEXT, withdrawn_reason TEXT) WITHOUT ROWID;"
	"CREATE UNIQUE INDEX medium_device ON medium (vendor, product, serial)"
	" WHERE withdrawn IS NULL;"

	"CREATE TABLE policy (role TEXT NOT NULL, version INTEGER NOT NULL, sha256 TEXT NOT NULL,"
	" text BLOB NOT NULL, published INTEGER NOT NULL, published_by TEXT NOT NULL,"
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

static const char *const STEPS[] = { VERSION_1, VERSION_2, VERSION_3, VERSION_4 };

enum { N_STEPS = sizeof(STEPS) / sizeof(STEPS[0]) };

static int current_version(struct connection *writer)
{
	sqlite3_stmt *statement;
	int r = statement_start(writer, "SELECT coalesce(max(version), 0) FROM migration",
				&statement, "");
	if (r < 0)
		return r;
	r = statement_next(statement);
	if (r > 0)
		r = sqlite3_column_int(statement, 0);
	statement_done(statement);
	return r;
}

static int run_step(struct connection *writer, int version)
{
	int r = connection_run(writer, "BEGIN IMMEDIATE");

	if (r < 0)
		return r;
	r = connection_run(writer, STEPS[version - 1]);
	if (r == 0)
		r = statement_run(writer, "INSERT INTO migration VALUES (?, unixepoch())", "i",
				  (int64_t)version);
	int end = connection_run(writer, r < 0 ? "ROLLBACK" : "COMMIT");
	return r < 0 ? r : end;
}

int schema_migrate(struct connection *writer)
{
	int r = connection_run(writer, "CREATE TABLE IF NOT EXISTS migration"
				       " (version INTEGER PRIMARY KEY, applied INTEGER NOT NULL)");
	if (r < 0)
		return r;
	int version = current_version(writer);
	if (version < 0)
		return version;
	if (version > N_STEPS)
		return -EUCLEAN;
	while (version < N_STEPS) {
		r = run_step(writer, ++version);
		if (r < 0)
			return r;
	}
	return 0;
}
