/* child - run one function in a short-lived process of its own, and get a small answer from it.
 * For what may wait for a device as long as it likes, or reads what a device says: the loop goes on
 * meanwhile, a child that is not done in time is killed, and one that breaks takes nothing with it.
 *
 * What comes back are bytes from a process that may have been taken over: their number is checked
 * here, what they say is the caller's to check.  Not for what is repeated often (workers.h). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <systemd/sd-event.h>

enum { CHILD_ANSWER_MAX = 1024 }; /* below PIPE_BUF: the child never waits for its reader */

struct child; /* one errand; belongs to the loop until its process has exited */

struct child_task {
	/* In the child, with a copy of @request, and @answer_fd to write(2) to.  The child has what
	 * its parent has open, and its signal mask; it must not return to the loop nor write to
	 * anything of the parent's.  malloc(3) may be called, though the parent has threads: glibc
	 * sees to it (malloc/arena.c, __malloc_fork_lock_parent).  Returns 0 or -errno. */
	int (*run)(const void *request, int answer_fd);
	const void *request; /* borrowed for the call */
	size_t answer_size;  /* what @run writes in all, if it succeeds: 0 to CHILD_ANSWER_MAX */
	unsigned timeout_ms;
};

/* Called once: @result 0 and the answer, of answer_size bytes, borrowed for the call; or what went
 * wrong, and NULL: what @run gave; -ETIME, not done in time; -EINTR, ended by a signal; -EBADMSG,
 * an answer of another size.  The errand is not valid any more after it. */
typedef void child_handler(void *userdata, int result, const void *answer);

/* SIGCHLD must be blocked (sd_event_add_child(3)).  Lends *@ret until @on_done is called.
 * Returns 0; -ENOMEM; what pipe(2), fork(2) and sd-event give. */
int child_start(sd_event *loop, const struct child_task *task, child_handler *on_done,
		void *userdata, struct child **ret) __attribute__((warn_unused_result));

/* Give up: the child is killed and @on_done not called.  NULL is allowed. */
void child_cancel(struct child *child);
