/* control - the control socket: peers, their requests and replies.  AF_UNIX, SOCK_SEQPACKET.
 *
 * A request is one packet of at most CONTROL_REQUEST_MAX bytes: a verb and its arguments, ASCII,
 * single spaces between.  Who asks is SO_PEERCRED's word.  A table says for each verb who may ask
 * it, how many arguments it has, and whether it brings file descriptors.  What is not in the table
 * is garbage: its sender is disconnected.  A reply is packets of one JSON object each and then
 * {"end":true}.  Nothing of a peer's is parsed but the words of its request. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>
#include <systemd/sd-event.h>

#include "agent/common/control_client.h" /* the limits that both sides hold to */

enum {
	CONTROL_MAX_PEERS = 64,
	CONTROL_MAX_PEERS_PER_USER = 8, /* root exempt */
	CONTROL_MAX_ARGUMENTS = 4,
	CONTROL_IDLE_S = 120,
	CONTROL_QUEUE_MAX = 1024 * 1024, /* bytes of replies that wait for one peer */
	CONTROL_SETTLE_MS = 3000,
	CONTROL_LISTENER_QUEUE_MAX = 64 * 1024, /* bytes of notices that wait for one listener */
};

enum control_who {
	CONTROL_ANYONE,
	CONTROL_OFFERER /* the reporter's user, or root */,
	CONTROL_ROOT
};

struct control_peer;

struct control_request {
	struct control_peer *peer;
	size_t n_arguments;
	const char *arguments[CONTROL_MAX_ARGUMENTS];
	size_t n_fds;
	int fds[CONTROL_MAX_FDS]; /* borrowed for the call */
};

/* Handles a request: replies with control_reply(), then control_end(), or leaves the end to later
 * (control_wait_settled()).  Returns 0, or -EBADMSG for arguments that are garbage. */
typedef int control_handler(void *userdata, const struct control_request *request);

struct control_verb {
	const char *name;
	enum control_who who;
	size_t min_arguments, max_arguments;
	bool takes_fds;
	control_handler *handler;
};

/* Called when a peer of control_keep() has gone; @orderly: it has said so before. */
typedef void control_gone_handler(void *userdata, bool orderly);

struct control {
	sd_event *loop; /* borrowed, as verbs and userdata */
	const struct control_verb *verbs;
	size_t n_verbs;
	void *userdata;
	control_gone_handler *on_gone; /* NULL: nobody wants to know */
	uid_t offerer;		       /* the reporter's user; (uid_t)-1: there is none */
	int fd;
	sd_event_source *listener;
	size_t n_peers;
	struct control_peer *peers[CONTROL_MAX_PEERS];
};

/* Listen at @path, in place of a socket that is there.  Returns 0; -ENAMETOOLONG; what socket(2),
 * bind(2), listen(2) and sd-event give.  On failure control_finish() is still allowed. */
int control_init(struct control *control, sd_event *loop, const char *path, uid_t offerer,
		 const struct control_verb *verbs, size_t n_verbs, void *userdata)
	__attribute__((warn_unused_result));
void control_finish(struct control *control);

/* Queue one object of the reply (taken; NULL: out of memory).  A peer that cannot be served, or
 * does not read, is disconnected; it stays valid for the handler until it returns. */
void control_reply(struct control_peer *peer, json_t *object);
/* The same with @n descriptors, which are borrowed: CONTROL_MAX_FDS at most. */
void control_reply_fds(struct control_peer *peer, json_t *object, const int *fds, size_t n);
/* {"error":{"id":@id,"text":@text}} */
void control_error(struct control_peer *peer, const char *id, const char *text);
void control_end(struct control_peer *peer);

/* The reply is given when control_settled() is called for the node @major:@minor of @type, 'b' or
 * 'c', or after CONTROL_SETTLE_MS with "settled" false. */
void control_wait_settled(struct control_peer *peer, char type, unsigned major, unsigned minor);
void control_settled(struct control *control, char type, unsigned major, unsigned minor);

/* From now on @peer asks nothing any more, and is given what control_publish() says, until it hangs
 * up.  One that does not read is disconnected. */
void control_listen(struct control_peer *peer);

/* Give @object (taken; NULL: out of memory) to all listeners of @user. */
void control_publish(struct control *control, uid_t user, json_t *object);

/* From now on @peer may be silent, and on_gone tells when it goes.  The one before it, if there is
 * one, is disconnected.  control_leave(): it will go, in order. */
void control_keep(struct control_peer *peer);
void control_leave(struct control_peer *peer);
bool control_is_kept(const struct control_peer *peer);
