#include "postgresql_engine.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libpq-fe.h>

enum {
	/* pg_type.dat */
	OID_BYTEA = 17,
	OID_INT8 = 20,
	OID_TEXT = 25,
	BINARY = 1,
	SQL_SIZE = 512,
	NAME_SIZE = 24,
	MONTHS_BACK = -12,
	MONTHS_AHEAD = 2,
};

/* PostgreSQL's manual, appendix A: classes and codes. */
static int fail_state(const char *state, const char *message)
{
	static const struct {
		const char *state; /* or how it begins */
		int r;
	} known[] = {
		{ "23", -EEXIST },    /* integrity constraint violation */
		{ "40001", -EAGAIN }, /* serialization failure */
		{ "40P01", -EAGAIN }, /* deadlock detected */
		{ "53100", -ENOSPC }, /* disk full */
		{ "53200", -ENOMEM }, /* out of memory */
	};

	for (size_t i = 0; state != NULL && i < sizeof(known) / sizeof(known[0]); i++) {
		if (strncmp(state, known[i].state, strlen(known[i].state)) == 0)
			return engine_fail(known[i].r, "%s", message);
	}
	return engine_fail(-EIO, "%s", message);
}

static int fail_connection(PGconn *pg)
{
	return engine_fail(-EIO, "%s", PQerrorMessage(pg));
}

static int fail_result(PGconn *pg, const PGresult *result)
{
	if (result == NULL)
		return fail_connection(pg);
	return fail_state(PQresultErrorField(result, PG_DIAG_SQLSTATE),
			  PQresultErrorMessage(result));
}

static bool is_good(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
	       status == PGRES_EMPTY_QUERY;
}

/* Take what is left of the command that runs. */
static void drain(PGconn *pg)
{
	PGresult *result;

	while ((result = PQgetResult(pg)) != NULL)
		PQclear(result);
}

static int execute(struct connection *connection, const char *sql)
{
	PGresult *result = PQexec(connection->handle, sql);
	int r = is_good(result) ? 0 : fail_result(connection->handle, result);

	PQclear(result);
	return r;
}

/* "relation already exists, skipping" is no news. */
static void on_notice(void *argument, const PGresult *result)
{
	(void)argument;
	(void)result;
}

/* What every session needs: durable commits, whatever the server's default is. */
static int set_up(struct connection *connection)
{
	if (PQstatus(connection->handle) != CONNECTION_OK)
		return fail_connection(connection->handle);
	if (PQserverVersion(connection->handle) < 130000)
		return engine_fail(-ENOTSUP, "PostgreSQL 13 or later is needed");
	PQsetNoticeReceiver(connection->handle, on_notice, NULL);
	return execute(connection, "SET client_encoding = 'UTF8'; SET synchronous_commit = on;"
				   "SET TIME ZONE 'UTC'");
}

static int open_database(struct connection *connection, const char *where, bool writer)
{
	const char *const keys[] = { "dbname", "fallback_application_name", NULL };
	const char *const values[] = { where, "devgate-collector", NULL };

	(void)writer;
	connection->handle = PQconnectdbParams(keys, values, 1);
	if (connection->handle == NULL)
		return engine_fail(-ENOMEM, "%s", strerror(ENOMEM));
	return set_up(connection);
}

static void close_database(struct connection *connection)
{
	PQfinish(connection->handle);
}

static int revive(struct connection *connection)
{
	if (PQstatus(connection->handle) == CONNECTION_OK)
		return 0;
	PQreset(connection->handle);
	for (size_t i = 0; i < connection->n_statements; i++)
		connection->statements[i].prepared = NULL;
	return set_up(connection);
}

static bool in_transaction(const struct connection *connection)
{
	PGTransactionStatusType status = PQtransactionStatus(connection->handle);

	return status != PQTRANS_IDLE && status != PQTRANS_UNKNOWN;
}

static Oid oid_of(char type)
{
	return type == 't' ? OID_TEXT : type == 'b' ? OID_BYTEA : OID_INT8;
}

static void name_of(const struct statement *statement, char ret[static NAME_SIZE])
{
	snprintf(ret, NAME_SIZE, "s%zu", (size_t)(statement - statement->connection->statements));
}

static int prepare(struct statement *statement, const struct value *values, size_t n)
{
	PGconn *pg = statement->connection->handle;
	Oid types[ENGINE_MAX_VALUES];
	char name[NAME_SIZE];
	PGresult *result;
	int r;

	name_of(statement, name);
	for (size_t i = 0; i < n; i++)
		types[i] = oid_of(values[i].type);
	result = PQprepare(pg, name, statement->sql, (int)n, types);
	r = is_good(result) ? 0 : fail_result(pg, result);
	PQclear(result);
	if (r == 0)
		statement->prepared = statement; /* any pointer: the server has it by its name */
	return r;
}

/* Where the value's bytes are on the wire; @ret_network holds an integer's. */
static const char *wire(const struct value *value, uint64_t *ret_network, int *ret_size)
{
	if (value->type == 'i') {
		*ret_network = htobe64((uint64_t)value->integer);
		*ret_size = sizeof(*ret_network);
		return (const char *)ret_network;
	}
	*ret_size = (int)value->size;
	return value->bytes;
}

static int start(struct statement *statement, const struct value *values, size_t n)
{
	PGconn *pg = statement->connection->handle;
	const char *bytes[ENGINE_MAX_VALUES];
	int sizes[ENGINE_MAX_VALUES], formats[ENGINE_MAX_VALUES];
	uint64_t integers[ENGINE_MAX_VALUES];
	char name[NAME_SIZE];
	int r = statement->prepared == NULL ? prepare(statement, values, n) : 0;

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		bytes[i] = wire(&values[i], &integers[i], &sizes[i]);
		formats[i] = BINARY;
	}
	name_of(statement, name);
	if (!PQsendQueryPrepared(pg, name, (int)n, bytes, sizes, formats, BINARY))
		return fail_connection(pg);
	if (!PQsetSingleRowMode(pg)) {
		drain(pg);
		return fail_connection(pg);
	}
	return 0;
}

/* Let go of the row that was found. */
static void release(struct statement *statement)
{
	PQclear(statement->result);
	statement->result = NULL;
}

static int next(struct statement *statement)
{
	PGconn *pg = statement->connection->handle;
	PGresult *result;
	int r = 0;

	release(statement);
	result = PQgetResult(pg);
	if (PQresultStatus(result) == PGRES_SINGLE_TUPLE) {
		statement->result = result;
		return 1;
	}
	if (!is_good(result))
		r = fail_result(pg, result);
	else
		statement->changed = strtoll(PQcmdTuples(result), NULL, 10);
	PQclear(result);
	drain(pg);
	return r;
}

static void done(struct statement *statement)
{
	release(statement);
	drain(statement->connection->handle);
}

static void forget(struct statement *statement)
{
	(void)statement; /* goes with the session */
}

static int64_t changes(const struct statement *statement)
{
	return statement->changed;
}

/* Integers and booleans come in as many bytes as their type has, the first the highest. */
static int64_t integer(const struct statement *statement, int column)
{
	const uint8_t *at = (const uint8_t *)PQgetvalue(statement->result, 0, column);
	int size = PQgetlength(statement->result, 0, column);
	uint64_t value;

	if (size == 0 || size > 8)
		return 0;
	value = size > 1 && (at[0] & 0x80) != 0 ? UINT64_MAX : 0;
	for (int i = 0; i < size; i++)
		value = value << 8 | at[i];
	return (int64_t)value;
}

static const void *bytes(const struct statement *statement, int column, size_t *ret_size)
{
	bool is_null = PQgetisnull(statement->result, 0, column);

	if (ret_size != NULL)
		*ret_size = is_null ? 0 : (size_t)PQgetlength(statement->result, 0, column);
	if (is_null)
		return NULL;
	return PQgetvalue(statement->result, 0, column);
}

/* COPY, binary format: PostgreSQL's manual, "COPY", "File Formats". */
static int rows_begin(struct connection *connection, const char *into, const char *types)
{
	static const char header[] = "PGCOPY\n\377\r\n\0" /* signature, with the NUL */
				     "\0\0\0\0"		  /* flags */
				     "\0\0\0";		  /* and one more NUL: extension's size */
	PGconn *pg = connection->handle;
	char sql[SQL_SIZE];
	PGresult *result;
	int r = 0;

	(void)types;
	snprintf(sql, sizeof(sql), "COPY %s FROM STDIN (FORMAT binary)", into);
	result = PQexec(pg, sql);
	if (PQresultStatus(result) != PGRES_COPY_IN)
		r = fail_result(pg, result);
	else if (PQputCopyData(pg, header, sizeof(header)) != 1)
		r = fail_connection(pg);
	PQclear(result);
	return r;
}

static int put(PGconn *pg, const void *bytes, size_t size)
{
	return PQputCopyData(pg, bytes, (int)size) == 1 ? 0 : fail_connection(pg);
}

static int put_value(PGconn *pg, const struct value *value)
{
	uint64_t network;
	uint32_t length;
	int size, r;
	const char *at = wire(value, &network, &size);

	length = htobe32(at == NULL ? UINT32_MAX : (uint32_t)size);
	r = put(pg, &length, sizeof(length));
	return r < 0 || at == NULL ? r : put(pg, at, (size_t)size);
}

static int rows_put(struct connection *connection, const struct value *values, size_t n)
{
	uint16_t fields = htobe16((uint16_t)n);
	int r = put(connection->handle, &fields, sizeof(fields));

	for (size_t i = 0; i < n && r == 0; i++)
		r = put_value(connection->handle, &values[i]);
	return r;
}

static int rows_end(struct connection *connection, int r)
{
	static const uint16_t trailer = 0xffff;
	PGconn *pg = connection->handle;
	PGresult *result;

	if (r == 0)
		r = put(pg, &trailer, sizeof(trailer));
	if (PQputCopyEnd(pg, r < 0 ? "given up" : NULL) != 1 && r == 0)
		r = fail_connection(pg);
	result = PQgetResult(pg);
	if (r == 0 && !is_good(result))
		r = fail_result(pg, result);
	PQclear(result);
	drain(pg);
	return r;
}

/* PostgreSQL's manual, "Sequence Manipulation Functions". */
static int number_on(struct connection *connection, const char *table, const char *column)
{
	char sql[SQL_SIZE];

	snprintf(sql, sizeof(sql),
		 "SELECT setval(pg_get_serial_sequence('%s', '%s'),"
		 " (SELECT coalesce(max(%s), 0) + 1 FROM %s), false)",
		 table, column, column, table);
	return execute(connection, sql);
}

/* A partition for each month from a year ago to the next but one, and one for what claims to be of
 * another time. */
static int prepare_months(struct connection *connection)
{
	time_t now = time(NULL);
	struct tm today;
	int r = execute(connection,
			"CREATE TABLE IF NOT EXISTS event_other PARTITION OF event DEFAULT");

	gmtime_r(&now, &today);
	for (int i = MONTHS_BACK; i <= MONTHS_AHEAD && r == 0; i++) {
		int month = (today.tm_year + 1900) * 12 + today.tm_mon + i;
		char sql[SQL_SIZE];

		snprintf(sql, sizeof(sql),
			 "CREATE TABLE IF NOT EXISTS event_%04d_%02d PARTITION OF event"
			 " FOR VALUES FROM ('%04d-%02d') TO ('%04d-%02d')",
			 month / 12, month % 12 + 1, month / 12, month % 12 + 1, (month + 1) / 12,
			 (month + 1) % 12 + 1);
		r = execute(connection, sql);
	}
	return r;
}

/* Each new page of a table is written when it is added ("could not extend file").  Rows are too
 * short to be compressed. */
static int find_room(struct connection *connection)
{
	return execute(connection,
		       "CREATE TEMPORARY TABLE devgate_room AS"
		       " SELECT repeat('x', 1900) AS text FROM generate_series(1, 552)");
}

static const char *const words[][2] = {
	{ "ROWNUMBER", "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY" },
	{ "DAY", "TEXT COLLATE \"C\"" },
	{ "EVENTROW", "BIGINT NOT NULL" },
	{ "EVENTMONTH", ", day" },
	{ "BYMONTH", "PARTITION BY RANGE (day)" },
	{ "EVENTINDEX", "CREATE INDEX event_row ON event (row)" },
	{ "EVENTPLACE", "(CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)"
			" + (SELECT transactions FROM event_offset)) * 65536" },
	{ "EVENTSETTLED", "(CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)"
			  " + (SELECT transactions FROM event_offset)) * 65536" },
	{ "BYTES", "BYTEA" },
	{ "INTEGER", "BIGINT" },
	{ "KEYED", "" },
	{ NULL, NULL },
};

const struct engine postgresql_engine = {
	.name = "PostgreSQL",
	.open = open_database,
	.close = close_database,
	.revive = revive,
	.execute = execute,
	.begin_writing = "BEGIN",
	.begin_reading = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
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
	.tell = postgresql_tell,
	.listen = postgresql_listen,
	.listen_fd = postgresql_listen_fd,
	.hear = postgresql_hear,
	.number_on = number_on,
	.size_query = "SELECT pg_database_size(current_database())",
	.find_room = find_room,
	.prepare_months = prepare_months,
	.words = words,
};
