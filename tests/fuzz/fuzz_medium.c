/* What is on a disk, as the child reads it, without what confines it.  The input is pieces of the
 * disk: where each begins, in units of 64 bytes, how long it is, and its bytes. */
#include "fuzz.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/enforcer/medium.h"

enum { DISK_SIZE = 2 << 20, UNIT = 64 };

static int disk;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	disk = memfd_create("disk", MFD_CLOEXEC);
	return disk < 0;
}

static void write_pieces(const uint8_t *data, size_t size)
{
	assert(ftruncate(disk, 0) == 0 && ftruncate(disk, DISK_SIZE) == 0);
	while (size > 4) {
		const off_t at = (off_t)(data[0] | data[1] << 8) * UNIT % (DISK_SIZE - UINT16_MAX);
		size_t n = (size_t)(data[2] | data[3] << 8);

		data += 4;
		size -= 4;
		n = n > size ? size : n;
		assert(pwrite(disk, data, n, at) == (ssize_t)n);
		data += n;
		size -= n;
	}
}

/* The same disk, and libblkid's own memory of it forgotten, must give the same. */
static void examine(struct medium_answer *ret)
{
	blkid_probe probe = blkid_new_probe();
	int r;

	memset(ret, 0, sizeof(*ret));
	assert(probe != NULL && blkid_probe_set_device(probe, disk, 0, 0) == 0);
	r = medium_probe_kind(probe, &ret->kind);
	assert(r == 0 || r == -EIO);
	if (r == 0) {
		r = medium_probe_texts(probe, (enum encryption)ret->kind.encryption, true,
				       &ret->texts);
		assert(r == 0 || r == -EIO);
	}
	blkid_free_probe(probe);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct medium_answer first, second;
	struct volume volume;

	write_pieces(data, size);
	examine(&first);
	examine(&second);
	assert(memcmp(&first, &second, sizeof(first)) == 0);
	assert(first.kind.bytes == 0 || first.kind.bytes == DISK_SIZE);
	/* what it says itself is believed */
	assert(volume_parse((const uint8_t *)&first, sizeof(first), &volume) == 0);
	return 0;
}
