/* disposer - a thread that disposes of records whose time is over, a few at a time, so that uploads
 * never wait long for it. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "server/pki/checkpoint_key.h"
#include "server/store/store.h"

enum {
	DISPOSER_PAUSE_MS = 50, /* between steps */
	DISPOSER_EVERY_S = 24 * 3600,
};

struct disposer {
	struct store *store;		  /* borrowed */
	const struct checkpoint_key *key; /* borrowed */
	unsigned every_s;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stopping;
	pthread_t thread;
};

/* Look through all ledgers now, and then every @every_s seconds.  Returns 0 or -errno. */
int disposer_start(struct disposer *disposer, struct store *store, const struct checkpoint_key *key,
		   unsigned every_s) __attribute__((warn_unused_result));
/* End after the step that runs. */
void disposer_stop(struct disposer *disposer);
