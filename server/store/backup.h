/* backup - all records as of one moment, as a SQLite database and sections in a directory, whatever
 * engine they are kept in; made while collectors run, which it does not hold up. */
#pragma once

#include <stdint.h>

#include "policy/note.h"
#include "store.h"

enum { BACKUP_TEXT_SIZE = 256 };

struct backup_counts {
	int64_t schema; /* version */
	uint64_t hosts, ledgers, events, disposed, checkpoints;
	char text[BACKUP_TEXT_SIZE]; /* what is wrong, a sentence; "" if nothing is */
};

struct backup {
	const char *where, *directory; /* as for store_open */
	const char *to;		       /* a directory that has no devgate.db */
	const struct note_key *key;    /* of checkpoints and disposals */
};

/* Copy the records, and check the copy as store_verify() does.
 * Returns 0; -ESTALE if the database is of another schema than this program's; -EBADMSG if the
 * records do not hold; -errno.  What went wrong is in @ret->text; the copy is then to be removed.
 */
int store_backup(const struct backup *backup, struct backup_counts *ret)
	__attribute__((warn_unused_result));

/* Check all records of @store: the database's own structure, every ledger's chain, every checkpoint
 * and the tree they sign (chains.h).  Fills *@ret.  0; -EBADMSG with @ret->text; -errno. */
int store_verify(struct store *store, const struct note_key *key, struct backup_counts *ret)
	__attribute__((warn_unused_result));
