#include "control.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/log.h"
#include "packet.h"

struct control_peer {
	struct control *control;
	int fd;
	uid_t user;
	sd_event_source *io, *timer;
	struct packet *first, *last; /* replies that wait, owned */
	size_t queued;		     /* bytes of them */
	bool waiting;		     /* for a node to be settled: */
	char type;		     /* 'b' or 'c' */
	unsigned major, minor;
	bool listens; /* to what is published */
	bool kept;    /* it may be silent */
	bool leaves;  /* it has said so */
	bool broken;  /* to be dropped */
};

static void drop(struct control_peer *peer)
{
	struct control *control = peer->control;
	const bool kept = peer->kept, leaves = peer->leaves;

	for (size_t i = 0; i < control->n_peers; i++) {
		if (control->peers[i] == peer) {
			control->peers[i] = control->peers[--control->n_peers];
			break;
		}
	}
	sd_event_source_disable_unref(peer->io);
	sd_event_source_disable_unref(peer->timer);
	while (peer->first != NULL) {
		struct packet *packet = peer->first;

		peer->first = packet->next;
		packet_free(packet);
	}
	close(peer->fd);
	free(peer);
	if (kept && control->on_gone != NULL)
		control->on_gone(control->userdata, leaves);
}

static int set_timer(struct control_peer *peer, uint64_t timeout_ms)
{
	int r = sd_event_source_set_time_relative(peer->timer, timeout_ms * 1000);

	return r < 0 ? r : sd_event_source_set_enabled(peer->timer, SD_EVENT_ONESHOT);
}

/* Send what waits, as far as the socket takes it. */
static void flush(struct control_peer *peer)
{
	while (peer->first != NULL && !peer->broken) {
		struct packet *packet = peer->first;
		ssize_t n = packet_send(peer->fd, packet);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			peer->broken = true;
			return;
		}
		peer->first = packet->next;
		if (peer->first == NULL)
			peer->last = NULL;
		peer->queued -= packet->size;
		packet_free(packet);
	}
	if (sd_event_source_set_io_events(peer->io,
					  EPOLLIN | (peer->first == NULL ? 0u : EPOLLOUT)) < 0)
		peer->broken = true;
}

static void queue(struct control_peer *peer, const char *text, const int *fds, size_t n_fds)
{
	size_t size = strlen(text);
	struct packet *packet = NULL;

	if (peer->broken)
		return;
	if (size <= CONTROL_REPLY_MAX &&
	    peer->queued + size <= (peer->listens ? CONTROL_LISTENER_QUEUE_MAX : CONTROL_QUEUE_MAX))
		packet = packet_new(text, fds, n_fds);
	if (packet == NULL) {
		peer->broken = true;
		return;
	}
	if (peer->last == NULL)
		peer->first = packet;
	else
		peer->last->next = packet;
	peer->last = packet;
	peer->queued += size;
	flush(peer);
}

void control_reply(struct control_peer *peer, json_t *object)
{
	control_reply_fds(peer, object, NULL, 0);
}

void control_reply_fds(struct control_peer *peer, json_t *object, const int *fds, size_t n)
{
	_cleanup_free_ char *text = object == NULL ? NULL : json_dumps(object, JSON_COMPACT);

	json_decref(object);
	if (text == NULL) {
		peer->broken = true;
		return;
	}
	queue(peer, text, fds, n);
}

void control_error(struct control_peer *peer, const char *id, const char *text)
{
	control_reply(peer, json_pack("{s:{s:s, s:s}}", "error", "id", id, "text", text));
}

void control_end(struct control_peer *peer)
{
	queue(peer, "{\"end\":true}", NULL, 0);
}

static void reply_settled(struct control_peer *peer, bool settled)
{
	peer->waiting = false;
	control_reply(peer, json_pack("{s:b}", "settled", settled));
	control_end(peer);
	if (set_timer(peer, (uint64_t)CONTROL_IDLE_S * 1000) < 0)
		peer->broken = true;
}

void control_wait_settled(struct control_peer *peer, char type, unsigned major, unsigned minor)
{
	peer->waiting = true;
	peer->type = type;
	peer->major = major;
	peer->minor = minor;
	if (set_timer(peer, CONTROL_SETTLE_MS) < 0)
		peer->broken = true;
}

void control_settled(struct control *control, char type, unsigned major, unsigned minor)
{
	for (size_t i = control->n_peers; i > 0; i--) {
		struct control_peer *peer = control->peers[i - 1];

		if (!peer->waiting || peer->type != type || peer->major != major ||
		    peer->minor != minor)
			continue;
		reply_settled(peer, true);
		if (peer->broken)
			(void)set_timer(peer, 0); /* dropped there: it may be in use here */
	}
}

void control_listen(struct control_peer *peer)
{
	peer->listens = true;
	if (sd_event_source_set_enabled(peer->timer, SD_EVENT_OFF) < 0)
		peer->broken = true;
}

void control_keep(struct control_peer *peer)
{
	struct control *control = peer->control;

	for (size_t i = 0; i < control->n_peers; i++) {
		struct control_peer *other = control->peers[i];

		if (other == peer || !other->kept)
			continue;
		other->broken = true;
		(void)set_timer(other, 0); /* dropped there: it may be in use here */
	}
	peer->kept = true;
	if (sd_event_source_set_enabled(peer->timer, SD_EVENT_OFF) < 0)
		peer->broken = true;
}

void control_leave(struct control_peer *peer)
{
	peer->leaves = true;
}

bool control_is_kept(const struct control_peer *peer)
{
	return peer->kept;
}

void control_publish(struct control *control, uid_t user, json_t *object)
{
	_cleanup_free_ char *text = object == NULL ? NULL : json_dumps(object, JSON_COMPACT);

	json_decref(object);
	for (size_t i = control->n_peers; text != NULL && i > 0; i--) {
		struct control_peer *peer = control->peers[i - 1];

		if (!peer->listens || peer->user != user)
			continue;
		queue(peer, text, NULL, 0);
		if (peer->broken)
			(void)set_timer(peer, 0); /* dropped there: it may be in use here */
	}
}

static bool may_ask(const struct control_peer *peer, enum control_who who)
{
	switch (who) {
	case CONTROL_ANYONE:
		return true;
	case CONTROL_OFFERER:
		return peer->user == 0 || peer->user == peer->control->offerer;
	case CONTROL_ROOT:
		return peer->user == 0;
	}
	return false;
}

/* Split @text in place.  -EBADMSG unless it is printable words with single spaces between. */
static int split(char *text, size_t size, const char **ret_verb, struct control_request *request)
{
	for (size_t i = 0; i < size; i++) {
		if (text[i] < ' ' || text[i] > '~' ||
		    (text[i] == ' ' && (i == 0 || i + 1 == size || text[i - 1] == ' ')))
			return -EBADMSG;
	}
	if (size == 0)
		return -EBADMSG;
	*ret_verb = text;
	for (char *space = strchr(text, ' '); space != NULL; space = strchr(space + 1, ' ')) {
		if (request->n_arguments == CONTROL_MAX_ARGUMENTS)
			return -EBADMSG;
		*space = '\0';
		request->arguments[request->n_arguments++] = space + 1;
	}
	return 0;
}

static const struct control_verb *find_verb(const struct control *control, const char *name)
{
	for (size_t i = 0; i < control->n_verbs; i++) {
		if (strcmp(control->verbs[i].name, name) == 0)
			return &control->verbs[i];
	}
	return NULL;
}

/* Serve one request.  -EBADMSG: garbage. */
static int serve(struct control_peer *peer, char *text, size_t size,
		 struct control_request *request)
{
	const struct control_verb *verb;
	const char *name;
	int r = split(text, size, &name, request);

	if (r < 0)
		return r;
	verb = find_verb(peer->control, name);
	if (verb == NULL || peer->waiting || peer->listens ||
	    request->n_arguments < verb->min_arguments ||
	    request->n_arguments > verb->max_arguments || (request->n_fds > 0 && !verb->takes_fds))
		return -EBADMSG;
	if (!may_ask(peer, verb->who)) {
		control_error(peer, "not-permitted", "This user may not ask that.");
		control_end(peer);
		return 0;
	}
	return verb->handler(peer->control->userdata, request);
}

/* Take the descriptors that came with a packet. */
static void take_fds(struct msghdr *message, struct control_request *request)
{
	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL;
	     header = CMSG_NXTHDR(message, header)) {
		size_t n;

		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
			continue;
		n = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		assert(request->n_fds + n <= CONTROL_MAX_FDS); /* the buffer holds no more */
		memcpy(request->fds + request->n_fds, CMSG_DATA(header), n * sizeof(int));
		request->n_fds += n;
	}
}

/* Receive and serve one packet.  Returns 0; -EAGAIN; or the peer is to be dropped. */
static int receive(struct control_peer *peer)
{
	char text[CONTROL_REQUEST_MAX + 1];
	union {
		char buffer[CMSG_SPACE(CONTROL_MAX_FDS * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { text, CONTROL_REQUEST_MAX };
	struct msghdr message = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = control.buffer,
				  .msg_controllen = sizeof(control.buffer) };
	struct control_request request = { .peer = peer };
	ssize_t size;
	int r;

	size = recvmsg(peer->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (size < 0)
		return errno == EINTR ? 0 : -errno;
	take_fds(&message, &request);
	if (size == 0)
		r = -ECONNRESET;
	else if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		r = -EBADMSG;
	else {
		text[size] = '\0';
		r = serve(peer, text, (size_t)size, &request);
	}
	for (size_t i = 0; i < request.n_fds; i++)
		close(request.fds[i]);
	return r;
}

static int on_peer(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct control_peer *peer = userdata;
	int r = 0;

	(void)source;
	(void)fd;
	if (events & EPOLLOUT)
		flush(peer);
	if (events & EPOLLIN)
		r = receive(peer);
	else if (events & (EPOLLHUP | EPOLLERR))
		r = -ECONNRESET;
	if (r == -EBADMSG)
		log_debug("control-garbage", "User %u sent what is no request", peer->user);
	if (peer->broken || (r < 0 && r != -EAGAIN)) {
		drop(peer);
		return 0;
	}
	if (!peer->waiting && !peer->listens && !peer->kept && (events & EPOLLIN) &&
	    set_timer(peer, (uint64_t)CONTROL_IDLE_S * 1000) < 0)
		drop(peer);
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t now_us, void *userdata)
{
	struct control_peer *peer = userdata;

	(void)source;
	(void)now_us;
	if (peer->waiting && !peer->broken)
		reply_settled(peer, false);
	else
		peer->broken = true; /* idle too long */
	if (peer->broken)
		drop(peer);
	return 0;
}

static bool has_room(const struct control *control, uid_t user)
{
	size_t n = 0;

	for (size_t i = 0; i < control->n_peers; i++)
		n += control->peers[i]->user == user;
	return control->n_peers < CONTROL_MAX_PEERS &&
	       (user == 0 || n < CONTROL_MAX_PEERS_PER_USER);
}

/* Take up a connection.  Closes @fd if it cannot. */
static void add_peer(struct control *control, int fd)
{
	struct control_peer *peer = NULL;
	struct ucred credentials;
	socklen_t size = sizeof(credentials);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 &&
	    has_room(control, credentials.uid))
		peer = calloc(1, sizeof(*peer));
	if (peer == NULL) {
		close(fd);
		return;
	}
	peer->control = control;
	peer->fd = fd;
	peer->user = credentials.uid;
	control->peers[control->n_peers++] = peer;
	if (sd_event_add_io(control->loop, &peer->io, fd, EPOLLIN, on_peer, peer) < 0 ||
	    sd_event_add_time_relative(control->loop, &peer->timer, CLOCK_MONOTONIC,
				       (uint64_t)CONTROL_IDLE_S * 1000000, 0, on_timer, peer) < 0)
		drop(peer);
}

static int on_connection(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct control *control = userdata;

	(void)source;
	(void)events;
	for (;;) {
		int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (peer >= 0)
			add_peer(control, peer);
		else if (errno != EINTR && errno != ECONNABORTED)
			return 0;
	}
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = -1;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (unlink(path) < 0 && errno != ENOENT)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    chmod(path, 0666) < 0 || listen(fd, CONTROL_MAX_PEERS) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int control_init(struct control *control, sd_event *loop, const char *path, uid_t offerer,
		 const struct control_verb *verbs, size_t n_verbs, void *userdata)
{
	*control = (struct control){ .loop = loop,
				     .verbs = verbs,
				     .n_verbs = n_verbs,
				     .userdata = userdata,
				     .offerer = offerer };
	control->fd = listen_at(path);
	if (control->fd < 0)
		return control->fd;
	return sd_event_add_io(loop, &control->listener, control->fd, EPOLLIN, on_connection,
			       control);
}

void control_finish(struct control *control)
{
	control->on_gone = NULL;
	while (control->n_peers > 0)
		drop(control->peers[control->n_peers - 1]);
	control->listener = sd_event_source_disable_unref(control->listener);
	if (control->fd > 0)
		close(control->fd);
	control->fd = -1;
}
