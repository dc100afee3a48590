#include "connection.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { BUSY_MS = 10000 };

static _Thread_local char last_error[256];

const char *store_error(void)
{
	return last_error;
}

static int sqlite_errno(sqlite3 *db, int code)
{
	if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE)
		return 0;
	snprintf(last_error, sizeof(last_error), "%s", sqlite3_errmsg(db));
	switch (code & 0xff) {
	case SQLITE_CONSTRAINT:
		return -EEXIST;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	default:
		return -EIO;
	}
}

int connection_run(struct connection *connection, const char *sql)
{
	return sqlite_errno(connection->db, sqlite3_exec(connection->db, sql, NULL, NULL, NULL));
}

int connection_open(struct connection *connection, const char *path, int writer)
{
	int flags = SQLITE_OPEN_NOMUTEX |
		    (writer ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
	int r = sqlite3_open_v2(path, &connection->db, flags, NULL);

	if (r == SQLITE_OK)
		r = sqlite3_extended_result_codes(connection->db, 1);
	if (r == SQLITE_OK)
		r = sqlite3_busy_timeout(connection->db, BUSY_MS);
	if (r == SQLITE_OK && writer)
		return connection_run(connection,
				      "PRAGMA page_size=4096; PRAGMA journal_mode=WAL;"
				      "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;");
	return sqlite_errno(connection->db, r);
}

void connection_close(struct connection *connection)
{
	for (size_t i = 0; i < connection->n_statements; i++)
		sqlite3_finalize(connection->statements[i].statement);
	sqlite3_close(connection->db);
	*connection = (struct connection){ 0 };
}

static int find_statement(struct connection *connection, const char *sql, sqlite3_stmt **ret)
{
	for (size_t i = 0; i < connection->n_statements; i++) {
		if (connection->statements[i].sql == sql) {
			*ret = connection->statements[i].statement;
			return 0;
		}
	}
	if (connection->n_statements == CONNECTION_MAX_STATEMENTS)
		return -E2BIG;

	int r = sqlite3_prepare_v3(connection->db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL);
	if (r != SQLITE_OK)
		return sqlite_errno(connection->db, r);
	connection->statements[connection->n_statements].sql = sql;
	connection->statements[connection->n_statements++].statement = *ret;
	return 0;
}

static int bind_all(sqlite3_stmt *statement, const char *types, va_list values)
{
	int r = SQLITE_OK;

	for (int i = 1; *types && r == SQLITE_OK; i++, types++) {
		if (*types == 't') {
			const char *text = va_arg(values, const char *);
			r = sqlite3_bind_text(statement, i, text, -1, SQLITE_STATIC);
		} else if (*types == 'b') {
			const void *bytes = va_arg(values, const void *);
			size_t size = va_arg(values, size_t);
			r = sqlite3_bind_blob64(statement, i, bytes, size, SQLITE_STATIC);
		} else {
			r = sqlite3_bind_int64(statement, i, va_arg(values, int64_t));
		}
	}
	return sqlite_errno(sqlite3_db_handle(statement), r);
}

static int start(struct connection *connection, const char *sql, sqlite3_stmt **ret,
		 const char *types, va_list values)
{
	sqlite3_stmt *statement;
	int r = find_statement(connection, sql, &statement);

	if (r < 0)
		return r;
	r = bind_all(statement, types, values);
	if (r < 0) {
		statement_done(statement);
		return r;
	}
	*ret = statement;
	return 0;
}

int statement_start(struct connection *connection, const char *sql, sqlite3_stmt **ret,
		    const char *types, ...)
{
	va_list values;

	va_start(values, types);
	int r = start(connection, sql, ret, types, values);
	va_end(values);
	return r;
}

int statement_next(sqlite3_stmt *statement)
{
	int r = sqlite3_step(statement);

	return r == SQLITE_ROW ? 1 : sqlite_errno(sqlite3_db_handle(statement), r);
}

void statement_done(sqlite3_stmt *statement)
{
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
}

static int run(struct connection *connection, const char *sql, const char *types, va_list values)
{
	sqlite3_stmt *statement;
	int r = start(connection, sql, &statement, types, values);

	if (r < 0)
		return r;
	do
		r = statement_next(statement);
	while (r > 0);
	if (r == 0)
		r = sqlite3_changes(connection->db);
	statement_done(statement);
	return r;
}

int statement_run(struct connection *connection, const char *sql, const char *types, ...)
{
	va_list values;

	va_start(values, types);
	int r = run(connection, sql, types, values);
	va_end(values);
	return r;
}

int store_run(struct store *store, const char *sql, const char *types, ...)
{
	struct connection *connection;
	va_list values;
	int r = store_write_begin(store, &connection);

	if (r < 0)
		return r;
	va_start(values, types);
	r = run(connection, sql, types, values);
	va_end(values);
	return store_write_end(store, r);
}

int reading_start(struct reading *ret, struct store *store, const char *sql, const char *types, ...)
{
	struct reading reading = { .store = store };
	va_list values;
	int r = store_read_begin(store, &reading.connection);

	if (r < 0)
		return r;
	va_start(values, types);
	r = start(reading.connection, sql, &reading.rows, types, values);
	va_end(values);
	if (r < 0)
		store_read_end(store, reading.connection);
	else
		*ret = reading;
	return r;
}

int reading_end(struct reading *reading, int r)
{
	statement_done(reading->rows);
	store_read_end(reading->store, reading->connection);
	return r;
}

void statement_text(sqlite3_stmt *statement, int column, char *ret, size_t size)
{
	const unsigned char *text = sqlite3_column_text(statement, column);

	size_t length = text ? (size_t)sqlite3_column_bytes(statement, column) : 0;

	if (length >= size)
		for (length = size - 1; length > 0 && (text[length] & 0xc0) == 0x80;)
			length--;
	if (length > 0)
		memcpy(ret, text, length);
	ret[length] = '\0';
}
