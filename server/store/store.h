/* store - everything the collector keeps: a database, and a directory of policy sections.
 * The only SQL of the project is in this folder, one set of it for two engines: SQLite, embedded,
 * and PostgreSQL, which several collectors may share.  What a write transaction committed survives
 * a power cut (SQLite: WAL, synchronous=FULL; PostgreSQL: synchronous_commit=on).  A fixed number
 * of connections are lent to threads; every function of the nouns beside this file (hosts.h,
 * batch.h, tokens.h, ...) is safe to call from any thread.
 *
 * SQLite has one writer.  Threads that wait for it share a commit: the last in line commits for
 * all, and each returns when that is done (group commit).
 *
 * Errors common to all of them: -EIO (the database failed; store_error() says how), -ENOSPC (disk
 * full), -ENOMEM, -EAGAIN (another collector was faster; try again).  Times are seconds since 1970,
 * UTC. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct store;

enum {
	STORE_READERS = 6,
	STORE_WRITERS = 4,     /* where the engine can have several */
	STORE_UUID_SIZE = 37,  /* host id, 8-4-4-4-12 hexadecimal digits and NUL */
	STORE_TEXT_SIZE = 129, /* host name, unit, person, custodian ...: at most 128 bytes */
	STORE_HASH_SIZE = 32,
};

/* Open or create the database, bring its schema up to date, and open DIRECTORY/sections/.
 * @where: NULL for SQLite's DIRECTORY/devgate.db, else "postgresql://..." (PostgreSQL's manual,
 * "Connection URIs").  Gives *@ret, freed with store_close.  On failure @error gets a sentence.
 * Returns 0; -EUCLEAN if a newer program made the schema; -EINVAL for another @where; -errno. */
int store_open(struct store **ret, const char *where, const char *directory, char error[256])
	__attribute__((warn_unused_result));

/* No other thread may be using @store.  The write-ahead log is folded into the database. */
void store_close(struct store *store);

/* Can the database be read?  0 or -errno. */
int store_check(struct store *store) __attribute__((warn_unused_result));

/* The version of the database's schema, and the newest that this program knows. */
int store_version(struct store *store, int64_t *ret) __attribute__((warn_unused_result));
int64_t store_known_version(void);

/* What keeps the records: "SQLite", "PostgreSQL". */
const char *store_name(const struct store *store);

/* What the database said about the last failure in this thread; valid until the next one. */
const char *store_error(void);
