#include "blob.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"

int blob_init(struct blob *blob)
{
	int fd = memfd_create("devgate-offer", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -errno;
	*blob = (struct blob){ .fd = fd };
	crypto_hash_sha256_init(&blob->hash);
	return 0;
}

void blob_finish(struct blob *blob)
{
	if (blob->fd >= 0)
		close(blob->fd);
	blob->fd = -1;
}

int blob_append(struct blob *blob, const void *bytes, size_t size)
{
	int r = file_write_all(blob->fd, bytes, size);

	if (r < 0)
		return r;
	crypto_hash_sha256_update(&blob->hash, bytes, size);
	blob->size += size;
	return 0;
}

int blob_seal(struct blob *blob, uint64_t size, const uint8_t sha256[static 32])
{
	uint8_t digest[crypto_hash_sha256_BYTES];

	crypto_hash_sha256_final(&blob->hash, digest);
	if (blob->size != size || memcmp(digest, sha256, sizeof(digest)) != 0)
		return -EBADMSG;
	if (fcntl(blob->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) <
	    0)
		return -errno;
	return TAKE_FD(blob->fd);
}

int blob_of(const void *bytes, size_t size)
{
	uint8_t sha256[crypto_hash_sha256_BYTES];
	struct blob blob;
	int r = blob_init(&blob);

	if (r < 0)
		return r;
	crypto_hash_sha256(sha256, bytes, size);
	r = blob_append(&blob, bytes, size);
	if (r >= 0)
		r = blob_seal(&blob, size, sha256);
	blob_finish(&blob);
	return r;
}
