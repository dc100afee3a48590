/* pool - a fixed number of connections, lent to one thread at a time.  Internal to server/store. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "connection.h"

enum { POOL_MAX = 8 };

struct pool {
	pthread_mutex_t lock; /* guards lent */
	pthread_cond_t back;
	size_t n;
	struct connection connections[POOL_MAX];
	bool lent[POOL_MAX];
};

/* An empty pool. */
void pool_init(struct pool *pool);
void pool_finish(struct pool *pool);

/* Open those of the first @n connections that are not open yet.  0 or -errno. */
int pool_open(struct pool *pool, const struct engine *engine, const char *where, size_t n,
	      bool writer) __attribute__((warn_unused_result));

/* Lend a connection (waits for one), bring it back to life if its server went away, and @begin a
 * transaction on it.  0 or -errno. */
int pool_begin(struct pool *pool, const char *begin, struct connection **ret)
	__attribute__((warn_unused_result));

/* Roll back what was not committed, and take the connection back. */
void pool_end(struct pool *pool, struct connection *connection);
