/* connection - one connection to the database, its prepared statements, and transactions.
 * Internal to server/store.  A statement is prepared the first time its text is used on a
 * connection and kept; texts are string literals, told apart by address, so no SQL is ever built
 * from data. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine.h"
#include "news.h"
#include "store.h"

enum { CONNECTION_MAX_STATEMENTS = 256 };

/* A prepared statement; the caller borrows it from statement_start to statement_done. */
struct statement {
	struct connection *connection;
	const char *sql;
	void *prepared, *result; /* the engine's */
	int64_t changed;
	uint8_t places[ENGINE_MAX_VALUES]; /* of its values, where the engine counts in its own way
					    */
};

struct connection {
	const struct engine *engine;
	void *handle; /* the engine's */
	size_t n_statements;
	struct statement statements[CONNECTION_MAX_STATEMENTS];
	struct statement copy; /* what rows are copied with, where that takes a statement */
	const char *copy_types;
};

/* Open @where, creating it if @writer.  0 or -errno; connection_close() is allowed after both. */
int connection_open(struct connection *connection, const struct engine *engine, const char *where,
		    bool writer) __attribute__((warn_unused_result));
void connection_close(struct connection *connection);

/* Take the writer, or a writer (waits for it) and begin; or lend a reader (waits for one) and
 * begin.  A reader sees the database as of its first query until store_read_end. */
int store_write_begin(struct store *store, struct connection **ret)
	__attribute__((warn_unused_result));
/* Commit if @r is 0 or more, else roll back; give the writer back.  Returns @r, or why the commit
 * failed, in which case nothing was written. */
int store_write_end(struct store *store, struct connection *connection, int r)
	__attribute__((warn_unused_result));
int store_read_begin(struct store *store, struct connection **ret)
	__attribute__((warn_unused_result));
void store_read_end(struct store *store, struct connection *connection);

/* Bind and begin.  @types has a letter for each value: 't' text (const char *, NULL is NULL),
 * 'b' blob (const void *, size_t), 'i' int64_t.  Texts and blobs are borrowed until the statement
 * is done.  Give it back with statement_done.  0 or -errno. */
int statement_start(struct connection *connection, const char *sql, struct statement **ret,
		    const char *types, ...) __attribute__((warn_unused_result));
/* 1: there is a row; 0: no more; -EEXIST: a constraint; -errno. */
int statement_next(struct statement *statement) __attribute__((warn_unused_result));
void statement_done(struct statement *statement);

/* Columns of the row, from 0.  NULL is 0, and NULL. */
int64_t statement_integer(const struct statement *statement, int column);
bool statement_is_null(const struct statement *statement, int column);
/* Valid until the next row. */
const char *statement_text_at(const struct statement *statement, int column);
const void *statement_blob(const struct statement *statement, int column, size_t *ret_size);

/* Copy a text column, cut at a whole character to at most @size - 1 bytes; NULL becomes "". */
void statement_text(const struct statement *statement, int column, char *ret, size_t size);

/* The same for a statement without rows: start, step, done.  Returns rows changed, or -errno. */
int statement_run(struct connection *connection, const char *sql, const char *types, ...)
	__attribute__((warn_unused_result));

/* A query of one integer; @otherwise if it has no row.  0 or -errno. */
int statement_get(struct connection *connection, int64_t otherwise, int64_t *ret, const char *sql,
		  const char *types, ...) __attribute__((warn_unused_result));

/* A query as a transaction of its own: its rows are asked for with statement_next(). */
struct reading {
	struct store *store; /* borrowed */
	struct connection *connection;
	struct statement *rows;
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

/* Many rows at once, within a transaction; see struct engine.  @into and @types are literals. */
int copy_begin(struct connection *connection, const char *into, const char *types)
	__attribute__((warn_unused_result));
int copy_put(struct connection *connection, ...) __attribute__((warn_unused_result));
/* The same for values that are at hand. */
int copy_values(struct connection *connection, const struct value *values, size_t n)
	__attribute__((warn_unused_result));
int copy_end(struct connection *connection, int r) __attribute__((warn_unused_result));

/* Run @sql, one or more statements without values.  0 or -errno. */
int connection_run(struct connection *connection, const char *sql)
	__attribute__((warn_unused_result));

/* Tell the other collectors (news.h) when this transaction commits.  0 or -errno. */
int news_tell(struct connection *connection, enum news news) __attribute__((warn_unused_result));

/* What the store was opened with; owned by it. */
const struct engine *store_engine(const struct store *store);
const char *store_where(const struct store *store);

/* The directory of sections; owned by the store. */
int store_sections_fd(const struct store *store);
