/* server - the two ports: each a listening socket and a libmicrohttpd daemon with its own threads.
 * TLS 1.3 alone.  The agents' port asks for client certificates; the people's port does not. */
#pragma once

#include "collector.h"
#include "request.h"

struct MHD_Daemon;

struct server {
	struct collector *collector; /* borrowed */
	struct port agents_port, people_port;
	struct MHD_Daemon *agents, *people;
};

/* Bind both ports and answer on them.  Logs what is wrong, naming the port.  0 or -errno. */
int server_start(struct server *server, struct collector *collector, const struct options *options)
	__attribute__((warn_unused_result));

/* Take no more connections, end long polls, let running requests finish (a few seconds at most),
 * and join the threads.  Harmless on zeros. */
void server_stop(struct server *server);
