#include "group_commit.h"

#include <errno.h>
#include <stdio.h>

/* A turn that is done, and waits for its commit. */
struct group_member {
	struct group_member *next;
	bool done;
	int r;
	char error[128]; /* what the database said to the thread that ended the group */
};

void group_commit_init(struct group_commit *group)
{
	*group = (struct group_commit){ 0 };
	pthread_mutex_init(&group->lock, NULL);
	pthread_cond_init(&group->committed, NULL);
}

void group_commit_finish(struct group_commit *group)
{
	connection_close(&group->writer);
	pthread_cond_destroy(&group->committed);
	pthread_mutex_destroy(&group->lock);
}

/* Tell all that wait how it ended; there is no group any more. */
static void disband(struct group_commit *group, int r)
{
	for (struct group_member *member = group->members; member != NULL; member = member->next) {
		member->r = r;
		snprintf(member->error, sizeof(member->error), "%s", r < 0 ? store_error() : "");
		member->done = true;
	}
	group->members = NULL;
	group->turns = 0;
	pthread_cond_broadcast(&group->committed);
}

/* Some errors (a full disk) roll the whole transaction back by themselves. */
static bool is_open(const struct group_commit *group)
{
	return group->writer.engine->in_transaction(&group->writer);
}

static int commit(struct group_commit *group)
{
	int r = connection_run(&group->writer, "COMMIT");

	if (r < 0 && is_open(group) && connection_run(&group->writer, "ROLLBACK") < 0)
		r = -EIO;
	disband(group, r);
	return r;
}

/* A turn could not begin, for @r.  Those that wait must not do so for ever. */
static void skip_turn(struct group_commit *group, int r)
{
	if (!is_open(group))
		disband(group, r);
	else if (group->turns == 0)
		disband(group, connection_run(&group->writer, "ROLLBACK"));
	else if (__atomic_load_n(&group->waiting, __ATOMIC_SEQ_CST) == 0 && commit(group) < 0)
		group->turns = 0;
}

int group_commit_begin(struct group_commit *group, struct connection **ret)
{
	int r = 0;

	__atomic_add_fetch(&group->waiting, 1, __ATOMIC_SEQ_CST);
	pthread_mutex_lock(&group->lock);
	__atomic_sub_fetch(&group->waiting, 1, __ATOMIC_SEQ_CST);
	if (group->turns == 0)
		r = connection_run(&group->writer, group->writer.engine->begin_writing);
	if (r == 0)
		r = connection_run(&group->writer, "SAVEPOINT turn");
	if (r < 0) {
		skip_turn(group, r);
		pthread_mutex_unlock(&group->lock);
		return r;
	}
	group->turns++;
	*ret = &group->writer;
	return 0;
}

/* Wait until somebody has committed this turn. */
static int await_commit(struct group_commit *group)
{
	struct group_member self = { .next = group->members };

	/* It is out of the list before this returns: disband() empties it. */
	// cppcheck-suppress autoVariables
	group->members = &self;
	while (!self.done)
		pthread_cond_wait(&group->committed, &group->lock);
	return self.r < 0 ? engine_fail(self.r, "%s", self.error) : self.r;
}

/* The savepoint goes with a transaction that is gone: then @r, and what the database said of it,
 * are why. */
static int end_turn(struct group_commit *group, int r)
{
	if (!is_open(group))
		return r < 0 ? r : -EIO;
	return connection_run(&group->writer,
			      r < 0 ? "ROLLBACK TO turn; RELEASE turn" : "RELEASE turn");
}

int group_commit_end(struct group_commit *group, int r)
{
	bool last = __atomic_load_n(&group->waiting, __ATOMIC_SEQ_CST) == 0 ||
		    group->turns >= GROUP_COMMIT_MAX;
	int end = end_turn(group, r);

	if (end < 0 || !is_open(group)) {
		end = end < 0 ? end : -EIO;
		if (is_open(group) && connection_run(&group->writer, "ROLLBACK") < 0)
			end = -EIO;
		disband(group, end);
	} else if (last) {
		end = commit(group);
	} else if (r >= 0) {
		end = await_commit(group);
	}
	pthread_mutex_unlock(&group->lock);
	return r >= 0 && end < 0 ? end : r;
}
