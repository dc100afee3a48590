/* ring - read a ring of the kernel's (BPF_MAP_TYPE_RINGBUF, Documentation/bpf/ringbuf.rst) by its
 * descriptor, which another process has opened and passed on: mapped, without a call of bpf(2). */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct ring {
	int fd;		      /* owned; ready for reading while there is something to take */
	size_t size;	      /* of the data, a power of two */
	unsigned long *taken; /* our page: how far we have read */
	const uint8_t
		*data; /* what the kernel writes: a page with how far it has, and twice the data */
};

/* Called for each entry; @bytes hold until it returns. */
typedef void ring_handler(void *userdata, const uint8_t *bytes, size_t size);

/* Map @fd, which is taken on success.  Returns 0; -EBADMSG if it is no ring; what mmap(2) gives. */
int ring_init(struct ring *ring, int fd) __attribute__((warn_unused_result));
void ring_finish(struct ring *ring);

/* Give the entries that are there, at most as much as the ring holds, to @handler.  Returns their
 * number. */
size_t ring_take(struct ring *ring, ring_handler *handler, void *userdata);
