/* store - everything the collector keeps: one SQLite database, and a directory of policy sections.
 * The only SQL of the project is in this folder.  WAL, synchronous=FULL: what a write transaction
 * committed survives a power cut.  One writer connection under a mutex, and a fixed number of
 * readers that are lent to threads; every function of the nouns beside this file (hosts.h,
 * ingest.h, tokens.h, ...) is safe to call from any thread.
 *
 * Errors common to all of them: -EIO (SQLite failed; store_error() says how), -ENOSPC (disk full),
 * -ENOMEM.  Times are seconds since 1970, UTC. */
#pragma once

#include <stddef.h>

struct store;

enum {
	STORE_READERS = 6,
	STORE_UUID_SIZE = 37,  /* host id, 8-4-4-4-12 hexadecimal digits and NUL */
	STORE_TEXT_SIZE = 129, /* host name, unit, person, custodian ...: at most 128 bytes */
	STORE_HASH_SIZE = 32,
};

/* Open or create DIRECTORY/devgate.db, bring its schema up to date, and open DIRECTORY/sections/.
 * Gives *@ret, freed with store_close.  On failure @error gets a sentence.
 * Returns 0; -EUCLEAN if a newer program made the schema; -errno. */
int store_open(struct store **ret, const char *directory, char error[256])
	__attribute__((warn_unused_result));

/* No other thread may be using @store.  The write-ahead log is folded into the database. */
void store_close(struct store *store);

/* Can the database be read?  0 or -errno. */
int store_check(struct store *store) __attribute__((warn_unused_result));

/* What SQLite said about the last failure in this thread; valid until the next one. */
const char *store_error(void);
