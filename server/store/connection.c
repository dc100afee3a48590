#include "connection.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char last_error[256];

const char *store_error(void)
{
	return last_error;
}

int engine_fail(int r, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(last_error, sizeof(last_error), format, arguments);
	va_end(arguments);
	last_error[strcspn(last_error, "\n")] = '\0';
	return r;
}

int connection_run(struct connection *connection, const char *sql)
{
	return connection->engine->execute(connection, sql);
}

int connection_open(struct connection *connection, const struct engine *engine, const char *where,
		    bool writer)
{
	*connection = (struct connection){ .engine = engine };
	return engine->open(connection, where, writer);
}

void connection_close(struct connection *connection)
{
	if (connection->engine == NULL)
		return;
	for (size_t i = 0; i < connection->n_statements; i++)
		connection->engine->forget(&connection->statements[i]);
	if (connection->copy.sql != NULL)
		connection->engine->forget(&connection->copy);
	connection->engine->close(connection);
	*connection = (struct connection){ 0 };
}

static int find_statement(struct connection *connection, const char *sql, struct statement **ret)
{
	for (size_t i = 0; i < connection->n_statements; i++) {
		if (connection->statements[i].sql == sql) {
			*ret = &connection->statements[i];
			return 0;
		}
	}
	if (connection->n_statements == CONNECTION_MAX_STATEMENTS)
		return engine_fail(-E2BIG, "too many different statements");
	*ret = &connection->statements[connection->n_statements++];
	**ret = (struct statement){ .connection = connection, .sql = sql };
	return 0;
}

/* Returns how many there are. */
static size_t take_values(struct value values[static ENGINE_MAX_VALUES], const char *types,
			  va_list arguments)
{
	size_t n = 0;

	for (; n < ENGINE_MAX_VALUES && types[n] != '\0'; n++) {
		struct value *value = &values[n];

		*value = (struct value){ .type = types[n] };
		if (types[n] == 't') {
			value->bytes = va_arg(arguments, const char *);
			value->size = value->bytes == NULL ? 0 : strlen(value->bytes);
		} else if (types[n] == 'b') {
			value->bytes = va_arg(arguments, const void *);
			value->size = va_arg(arguments, size_t);
		} else {
			value->integer = va_arg(arguments, int64_t);
		}
	}
	return n;
}

static int start(struct connection *connection, const char *sql, struct statement **ret,
		 const char *types, va_list arguments)
{
	struct value values[ENGINE_MAX_VALUES];
	size_t n = take_values(values, types, arguments);
	struct statement *statement = NULL;
	int r = find_statement(connection, sql, &statement);

	if (r == 0)
		r = connection->engine->start(statement, values, n);
	if (r < 0)
		return r;
	*ret = statement;
	return 0;
}

int statement_start(struct connection *connection, const char *sql, struct statement **ret,
		    const char *types, ...)
{
	va_list arguments;
	int r;

	va_start(arguments, types);
	r = start(connection, sql, ret, types, arguments);
	va_end(arguments);
	return r;
}

int statement_next(struct statement *statement)
{
	return statement->connection->engine->next(statement);
}

void statement_done(struct statement *statement)
{
	statement->connection->engine->done(statement);
}

int64_t statement_integer(const struct statement *statement, int column)
{
	return statement->connection->engine->integer(statement, column);
}

const void *statement_blob(const struct statement *statement, int column, size_t *ret_size)
{
	return statement->connection->engine->bytes(statement, column, ret_size);
}

const char *statement_text_at(const struct statement *statement, int column)
{
	return statement_blob(statement, column, NULL);
}

bool statement_is_null(const struct statement *statement, int column)
{
	return statement_text_at(statement, column) == NULL;
}

void statement_text(const struct statement *statement, int column, char *ret, size_t size)
{
	size_t length;
	const char *text = statement_blob(statement, column, &length);

	if (text == NULL)
		length = 0;
	if (length >= size)
		for (length = size - 1; length > 0 && (text[length] & 0xc0) == 0x80;)
			length--;
	if (length > 0)
		memcpy(ret, text, length);
	ret[length] = '\0';
}

static int run(struct connection *connection, const char *sql, const char *types, va_list arguments)
{
	struct statement *statement = NULL;
	int r = start(connection, sql, &statement, types, arguments);

	if (r < 0)
		return r;
	do
		r = statement_next(statement);
	while (r > 0);
	if (r == 0)
		r = (int)connection->engine->changes(statement);
	statement_done(statement);
	return r;
}

int statement_run(struct connection *connection, const char *sql, const char *types, ...)
{
	va_list arguments;
	int r;

	va_start(arguments, types);
	r = run(connection, sql, types, arguments);
	va_end(arguments);
	return r;
}

int statement_get(struct connection *connection, int64_t otherwise, int64_t *ret, const char *sql,
		  const char *types, ...)
{
	struct statement *statement = NULL;
	va_list arguments;
	int r;

	va_start(arguments, types);
	r = start(connection, sql, &statement, types, arguments);
	va_end(arguments);
	if (r < 0)
		return r;
	r = statement_next(statement);
	if (r >= 0)
		*ret = r > 0 ? statement_integer(statement, 0) : otherwise;
	statement_done(statement);
	return r < 0 ? r : 0;
}

int store_run(struct store *store, const char *sql, const char *types, ...)
{
	struct connection *connection;
	va_list arguments;
	int r = store_write_begin(store, &connection);

	if (r < 0)
		return r;
	va_start(arguments, types);
	r = run(connection, sql, types, arguments);
	va_end(arguments);
	return store_write_end(store, connection, r);
}

int reading_start(struct reading *ret, struct store *store, const char *sql, const char *types, ...)
{
	struct reading reading = { .store = store };
	va_list arguments;
	int r = store_read_begin(store, &reading.connection);

	if (r < 0)
		return r;
	va_start(arguments, types);
	r = start(reading.connection, sql, &reading.rows, types, arguments);
	va_end(arguments);
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

int copy_begin(struct connection *connection, const char *into, const char *types)
{
	connection->copy_types = types;
	return connection->engine->copy_begin(connection, into, types);
}

int copy_put(struct connection *connection, ...)
{
	struct value values[ENGINE_MAX_VALUES];
	va_list arguments;
	size_t n;

	va_start(arguments, connection);
	n = take_values(values, connection->copy_types, arguments);
	va_end(arguments);
	return copy_values(connection, values, n);
}

int copy_values(struct connection *connection, const struct value *values, size_t n)
{
	return connection->engine->copy_put(connection, values, n);
}

int copy_end(struct connection *connection, int r)
{
	return connection->engine->copy_end(connection, r);
}
