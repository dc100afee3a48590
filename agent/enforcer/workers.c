#include "workers.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/log.h"

/* In the child: all that it keeps open beside the standard three. */
enum { CHILD_SOCKET = 3, CHILD_SYSFS = 4, CHILD_FIRST_CLOSED = 5 };

struct result {
	int result;
	char why[ORDER_WHY_SIZE];
};

struct worker {
	struct workers *workers; /* borrowed */
	pid_t pid;
	int socket; /* -1: told to end */
	bool busy, late;
	uint64_t inode; /* of the device it is busy with */
	struct result result;
	sd_event_source *answers, *child, *deadline;
};

/* One message of @size bytes, and with it @fd, or the one that comes (-1: none came).
 * Returns 1; 0 at the end; -errno. */
static int receive(int socket, void *bytes, size_t size, int *ret_fd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec vector = { bytes, size };
	struct msghdr message = { .msg_iov = &vector,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	const struct cmsghdr *header;
	ssize_t n;

	do {
		n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n < 0 ? -errno : 0;
	header = CMSG_FIRSTHDR(&message);
	*ret_fd = -1;
	if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
		memcpy(ret_fd, CMSG_DATA(header), sizeof(int));
	return (size_t)n == size ? 1 : -EBADMSG;
}

static int send_order(int socket, const struct order *order)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec vector = { (void *)order, sizeof(*order) };
	const struct msghdr message = { .msg_iov = &vector,
					.msg_iovlen = 1,
					.msg_control = &control,
					.msg_controllen = sizeof(control) };

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &order->dev.fd, sizeof(int));
	return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

static void serve(void)
{
	struct order order;
	int fd;

	while (receive(CHILD_SOCKET, &order, sizeof(order), &fd) > 0) {
		struct result result = { 0 };

		order.dev.fd = fd;
		result.result = order_carry_out(CHILD_SYSFS, &order, result.why);
		close(fd);
		if (send(CHILD_SOCKET, &result, sizeof(result), MSG_NOSIGNAL) < 0)
			return;
	}
}

/* The ledger and its lock, the gate and the control socket are not for the child. */
static void run_child(int socket, int sysfs_fd, pid_t parent)
{
	sigset_t none;

	sigemptyset(&none);
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "devgate-worker");
	if (getppid() != parent || dup2(socket, CHILD_FIRST_CLOSED + 1) < 0 ||
	    dup2(sysfs_fd, CHILD_FIRST_CLOSED) < 0 ||
	    dup2(CHILD_FIRST_CLOSED + 1, CHILD_SOCKET) < 0 ||
	    dup2(CHILD_FIRST_CLOSED, CHILD_SYSFS) < 0)
		_exit(1);
	closefrom(CHILD_FIRST_CLOSED);
	serve();
	_exit(0);
}

static void worker_free(struct worker *worker)
{
	if (worker->socket >= 0)
		close(worker->socket);
	sd_event_source_disable_unref(worker->answers);
	sd_event_source_disable_unref(worker->child);
	sd_event_source_disable_unref(worker->deadline);
	free(worker);
}

static void unhook(struct worker *worker)
{
	struct workers *workers = worker->workers;

	for (size_t i = 0; i < workers->n; i++) {
		if (workers->items[i] == worker) {
			workers->items[i] = workers->items[--workers->n];
			return;
		}
	}
}

static size_t count_idle(const struct workers *workers)
{
	size_t n = 0;

	for (size_t i = 0; i < workers->n; i++)
		n += !workers->items[i]->busy && workers->items[i]->socket >= 0;
	return n;
}

/* Tell it to end: it reads the end of its orders. */
static void dismiss(struct worker *worker)
{
	worker->answers = sd_event_source_disable_unref(worker->answers);
	close(worker->socket);
	worker->socket = -1;
}

static void finish(struct worker *worker, int result, const char *why)
{
	struct workers *workers = worker->workers;
	const uint64_t inode = worker->inode;

	worker->busy = worker->late = false;
	sd_event_source_set_enabled(worker->deadline, SD_EVENT_OFF);
	if (worker->socket >= 0 && count_idle(workers) > WORKERS_IDLE)
		dismiss(worker);
	workers->handlers.on_done(workers->handlers.userdata, inode, result, why);
}

static int on_answer(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct worker *worker = userdata;
	int unused, r = receive(fd, &worker->result, sizeof(worker->result), &unused);

	(void)events;
	if (r <= 0) { /* it has ended; on_exit comes */
		sd_event_source_set_enabled(source, SD_EVENT_OFF);
		return 0;
	}
	if (!worker->busy || worker->late) /* it was killed, and gets no order any more */
		return 0;
	worker->result.why[sizeof(worker->result.why) - 1] = '\0';
	finish(worker, worker->result.result, worker->result.why);
	return 0;
}

static int on_exit_of(sd_event_source *source, const siginfo_t *info, void *userdata)
{
	struct worker *worker = userdata;
	struct workers *workers = worker->workers;
	const bool was_busy = worker->busy, was_late = worker->late;
	const uint64_t inode = worker->inode;

	(void)source;
	if (was_busy && !was_late)
		log_error("worker", "A worker ended in the midst of its work (%d)",
			  info->si_status);
	unhook(worker);
	worker_free(worker);
	if (was_busy)
		workers->handlers.on_done(
			workers->handlers.userdata, inode, was_late ? -ETIME : -ECHILD,
			was_late ? "The device took too long to answer."
				 : "The worker that was to open or close the device ended.");
	return 0;
}

/* One that sleeps in the kernel dies when the device lets go. */
static int on_deadline(sd_event_source *source, uint64_t now_us, void *userdata)
{
	struct worker *worker = userdata;
	struct workers *workers = worker->workers;

	(void)source;
	(void)now_us;
	kill(worker->pid, SIGKILL);
	worker->late = true;
	workers->handlers.on_late(workers->handlers.userdata, worker->inode);
	return 0;
}

static int watch(struct worker *worker)
{
	sd_event *loop = worker->workers->loop;
	int r = sd_event_add_io(loop, &worker->answers, worker->socket, EPOLLIN, on_answer, worker);

	/* An answer is read before its sender's end. */
	if (r >= 0)
		r = sd_event_source_set_priority(worker->answers, SD_EVENT_PRIORITY_IMPORTANT);
	if (r >= 0)
		r = sd_event_add_child(loop, &worker->child, worker->pid, WEXITED, on_exit_of,
				       worker);
	if (r >= 0)
		r = sd_event_add_time_relative(loop, &worker->deadline, CLOCK_MONOTONIC, 0, 0,
					       on_deadline, worker);
	if (r >= 0)
		r = sd_event_source_set_enabled(worker->deadline, SD_EVENT_OFF);
	return r;
}

static int start_child(struct worker *worker)
{
	const pid_t parent = getpid();
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	worker->pid = fork();
	if (worker->pid == 0)
		run_child(pair[1], worker->workers->sysfs_fd, parent);
	worker->socket = pair[0];
	close(pair[1]);
	return worker->pid < 0 ? -errno : 0;
}

/* One more, idle. */
static int add(struct workers *workers, struct worker **ret)
{
	struct worker *worker;
	int r;

	if (workers->n == WORKERS_MAX)
		return -EBUSY;
	worker = calloc(1, sizeof(*worker));
	if (worker == NULL)
		return -ENOMEM;
	worker->workers = workers;
	worker->socket = -1;
	r = start_child(worker);
	if (r >= 0)
		r = watch(worker);
	if (r < 0) {
		if (worker->pid > 0)
			kill(worker->pid, SIGKILL); /* reaped by nobody, and gone when we are */
		worker_free(worker);
		return r;
	}
	workers->items[workers->n++] = worker;
	*ret = worker;
	return 0;
}

static struct worker *find_idle(const struct workers *workers)
{
	for (size_t i = 0; i < workers->n; i++) {
		if (!workers->items[i]->busy && workers->items[i]->socket >= 0)
			return workers->items[i];
	}
	return NULL;
}

static int on_spare(sd_event_source *source, void *userdata)
{
	struct workers *workers = userdata;
	struct worker *spare;
	int r = find_idle(workers) == NULL ? add(workers, &spare) : 0;

	(void)source;
	if (r < 0 && r != -EBUSY)
		log_warning("worker", "No worker can be kept ready: %s", strerror(-r));
	return 0;
}

int workers_init(struct workers *workers, sd_event *loop, int sysfs_fd,
		 const struct workers_handlers *handlers)
{
	struct worker *first;
	int r;

	*workers = (struct workers){ .sysfs_fd = sysfs_fd,
				     .handlers = *handlers,
				     .loop = loop,
				     .timeout_ms = WORKER_TIMEOUT_MS };
	r = add(workers, &first);
	if (r >= 0)
		r = sd_event_add_defer(loop, &workers->spare, on_spare, workers);
	if (r >= 0)
		r = sd_event_source_set_enabled(workers->spare, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_source_set_priority(workers->spare, SD_EVENT_PRIORITY_IDLE);
	if (r < 0)
		workers_finish(workers);
	return r;
}

void workers_finish(struct workers *workers)
{
	while (workers->n > 0)
		worker_free(workers->items[--workers->n]);
	workers->spare = sd_event_source_disable_unref(workers->spare);
	workers->loop = NULL;
}

int workers_start(struct workers *workers, const struct order *order)
{
	struct worker *worker;
	int r;

	if (workers->loop == NULL)
		return -ESRCH;
	worker = find_idle(workers);
	r = worker == NULL ? add(workers, &worker) : 0;
	if (r >= 0)
		r = sd_event_source_set_time_relative(worker->deadline,
						      (uint64_t)workers->timeout_ms * 1000);
	if (r >= 0)
		r = sd_event_source_set_enabled(worker->deadline, SD_EVENT_ONESHOT);
	if (r < 0)
		return r;
	r = send_order(worker->socket, order);
	if (r < 0) {
		sd_event_source_set_enabled(worker->deadline, SD_EVENT_OFF);
		return r;
	}
	worker->busy = true;
	worker->inode = order->dev.inode;
	if (find_idle(workers) == NULL)
		sd_event_source_set_enabled(workers->spare, SD_EVENT_ONESHOT);
	return 0;
}
