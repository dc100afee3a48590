#include "digest.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <sodium.h>

#include "agent/common/cleanup.h"

#define MOUNTINFO "/proc/self/mountinfo"

void digest_init(struct digest *digest)
{
	*digest = (struct digest){ .mounts_fd = -1, .left = DIGEST_BURST };
}

void digest_finish(struct digest *digest)
{
	if (digest->mounts_fd >= 0)
		close(digest->mounts_fd);
	mounts_finish(&digest->mounts);
}

/* Has something been mounted or unmounted since the last look? (proc(5)) */
static bool mounts_changed(struct digest *digest)
{
	struct pollfd poll_fd = { .events = POLLPRI };

	if (digest->mounts_fd < 0) {
		digest->mounts_fd = open(MOUNTINFO, O_RDONLY | O_CLOEXEC);
		return true;
	}
	poll_fd.fd = digest->mounts_fd;
	return poll(&poll_fd, 1, 0) != 0;
}

static int look_at_mounts(struct digest *digest)
{
	struct mounts mounts;
	int r;

	if (!mounts_changed(digest))
		return 0;
	r = mounts_read(MOUNTINFO, &mounts);
	if (r < 0)
		return r;
	mounts_finish(&digest->mounts);
	digest->mounts = mounts;
	return 0;
}

static bool may_read(struct digest *digest, uint64_t size, uint64_t now_us)
{
	const uint64_t cost = size < DIGEST_FILE_COST ? DIGEST_FILE_COST : size;
	uint64_t passed_us = now_us - digest->at_us;

	if (passed_us > 60 * 1000000ull)
		passed_us = 60 * 1000000ull;
	digest->at_us = now_us;
	digest->left += passed_us * DIGEST_RATE / 1000000;
	if (digest->left > DIGEST_BURST)
		digest->left = DIGEST_BURST;
	if (digest->left < cost)
		return false;
	digest->left -= cost;
	return true;
}

/* Step from directory @fd, which is taken, to what is called @name there, without following a link
 * or reading anything.  Returns a descriptor, or -1. */
static int step(int fd, const char *name, int directory)
{
	_cleanup_close_ int from = fd;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return -1;
	return openat(from, name, O_PATH | O_NOFOLLOW | O_CLOEXEC | directory);
}

/* Find @path, from '/' on, beneath the mount at @where.  Step by step, and not with openat2(2): the
 * sandbox refuses that, as it cannot see what it would do (RestrictSUIDSGID= in systemd.exec(5)).
 * Returns a descriptor that cannot be read from, or -1. */
static int find_beneath(const char *where, const char *path)
{
	char names[sizeof(((struct file_event *)NULL)->path)];
	char *rest = names, *name;
	int fd = open(where, O_PATH | O_DIRECTORY | O_CLOEXEC);

	strcpy(names, path + 1);
	while (fd >= 0 && (name = strsep(&rest, "/")) != NULL)
		fd = step(fd, name, rest == NULL ? 0 : O_DIRECTORY);
	return fd;
}

static bool is_same(int fd, const struct file_event *event)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_ino == event->inode &&
	       (uint64_t)st.st_size == event->size;
}

/* Now that it is known to be a file, and which. */
static int open_found(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* As find_beneath(), on the file system of @event. */
static int find_file(struct digest *digest, const struct file_event *event)
{
	const dev_t number = makedev(event->major, event->minor);

	for (size_t i = 0; i < digest->mounts.n; i++) {
		int fd;

		if (digest->mounts.items[i].number != number)
			continue;
		fd = find_beneath(digest->mounts.items[i].where, event->path);
		if (fd >= 0)
			return fd;
	}
	return -1;
}

static enum trail_hash hash(int fd, uint64_t size, uint8_t ret[static TRAIL_HASH_SIZE])
{
	crypto_hash_sha256_state state;
	uint8_t bytes[32 * 1024];
	uint64_t done = 0;

	crypto_hash_sha256_init(&state);
	while (done <= size) {
		ssize_t n = read(fd, bytes, sizeof(bytes));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return TRAIL_HASH_FAILED;
		if (n == 0)
			break;
		crypto_hash_sha256_update(&state, bytes, (size_t)n);
		done += (uint64_t)n;
	}
	if (done != size)
		return TRAIL_HASH_CHANGED;
	crypto_hash_sha256_final(&state, ret);
	return TRAIL_HASH_DONE;
}

enum trail_hash digest_file(struct digest *digest, const struct file_event *event, uint64_t now_us,
			    uint8_t ret[static TRAIL_HASH_SIZE])
{
	_cleanup_close_ int found = -1, fd = -1;

	if (event->size > DIGEST_FILE_MAX)
		return TRAIL_HASH_TOO_LARGE;
	if (!may_read(digest, event->size, now_us))
		return TRAIL_HASH_BUSY;
	if ((event->flags & FILE_FLAG_CUT) || event->path[0] != '/' || event->path[1] == '\0' ||
	    look_at_mounts(digest) < 0)
		return TRAIL_HASH_UNREACHABLE;
	found = find_file(digest, event);
	if (found < 0)
		return TRAIL_HASH_UNREACHABLE;
	if (!is_same(found, event))
		return TRAIL_HASH_CHANGED;
	fd = open_found(found);
	return fd < 0 ? TRAIL_HASH_FAILED : hash(fd, event->size, ret);
}
