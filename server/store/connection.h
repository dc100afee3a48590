/* connection - one SQLite connection, its prepared statements, and transactions.
 * Internal to server/store.  A statement is prepared the first time its text is used on a
 * connection and kept; texts are string literals, told apart by address, so no SQL is ever built
 * from data. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#include "store.h"

enum { CONNECTION_MAX_STATEMENTS = 64 };

struct connection {
	sqlite3 *db;
	size_t n_statements;
	struct {
		const char *sql;
		sqlite3_stmt *statement;
	} statements[CONNECTION_MAX_STATEMENTS];
};

/* Open @path, creating it if @writer, with the pragmas every connection needs.  0 or -errno. */
int connection_open(struct connection *connection, const char *path, int writer)
	__attribute__((warn_unused_result));
void connection_close(struct connection *connection);

/* Take the writer (waits for it) and begin; or lend a reader (waits for one) and begin.  A reader
 * sees the database as of its first query until store_read_end. */
int store_write_begin(struct store *store, struct connection **ret)
	__attribute__((warn_unused_result));
/* Commit if @r is 0 or more, else roll back; give the writer back.  Returns @r, or why the commit
 * failed, in which case nothing was written. */
int store_write_end(struct store *store, int r) __attribute__((warn_unused_result));
int store_read_begin(struct store *store, struct connection **ret)
	__attribute__((warn_unused_result));
void store_read_end(struct store *store, struct connection *connection);

/* Bind and begin.  @types has a letter for each value: 't' text (const char *, NULL is NULL),
 * 'b' blob (const void *, size_t), 'i' int64_t.  Texts and blobs are borrowed until the statement
 * is done.  Give it back with statement_done.  0 or -errno. */
int statement_start(struct connection *connection, const char *sql, sqlite3_stmt **ret,
		    const char *types, ...) __attribute__((warn_unused_result));
/* 1: there is a row; 0: no more; -EEXIST: a constraint; -errno. */
int statement_next(sqlite3_stmt *statement) __attribute__((warn_unused_result));
void statement_done(sqlite3_stmt *statement);

/* The same for a statement without rows: start, step, done.  Returns rows changed, or -errno. */
int statement_run(struct connection *connection, const char *sql, const char *types, ...)
	__attribute__((warn_unused_result));

/* A query as a transaction of its own: its rows are asked for with statement_next(). */
struct reading {
	struct store *store; /* borrowed */
	struct connection *connection;
	sqlite3_stmt *rows;
};

/* Lend a reader and begin; end it with reading_end.  @types as for statement_start.  0 or -errno.
 */
int reading_start(struct reading *ret, struct store *store, const char *sql, const char *types, ...)
	__attribute__((warn_unused_result));
/* Give the reader back.  Returns @r. */
int reading_end(struct reading *reading, int r);

/* A statement without rows as a transaction of its own.  Returns rows changed, or -errno, after
 * which nothing was written. */
int store_run(struct store *store, const char *sql, const char *types, ...)
	__attribute__((warn_unused_result));

/* Copy a text column, cut at a whole character to at most @size - 1 bytes; NULL becomes "". */
void statement_text(sqlite3_stmt *statement, int column, char *ret, size_t size);

/* Run @sql, one or more statements without values.  0 or -errno. */
int connection_run(struct connection *connection, const char *sql)
	__attribute__((warn_unused_result));

/* The directory of sections; owned by the store. */
int store_sections_fd(const struct store *store);
