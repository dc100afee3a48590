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

/* Descriptors that came with @message; those that are not wanted are closed. */
static size_t take_fds(struct msghdr *message, int *ret_fds)
{
	size_t taken = 0;

	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL;
	     header = CMSG_NXTHDR(message, header)) {
		int fds[CONTROL_MAX_FDS];
		size_t n = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
		    n > CONTROL_MAX_FDS)
			continue;
		memcpy(fds, CMSG_DATA(header), n * sizeof(int));
		for (size_t i = 0; i < n; i++) {
			if (ret_fds != NULL && taken < CONTROL_MAX_FDS)
				ret_fds[taken++] = fds[i];
			else
				close(fds[i]);
		}
	}
	return taken;
}

static int parse(const char *packet, ssize_t size, json_t **ret)
{
	_cleanup_json_ json_t *object = NULL;

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

/* @ret_fds: NULL if none are wanted. */
static int receive(int fd, json_t **ret, int *ret_fds, size_t *ret_n)
{
	_cleanup_free_ char *packet = malloc(CONTROL_REPLY_MAX + 1);
	union {
		char buffer[CMSG_SPACE(CONTROL_MAX_FDS * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { packet, CONTROL_REPLY_MAX + 1 };
	struct msghdr message = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = control.buffer,
				  .msg_controllen = sizeof(control.buffer) };
	ssize_t size;
	size_t n;
	int r;

	if (packet == NULL)
		return -ENOMEM;
	do {
		size = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	} while (size < 0 && errno == EINTR);
	if (size < 0)
		return timeout_to_errno(errno);
	n = take_fds(&message, ret_fds);
	r = parse(packet, size, ret);
	if (ret_n != NULL)
		*ret_n = r > 0 ? n : 0;
	for (size_t i = 0; r <= 0 && i < n; i++)
		close(ret_fds[i]);
	return r;
}

int control_receive(int fd, json_t **ret)
{
	return receive(fd, ret, NULL, NULL);
}

int control_receive_fds(int fd, json_t **ret, int ret_fds[static CONTROL_MAX_FDS], size_t *ret_n)
{
	return receive(fd, ret, ret_fds, ret_n);
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
