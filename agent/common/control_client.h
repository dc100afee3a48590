/* control_client - ask the enforcer something over its control socket.
 * Blocking with a timeout; one request at a time.  The verbs and replies are in devgate-control(7).
 */
#pragma once

#include <stddef.h>

#include <jansson.h>

enum {
	CONTROL_REQUEST_MAX = 1024, /* bytes of a request packet */
	CONTROL_REPLY_MAX = 64 * 1024,
	CONTROL_MAX_FDS = 8,
};

/* Connect to the socket at @path.  @timeout_ms, 1 or more, holds for each later wait on *@ret_fd,
 * too.  Gives *@ret_fd, to be closed.  Returns 0; -ENAMETOOLONG; what socket(2), connect(2) give
 * (-ENOENT, -ECONNREFUSED: no enforcer runs). */
int control_connect(const char *path, int timeout_ms, int *ret_fd)
	__attribute__((warn_unused_result));

/* Send a request, "verb argument ..." in ASCII, with @n_fds descriptors (borrowed).
 * Returns 0; -E2BIG; -ETIMEDOUT; what sendmsg(2) gives. */
int control_send(int fd, const char *request, const int *fds, size_t n_fds)
	__attribute__((warn_unused_result));

/* Receive one packet of the reply.  Returns 1 and gives *@ret (a JSON object, json_decref); 0 at
 * the end of the reply; -ETIMEDOUT; -ECONNRESET if the enforcer hung up; -EBADMSG if it is not
 * JSON; -ENOMEM; what recv(2) gives. */
int control_receive(int fd, json_t **ret) __attribute__((warn_unused_result));

/* Send a request and receive its whole reply: gives *@ret, a JSON array of its packets.
 * Returns 0 or as control_send(), control_receive(). */
int control_call(int fd, const char *request, const int *fds, size_t n_fds, json_t **ret)
	__attribute__((warn_unused_result));

/* As control_receive(), for a reply that may bring descriptors: gives *@ret_n of them in @ret_fds,
 * to be closed. */
int control_receive_fds(int fd, json_t **ret, int ret_fds[static CONTROL_MAX_FDS], size_t *ret_n)
	__attribute__((warn_unused_result));
