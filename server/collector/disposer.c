#include "disposer.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "server/store/audit.h"
#include "server/store/disposals.h"
#include "server/store/retentions.h"

/* Wait, or until it is to stop.  Returns true if it is. */
static bool rest(struct disposer *disposer, int64_t ms)
{
	struct timespec at;
	bool stopping;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += ms / 1000;
	at.tv_nsec += ms % 1000 * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&disposer->lock);
	while (!disposer->stopping &&
	       pthread_cond_timedwait(&disposer->changed, &disposer->lock, &at) != ETIMEDOUT)
		;
	stopping = disposer->stopping;
	pthread_mutex_unlock(&disposer->lock);
	return stopping;
}

static int look_through(struct disposer *disposer, struct disposals_tally *tally)
{
	struct disposals_cursor cursor = { 0 };
	struct retention_set set;
	int r = retentions_current(disposer->store, &set);
	const struct disposals disposals = { &set.retention, &disposer->key->key,
					     disposer->key->secret, (int64_t)time(NULL), false };

	if (r == 0)
		r = 1;
	while (r > 0) {
		r = disposals_step(disposer->store, &disposals, &cursor, tally);
		if (r > 0 && rest(disposer, DISPOSER_PAUSE_MS))
			break;
	}
	return r < 0 ? r : disposals_finish(disposer->store, &disposals, AUDIT_COLLECTOR, tally);
}

static void dispose(struct disposer *disposer)
{
	struct disposals_tally tally = { 0 };
	int r = look_through(disposer, &tally);
	const uint64_t others = tally.grants + tally.findings + tally.tokens + tally.starts;

	/* -EAGAIN: another collector is at it. */
	if (r < 0 && r != -EAGAIN)
		log_line(LOG_LEVEL_ERROR, "disposal-failed", "%s (store: %s)", strerror(-r),
			 store_error());
	if (tally.damaged > 0)
		log_about(LOG_LEVEL_ERROR, "disposal-damaged",
			  LOG_ABOUT(LOG_NUMBER("ledgers", tally.damaged)),
			  "%" PRIu64 " ledgers do not form their chains; nothing more of them is "
			  "disposed of",
			  tally.damaged);
	if (tally.disposed + tally.persons + tally.names + others > 0)
		log_about(LOG_LEVEL_INFO, "disposed",
			  LOG_ABOUT(LOG_NUMBER("lines", tally.disposed),
				    LOG_NUMBER("held", tally.held), LOG_NUMBER("others", others)),
			  "%" PRIu64 " lines, who it was in %" PRIu64 " roll-ups and %" PRIu64
			  " other records, and %" PRIu64 " grants, findings, tokens and starts; "
			  "%" PRIu64 " lines are held",
			  tally.disposed, tally.persons, tally.names, others, tally.held);
}

static void *run(void *argument)
{
	struct disposer *disposer = argument;

	do
		dispose(disposer);
	while (!rest(disposer, (int64_t)disposer->every_s * 1000));
	return NULL;
}

int disposer_start(struct disposer *disposer, struct store *store, const struct checkpoint_key *key,
		   unsigned every_s)
{
	pthread_condattr_t monotonic;
	int r;

	*disposer = (struct disposer){ .store = store, .key = key, .every_s = every_s };
	pthread_mutex_init(&disposer->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&disposer->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	r = -pthread_create(&disposer->thread, NULL, run, disposer);
	if (r < 0) {
		pthread_cond_destroy(&disposer->changed);
		pthread_mutex_destroy(&disposer->lock);
	}
	return r;
}

void disposer_stop(struct disposer *disposer)
{
	pthread_mutex_lock(&disposer->lock);
	disposer->stopping = true;
	pthread_cond_signal(&disposer->changed);
	pthread_mutex_unlock(&disposer->lock);
	pthread_join(disposer->thread, NULL);
	pthread_cond_destroy(&disposer->changed);
	pthread_mutex_destroy(&disposer->lock);
}
