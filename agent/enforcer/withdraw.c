#include "withdraw.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "clock.h"

enum { REQUEST_SIZE = 2048, REPORT_MAX = 64 * 1024 };

struct withdrawal {
	struct withdrawals *all;
	uint64_t inode;
	uint64_t started_us;
	int fd;
	sd_event_source *io, *deadline;
};

static struct withdrawal *find(const struct withdrawals *withdrawals, uint64_t inode)
{
	for (size_t i = 0; i < withdrawals->n; i++) {
		if (withdrawals->items[i]->inode == inode)
			return withdrawals->items[i];
	}
	return NULL;
}

static void drop(struct withdrawal *withdrawal)
{
	struct withdrawals *all = withdrawal->all;

	for (size_t i = 0; i < all->n; i++) {
		if (all->items[i] == withdrawal) {
			all->items[i] = all->items[--all->n];
			break;
		}
	}
	sd_event_source_disable_unref(withdrawal->io);
	sd_event_source_disable_unref(withdrawal->deadline);
	if (withdrawal->fd >= 0)
		close(withdrawal->fd);
	free(withdrawal);
}

/* Nothing more is awaited; the connection stays, for withdraw_gone(). */
static void report(struct withdrawal *withdrawal, int result, const json_t *report)
{
	withdrawal->io = sd_event_source_disable_unref(withdrawal->io);
	withdrawal->deadline = sd_event_source_disable_unref(withdrawal->deadline);
	withdrawal->all->on_ready(withdrawal->all->userdata, withdrawal->inode, result, report);
}

static int on_deadline(sd_event_source *source, uint64_t now_us, void *userdata)
{
	(void)source;
	(void)now_us;
	report(userdata, -ETIME, NULL);
	return 0;
}

static int on_answer(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	_cleanup_json_ json_t *answer = NULL;
	_cleanup_free_ char *text = malloc(REPORT_MAX);
	ssize_t n;

	(void)source;
	(void)events;
	n = text == NULL ? -1 : recv(fd, text, REPORT_MAX, MSG_DONTWAIT | MSG_TRUNC);
	if (n < 0 && text != NULL && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0 || n > REPORT_MAX) {
		report(userdata, text == NULL ? -ENOMEM : n > 0 ? -EBADMSG : -ECONNRESET, NULL);
		return 0;
	}
	answer = json_loadb(text, (size_t)n, JSON_REJECT_DUPLICATES, NULL);
	report(userdata, json_is_object(answer) ? 0 : -EBADMSG,
	       json_is_object(answer) ? answer : NULL);
	return 0;
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = -1;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static int send_request(const struct withdrawal *withdrawal, const struct withdraw_order *order)
{
	char text[REQUEST_SIZE];
	size_t used =
		(size_t)snprintf(text, sizeof(text), "withdraw %u %s",
				 withdrawal->all->grace_s * 1000, order->stays ? "stays" : "goes");

	for (size_t i = 0; i < order->n && i < WITHDRAW_MAX_DISKS; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, " %u:%u",
					 major(order->disks[i]), minor(order->disks[i]));
	return send(withdrawal->fd, text, used, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

static int await(struct withdrawal *withdrawal)
{
	const struct withdrawals *all = withdrawal->all;
	const uint64_t wait_us = ((uint64_t)all->grace_s + WITHDRAW_EXTRA_S) * 1000000;
	int r = sd_event_add_io(all->loop, &withdrawal->io, withdrawal->fd, EPOLLIN, on_answer,
				withdrawal);

	return r < 0 ? r
		     : sd_event_add_time_relative(all->loop, &withdrawal->deadline, CLOCK_MONOTONIC,
						  wait_us, 0, on_deadline, withdrawal);
}

int withdraw_start(struct withdrawals *withdrawals, const struct withdraw_order *order)
{
	struct withdrawal *withdrawal;
	int r;

	if (find(withdrawals, order->inode) != NULL)
		return -EALREADY;
	if (withdrawals->n == WITHDRAW_MAX)
		return -EBUSY;
	withdrawal = calloc(1, sizeof(*withdrawal));
	if (withdrawal == NULL)
		return -ENOMEM;
	withdrawal->all = withdrawals;
	withdrawal->inode = order->inode;
	withdrawal->started_us = clock_mono_us();
	withdrawals->items[withdrawals->n++] = withdrawal;
	r = connect_to(withdrawals->path);
	withdrawal->fd = r;
	if (r >= 0)
		r = send_request(withdrawal, order);
	if (r >= 0)
		r = await(withdrawal);
	if (r < 0)
		drop(withdrawal);
	return r < 0 ? r : 0;
}

int64_t withdraw_age_ms(const struct withdrawals *withdrawals, uint64_t inode)
{
	const struct withdrawal *withdrawal = find(withdrawals, inode);

	if (withdrawal == NULL)
		return -1;
	return (int64_t)(clock_mono_us() - withdrawal->started_us) / 1000;
}

/* A last word, which is lost where nobody listens any more. */
static void end_with(struct withdrawals *withdrawals, uint64_t inode, const char word[static 4])
{
	struct withdrawal *withdrawal = find(withdrawals, inode);

	if (withdrawal == NULL)
		return;
	(void)!send(withdrawal->fd, word, 4, MSG_NOSIGNAL | MSG_DONTWAIT);
	drop(withdrawal);
}

void withdraw_gone(struct withdrawals *withdrawals, uint64_t inode)
{
	end_with(withdrawals, inode, "gone");
}

void withdraw_keep(struct withdrawals *withdrawals, uint64_t inode)
{
	end_with(withdrawals, inode, "keep");
}

void withdraw_forget(struct withdrawals *withdrawals, uint64_t inode)
{
	struct withdrawal *withdrawal = find(withdrawals, inode);

	if (withdrawal != NULL)
		drop(withdrawal);
}

void withdraw_finish(struct withdrawals *withdrawals)
{
	while (withdrawals->n > 0)
		drop(withdrawals->items[withdrawals->n - 1]);
}
