/* devgate-withdraw: leaves the file systems of a disk in good order before the enforcer takes the
 * disk away.
 *
 * systemd starts it for each connection to withdraw.sock, outside of the enforcer's sandbox, in
 * which the machine's mounts cannot be changed.  Standard input is the connection (SOCK_SEQPACKET),
 * each packet text.  The enforcer sends
 *
 *   withdraw GRACE_MS goes|stays MAJOR:MINOR...
 *
 * with the disks that are to be closed, and whether they go then.  All that has been written is
 * written down, and each file system on them is made read-only; what is in use is tried again until
 * the grace time has passed, or nothing is mounted any more.  Then the answer is one JSON object,
 *
 *   {"mounts":[{"where":...,"type":...,"left":"unmounted"}...],"ended":N}
 *
 * with how each was left (superblock.h), and how many processes were ended for it: those that
 * write, where a kind of file system cannot be frozen.  The enforcer takes the disk away and says
 * "gone"; what is still mounted is unmounted when its last user lets go.  "keep", at any time,
 * takes the request back: what was made read-only is made writable again.  Should the enforcer hang
 * up, everything ends where it is. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "agent/common/cleanup.h"
#include "agent/common/log.h"
#include "agent/common/mounts.h"
#include "superblock.h"
#include "users.h"

enum {
	EXIT_USAGE = 2,
	MAX_DISKS = 64,
	MAX_SUPERBLOCKS = 64,
	MAX_GRACE_MS = 3600 * 1000,
	REQUEST_MAX = 2048,
	RETRY_MS = 500,
	TERMINATE_MS = 1500, /* between asking a writer to end and ending it */
	KILL_MS = 1500,
	GONE_MS = 20 * 1000,
};

struct withdrawal {
	int peer; /* the enforcer */
	int sysfs_fd;
	long grace_ms;
	bool stays; /* the disks do, so that nothing that is left can wait for them to go */
	size_t n_disks;
	dev_t disks[MAX_DISKS];
	struct mounts mounts; /* that lie on the disks, as they were at the last look */
	size_t n;
	struct superblock superblocks[MAX_SUPERBLOCKS];
	int ended; /* processes */
};

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * 1000L + now.tv_nsec / 1000000;
}

static int parse_request(char *text, struct withdrawal *ret)
{
	char *word, *end;

	word = strsep(&text, " ");
	if (strcmp(word, "withdraw") != 0 || text == NULL)
		return -EBADMSG;
	ret->grace_ms = strtol(strsep(&text, " "), &end, 10);
	if (*end != '\0' || ret->grace_ms < 0 || ret->grace_ms > MAX_GRACE_MS)
		return -EBADMSG;
	word = strsep(&text, " ");
	if (word == NULL || (strcmp(word, "stays") != 0 && strcmp(word, "goes") != 0))
		return -EBADMSG;
	ret->stays = strcmp(word, "stays") == 0;
	while ((word = strsep(&text, " ")) != NULL) {
		unsigned on_major, on_minor;
		char after;

		if (ret->n_disks == MAX_DISKS ||
		    sscanf(word, "%9u:%9u%c", &on_major, &on_minor, &after) != 2)
			return -EBADMSG;
		ret->disks[ret->n_disks++] = makedev(on_major, on_minor);
	}
	return ret->n_disks == 0 ? -EBADMSG : 0;
}

static int receive_request(struct withdrawal *ret)
{
	char text[REQUEST_MAX];
	ssize_t n = recv(ret->peer, text, sizeof(text) - 1, 0);

	if (n < 0)
		return -errno;
	if (n == 0 || n == sizeof(text) - 1)
		return -EBADMSG;
	text[n] = '\0';
	return parse_request(text, ret);
}

static struct superblock *find(struct withdrawal *withdrawal, dev_t number)
{
	for (size_t i = 0; i < withdrawal->n; i++) {
		if (withdrawal->superblocks[i].mount->number == number)
			return &withdrawal->superblocks[i];
	}
	return NULL;
}

/* Look again at what is mounted: what was done to a file system that still is, is kept. */
static int look(struct withdrawal *withdrawal)
{
	struct superblock before[MAX_SUPERBLOCKS];
	struct block_set *set = calloc(1, sizeof(*set));
	struct mounts mounts = { 0 };
	size_t n_before = withdrawal->n;
	int r = set == NULL ? -ENOMEM : 0;

	for (size_t i = 0; r >= 0 && i < withdrawal->n_disks; i++)
		r = block_set_add(set, withdrawal->sysfs_fd, withdrawal->disks[i]);
	if (r >= 0)
		r = mounts_read("/proc/self/mountinfo", &mounts);
	if (r < 0) {
		free(set);
		return r;
	}
	mounts_filter(&mounts, set);
	free(set);
	memcpy(before, withdrawal->superblocks, sizeof(before));
	withdrawal->n = 0;
	for (size_t i = 0; i < mounts.n; i++) {
		struct superblock *superblock = find(withdrawal, mounts.items[i].number);

		if (superblock != NULL || withdrawal->n == MAX_SUPERBLOCKS)
			continue;
		superblock = &withdrawal->superblocks[withdrawal->n++];
		*superblock = (struct superblock){ .frozen_fd = -1 };
		for (size_t j = 0; j < n_before; j++) {
			if (before[j].mount->number == mounts.items[i].number)
				*superblock = before[j];
		}
		superblock->mount = &mounts.items[i];
		superblock->read_only = mounts.items[i].read_only;
	}
	mounts_finish(&withdrawal->mounts);
	withdrawal->mounts = mounts;
	return 0;
}

/* One attempt for all. */
static void attempt(struct withdrawal *withdrawal)
{
	for (size_t i = 0; i < withdrawal->n; i++) {
		struct superblock *superblock = &withdrawal->superblocks[i];
		int r = superblock->read_only ? 0 : superblock_sync(superblock);

		if (r >= 0 && !superblock->read_only)
			r = superblock_make_read_only(superblock);
		if (r < 0 && r != -EBUSY)
			log_warning("withdraw", "%s cannot be made read-only: %s",
				    superblock->mount->where, strerror(-r));
	}
}

/* Wait, and listen for the enforcer: false if it hung up, or said something. */
static bool pause_ms(const struct withdrawal *withdrawal, long ms)
{
	struct pollfd peer = { .fd = withdrawal->peer, .events = POLLIN };

	return poll(&peer, 1, (int)ms) <= 0;
}

/* Until nothing is mounted, or the grace time has passed.  Returns 0; -ECANCELED. */
static int wait_for_people(struct withdrawal *withdrawal)
{
	const long end_ms = now_ms() + withdrawal->grace_ms;

	for (;;) {
		int r = look(withdrawal);
		long left_ms;

		if (r < 0)
			return r;
		if (withdrawal->n == 0)
			return 0;
		attempt(withdrawal);
		left_ms = end_ms - now_ms();
		if (left_ms <= 0)
			return 0;
		if (!pause_ms(withdrawal, left_ms < RETRY_MS ? left_ms : RETRY_MS))
			return -ECANCELED;
	}
}

/* A file system of a process's own (FUSE) is only whole on the disk when it is unmounted. */
static bool needs_unmount(const struct superblock *superblock)
{
	return strncmp(superblock->mount->type, "fuse", 4) == 0;
}

static bool try_to_leave(struct withdrawal *withdrawal, struct superblock *superblock)
{
	if (superblock_unmount(superblock, &withdrawal->mounts, 0) >= 0) {
		superblock->leaving = LEAVING_UNMOUNTED;
		return true;
	}
	if (needs_unmount(superblock))
		return false;
	if (superblock->read_only ||
	    (superblock_sync(superblock) >= 0 && superblock_make_read_only(superblock) >= 0)) {
		superblock->leaving = LEAVING_READ_ONLY;
		return true;
	}
	return false;
}

/* End those who write (or use it, where it must be unmounted): first by asking. */
static bool end_users(struct withdrawal *withdrawal, struct superblock *superblock)
{
	static const struct {
		int signal;
		long wait_ms;
	} steps[] = { { SIGTERM, TERMINATE_MS }, { SIGKILL, KILL_MS } };

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		const long end_ms = now_ms() + steps[i].wait_ms;
		int n = users_signal(superblock->mount->number, needs_unmount(superblock),
				     steps[i].signal);

		if (n > withdrawal->ended)
			withdrawal->ended = n;
		while (!try_to_leave(withdrawal, superblock)) {
			if (now_ms() >= end_ms)
				break;
			poll(NULL, 0, 50);
		}
		if (superblock->leaving <= LEAVING_READ_ONLY)
			return true;
	}
	return false;
}

/* The grace time has passed. */
static void leave(struct withdrawal *withdrawal, struct superblock *superblock)
{
	superblock->leaving = LEAVING_LOST;
	if (try_to_leave(withdrawal, superblock))
		return;
	if (!withdrawal->stays && !needs_unmount(superblock) &&
	    superblock_freeze(superblock) >= 0) {
		superblock->leaving = LEAVING_FROZEN;
		return;
	}
	if (end_users(withdrawal, superblock))
		return;
	superblock->leaving = superblock_sync(superblock) >= 0 ? LEAVING_SYNCED : LEAVING_LOST;
}

static int answer(const struct withdrawal *withdrawal)
{
	_cleanup_json_ json_t *mounts = json_array();
	_cleanup_free_ char *text = NULL;
	_cleanup_json_ json_t *whole = NULL;

	for (size_t i = 0; i < withdrawal->n; i++) {
		const struct superblock *superblock = &withdrawal->superblocks[i];

		json_array_append_new(mounts, json_pack("{s:s*, s:s, s:s}", "where",
							superblock->mount->where, "type",
							superblock->mount->type, "left",
							leaving_to_text(superblock->leaving)));
	}
	whole = json_pack("{s:O, s:i}", "mounts", mounts, "ended", withdrawal->ended);
	text = whole == NULL ? NULL : json_dumps(whole, JSON_COMPACT);
	if (text == NULL)
		return -ENOMEM;
	return send(withdrawal->peer, text, strlen(text), MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Has the enforcer said @word? */
static bool is_told(const struct withdrawal *withdrawal, const char word[static 4])
{
	char text[16];
	ssize_t n = recv(withdrawal->peer, text, sizeof(text), MSG_PEEK | MSG_DONTWAIT);

	return n == 4 && memcmp(text, word, 4) == 0;
}

/* The disk stays: whoever used it goes on. */
static void give_back(struct withdrawal *withdrawal)
{
	for (size_t i = 0; i < withdrawal->n; i++) {
		struct superblock *superblock = &withdrawal->superblocks[i];
		int r = superblock->was_writable ? superblock_make_writable(superblock) : 0;

		if (r < 0)
			log_warning("withdraw", "%s stays read-only: %s", superblock->mount->where,
				    strerror(-r));
	}
}

static void unmount_all(const struct withdrawal *withdrawal)
{
	for (size_t i = 0; i < withdrawal->n; i++) {
		const struct superblock *superblock = &withdrawal->superblocks[i];
		int r = 0;

		if (superblock->leaving != LEAVING_UNMOUNTED)
			r = superblock_unmount(superblock, &withdrawal->mounts, MNT_DETACH);
		if (r < 0)
			log_warning("withdraw", "%s stays mounted without a disk: %s",
				    superblock->mount->where, strerror(-r));
	}
}

/* The disk goes, or stays after all, or the enforcer went: nobody may be left waiting for a frozen
 * file system. */
static void let_go(struct withdrawal *withdrawal)
{
	(void)pause_ms(withdrawal, GONE_MS);
	for (size_t i = 0; i < withdrawal->n; i++)
		superblock_thaw(&withdrawal->superblocks[i]);
	if (is_told(withdrawal, "gone"))
		unmount_all(withdrawal);
	else if (is_told(withdrawal, "keep"))
		give_back(withdrawal);
}

static int withdraw(struct withdrawal *withdrawal)
{
	int r = receive_request(withdrawal);

	if (r >= 0)
		r = wait_for_people(withdrawal);
	if (r == -ECANCELED && is_told(withdrawal, "keep"))
		give_back(withdrawal);
	if (r < 0)
		return r;
	for (size_t i = 0; i < withdrawal->n; i++)
		leave(withdrawal, &withdrawal->superblocks[i]);
	r = answer(withdrawal);
	let_go(withdrawal);
	return r;
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "help", no_argument, NULL, 'h' },
						 { "version", no_argument, NULL, 'V' },
						 { 0 } };
	struct withdrawal *withdrawal;
	int option, r;

	while ((option = getopt_long(argc, argv, "hV", options, NULL)) != -1) {
		if (option == 'h') {
			puts("Usage: devgate-withdraw\n"
			     "Leave a disk's file systems in good order before devgate-enforcer "
			     "takes it away.\n"
			     "Started by systemd with a connection from it as standard input.");
			return EXIT_SUCCESS;
		}
		if (option == 'V') {
			puts("devgate-withdraw " DEVGATE_VERSION);
			return EXIT_SUCCESS;
		}
		return EXIT_USAGE;
	}
	withdrawal = calloc(1, sizeof(*withdrawal));
	if (withdrawal == NULL)
		return EXIT_FAILURE;
	withdrawal->peer = STDIN_FILENO;
	withdrawal->sysfs_fd = open("/sys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = withdraw(withdrawal);
	if (r < 0 && r != -ECANCELED)
		log_error("withdraw", "A disk could not be withdrawn in order: %s", strerror(-r));
	mounts_finish(&withdrawal->mounts);
	close(withdrawal->sysfs_fd);
	free(withdrawal);
	return r < 0 && r != -ECANCELED ? EXIT_FAILURE : EXIT_SUCCESS;
}
