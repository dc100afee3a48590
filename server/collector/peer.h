/* peer - the other end of one connection to the agents' port, and its client certificate.
 * libmicrohttpd asks for a certificate and takes any, or none; it is verified here, once for a
 * connection at its first request, and at each request it is only looked up among the revoked. */
#pragma once

#include <stdint.h>

#include <microhttpd.h>

#include "patience.h"
#include "problem.h"
#include "server/store/hosts.h"
#include "server_certificate.h"

struct collector;

enum peer_state {
	PEER_UNCHECKED,
	PEER_ABSENT,	/* no certificate was shown */
	PEER_UNTRUSTED, /* not signed by our authority, not for client authentication, not ours */
	PEER_EXPIRED,
	PEER_GOOD,
};

struct peer {
	enum peer_state state;
	char host[STORE_UUID_SIZE]; /* PEER_GOOD: whom the certificate was issued to */
	char serial[HOST_SERIAL_SIZE];
	int64_t expires;
	struct awaited awaited;
	struct shown *shown; /* the certificate it is shown; NULL: the first */
};

/* MHD_OPTION_NOTIFY_CONNECTION of both ports: make and free the connection's struct peer; the
 * context is the struct collector. */
void peer_on_connection(void *context, struct MHD_Connection *connection, void **slot,
			enum MHD_ConnectionNotificationCode code);

/* The connection's; NULL if there was no memory for it. */
struct peer *peer_of(struct MHD_Connection *connection);

/* Whose request is this?  On 0, @ret_host is the host's id.  -EACCES: refused, *@ret_problem says
 * why (401 absent, untrusted, expired; 403 revoked; 500). */
int peer_admit(struct collector *collector, struct MHD_Connection *connection,
	       char ret_host[static STORE_UUID_SIZE], struct problem *ret_problem)
	__attribute__((warn_unused_result));
