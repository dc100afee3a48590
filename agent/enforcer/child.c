#include "child.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct child {
	sd_event_source *process; /* floating: the loop owns it, and it owns this struct */
	sd_event_source *deadline;
	pid_t pid;
	int answer_fd; /* the end that is read */
	size_t answer_size;
	child_handler *on_done; /* NULL once it has been called, or is not wanted */
	void *userdata;
};

static void report(struct child *child, int result, const void *answer)
{
	child_handler *on_done = child->on_done;

	child->on_done = NULL;
	if (on_done != NULL)
		on_done(child->userdata, result, answer);
}

/* All of it is in the pipe: the child has exited.  Whoever else may hold the other end, nothing
 * here waits. */
static void report_answer(struct child *child)
{
	uint8_t answer[CHILD_ANSWER_MAX + 1];
	size_t size = 0;
	ssize_t n = 0;

	while (size < sizeof(answer) &&
	       (n = read(child->answer_fd, answer + size, sizeof(answer) - size)) > 0)
		size += (size_t)n;
	if (n < 0 || size != child->answer_size)
		report(child, -EBADMSG, NULL);
	else
		report(child, 0, answer);
}

static int on_exit_of(sd_event_source *source, const siginfo_t *info, void *userdata)
{
	struct child *child = userdata;

	if (info->si_code != CLD_EXITED)
		report(child, -EINTR, NULL);
	else if (info->si_status != 0)
		report(child, -info->si_status, NULL);
	else
		report_answer(child);
	sd_event_source_set_floating(source, false);
	sd_event_source_disable_unref(source); /* and with it @child */
	return 0;
}

/* The child is not waited for here: one that sleeps in the kernel dies when the device lets go. */
static int on_deadline(sd_event_source *source, uint64_t now_us, void *userdata)
{
	struct child *child = userdata;

	(void)source;
	(void)now_us;
	kill(child->pid, SIGKILL);
	report(child, -ETIME, NULL);
	return 0;
}

static void destroy(void *userdata)
{
	struct child *child = userdata;

	sd_event_source_disable_unref(child->deadline);
	if (child->answer_fd >= 0)
		close(child->answer_fd);
	free(child);
}

static int watch(sd_event *loop, struct child *child, unsigned timeout_ms)
{
	int r = sd_event_add_time_relative(loop, &child->deadline, CLOCK_MONOTONIC,
					   (uint64_t)timeout_ms * 1000, 0, on_deadline, child);

	if (r >= 0)
		r = sd_event_add_child(loop, &child->process, child->pid, WEXITED, on_exit_of,
				       child);
	if (r >= 0)
		r = sd_event_source_set_floating(child->process, true);
	if (r >= 0)
		sd_event_source_set_destroy_callback(child->process, destroy);
	return r;
}

static void run(const struct child_task *task, int answer_fd)
{
	int r = task->run(task->request, answer_fd);

	_exit(r < 0 ? -r : 0);
}

static int start(struct child *child, const struct child_task *task)
{
	int ends[2], r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	child->answer_fd = ends[0];
	child->pid = fork();
	if (child->pid == 0)
		run(task, ends[1]);
	r = child->pid < 0 || fcntl(child->answer_fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
	close(ends[1]); /* before any other child is made: none holds it beside this one */
	return r;
}

int child_start(sd_event *loop, const struct child_task *task, child_handler *on_done,
		void *userdata, struct child **ret)
{
	struct child *child = calloc(1, sizeof(*child));
	int r;

	assert(task->answer_size <= CHILD_ANSWER_MAX);
	if (child == NULL)
		return -ENOMEM;
	child->on_done = on_done;
	child->userdata = userdata;
	child->answer_size = task->answer_size;
	child->answer_fd = -1;
	r = start(child, task);
	if (r >= 0)
		r = watch(loop, child, task->timeout_ms);
	if (r >= 0) {
		*ret = child;
		return 0;
	}
	if (child->pid > 0)
		kill(child->pid, SIGKILL); /* reaped by nobody, and gone when we are */
	if (child->process != NULL)
		sd_event_source_disable_unref(child->process);
	destroy(child);
	return r;
}

void child_cancel(struct child *child)
{
	if (child == NULL)
		return;
	child->on_done = NULL;
	kill(child->pid, SIGKILL);
}
