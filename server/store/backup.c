#include "backup.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "chains.h"
#include "connection.h"
#include "move.h"
#include "schema.h"

static int __attribute__((format(printf, 3, 4)))
say(struct backup_counts *counts, int r, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(counts->text, sizeof(counts->text), format, arguments);
	va_end(arguments);
	return r;
}

static int examine(struct connection *connection, struct backup_counts *counts)
{
	int r = 0;

	if (connection->engine->examine != NULL)
		r = connection->engine->examine(connection);
	return r < 0 ? say(counts, r, "the database is damaged: %s", store_error()) : 0;
}

static int verify(struct connection *connection, const struct note_key *key,
		  struct backup_counts *counts)
{
	struct chains chains = { .ends = connection, .lines = connection, .key = key };
	int64_t hosts = 0;
	int r = examine(connection, counts);

	if (r < 0)
		return r;
	r = schema_version(connection, &counts->schema);
	if (r == 0)
		r = statement_get(connection, 0, &hosts, "SELECT count(*) FROM host", "");
	if (r == 0)
		r = chains_check(&chains);
	counts->hosts = (uint64_t)hosts;
	counts->ledgers = chains.ledgers;
	counts->events = chains.events;
	counts->disposed = chains.disposed;
	counts->checkpoints = chains.checkpoints;
	if (r < 0)
		say(counts, r, "%s", *chains.text ? chains.text : store_error());
	return r;
}

int store_verify(struct store *store, const struct note_key *key, struct backup_counts *ret)
{
	struct connection *connection;
	int r = store_read_begin(store, &connection);

	*ret = (struct backup_counts){ 0 };
	if (r < 0)
		return say(ret, r, "%s", store_error());
	r = verify(connection, key, ret);
	store_read_end(store, connection);
	return r;
}

/* Nobody's schema is changed by a backup. */
static int check_schema(struct connection *connection, struct backup_counts *ret)
{
	int r = schema_version(connection, &ret->schema);

	if (r < 0)
		return say(ret, r, "%s", store_error());
	if (ret->schema == schema_current())
		return 0;
	return say(ret, -ESTALE,
		   "the database has schema %lld, and this program's is %lld: use the "
		   "devgate-collector that it was made by",
		   (long long)ret->schema, (long long)schema_current());
}

static int copy_sqlite(const char *directory, const char *to, struct backup_counts *ret)
{
	char from_path[PATH_MAX], to_path[PATH_MAX];
	struct connection connection;
	int r;

	if (snprintf(from_path, sizeof(from_path), "%s/devgate.db", directory) >= PATH_MAX ||
	    snprintf(to_path, sizeof(to_path), "%s/devgate.db", to) >= PATH_MAX)
		return say(ret, -ENAMETOOLONG, "%s", strerror(ENAMETOOLONG));
	r = connection_open(&connection, &sqlite_engine, from_path, false);
	if (r < 0)
		say(ret, r, "%s: %s", from_path, store_error());
	if (r == 0)
		r = check_schema(&connection, ret);
	if (r == 0) {
		r = sqlite_engine.copy(&connection, to_path);
		if (r < 0)
			say(ret, r, "%s", store_error());
	}
	connection_close(&connection);
	return r;
}

static void no_progress(void *context, bool checked, uint64_t done, uint64_t total)
{
	(void)context;
	(void)checked;
	(void)done;
	(void)total;
}

/* From PostgreSQL, row by row; it is looked at first without changing its schema. */
static int copy_rows(const struct backup *backup, struct store *to, struct backup_counts *ret)
{
	const struct move_watch watch = { .progress = no_progress, .key = backup->key };
	struct connection connection;
	struct move_result result;
	char error[256];
	struct store *from;
	int r = connection_open(&connection, &postgresql_engine, backup->where, false);

	if (r < 0)
		say(ret, r, "%s", store_error());
	else
		r = check_schema(&connection, ret);
	connection_close(&connection);
	if (r < 0)
		return r;
	r = store_open(&from, backup->where, backup->directory, error);
	if (r < 0)
		return say(ret, r, "%s", error);
	r = store_move(from, to, &watch, &result);
	if (r < 0)
		say(ret, r, "%s", *result.text ? result.text : store_error());
	store_close(from);
	return r;
}

int store_backup(const struct backup *backup, struct backup_counts *ret)
{
	struct store *copy;
	char error[256];
	int r = 0;

	*ret = (struct backup_counts){ 0 };
	if (backup->where == NULL)
		r = copy_sqlite(backup->directory, backup->to, ret);
	if (r < 0)
		return r;
	r = store_open(&copy, NULL, backup->to, error);
	if (r < 0)
		return say(ret, r, "%s", error);
	if (backup->where != NULL)
		r = copy_rows(backup, copy, ret);
	if (r == 0)
		r = store_verify(copy, backup->key, ret);
	store_close(copy);
	return r;
}
