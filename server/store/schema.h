/* schema - the tables, and the steps that bring an older database up to date.
 * Internal to server/store. */
#pragma once

#include "connection.h"

/* Bring the database up to the newest version, each step in its own transaction, noted in table
 * migration.  Returns 0; -EUCLEAN if the database is newer than this program; -errno. */
int schema_migrate(struct connection *writer) __attribute__((warn_unused_result));

/* The version of this program's schema. */
int64_t schema_current(void);
/* That of the database; 0 if it has none.  0 or -errno. */
int schema_version(struct connection *connection, int64_t *ret) __attribute__((warn_unused_result));
