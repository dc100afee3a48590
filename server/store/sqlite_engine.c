#include "engine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "connection.h"
#include "room.h"

enum { BUSY_MS = 10000, SQL_SIZE = 512 };

static int fail(sqlite3 *db, int code)
{
	int r = -EIO;

	if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE)
		return 0;
	switch (code & 0xff) {
	case SQLITE_CONSTRAINT:
		r = -EEXIST;
		break;
	case SQLITE_NOMEM:
		r = -ENOMEM;
		break;
	case SQLITE_FULL:
		r = -ENOSPC;
		break;
	case SQLITE_BUSY:
		r = -EAGAIN;
		break;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		/* A quota, or a disk that is found full where SQLite does not expect it. */
		if (db != NULL && room_is_lacking(-sqlite3_system_errno(db)))
			r = -ENOSPC;
		break;
	default:
		break;
	}
	return engine_fail(r, "%s", db == NULL ? sqlite3_errstr(code) : sqlite3_errmsg(db));
}

static int execute(struct connection *connection, const char *sql)
{
	return fail(connection->handle, sqlite3_exec(connection->handle, sql, NULL, NULL, NULL));
}

static int open_database(struct connection *connection, const char *where, bool writer)
{
	int flags = SQLITE_OPEN_NOMUTEX |
		    (writer ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
	sqlite3 *db = NULL;
	int r = sqlite3_open_v2(where, &db, flags, NULL);

	connection->handle = db;
	if (r == SQLITE_OK)
		r = sqlite3_extended_result_codes(db, 1);
	if (r == SQLITE_OK)
		r = sqlite3_busy_timeout(db, BUSY_MS);
	if (r == SQLITE_OK && writer)
		return execute(connection, "PRAGMA page_size=4096; PRAGMA journal_mode=WAL;"
					   "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
					   "PRAGMA secure_delete=ON;");
	return fail(db, r);
}

static void close_database(struct connection *connection)
{
	sqlite3_close(connection->handle);
}

/* A file does not go away as a server does. */
static int revive(struct connection *connection)
{
	(void)connection;
	return 0;
}

static bool in_transaction(const struct connection *connection)
{
	return !sqlite3_get_autocommit(connection->handle);
}

/* Parameters are called "$1", "$2", ...: SQLite counts them by where they first occur. */
static void find_places(struct statement *statement)
{
	for (size_t i = 0; i < ENGINE_MAX_VALUES; i++) {
		char name[24];

		snprintf(name, sizeof(name), "$%zu", i + 1);
		statement->places[i] =
			(uint8_t)sqlite3_bind_parameter_index(statement->prepared, name);
	}
}

static int prepare(struct statement *statement, const char *sql)
{
	sqlite3 *db = statement->connection->handle;
	sqlite3_stmt *prepared;
	int r = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &prepared, NULL);

	if (r == SQLITE_OK) {
		statement->prepared = prepared;
		find_places(statement);
	}
	return fail(db, r);
}

static int bind(const struct statement *statement, size_t i, const struct value *value)
{
	sqlite3_stmt *prepared = statement->prepared;
	int at = i < ENGINE_MAX_VALUES ? statement->places[i] : 0;

	if (at == 0)
		return SQLITE_RANGE;
	if (value->type == 'i')
		return sqlite3_bind_int64(prepared, at, value->integer);
	if (value->type == 't')
		return sqlite3_bind_text64(prepared, at, value->bytes, value->size, SQLITE_STATIC,
					   SQLITE_UTF8);
	return sqlite3_bind_blob64(prepared, at, value->bytes, value->size, SQLITE_STATIC);
}

static void done(struct statement *statement)
{
	sqlite3_reset(statement->prepared);
	sqlite3_clear_bindings(statement->prepared);
}

static int bind_all(struct statement *statement, const struct value *values, size_t n)
{
	int r = SQLITE_OK;

	for (size_t i = 0; i < n && r == SQLITE_OK; i++)
		r = bind(statement, i, &values[i]);
	if (r != SQLITE_OK)
		done(statement);
	return fail(statement->connection->handle, r);
}

static int start(struct statement *statement, const struct value *values, size_t n)
{
	int r = statement->prepared == NULL ? prepare(statement, statement->sql) : 0;

	return r < 0 ? r : bind_all(statement, values, n);
}

static int next(struct statement *statement)
{
	sqlite3 *db = statement->connection->handle;
	int r = sqlite3_step(statement->prepared);

	if (r == SQLITE_ROW)
		return 1;
	statement->changed = sqlite3_changes64(db);
	return fail(db, r);
}

static void forget(struct statement *statement)
{
	sqlite3_finalize(statement->prepared);
}

static int64_t changes(const struct statement *statement)
{
	return statement->changed;
}

static int64_t integer(const struct statement *statement, int column)
{
	return sqlite3_column_int64(statement->prepared, column);
}

static const void *bytes(const struct statement *statement, int column, size_t *ret_size)
{
	int type = sqlite3_column_type(statement->prepared, column);
	const void *at;

	if (ret_size != NULL)
		*ret_size = 0;
	if (type == SQLITE_NULL)
		return NULL;
	at = type == SQLITE_BLOB ? sqlite3_column_blob(statement->prepared, column)
				 : sqlite3_column_text(statement->prepared, column);
	if (ret_size != NULL)
		*ret_size = (size_t)sqlite3_column_bytes(statement->prepared, column);
	return at == NULL ? "" : at; /* a blob of no bytes is NULL here */
}

/* Rows are inserted one by one: nothing travels. */
static int rows_begin(struct connection *connection, const char *into, const char *types)
{
	struct statement *copy = &connection->copy;
	char sql[SQL_SIZE];
	size_t n;

	if (copy->sql == into)
		return 0;
	if (copy->sql != NULL)
		forget(copy);
	*copy = (struct statement){ .connection = connection };
	n = (size_t)snprintf(sql, sizeof(sql), "INSERT INTO %s VALUES (", into);
	for (size_t i = 0; types[i] != '\0' && n < sizeof(sql); i++)
		n += (size_t)snprintf(sql + n, sizeof(sql) - n, "%s$%zu", i == 0 ? "" : ", ",
				      i + 1);
	if (n < sizeof(sql))
		n += (size_t)snprintf(sql + n, sizeof(sql) - n, ")");
	if (n >= sizeof(sql))
		return engine_fail(-E2BIG, "too many columns");
	if (prepare(copy, sql) < 0)
		return -EIO;
	copy->sql = into;
	return 0;
}

static int rows_put(struct connection *connection, const struct value *values, size_t n)
{
	int r = bind_all(&connection->copy, values, n);

	if (r < 0)
		return r;
	r = next(&connection->copy);
	done(&connection->copy);
	return r;
}

static int rows_end(struct connection *connection, int r)
{
	(void)connection;
	return r;
}

/* It counts on from the highest by itself. */
static int number_on(struct connection *connection, const char *table, const char *column)
{
	(void)connection;
	(void)table;
	(void)column;
	return 0;
}

/* One file holds all months. */
static int prepare_months(struct connection *connection)
{
	(void)connection;
	return 0;
}

/* One step takes a single read transaction, and so copies one moment; in WAL mode a reader does not
 * hold up the writer (sqlite.org, "Online Backup API"). */
static int copy(struct connection *connection, const char *to)
{
	sqlite3 *db = NULL;
	sqlite3_backup *backup = NULL;
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	int r = sqlite3_open_v2(to, &db, flags, NULL);

	if (r == SQLITE_OK)
		backup = sqlite3_backup_init(db, "main", connection->handle, "main");
	if (backup != NULL) {
		r = sqlite3_backup_step(backup, -1);
		r = r == SQLITE_DONE ? SQLITE_OK : r;
		int end = sqlite3_backup_finish(backup);
		r = r == SQLITE_OK ? end : r;
	} else if (r == SQLITE_OK) {
		r = sqlite3_errcode(db);
	}
	r = fail(db, r);
	if (sqlite3_close(db) != SQLITE_OK && r == 0)
		r = engine_fail(-EIO, "%s cannot be closed", to);
	return r;
}

static int examine(struct connection *connection)
{
	sqlite3_stmt *check;
	int r = sqlite3_prepare_v2(connection->handle, "PRAGMA quick_check(1)", -1, &check, NULL);

	if (r != SQLITE_OK)
		return fail(connection->handle, r);
	r = sqlite3_step(check);
	if (r == SQLITE_ROW && strcmp((const char *)sqlite3_column_text(check, 0), "ok") == 0)
		r = 0;
	else if (r == SQLITE_ROW || (r & 0xff) == SQLITE_CORRUPT)
		r = engine_fail(-EBADMSG, "%s",
				r == SQLITE_ROW ? (const char *)sqlite3_column_text(check, 0)
						: sqlite3_errmsg(connection->handle));
	else
		r = fail(connection->handle, r);
	sqlite3_finalize(check);
	return r;
}

static const char *const words[][2] = {
	{ "ROWNUMBER", "INTEGER PRIMARY KEY" },
	{ "DAY", "TEXT" },
	{ "EVENTROW", "INTEGER PRIMARY KEY AUTOINCREMENT" },
	{ "EVENTMONTH", "" },
	{ "BYMONTH", "" },
	{ "EVENTINDEX", "" },
	{ "EVENTPLACE", "coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'event'), 0) + 1" },
	{ "EVENTSETTLED", "9223372036854775807" },
	{ "BYTES", "BLOB" },
	{ "KEYED", "WITHOUT ROWID" },
	{ NULL, NULL },
};

const struct engine sqlite_engine = {
	.name = "SQLite",
	.open = open_database,
	.close = close_database,
	.revive = revive,
	.execute = execute,
	.begin_writing = "BEGIN IMMEDIATE",
	.begin_reading = "BEGIN",
	.in_transaction = in_transaction,
	.start = start,
	.next = next,
	.done = done,
	.forget = forget,
	.changes = changes,
	.integer = integer,
	.bytes = bytes,
	.copy_begin = rows_begin,
	.copy_put = rows_put,
	.copy_end = rows_end,
	.number_on = number_on,
	.size_query = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
	.prepare_months = prepare_months,
	.copy = copy,
	.examine = examine,
	.words = words,
};
