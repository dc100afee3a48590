#include "pool.h"

#include <assert.h>

void pool_init(struct pool *pool)
{
	*pool = (struct pool){ 0 };
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->back, NULL);
}

void pool_finish(struct pool *pool)
{
	for (size_t i = 0; i < POOL_MAX; i++)
		connection_close(&pool->connections[i]);
	pthread_cond_destroy(&pool->back);
	pthread_mutex_destroy(&pool->lock);
}

int pool_open(struct pool *pool, const struct engine *engine, const char *where, size_t n,
	      bool writer)
{
	int r = 0;

	assert(n <= POOL_MAX);
	pool->n = n;
	for (size_t i = 0; i < n && r == 0; i++) {
		if (pool->connections[i].engine == NULL)
			r = connection_open(&pool->connections[i], engine, where, writer);
	}
	return r;
}

static struct connection *lend(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	for (;;) {
		for (size_t i = 0; i < pool->n; i++) {
			if (pool->lent[i])
				continue;
			pool->lent[i] = true;
			pthread_mutex_unlock(&pool->lock);
			return &pool->connections[i];
		}
		pthread_cond_wait(&pool->back, &pool->lock);
	}
}

static void give_back(struct pool *pool, struct connection *connection)
{
	pthread_mutex_lock(&pool->lock);
	pool->lent[connection - pool->connections] = false;
	pthread_cond_signal(&pool->back);
	pthread_mutex_unlock(&pool->lock);
}

int pool_begin(struct pool *pool, const char *begin, struct connection **ret)
{
	struct connection *connection = lend(pool);
	int r = connection->engine->revive(connection);

	if (r == 0)
		r = connection_run(connection, begin);
	/* That it is gone is often seen only now. */
	if (r < 0 && connection->engine->revive(connection) == 0)
		r = connection_run(connection, begin);
	if (r < 0) {
		give_back(pool, connection);
		return r;
	}
	*ret = connection;
	return 0;
}

void pool_end(struct pool *pool, struct connection *connection)
{
	/* If it cannot be rolled back it is gone, and so is its transaction. */
	if (connection->engine->in_transaction(connection) &&
	    connection_run(connection, "ROLLBACK") < 0)
		(void)connection;
	give_back(pool, connection);
}
