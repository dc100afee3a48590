/* packet - one packet of a reply that waits to be sent, with the descriptors that it brings. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "agent/common/control_client.h"

struct packet {
	struct packet *next;
	size_t size;
	size_t n_fds;
	int fds[CONTROL_MAX_FDS]; /* owned */
	char bytes[];
};

/* Of @text, with copies of @n descriptors, CONTROL_MAX_FDS at most.  NULL if there is no memory, or
 * no descriptor to be had. */
struct packet *packet_new(const char *text, const int *fds, size_t n);
void packet_free(struct packet *packet);

/* Without waiting.  Returns as sendmsg(2). */
ssize_t packet_send(int fd, const struct packet *packet);
