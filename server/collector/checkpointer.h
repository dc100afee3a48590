/* checkpointer - a thread that signs a checkpoint of all ledgers every so often. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "server/pki/checkpoint_key.h"
#include "server/store/store.h"

enum { CHECKPOINT_IDLE_S = 24 * 3600 }; /* one a day even if nothing has grown */

struct checkpointer {
	struct store *store;		  /* borrowed */
	const struct checkpoint_key *key; /* borrowed */
	unsigned every_s;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stopping;
	pthread_t thread;
};

/* Make one now, and then every @every_s seconds; after a failure a minute later already.  Returns 0
 * or -errno. */
int checkpointer_start(struct checkpointer *checkpointer, struct store *store,
		       const struct checkpoint_key *key, unsigned every_s)
	__attribute__((warn_unused_result));
/* Make a last one, and end. */
void checkpointer_stop(struct checkpointer *checkpointer);
