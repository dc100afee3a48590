#include "packet.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct packet *packet_new(const char *text, const int *fds, size_t n)
{
	const size_t size = strlen(text);
	struct packet *packet = malloc(sizeof(*packet) + size + 1);

	if (packet == NULL)
		return NULL;
	*packet = (struct packet){ .size = size };
	memcpy(packet->bytes, text, size + 1);
	for (size_t i = 0; i < n; i++) {
		int fd = fcntl(fds[i], F_DUPFD_CLOEXEC, 0);

		if (fd < 0) {
			packet_free(packet);
			return NULL;
		}
		packet->fds[packet->n_fds++] = fd;
	}
	return packet;
}

void packet_free(struct packet *packet)
{
	for (size_t i = 0; i < packet->n_fds; i++)
		close(packet->fds[i]);
	free(packet);
}

ssize_t packet_send(int fd, const struct packet *packet)
{
	union {
		char buffer[CMSG_SPACE(CONTROL_MAX_FDS * sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { (char *)packet->bytes, packet->size };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (packet->n_fds > 0) {
		struct cmsghdr *header;

		message.msg_control = control.buffer;
		message.msg_controllen = CMSG_SPACE(packet->n_fds * sizeof(int));
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(packet->n_fds * sizeof(int));
		memcpy(CMSG_DATA(header), packet->fds, packet->n_fds * sizeof(int));
	}
	return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}
