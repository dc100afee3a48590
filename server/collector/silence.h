/* silence - a thread that looks every so often which workstations have fallen silent: not heard of
 * for some time, though their agents did not say that they would end.  Each becomes a finding and a
 * warning in the log, once. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "server/store/store.h"

enum {
	SILENCE_AFTER_S = 900, /* agents speak every minute */
	SILENCE_AFTER_MIN_S = 120,
	SILENCE_AFTER_MAX_S = 30 * 24 * 3600,
};

struct silence {
	struct store *store;   /* borrowed */
	atomic_uint *after_s;  /* borrowed; may change */
	atomic_ullong *silent; /* borrowed; how many are silent now */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stopping;
	pthread_t thread;
};

/* Look now, and then every quarter of @after_s, a minute at most.  Returns 0 or -errno. */
int silence_start(struct silence *silence, struct store *store, atomic_uint *after_s,
		  atomic_ullong *silent) __attribute__((warn_unused_result));
void silence_stop(struct silence *silence);
