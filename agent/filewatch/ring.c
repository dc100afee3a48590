#include "ring.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/common/cleanup.h"

/* BPF_RINGBUF_BUSY_BIT and the next, BPF_RINGBUF_HDR_SZ of the header of bpf(2) */
#define BUSY	  (1u << 31)
#define DISCARDED (1u << 30)
enum { HEADER_SIZE = 8, RING_MAX = 16 * 1024 * 1024, MAP_TYPE_RINGBUF = 27 };

/* The number that /proc/self/fdinfo has under @name for a map, or -1 (proc(5)). */
static long read_fdinfo(int fd, const char *name)
{
	_cleanup_fclose_ FILE *file = NULL;
	char path[64], line[128];
	const size_t length = strlen(name);
	long value;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, name, length) == 0 && sscanf(line + length, ": %li", &value) == 1)
			return value;
	}
	return -1;
}

int ring_init(struct ring *ring, int fd)
{
	const long page = sysconf(_SC_PAGESIZE), size = read_fdinfo(fd, "max_entries");
	void *taken, *data;

	if (read_fdinfo(fd, "map_type") != MAP_TYPE_RINGBUF || size < page || size > RING_MAX ||
	    (size & (size - 1)) != 0)
		return -EBADMSG;
	taken = mmap(NULL, (size_t)page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (taken == MAP_FAILED)
		return -errno;
	data = mmap(NULL, (size_t)(page + 2 * size), PROT_READ, MAP_SHARED, fd, page);
	if (data == MAP_FAILED) {
		int r = -errno;

		munmap(taken, (size_t)page);
		return r;
	}
	*ring = (struct ring){ .fd = fd, .size = (size_t)size, .taken = taken, .data = data };
	return 0;
}

void ring_finish(struct ring *ring)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (ring->taken == NULL)
		return;
	munmap(ring->taken, page);
	munmap((void *)ring->data, page + 2 * ring->size);
	close(ring->fd);
	*ring = (struct ring){ .fd = -1 };
}

size_t ring_take(struct ring *ring, ring_handler *handler, void *userdata)
{
	const uint8_t *entries = ring->data + sysconf(_SC_PAGESIZE);
	const unsigned long end =
		__atomic_load_n((const unsigned long *)(const void *)ring->data, __ATOMIC_ACQUIRE);
	unsigned long at = *ring->taken;
	size_t n = 0;

	while (at < end) {
		const uint8_t *entry = entries + (at & (ring->size - 1));
		uint32_t length =
			__atomic_load_n((const uint32_t *)(const void *)entry, __ATOMIC_ACQUIRE);
		uint32_t size = length & ~(BUSY | DISCARDED);

		if (length & BUSY)
			break; /* being written; the next is behind it */
		if (size > ring->size - HEADER_SIZE)
			break; /* never of the kernel's making */
		if (!(length & DISCARDED)) {
			handler(userdata, entry + HEADER_SIZE, size);
			n++;
		}
		at += (HEADER_SIZE + size + 7) / 8 * 8;
		__atomic_store_n(ring->taken, at, __ATOMIC_RELEASE);
	}
	return n;
}
