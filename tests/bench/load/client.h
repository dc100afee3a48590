/* client - one connection of a made-up machine to the agents' port: TLS 1.3 with its own
 * certificate, HTTP/1.1, one request at a time, never blocking.
 * It does not verify the collector's certificate: what is measured is the other end. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>

#include "fleet.h"

enum { CLIENT_HEAD_SIZE = 512, CLIENT_ANSWER_SIZE = 2048 };

enum client_state {
	CLIENT_CLOSED,
	CLIENT_CONNECTING,
	CLIENT_HANDSHAKING,
	CLIENT_IDLE, /* a request may be sent */
	CLIENT_SENDING,
	CLIENT_RECEIVING,
};

/* What all have in common. */
struct clients {
	const struct fleet *fleet; /* borrowed */
	struct sockaddr_in to;
	gnutls_privkey_t key;
	gnutls_certificate_credentials_t credentials;
};

struct client {
	const struct machine *machine; /* borrowed */
	enum client_state state;
	int fd;
	gnutls_session_t tls;
	struct clients *clients; /* borrowed */
	gnutls_pcert_st certificate;

	char head[CLIENT_HEAD_SIZE]; /* of the request */
	size_t head_size, sent;
	const char *body; /* borrowed until the answer is there */
	size_t body_size;

	char answer[CLIENT_ANSWER_SIZE]; /* the head, and what fits of the body; NUL-terminated */
	size_t answer_size, answer_head; /* answer_head 0: the head is not whole yet */
	size_t body_left;
	int status;
	bool closing; /* the other end will close */
};

/* @to: "127.0.0.1:PORT"; loopback alone.  0 or -errno; clients_finish after both. */
int clients_init(struct clients *ret, const struct fleet *fleet, const char *to)
	__attribute__((warn_unused_result));
void clients_finish(struct clients *clients);

/* Begin to connect as machine @number, which picks the source address, too, so that no address has
 * too many connections.  Returns the socket, which an edge-triggered epoll waits for; -errno. */
int client_connect(struct client *client, struct clients *clients, size_t number)
	__attribute__((warn_unused_result));

/* Begin a request; the client is idle.  @head ends with an empty line. */
void client_send(struct client *client, const char *head, const char *body, size_t size);

/* Go on as far as it goes.  Returns 1 when it has become idle: connected, or the answer is there
 * (status is its status; 0 after the handshake); 0 while it waits for the other end; -errno, after
 * which it is to be closed. */
int client_step(struct client *client) __attribute__((warn_unused_result));

/* A number from the answer: of the header @name ("Retry-After: "), or of a member of its JSON body
 * ("\"acked\":").  @otherwise if it has none. */
int64_t client_number(const struct client *client, const char *name, int64_t otherwise);

/* Without saying goodbye.  Harmless on zeros and twice. */
void client_close(struct client *client);
