#include "checkpointer.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "server/store/checkpoints.h"

enum { AGAIN_S = 60 }; /* after a failure: a disk that was full, a database that was away */

/* Returns 0 or why there is none. */
static int make(struct checkpointer *checkpointer)
{
	int64_t leaves;
	int r = checkpoints_make(checkpointer->store, &checkpointer->key->key,
				 checkpointer->key->secret, (int64_t)time(NULL), CHECKPOINT_IDLE_S,
				 &leaves);

	if (r < 0)
		log_line(LOG_LEVEL_ERROR, "checkpoint-failed", "no checkpoint: %s (store: %s)",
			 strerror(-r), store_error());
	else if (leaves > 0)
		log_about(LOG_LEVEL_INFO, "checkpoint", LOG_ABOUT(LOG_NUMBER("ledgers", leaves)),
			  "%" PRId64 " ledgers have grown", leaves);
	return r;
}

static void *run(void *argument)
{
	struct checkpointer *checkpointer = argument;
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	pthread_mutex_lock(&checkpointer->lock);
	while (!checkpointer->stopping) {
		pthread_mutex_unlock(&checkpointer->lock);
		bool failed = make(checkpointer) < 0;
		at.tv_sec +=
			failed && checkpointer->every_s > AGAIN_S ? AGAIN_S : checkpointer->every_s;
		pthread_mutex_lock(&checkpointer->lock);
		while (!checkpointer->stopping &&
		       pthread_cond_timedwait(&checkpointer->changed, &checkpointer->lock, &at) !=
			       ETIMEDOUT)
			;
	}
	pthread_mutex_unlock(&checkpointer->lock);
	(void)make(checkpointer);
	return NULL;
}

int checkpointer_start(struct checkpointer *checkpointer, struct store *store,
		       const struct checkpoint_key *key, unsigned every_s)
{
	pthread_condattr_t monotonic;
	int r;

	*checkpointer = (struct checkpointer){ .store = store, .key = key, .every_s = every_s };
	pthread_mutex_init(&checkpointer->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&checkpointer->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	r = -pthread_create(&checkpointer->thread, NULL, run, checkpointer);
	if (r < 0) {
		pthread_cond_destroy(&checkpointer->changed);
		pthread_mutex_destroy(&checkpointer->lock);
	}
	return r;
}

void checkpointer_stop(struct checkpointer *checkpointer)
{
	pthread_mutex_lock(&checkpointer->lock);
	checkpointer->stopping = true;
	pthread_cond_signal(&checkpointer->changed);
	pthread_mutex_unlock(&checkpointer->lock);
	pthread_join(checkpointer->thread, NULL);
	pthread_cond_destroy(&checkpointer->changed);
	pthread_mutex_destroy(&checkpointer->lock);
}
