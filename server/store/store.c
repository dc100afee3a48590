#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "connection.h"
#include "group_commit.h"
#include "pool.h"
#include "schema.h"

struct store {
	const struct engine *engine;
	char *where;		   /* what it opens; owned */
	struct group_commit group; /* SQLite's writer */
	struct pool writers;	   /* PostgreSQL's */
	struct pool readers;
	int sections_fd;
};

static bool has_one_writer(const struct store *store)
{
	return store->engine == &sqlite_engine;
}

static int open_sections(struct store *store, const char *directory)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/sections", directory) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return -errno;
	store->sections_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return store->sections_fd < 0 ? -errno : 0;
}

/* The first writer brings the schema up to date before others look at it. */
static int open_writers(struct store *store)
{
	struct connection *first =
		has_one_writer(store) ? &store->group.writer : &store->writers.connections[0];
	int r = connection_open(first, store->engine, store->where, true);

	if (r == 0)
		r = schema_migrate(first);
	if (r < 0 || has_one_writer(store))
		return r;
	return pool_open(&store->writers, store->engine, store->where, STORE_WRITERS, true);
}

static int open_database(struct store *store, char error[256])
{
	int r = open_writers(store);

	if (r == 0)
		r = pool_open(&store->readers, store->engine, store->where, STORE_READERS, false);
	if (r == -EUCLEAN)
		snprintf(error, 256, "its schema was made by a newer devgate-collector");
	else if (r < 0)
		snprintf(error, 256, "%s", store_error());
	return r;
}

/* The engine for @where, and what to give it. */
static int choose(struct store *store, const char *where, const char *directory)
{
	int n;

	if (where == NULL) {
		store->engine = &sqlite_engine;
		n = asprintf(&store->where, "%s/devgate.db", directory);
	} else if (strncmp(where, "postgresql://", strlen("postgresql://")) == 0) {
		store->engine = &postgresql_engine;
		n = asprintf(&store->where, "%s", where);
	} else {
		return -EINVAL;
	}
	if (n < 0)
		store->where = NULL;
	return n < 0 ? -ENOMEM : 0;
}

int store_open(struct store **ret, const char *where, const char *directory, char error[256])
{
	struct store *store = calloc(1, sizeof(*store));

	snprintf(error, 256, "%s", strerror(ENOMEM));
	if (!store)
		return -ENOMEM;
	store->sections_fd = -1;
	group_commit_init(&store->group);
	pool_init(&store->writers);
	pool_init(&store->readers);

	int r = choose(store, where, directory);
	if (r == 0)
		r = open_sections(store, directory);
	if (r < 0)
		snprintf(error, 256, "%s", strerror(-r));
	else
		r = open_database(store, error);
	if (r < 0) {
		store_close(store);
		return r;
	}
	*ret = store;
	return 0;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	pool_finish(&store->readers);
	pool_finish(&store->writers);
	group_commit_finish(&store->group);
	if (store->sections_fd >= 0)
		close(store->sections_fd);
	free(store->where);
	free(store);
}

const struct engine *store_engine(const struct store *store)
{
	return store->engine;
}

const char *store_where(const struct store *store)
{
	return store->where;
}

int store_sections_fd(const struct store *store)
{
	return store->sections_fd;
}

int store_write_begin(struct store *store, struct connection **ret)
{
	if (has_one_writer(store))
		return group_commit_begin(&store->group, ret);
	return pool_begin(&store->writers, store->engine->begin_writing, ret);
}

int store_write_end(struct store *store, struct connection *connection, int r)
{
	if (has_one_writer(store))
		return group_commit_end(&store->group, r);
	if (r >= 0) {
		int committed = connection_run(connection, "COMMIT");
		if (committed < 0)
			r = committed;
	}
	pool_end(&store->writers, connection);
	return r;
}

int store_read_begin(struct store *store, struct connection **ret)
{
	return pool_begin(&store->readers, store->engine->begin_reading, ret);
}

void store_read_end(struct store *store, struct connection *connection)
{
	pool_end(&store->readers, connection);
}

const char *store_name(const struct store *store)
{
	return store->engine->name;
}

int64_t store_known_version(void)
{
	return schema_current();
}

int store_version(struct store *store, int64_t *ret)
{
	struct connection *connection;
	int r = store_read_begin(store, &connection);

	if (r < 0)
		return r;
	r = schema_version(connection, ret);
	store_read_end(store, connection);
	return r;
}

int store_check(struct store *store)
{
	struct reading reading;
	int r = reading_start(&reading, store, "SELECT max(version) FROM migration", "");

	if (r < 0)
		return r;
	r = statement_next(reading.rows);
	return reading_end(&reading, r > 0 ? 0 : r == 0 ? -EIO : r);
}
