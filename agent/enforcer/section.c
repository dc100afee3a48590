#include "section.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "policy/text.h"

enum { RELAX_MIN = 64 * 1024 }; /* bytes that are not worth the call */

static void identity_of(const struct stat *st, struct section_identity *ret)
{
	*ret = (struct section_identity){ .device = st->st_dev,
					  .inode = st->st_ino,
					  .size = (uint64_t)st->st_size,
					  .changed_s = st->st_ctim.tv_sec,
					  .changed_ns = (uint32_t)st->st_ctim.tv_nsec };
}

bool section_identity_same(const struct section_identity *a, const struct section_identity *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       a->changed_s == b->changed_s && a->changed_ns == b->changed_ns;
}

static int map(int fd, size_t max, struct section *ret)
{
	struct section section = { 0 };
	struct stat st;
	void *bytes;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size <= 0)
		return -ENODATA;
	if ((uint64_t)st.st_size > max)
		return -E2BIG;
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return -errno;
	section.bytes = bytes;
	section.size = (size_t)st.st_size;
	identity_of(&st, &section.file);
	*ret = section;
	return 0;
}

int section_map_sealed(int fd, size_t max, struct section *ret)
{
	const int wanted = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0)
		return errno == EINVAL ? -EPERM : -errno; /* not such memory at all */
	if ((seals & wanted) != wanted)
		return -EPERM;
	return map(fd, max, ret);
}

int section_hash_begin(struct section_hash *hash, int sections_fd,
		       const struct manifest_section *named)
{
	char name[SECTION_NAME_SIZE];
	struct stat st;

	section_name(named, name);
	*hash = (struct section_hash){ 0 };
	hash->fd = openat(sections_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (hash->fd < 0)
		return -errno;
	if (fstat(hash->fd, &st) < 0) {
		int r = -errno;

		section_hash_end(hash);
		return r;
	}
	identity_of(&st, &hash->file);
	crypto_hash_sha256_init(&hash->state);
	return 0;
}

int section_hash_slice(struct section_hash *hash, uint8_t ret[static crypto_hash_sha256_BYTES])
{
	uint8_t buffer[SECTION_SLICE];
	ssize_t n = pread(hash->fd, buffer, sizeof(buffer), (off_t)hash->offset);

	if (n < 0)
		return errno == EINTR ? 1 : -errno;
	if (n == 0) {
		crypto_hash_sha256_final(&hash->state, ret);
		return 0;
	}
	crypto_hash_sha256_update(&hash->state, buffer, (unsigned long long)n);
	/* Nobody reads it again soon. */
	posix_fadvise(hash->fd, (off_t)hash->offset, n, POSIX_FADV_DONTNEED);
	hash->offset += (uint64_t)n;
	return 1;
}

void section_hash_end(struct section_hash *hash)
{
	if (hash->fd >= 0)
		close(hash->fd);
	hash->fd = -1;
}

/* Are the bytes of the file that @hash was begun with those that @named names? */
static int prove(struct section_hash *hash, const struct manifest_section *named)
{
	uint8_t digest[crypto_hash_sha256_BYTES];
	int r;

	do {
		r = section_hash_slice(hash, digest);
	} while (r > 0);
	if (r < 0)
		return r;
	return memcmp(digest, named->sha256, sizeof(digest)) == 0 ? 0 : -EBADMSG;
}

int section_map_file(int sections_fd, const struct manifest_section *named,
		     const struct section_identity *checked, struct section *ret)
{
	_cleanup_(section_hash_end) struct section_hash hash;
	struct section section;
	int r = section_hash_begin(&hash, sections_fd, named);

	if (r < 0)
		return r;
	r = map(hash.fd, SECTION_MAX_BYTES, &section);
	if (r < 0)
		return r;
	if (checked == NULL || !section_identity_same(checked, &section.file))
		r = prove(&hash, named);
	if (r < 0) {
		section_finish(&section);
		return r;
	}
	section.proven = true;
	*ret = section;
	return 0;
}

void section_will_search(const struct section *section)
{
	madvise((void *)section->bytes, section->size, MADV_RANDOM);
}

void section_relax(const struct section *section)
{
	if (section->bytes != NULL && section->size > RELAX_MIN)
		madvise((void *)section->bytes, section->size, MADV_DONTNEED);
}

void section_finish(struct section *section)
{
	if (section->bytes != NULL)
		munmap((void *)section->bytes, section->size);
	*section = (struct section){ 0 };
}

int section_check(const struct section *section, const struct manifest_section *named)
{
	uint8_t digest[crypto_hash_sha256_BYTES];

	if (section->size != named->size)
		return -EBADMSG;
	if (section->proven)
		return 0;
	crypto_hash_sha256(digest, section->bytes, section->size);
	return memcmp(digest, named->sha256, sizeof(digest)) == 0 ? 0 : -EBADMSG;
}

void section_name(const struct manifest_section *named, char ret[static SECTION_NAME_SIZE])
{
	text_hex(named->sha256, sizeof(named->sha256), ret);
}
