/* disk_watch - is there room to keep what comes?  Once the store has said that its disk is full,
 * uploads are refused without being tried, and a thread tries every few seconds whether there is
 * room again: a disk that is made room on goes on by itself, and one that is not is not worn out by
 * attempts (at PostgreSQL each writes to its log, whose own end stops the database).
 * The thread also warns, once, when little room is left. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "server/store/store.h"

enum { DISK_WATCH_TRY_S = 5, DISK_WATCH_LOOK_S = 60 };

struct disk_watch {
	struct store *store;   /* borrowed */
	const char *directory; /* borrowed; for people */
	bool is_elsewhere;     /* the database is PostgreSQL's, not in the directory */
	bool is_low;	       /* of the thread alone */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	atomic_bool full;
	int64_t since_ms, said_ms; /* CLOCK_MONOTONIC; 0: never */
	bool said;		   /* that it is full, and not yet that there is room */
	atomic_ullong refused;	   /* requests, since the start */
	bool stopping;
	pthread_t thread;
};

/* Look now, and then every minute.  Returns 0 or -errno, after which disk_watch_stop is not needed.
 * Until it is started, nothing is full. */
int disk_watch_start(struct disk_watch *watch, struct store *store, const char *directory,
		     bool is_elsewhere) __attribute__((warn_unused_result));
/* Harmless on zeros. */
void disk_watch_stop(struct disk_watch *watch);

/* The store has refused a write for want of room; @why is what it said.  Logged when it begins and
 * once a minute. */
void disk_watch_note(struct disk_watch *watch, const char *why);
/* A request is refused for it. */
void disk_watch_count(struct disk_watch *watch);
bool disk_watch_is_full(const struct disk_watch *watch);

/* Is so little of @size bytes free that somebody should see to it? */
bool disk_watch_is_low(uint64_t free, uint64_t size);
