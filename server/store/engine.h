/* engine - what the store asks of a database: connections, statements, rows.  Two answer to it:
 * SQLite (sqlite_engine.c) and PostgreSQL (postgresql_engine.c).
 * Internal to server/store.  The nouns beside this file see connection.h only; one set of SQL
 * serves both, with "$1", "$2" ... for values.
 *
 * Errors: -EEXIST (a constraint), -EAGAIN (another transaction was faster: begin again), -ENOSPC,
 * -ENOMEM, -EIO.  Each engine leaves a sentence with engine_fail(). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ENGINE_MAX_VALUES = 32 };

struct connection;
struct statement;

/* One value of a statement, borrowed until the statement is done.  A text or blob of NULL is
 * NULL. */
struct value {
	char type; /* 't' text, 'b' blob, 'i' integer */
	const void *bytes;
	size_t size; /* of a text, without its NUL */
	int64_t integer;
};

struct engine {
	const char *name;

	/* Set @connection->handle.  @where: a path, or a URL.  @writer: may make what is not there.
	 * Returns 0 or -errno; on failure close() is still called. */
	int (*open)(struct connection *connection, const char *where, bool writer);
	void (*close)(struct connection *connection);

	/* Begin again if the connection was lost: 0, or why not. */
	int (*revive)(struct connection *connection);

	/* One or more statements without values or rows. */
	int (*execute)(struct connection *connection, const char *sql);

	/* Begin a transaction: one that writes excludes others only if the engine has one writer.
	 */
	const char *begin_writing, *begin_reading;
	bool (*in_transaction)(const struct connection *connection);

	/* Bind @n values and begin; rows come with next().  done() gives it back. */
	int (*start)(struct statement *statement, const struct value *values, size_t n);
	int (*next)(struct statement *statement); /* 1: a row; 0: no more; -errno */
	void (*done)(struct statement *statement);
	void (*forget)(struct statement *statement);	       /* before the connection closes */
	int64_t (*changes)(const struct statement *statement); /* rows changed, at its end */

	/* Of the row that next() found.  bytes() gives NULL for NULL, and is valid until the next
	 * row; a text is NUL-terminated.  @ret_size may be NULL. */
	int64_t (*integer)(const struct statement *statement, int column);
	const void *(*bytes)(const struct statement *statement, int column, size_t *ret_size);

	/* Rows into a table, in a transaction: begin names it, as "event (ledger, seq, ...)", with
	 * a letter for each column as for struct value; put takes one row; end finishes, or gives
	 * up if @r is below 0, and returns 0 or -errno. */
	int (*copy_begin)(struct connection *connection, const char *into, const char *types);
	int (*copy_put)(struct connection *connection, const struct value *values, size_t n);
	int (*copy_end)(struct connection *connection, int r);

	/* Tell a set of enum news when this transaction commits; listen for it on a connection of
	 * its own, whose socket can be polled; add what was heard to *@news.  NULL where nobody
	 * else has the database. */
	int (*tell)(struct connection *connection, unsigned news);
	int (*listen)(struct connection *connection);
	int (*listen_fd)(const struct connection *connection);
	int (*hear)(struct connection *connection, unsigned *news);

	/* Rows were copied with their numbers: go on counting @column of @table after them. */
	int (*number_on)(struct connection *connection, const char *table, const char *column);

	/* What the database takes on its disk: a query of one integer, bytes. */
	const char *size_query;

	/* Write about a MiB, in a transaction that is undone then; NULL where the database is in
	 * the data directory. */
	int (*find_room)(struct connection *connection);

	/* Make room for the events of the months around this one. */
	int (*prepare_months)(struct connection *connection);

	/* Copy the whole database, as of now, into the new one @to, and let others write meanwhile.
	 * NULL where it has no such thing. */
	int (*copy)(struct connection *connection, const char *to);

	/* Look for damage in the database's own structure: 0; -EBADMSG; -errno.  NULL where it does
	 * so by itself. */
	int (*examine)(struct connection *connection);

	/* Words of the schema: SQLite's and PostgreSQL's for the same thing, "WORD", "meaning". */
	const char *const (*words)[2];
};

extern const struct engine sqlite_engine, postgresql_engine;

/* Note why something failed, for store_error(), and give @r back. */
int engine_fail(int r, const char *format, ...) __attribute__((format(printf, 2, 3)));
