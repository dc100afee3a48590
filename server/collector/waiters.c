#include "waiters.h"

#include <errno.h>
#include <string.h>
#include <time.h>

enum { TICK_MS = 500 };

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void unlink_wait(struct waiters *waiters, struct wait *wait)
{
	if (wait->previous)
		wait->previous->next = wait->next;
	else
		waiters->first[wait->topic] = wait->next;
	if (wait->next)
		wait->next->previous = wait->previous;
	waiters->n[wait->topic]--;
}

/* Resume those with @key, NULL for all, whose deadline is at or before @until.  After
 * MHD_resume_connection the request may run, and end, on another thread. */
static void resume(struct waiters *waiters, enum topic topic, const char *key, int64_t until)
{
	struct wait *next;

	for (struct wait *wait = waiters->first[topic]; wait; wait = next) {
		next = wait->next;
		if (wait->deadline_ms > until || (key && wait->key && strcmp(key, wait->key) != 0))
			continue;
		unlink_wait(waiters, wait);
		MHD_resume_connection(wait->connection);
	}
}

static void *run_clock(void *context)
{
	struct waiters *waiters = context;

	pthread_mutex_lock(&waiters->lock);
	while (!waiters->stopping) {
		int64_t at = now_ms() + TICK_MS;
		struct timespec ts = { .tv_sec = at / 1000, .tv_nsec = at % 1000 * 1000000 };
		pthread_cond_timedwait(&waiters->changed, &waiters->lock, &ts);
		for (enum topic topic = 0; topic < _TOPIC_MAX; topic++)
			resume(waiters, topic, NULL, now_ms());
	}
	pthread_mutex_unlock(&waiters->lock);
	return NULL;
}

int waiters_init(struct waiters *waiters)
{
	pthread_condattr_t monotonic;

	*waiters = (struct waiters){ 0 };
	pthread_mutex_init(&waiters->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&waiters->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return -pthread_create(&waiters->clock, NULL, run_clock, waiters);
}

void waiters_stop(struct waiters *waiters)
{
	pthread_mutex_lock(&waiters->lock);
	waiters->stopping = true;
	for (enum topic topic = 0; topic < _TOPIC_MAX; topic++)
		resume(waiters, topic, NULL, INT64_MAX);
	pthread_cond_signal(&waiters->changed);
	pthread_mutex_unlock(&waiters->lock);
}

void waiters_finish(struct waiters *waiters)
{
	pthread_join(waiters->clock, NULL);
	pthread_cond_destroy(&waiters->changed);
	pthread_mutex_destroy(&waiters->lock);
}

void waiters_wake_key(struct waiters *waiters, enum topic topic, const char *key)
{
	pthread_mutex_lock(&waiters->lock);
	waiters->generation[topic]++;
	resume(waiters, topic, key, INT64_MAX);
	pthread_mutex_unlock(&waiters->lock);
}

void waiters_wake(struct waiters *waiters, enum topic topic)
{
	waiters_wake_key(waiters, topic, NULL);
}

size_t waiters_count(struct waiters *waiters, enum topic topic)
{
	pthread_mutex_lock(&waiters->lock);
	size_t n = waiters->n[topic];
	pthread_mutex_unlock(&waiters->lock);
	return n;
}

uint64_t waiters_generation(struct waiters *waiters, enum topic topic)
{
	pthread_mutex_lock(&waiters->lock);
	uint64_t generation = waiters->generation[topic];
	pthread_mutex_unlock(&waiters->lock);
	return generation;
}

static int judge(struct waiters *waiters, struct wait *wait, uint64_t generation)
{
	size_t max = wait->topic == TOPIC_EVENTS ? WAITERS_MAX_PEOPLE : WAITERS_MAX_AGENTS;

	if (waiters->generation[wait->topic] != generation)
		return -EAGAIN;
	if (waiters->stopping || now_ms() >= wait->deadline_ms)
		return -ETIME;
	return waiters->n[wait->topic] >= max ? -EBUSY : 0;
}

int waiters_suspend(struct waiters *waiters, struct wait *wait, uint64_t generation,
		    unsigned wait_s)
{
	if (wait->deadline_ms == 0)
		wait->deadline_ms = now_ms() + (int64_t)wait_s * 1000;

	pthread_mutex_lock(&waiters->lock);
	int r = judge(waiters, wait, generation);
	if (r == 0) {
		wait->previous = NULL;
		wait->next = waiters->first[wait->topic];
		if (wait->next)
			wait->next->previous = wait;
		waiters->first[wait->topic] = wait;
		waiters->n[wait->topic]++;
		MHD_suspend_connection(wait->connection);
	}
	pthread_mutex_unlock(&waiters->lock);
	return r;
}
