/* uploads - the queue between the threads that speak HTTP and those that keep events.
 * An upload sleeps while its lines are judged and committed: its connection is suspended, and the
 * thread that served it goes on with other machines.  Several are kept at a time, and those that
 * want the store's writer together share a commit (group_commit.h). */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include <microhttpd.h>

#include "disk_watch.h"
#include "ingest.h"

/* More than processors: most of them wait for the disk. */
enum { UPLOADS_THREADS = 8 };

/* One upload; a member of its request.  Texts are borrowed until it is done. */
struct upload {
	struct MHD_Connection *connection;
	const char *host, *ledger, *lines;
	size_t size;
	struct upload *next;
	bool done; /* r is ingest()'s return, and result what it found */
	int r;
	struct ingest_result result;
};

struct uploads {
	struct store *store;	 /* borrowed */
	struct disk_watch *disk; /* borrowed: told when there is no room */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct upload *first, **end; /* borrowed, in order of arrival */
	bool stopping;
	pthread_t threads[UPLOADS_THREADS];
	size_t n_threads;
};

/* Start the threads.  0 or -errno, after which uploads_stop is not needed. */
int uploads_start(struct uploads *uploads, struct store *store, struct disk_watch *disk)
	__attribute__((warn_unused_result));
/* Keep all that is queued, and join the threads; nobody may add more.  Harmless on zeros. */
void uploads_stop(struct uploads *uploads);

/* Suspend @upload's connection, from its own handler, until it is done; the handler returns MHD_YES
 * and is called again then. */
void uploads_add(struct uploads *uploads, struct upload *upload);
