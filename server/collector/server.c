#include "server.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <microhttpd.h>

#include "agents_api.h"
#include "log.h"
#include "peer.h"
#include "people_api.h"

#define PRIORITIES "SECURE128:-VERS-ALL:+VERS-TLS1.3"

enum {
	BACKLOG = 1024,
	THREADS = 2,
	AGENTS_MAX =
		24000, /* connections: a long poll and an upload of 10,000 machines, and room */
	PEOPLE_MAX = 512,
	/* of one address: a branch of 300 machines behind one, but never all there are */
	AGENTS_MAX_OF_ADDRESS = 1024,
	PEOPLE_MAX_OF_ADDRESS = 128,
	AGENTS_MEMORY = 8 * 1024, /* of a connection: bounds the header too */
	PEOPLE_MEMORY = 32 * 1024,
	FINISH_MS = 10000,
};

/* Split "ADDRESS:PORT" or "[ADDRESS]:PORT".  @ret_address holds 64 bytes.  Returns the port. */
static const char *split(const char *text, char ret_address[static 64])
{
	const char *colon = strrchr(text, ':');
	const char *from = text, *to = colon;

	if (!colon || colon[1] == '\0')
		return NULL;
	if (*from == '[' && to > from && to[-1] == ']') {
		from++;
		to--;
	}
	if (to - from >= 64 || to == from)
		return NULL;
	memcpy(ret_address, from, (size_t)(to - from));
	ret_address[to - from] = '\0';
	return colon + 1;
}

static int bind_socket(const struct addrinfo *info)
{
	int yes = 1;
	int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
	    bind(fd, info->ai_addr, info->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0) {
		int r = -errno;
		close(fd);
		return r;
	}
	return fd;
}

static int listen_on(const char *who, const char *text)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
				  .ai_socktype = SOCK_STREAM };
	struct addrinfo *info;
	char address[64];
	const char *service = split(text, address);

	if (!service || getaddrinfo(address, service, &hints, &info) != 0) {
		log_line(LOG_LEVEL_ERROR, "port-invalid",
			 "%s port: \"%s\" is not ADDRESS:PORT with a numeric address", who, text);
		return -EINVAL;
	}
	int fd = bind_socket(info);
	freeaddrinfo(info);
	if (fd < 0)
		log_line(LOG_LEVEL_ERROR, "port-refused", "%s port: cannot listen on %s: %s", who,
			 text, strerror(-fd));
	return fd;
}

static struct MHD_Daemon *start_daemon(struct port *port, int fd, const struct config *config,
				       bool agents)
{
	struct MHD_OptionItem trust[] = {
		{ MHD_OPTION_HTTPS_MEM_TRUST, 0, (void *)ca_certificate(config->ca) },
		{ MHD_OPTION_END, 0, NULL },
	};
	struct MHD_OptionItem nothing[] = { { MHD_OPTION_END, 0, NULL } };

	return MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TLS | MHD_ALLOW_SUSPEND_RESUME |
			MHD_USE_ITC,
		0, NULL, NULL, request_on_call, port, MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_HTTPS_MEM_CERT, config->server_certificate, MHD_OPTION_HTTPS_MEM_KEY,
		config->server_key, MHD_OPTION_HTTPS_PRIORITIES, PRIORITIES,
		MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned)(agents ? AGENTS_MAX : PEOPLE_MAX), MHD_OPTION_PER_IP_CONNECTION_LIMIT,
		(unsigned)(agents ? AGENTS_MAX_OF_ADDRESS : PEOPLE_MAX_OF_ADDRESS),
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)REQUEST_IDLE_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)(agents ? AGENTS_MEMORY : PEOPLE_MEMORY), MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_NOTIFY_COMPLETED,
		request_on_completed, port, MHD_OPTION_NOTIFY_CONNECTION, peer_on_connection,
		port->collector, MHD_OPTION_ARRAY, agents ? trust : nothing, MHD_OPTION_END);
}

static int start(struct server *server, bool agents, const char *address)
{
	const char *who = agents ? "agents'" : "people's";
	struct port *port = agents ? &server->agents_port : &server->people_port;
	int fd = listen_on(who, address);

	if (fd < 0)
		return fd;
	port->collector = server->collector;
	port->rationed = agents;
	port->otherwise = agents ? ACCESS_HOST : ACCESS_AUDITOR;
	port->routes = agents ? agents_routes(&port->n_routes) : people_routes(&port->n_routes);
	struct MHD_Daemon *daemon = start_daemon(port, fd, &server->collector->config, agents);
	if (!daemon) {
		close(fd);
		log_line(LOG_LEVEL_ERROR, "port-refused",
			 "%s port: TLS could not be set up; check server.crt and server.key", who);
		return -EIO;
	}
	*(agents ? &server->agents : &server->people) = daemon;
	log_about(LOG_LEVEL_INFO, "port-open",
		  LOG_ABOUT(LOG_TEXT("port", agents ? "agents" : "people"),
			    LOG_TEXT("address", address)),
		  "%s port: %s", who, address);
	return 0;
}

int server_start(struct server *server, struct collector *collector, const struct options *options)
{
	*server = (struct server){ .collector = collector };
	int r = uploads_start(&collector->uploads, collector->store, &collector->disk);

	if (r < 0)
		log_line(LOG_LEVEL_ERROR, "thread-refused", "%s", strerror(-r));
	else
		r = start(server, true, options->agents);

	if (r == 0)
		r = start(server, false, options->people);
	if (r < 0)
		server_stop(server);
	return r;
}

static void quiesce(struct MHD_Daemon *daemon)
{
	int fd = daemon ? MHD_quiesce_daemon(daemon) : -1;

	if (fd >= 0)
		close(fd);
}

void server_stop(struct server *server)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000000 };

	if (!server->collector)
		return;
	quiesce(server->agents);
	quiesce(server->people);
	waiters_stop(&server->collector->waiters);
	for (int ms = 0; ms < FINISH_MS && atomic_load(&server->collector->running) > 0; ms += 10)
		nanosleep(&pause, NULL);
	/* A connection that is suspended may not be stopped. */
	uploads_stop(&server->collector->uploads);
	if (server->agents)
		MHD_stop_daemon(server->agents);
	if (server->people)
		MHD_stop_daemon(server->people);
	*server = (struct server){ 0 };
}
