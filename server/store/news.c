#include "news.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "connection.h"

enum { RETRY_MS = 2000 };

struct news_follower {
	on_news *handler;
	void *context;
	const char *where; /* borrowed from the store */
	const struct engine *engine;
	struct connection connection;
	int stop_fd;
	pthread_t thread;
};

/* Wait for @fd (-1: none) or the end.  1 if it is the end. */
static int wait_for(const struct news_follower *follower, int fd, int timeout_ms)
{
	struct pollfd fds[] = { { .fd = follower->stop_fd, .events = POLLIN },
				{ .fd = fd, .events = POLLIN } };

	return poll(fds, 2, timeout_ms) > 0 && fds[0].revents != 0;
}

/* Follow until the end (1) or until the connection is lost (0). */
static int follow(struct news_follower *follower)
{
	const struct engine *engine = follower->engine;

	while (!wait_for(follower, engine->listen_fd(&follower->connection), NEWS_EVENTS_MS)) {
		unsigned news = NEWS_EVENTS;

		if (engine->hear(&follower->connection, &news) < 0)
			return 0;
		follower->handler(follower->context, news);
	}
	return 1;
}

static void *run(void *argument)
{
	struct news_follower *follower = argument;
	struct connection *connection = &follower->connection;

	for (;;) {
		int r = connection_open(connection, follower->engine, follower->where, false);

		if (r == 0)
			r = follower->engine->listen(connection);
		if (r == 0) {
			/* What was said before is not heard any more. */
			follower->handler(follower->context, _NEWS_ALL);
			r = follow(follower);
		}
		connection_close(connection);
		if (r > 0 || wait_for(follower, -1, RETRY_MS))
			return NULL;
	}
}

int news_follow(struct store *store, on_news *handler, void *context, struct news_follower **ret)
{
	const struct engine *engine = store_engine(store);
	struct news_follower *follower;
	int r;

	*ret = NULL;
	if (engine->listen == NULL)
		return 0;
	follower = calloc(1, sizeof(*follower));
	if (follower == NULL)
		return -ENOMEM;
	follower->handler = handler;
	follower->context = context;
	follower->engine = engine;
	follower->where = store_where(store);
	follower->stop_fd = eventfd(0, EFD_CLOEXEC);
	r = follower->stop_fd < 0 ? -errno
				  : -pthread_create(&follower->thread, NULL, run, follower);
	if (r < 0) {
		if (follower->stop_fd >= 0)
			close(follower->stop_fd);
		free(follower);
		return r;
	}
	*ret = follower;
	return 0;
}

void news_stop(struct news_follower *follower)
{
	uint64_t one = 1;

	if (follower == NULL)
		return;
	if (write(follower->stop_fd, &one, sizeof(one)) < 0)
		abort(); /* an eventfd(2) that nobody else writes to has room */
	pthread_join(follower->thread, NULL);
	close(follower->stop_fd);
	free(follower);
}

int news_tell(struct connection *connection, enum news news)
{
	return connection->engine->tell == NULL ? 0 : connection->engine->tell(connection, news);
}
