/* group_commit - one writer, and threads that take turns with it: those that queue up for it share
 * one commit, and so one fsync.  Internal to server/store.
 *
 * Each turn is a savepoint in a transaction that the first of the group began.  Whoever ends a turn
 * while nobody waits for the next one commits for all; the others sleep until that is done.  So a
 * lone writer commits at once, and a crowd commits as fast as the disk syncs. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "connection.h"

enum { GROUP_COMMIT_MAX = 64 }; /* turns that share a commit at most */

struct group_member;

struct group_commit {
	pthread_mutex_t lock; /* held for a turn */
	pthread_cond_t committed;
	struct connection writer;
	unsigned waiting;	      /* threads that want the next turn; atomic */
	size_t turns;		      /* of the group that is open, 0: none is */
	struct group_member *members; /* that wait for its commit; on their stacks */
};

void group_commit_init(struct group_commit *group);
/* Nobody may be using it. */
void group_commit_finish(struct group_commit *group);

/* Wait for a turn, and begin it.  0 or -errno. */
int group_commit_begin(struct group_commit *group, struct connection **ret)
	__attribute__((warn_unused_result));

/* End the turn: keep what it wrote if @r is 0 or more, and return when that is durable; else undo
 * it.  Returns @r, or why the commit failed: then nothing of the group was written. */
int group_commit_end(struct group_commit *group, int r) __attribute__((warn_unused_result));
