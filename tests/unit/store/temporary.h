/* temporary - a directory for one test, and a store in it with one enrolled host: SQLite's, or with
 * $DEVGATE_STORE set (tests/postgresql does it) PostgreSQL's, in a schema of its own. */
#pragma once

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libpq-fe.h>
#include <sqlite3.h>

#include "server/store/hosts.h"
#include "server/store/store.h"
#include "server/store/tokens.h"
#include "tests/unit/policy/cmocka_test.h"

#define HOST	"11111111-2222-4333-8444-555555555555"
#define MACHINE "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SERIAL	"4000000000000000000000000000aaaa"

enum { NOW = 1795400000 }; /* 2026-11-23, a day after the records of lines.h */

/* SQL that takes back the last steps of the schema (server/store/schema.c): from the 14th on. */
#define TEMPORARY_UNDO_14                                                                          \
	"CREATE TABLE host_finding AS SELECT id, time, host, kind, subject, text FROM finding "    \
	"WHERE ledger IS NULL; CREATE TABLE ledger_finding AS SELECT id, time, ledger, seq, kind," \
	" text FROM finding WHERE ledger IS NOT NULL; DROP TABLE finding;"                         \
	"ALTER TABLE ledger_finding RENAME TO finding;"

/* From the fifth on. */
#define TEMPORARY_UNDO_5                                                                           \
	TEMPORARY_UNDO_14                                                                          \
	"ALTER TABLE host DROP COLUMN written;"                                                    \
	"ALTER TABLE host DROP COLUMN ended; ALTER TABLE host DROP COLUMN ended_at;"               \
	"ALTER TABLE certificate DROP COLUMN confirmed; CREATE TABLE enrolment_token AS SELECT "   \
	"t.hash, t.unit, t.created, t.created_by, t.expires, u.time AS used, u.host AS used_by, "  \
	"u.key AS used_key FROM token t LEFT JOIN token_use u ON u.token = t.hash; DROP TABLE "    \
	"token_use; DROP TABLE token; DROP TABLE host_boot; DROP TABLE host_finding;"              \
	"ALTER TABLE host DROP COLUMN cloned; ALTER TABLE host DROP COLUMN offset_s;"              \
	"DROP TABLE audit; DROP TABLE disposal; DROP TABLE hold; DROP TABLE retention;"            \
	"ALTER TABLE ledger DROP COLUMN checkpointed; DROP VIEW event_place; DROP VIEW "           \
	"event_settled; DROP TABLE event_offset; DROP TABLE "                                      \
	"section;"                                                                                 \
	"DROP TABLE granted; DROP TABLE usage; DROP TABLE leaf; DROP TABLE tree; DROP TABLE "      \
	"checkpoint; DROP INDEX "                                                                  \
	"IF EXISTS event_row; CREATE INDEX event_day ON event (day);"

struct temporary {
	char directory[64];
	char where[512]; /* "": SQLite */
	struct store *store;
};

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void temporary_open(struct temporary *t)
{
	char error[256];
	int r = store_open(&t->store, *t->where ? t->where : NULL, t->directory, error);

	if (r < 0)
		fail_msg("store_open: %s", error);
}

/* Run @sql beside the store, as somebody else who has the database. */
static inline void temporary_meddle(const struct temporary *t, const char *sql)
{
	if (*t->where) {
		PGconn *pg = PQconnectdb(t->where);
		PGresult *result = PQexec(pg, sql);

		if (PQresultStatus(result) > PGRES_TUPLES_OK)
			fail_msg("%s: %s", sql, PQerrorMessage(pg));
		PQclear(result);
		PQfinish(pg);
	} else {
		char path[128];
		sqlite3 *db;

		snprintf(path, sizeof(path), "%s/devgate.db", t->directory);
		assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
		assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
		sqlite3_close(db);
	}
}

/* The directory's name is unique, and so the schema's. */
static inline void temporary_schema(struct temporary *t)
{
	const char *url = getenv("DEVGATE_STORE");
	char sql[128];

	if (!url)
		return;
	snprintf(t->where, sizeof(t->where), "%s", url);
	snprintf(sql, sizeof(sql), "CREATE SCHEMA \"%s\"", t->directory + strlen("/tmp/"));
	temporary_meddle(t, sql);
	snprintf(t->where, sizeof(t->where), "%s?options=-csearch_path%%3D%%22%s%%22", url,
		 t->directory + strlen("/tmp/"));
}

static inline int temporary_setup(void **state)
{
	struct temporary *t = calloc(1, sizeof(*t));

	strcpy(t->directory, "/tmp/devgate-test-XXXXXX");
	assert_non_null(mkdtemp(t->directory));
	temporary_schema(t);
	temporary_open(t);
	*state = t;
	return 0;
}

static inline int temporary_teardown(void **state)
{
	struct temporary *t = *state;

	store_close(t->store);
	nftw(t->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(t);
	return 0;
}

/* A token whose hash is 32 times @byte. */
static inline void add_token(struct store *store, uint8_t byte, int64_t expires)
{
	struct enrolment_token token = {
		.unit = "finance",
		.created_by = "alice",
		.created = NOW,
		.expires = expires,
		.machines = 1,
	};

	memset(token.hash, byte, sizeof(token.hash));
	assert_int_equal(tokens_add_enrolment(store, &token), 0);
}

/* Which host does the machine become? */
static inline int choose(struct store *store, const char *machine, char ret[static STORE_UUID_SIZE])
{
	static const uint8_t none[STORE_HASH_SIZE];
	struct enrolment e = {
		.token_hash = none, .key = none, .machine_id = machine, .boot = "", .address = ""
	};

	return hosts_choose(store, &e, ret);
}

/* Enrol by the key whose digest is all @key. */
static inline int enrol_as(struct store *store, uint8_t token, uint8_t key, const char *host,
			   const char *machine, const char *serial)
{
	uint8_t hash[STORE_HASH_SIZE], digest[STORE_HASH_SIZE];
	struct enrolment e = { .token_hash = hash,
			       .key = digest,
			       .host = host,
			       .machine_id = machine,
			       .hostname = "ws-1",
			       .version = "0.1.0",
			       .boot = "",
			       .address = "",
			       .serial = serial,
			       .now = NOW,
			       .certificate_expires = NOW + 86400 };

	memset(hash, token, sizeof(hash));
	memset(digest, key, sizeof(digest));
	return hosts_enrol(store, &e);
}

static inline int enrol(struct store *store, uint8_t token, const char *host, const char *machine,
			const char *serial)
{
	return enrol_as(store, token, 'K', host, machine, serial);
}

static inline void enrol_one(struct store *store)
{
	add_token(store, 1, NOW + 60);
	assert_int_equal(enrol(store, 1, HOST, MACHINE, SERIAL), 0);
}
