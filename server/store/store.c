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
#include "schema.h"

struct store {
	pthread_mutex_t writer_lock; /* held from store_write_begin to store_write_end */
	struct connection writer;
	pthread_mutex_t readers_lock; /* guards lent */
	pthread_cond_t reader_back;
	struct connection readers[STORE_READERS];
	bool lent[STORE_READERS];
	int sections_fd;
};

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

static int open_database(struct store *store, const char *path, char error[256])
{
	int r = connection_open(&store->writer, path, 1);

	if (r == 0)
		r = schema_migrate(&store->writer);
	if (r == -EUCLEAN)
		snprintf(error, 256, "its schema was made by a newer devgate-collector");
	else if (r < 0)
		snprintf(error, 256, "%s", sqlite3_errmsg(store->writer.db));
	for (size_t i = 0; i < STORE_READERS && r == 0; i++) {
		r = connection_open(&store->readers[i], path, 0);
		if (r < 0)
			snprintf(error, 256, "%s", sqlite3_errmsg(store->readers[i].db));
	}
	return r;
}

int store_open(struct store **ret, const char *directory, char error[256])
{
	char path[PATH_MAX];
	struct store *store = calloc(1, sizeof(*store));

	snprintf(error, 256, "%s", strerror(ENOMEM));
	if (!store)
		return -ENOMEM;
	store->sections_fd = -1;
	pthread_mutex_init(&store->writer_lock, NULL);
	pthread_mutex_init(&store->readers_lock, NULL);
	pthread_cond_init(&store->reader_back, NULL);

	int r = open_sections(store, directory);
	if (r == 0 && snprintf(path, sizeof(path), "%s/devgate.db", directory) >= (int)sizeof(path))
		r = -ENAMETOOLONG;
	if (r < 0)
		snprintf(error, 256, "%s", strerror(-r));
	else
		r = open_database(store, path, error);
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
	for (size_t i = 0; i < STORE_READERS; i++)
		connection_close(&store->readers[i]);
	connection_close(&store->writer);
	if (store->sections_fd >= 0)
		close(store->sections_fd);
	pthread_cond_destroy(&store->reader_back);
	pthread_mutex_destroy(&store->readers_lock);
	pthread_mutex_destroy(&store->writer_lock);
	free(store);
}

int store_sections_fd(const struct store *store)
{
	return store->sections_fd;
}

int store_write_begin(struct store *store, struct connection **ret)
{
	pthread_mutex_lock(&store->writer_lock);
	int r = statement_run(&store->writer, "BEGIN IMMEDIATE", "");
	if (r < 0) {
		pthread_mutex_unlock(&store->writer_lock);
		return r;
	}
	*ret = &store->writer;
	return 0;
}

int store_write_end(struct store *store, int r)
{
	struct connection *writer = &store->writer;

	if (r >= 0) {
		int committed = statement_run(writer, "COMMIT", "");
		if (committed < 0)
			r = committed;
	}
	/* Also after a COMMIT that failed; some errors have rolled back by themselves. */
	if (r < 0 && !sqlite3_get_autocommit(writer->db))
		sqlite3_exec(writer->db, "ROLLBACK", NULL, NULL, NULL);
	pthread_mutex_unlock(&store->writer_lock);
	return r;
}

static struct connection *lend(struct store *store)
{
	pthread_mutex_lock(&store->readers_lock);
	for (;;) {
		for (size_t i = 0; i < STORE_READERS; i++) {
			if (store->lent[i])
				continue;
			store->lent[i] = true;
			pthread_mutex_unlock(&store->readers_lock);
			return &store->readers[i];
		}
		pthread_cond_wait(&store->reader_back, &store->readers_lock);
	}
}

static void give_back(struct store *store, struct connection *connection)
{
	pthread_mutex_lock(&store->readers_lock);
	store->lent[connection - store->readers] = false;
	pthread_cond_signal(&store->reader_back);
	pthread_mutex_unlock(&store->readers_lock);
}

int store_read_begin(struct store *store, struct connection **ret)
{
	struct connection *connection = lend(store);
	int r = statement_run(connection, "BEGIN", "");

	if (r < 0) {
		give_back(store, connection);
		return r;
	}
	*ret = connection;
	return 0;
}

void store_read_end(struct store *store, struct connection *connection)
{
	if (!sqlite3_get_autocommit(connection->db))
		sqlite3_exec(connection->db, "ROLLBACK", NULL, NULL, NULL);
	give_back(store, connection);
}

int store_check(struct store *store)
{
	struct reading reading;
	int r = reading_start(&reading, store, "SELECT version FROM migration", "");

	if (r < 0)
		return r;
	r = statement_next(reading.rows);
	return reading_end(&reading, r > 0 ? 0 : r == 0 ? -EIO : r);
}
