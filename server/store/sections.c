#include "sections.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "connection.h"
#include "policy/text.h"
#include "section_share.h"

int section_writer_init(struct section_writer *ret, struct store *store)
{
	int fd = openat(store_sections_fd(store), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	*ret = (struct section_writer){ .store = store, .fd = fd };
	crypto_hash_sha256_init(&ret->hash);
	return 0;
}

int section_writer_add(struct section_writer *writer, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	if (size > SECTION_MAX_BYTES - writer->size)
		return -E2BIG;
	crypto_hash_sha256_update(&writer->hash, at, size);
	writer->size += size;
	while (size > 0) {
		ssize_t n = write(writer->fd, at, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

int section_writer_keep(struct section_writer *writer, const char *sha256)
{
	uint8_t hash[STORE_HASH_SIZE];
	char hex[2 * STORE_HASH_SIZE + 1], path[64];
	int directory = store_sections_fd(writer->store);

	crypto_hash_sha256_final(&writer->hash, hash);
	text_hex(hash, sizeof(hash), hex);
	if (strcmp(hex, sha256) != 0)
		return -EBADMSG;
	if (fsync(writer->fd) < 0)
		return -errno;
	/* open(2), O_TMPFILE: this is how a nameless file gets a name without CAP_DAC_READ_SEARCH.
	 */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", writer->fd);
	if (linkat(AT_FDCWD, path, directory, sha256, AT_SYMLINK_FOLLOW) < 0)
		return errno == EEXIST ? 0 : -errno;
	return fsync(directory) < 0 ? -errno : 1;
}

int section_writer_commit(struct section_writer *writer, const char *sha256)
{
	int kept = section_writer_keep(writer, sha256);
	int r = kept < 0 ? kept : section_share_put(writer->store, sha256, writer->fd);

	return r < 0 ? r : kept;
}

void section_writer_finish(struct section_writer *writer)
{
	if (writer->fd >= 0)
		close(writer->fd);
	writer->fd = -1;
}

static int open_file(struct store *store, const char *sha256)
{
	int fd = openat(store_sections_fd(store), sha256, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : fd;
}

int sections_open(struct store *store, const char *sha256, uint64_t *ret_size)
{
	struct stat st;

	if (strlen(sha256) != 64 || strspn(sha256, "0123456789abcdef") != 64)
		return -EINVAL;
	int fd = open_file(store, sha256);
	if (fd == -ENOENT) {
		int r = section_share_get(store, sha256);
		fd = r < 0 ? r : open_file(store, sha256);
	}
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0) {
		int r = -errno;
		close(fd);
		return r;
	}
	*ret_size = (uint64_t)st.st_size;
	return fd;
}
