#include "control_client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "cleanup.h"

static int timeout_to_errno(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK ? -ETIMEDOUT : -error;
}

int control_connect(const char *path, int timeout_ms, int *ret_fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval timeout = { timeout_ms / 1000, (timeout_ms % 1000) * 1000 };
	_cleanup_close_ int fd = -1;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return timeout_to_errno(errno);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int control_send(int fd, const char *request, const int *fds, size_t n_fds)
{
	union {
		char buffer[CMSG_SPACE(CONTROL_MAX_FDS * sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { (char *)request, strlen(request) };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (iov.iov_len > CONTROL_REQUEST_MAX || n_fds > CONTROL_MAX_FDS)
		return -E2BIG;
	if (n_fds > 0) {
		struct cmsghdr *header;

		message.msg_control = control.buffer;
		message.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(header), fds, n_fds * sizeof(int));
	}
	for (;;) {
		if (sendmsg(fd, &message, MSG_NOSIGNAL) >= 0)
			return 0;
		if (errno != EINTR)
			return timeout_to_errno(errno);
	}
}

int control_receive(int fd, json_t **ret)
{
	_cleanup_free_ char *packet = malloc(CONTROL_REPLY_MAX + 1);
	_cleanup_json_ json_t *object = NULL;
	ssize_t size;

	if (packet == NULL)
		return -ENOMEM;
	do {
		size = recv(fd, packet, CONTROL_REPLY_MAX + 1, 0);
	} while (size < 0 && errno == EINTR);
	if (size < 0)
		return timeout_to_errno(errno);
	if (size == 0)
		return -ECONNRESET;
	if (size > CONTROL_REPLY_MAX)
		return -EBADMSG;
	object = json_loadb(packet, (size_t)size, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(object))
		return -EBADMSG;
	if (json_is_true(json_object_get(object, "end")))
		return 0;
	*ret = TAKE_PTR(object);
	return 1;
}

int control_call(int fd, const char *request, const int *fds, size_t n_fds, json_t **ret)
{
	_cleanup_json_ json_t *packets = json_array();
	int r;

	if (packets == NULL)
		return -ENOMEM;
	r = control_send(fd, request, fds, n_fds);
	if (r < 0)
		return r;
	for (;;) {
		json_t *packet;

		r = control_receive(fd, &packet);
		if (r < 0)
			return r;
		if (r == 0)
			break;
		if (json_array_append_new(packets, packet) < 0)
			return -ENOMEM;
	}
	*ret = TAKE_PTR(packets);
	return 0;
}
