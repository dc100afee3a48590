/* waiters - requests that wait for news: suspended connections, woken by topic or by the clock.
 * libmicrohttpd never times a suspended connection out, so each has a deadline here.  A request
 * asks again after it is woken, so waking one too many is harmless; waking one too few is ruled
 * out by the generation it looked at before it decided to wait. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <microhttpd.h>

enum topic { TOPIC_POLICY, TOPIC_REVOCATIONS, TOPIC_EVENTS, TOPIC_GRANTS, _TOPIC_MAX };

enum { WAIT_MAX_S = 90, WAITERS_MAX_AGENTS = 20000, WAITERS_MAX_PEOPLE = 64 };

/* One waiting request; a member of it. */
struct wait {
	struct MHD_Connection *connection;
	struct wait *next, *previous;
	enum topic topic;
	const char *key;     /* for whom; NULL: anybody; borrowed while it waits */
	int64_t deadline_ms; /* CLOCK_MONOTONIC; 0: the wait has not begun */
};

struct waiters {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t clock;
	bool stopping;
	uint64_t generation[_TOPIC_MAX];
	size_t n[_TOPIC_MAX];
	struct wait
		*first[_TOPIC_MAX]; /* borrowed: each is out of the list before its request ends */
};

/* Start the thread that ends waits at their deadlines.  Returns 0 or -errno. */
int waiters_init(struct waiters *waiters) __attribute__((warn_unused_result));
/* End all waits, and refuse new ones. */
void waiters_stop(struct waiters *waiters);
/* Join the thread; after waiters_stop. */
void waiters_finish(struct waiters *waiters);

/* Something new on @topic: everybody who waits for it asks again. */
void waiters_wake(struct waiters *waiters, enum topic topic);
/* The same, and only those whose key is @key need to ask. */
void waiters_wake_key(struct waiters *waiters, enum topic topic, const char *key);
/* How many wait for @topic. */
size_t waiters_count(struct waiters *waiters, enum topic topic);
/* Read before asking the store. */
uint64_t waiters_generation(struct waiters *waiters, enum topic topic);

/* Suspend @wait's connection, from its own handler, for at most @wait_s seconds since the first
 * call for this request.  Returns 0: suspended, the handler returns MHD_YES and is called again;
 * -EAGAIN: there was news since @generation; -ETIME: time is up, or the program stops; -EBUSY: too
 * many wait already. */
int waiters_suspend(struct waiters *waiters, struct wait *wait, uint64_t generation,
		    unsigned wait_s) __attribute__((warn_unused_result));
