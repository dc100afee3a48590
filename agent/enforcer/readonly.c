#include "readonly.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/fs.h>

struct readonly {
	sd_event_source *child; /* floating: the loop owns it, and it owns this struct */
	sd_event_source *deadline;
	pid_t pid;
	readonly_handler *on_done; /* NULL once it has been called, or is not wanted */
	void *userdata;
};

/* In the child, where only async-signal-safe calls are allowed.  Exits with the errno. */
static void set_readonly(int dev_fd, const char *name, dev_t number)
{
	const int yes = 1;
	struct stat st;
	int fd = openat(dev_fd, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0)
		_exit(errno);
	if (!S_ISBLK(st.st_mode) || st.st_rdev != number)
		_exit(ENODEV);
	_exit(ioctl(fd, BLKROSET, &yes) < 0 ? errno : 0);
}

static void report(struct readonly *attempt, int result)
{
	readonly_handler *on_done = attempt->on_done;

	attempt->on_done = NULL;
	if (on_done != NULL)
		on_done(attempt->userdata, result);
}

static int on_child_exit(sd_event_source *source, const siginfo_t *info, void *userdata)
{
	struct readonly *attempt = userdata;

	report(attempt, info->si_code == CLD_EXITED ? -info->si_status : -EINTR);
	sd_event_source_set_floating(source, false);
	sd_event_source_disable_unref(source); /* and with it @attempt */
	return 0;
}

/* The child is not waited for here: one that sleeps in the kernel dies when the device lets go. */
static int on_deadline(sd_event_source *source, uint64_t now_us, void *userdata)
{
	struct readonly *attempt = userdata;

	(void)source;
	(void)now_us;
	kill(attempt->pid, SIGKILL);
	report(attempt, -ETIME);
	return 0;
}

static void destroy(void *userdata)
{
	struct readonly *attempt = userdata;

	sd_event_source_disable_unref(attempt->deadline);
	free(attempt);
}

static int watch_child(sd_event *loop, struct readonly *attempt)
{
	int r = sd_event_add_time_relative(loop, &attempt->deadline, CLOCK_MONOTONIC,
					   (uint64_t)READONLY_TIMEOUT_MS * 1000, 0, on_deadline,
					   attempt);

	if (r >= 0)
		r = sd_event_add_child(loop, &attempt->child, attempt->pid, WEXITED, on_child_exit,
				       attempt);
	if (r >= 0)
		r = sd_event_source_set_floating(attempt->child, true);
	if (r >= 0)
		sd_event_source_set_destroy_callback(attempt->child, destroy);
	return r;
}

int readonly_start(sd_event *loop, int dev_fd, const char *name, unsigned major, unsigned minor,
		   readonly_handler *on_done, void *userdata, struct readonly **ret)
{
	struct readonly *attempt = calloc(1, sizeof(*attempt));
	int r;

	if (attempt == NULL)
		return -ENOMEM;
	attempt->on_done = on_done;
	attempt->userdata = userdata;
	attempt->pid = fork();
	if (attempt->pid == 0)
		set_readonly(dev_fd, name, makedev(major, minor));
	r = attempt->pid < 0 ? -errno : watch_child(loop, attempt);
	if (r >= 0) {
		*ret = attempt;
		return 0;
	}
	if (attempt->pid > 0)
		kill(attempt->pid, SIGKILL); /* reaped by nobody, and gone when we are */
	if (attempt->child != NULL)
		sd_event_source_disable_unref(attempt->child);
	sd_event_source_disable_unref(attempt->deadline);
	free(attempt);
	return r;
}

void readonly_cancel(struct readonly *attempt)
{
	if (attempt == NULL)
		return;
	attempt->on_done = NULL;
	kill(attempt->pid, SIGKILL);
}
