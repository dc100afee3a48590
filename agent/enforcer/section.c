#include "section.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "agent/common/cleanup.h"
#include "policy/text.h"

static int map(int fd, size_t max, struct section *ret)
{
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
	*ret = (struct section){ .bytes = bytes, .size = (size_t)st.st_size };
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

int section_map_file(int sections_fd, const struct manifest_section *named, struct section *ret)
{
	char name[SECTION_NAME_SIZE];
	_cleanup_close_ int fd = -1;

	section_name(named, name);
	fd = openat(sections_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return map(fd, SECTION_MAX_BYTES, ret);
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
	crypto_hash_sha256(digest, section->bytes, section->size);
	return memcmp(digest, named->sha256, sizeof(digest)) == 0 ? 0 : -EBADMSG;
}

void section_name(const struct manifest_section *named, char ret[static SECTION_NAME_SIZE])
{
	text_hex(named->sha256, sizeof(named->sha256), ret);
}
