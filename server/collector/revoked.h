/* revoked - what must not be served, in memory, asked at each request: the serial numbers of
 * revoked certificates, and the machines that show another's identity ("host id/boot id"). */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "server/store/hosts.h"

enum { REVOKED_MAX = 1000000 };

struct revoked {
	pthread_rwlock_t lock;
	char (*entries)[HOST_REFUSED_SIZE]; /* owned, sorted */
	size_t n;
	bool stale; /* the store holds revocations that are not here */
};

/* An empty set. */
void revoked_init(struct revoked *revoked);
void revoked_finish(struct revoked *revoked);

/* Read the set from the store anew, after each revocation.  On failure it is stale, and is read
 * again before it is next asked.  Returns 0; -E2BIG above REVOKED_MAX; -ENOMEM; errors of the
 * store. */
int revoked_reload(struct revoked *revoked, struct store *store)
	__attribute__((warn_unused_result));

/* 1: revoked; 0: not; errors of revoked_reload: not known, so the caller refuses. */
int revoked_contains(struct revoked *revoked, struct store *store, const char *entry)
	__attribute__((warn_unused_result));
