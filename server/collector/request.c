#include "request.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <sodium.h>

#include "authenticate.h"
#include "collector.h"
#include "json_body.h"
#include "peer.h"
#include "reply.h"
#include "server/store/room.h"

enum { BUSY_LEAST_S = 5, BUSY_MOST_S = 25 }; /* memory comes back soon */

static const char *header(struct request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

/* The body's announced length: 0 if there is none, UINT64_MAX if it is not said (chunked). */
static uint64_t announced(struct request *request)
{
	const char *length = header(request, MHD_HTTP_HEADER_CONTENT_LENGTH);

	if (length)
		return strtoull(length, NULL, 10); /* libmicrohttpd has refused what is no number */
	return header(request, MHD_HTTP_HEADER_TRANSFER_ENCODING) ? UINT64_MAX : 0;
}

static void refuse_large(struct request *request)
{
	problem_set(&request->problem, MHD_HTTP_CONTENT_TOO_LARGE, "too-large",
		    "The body may be at most %zu bytes, uncompressed.", request->route->body_max);
}

/* The machine could not take a body: that may pass. */
static void refuse_for_now(struct request *request, int error)
{
	if (error == -EDQUOT) {
		problem_set(&request->problem, MHD_HTTP_TOO_MANY_REQUESTS, "rate-limited",
			    "This machine sends more at once than its share of the memory; try "
			    "again later.");
		problem_retry(&request->problem, BUSY_LEAST_S, BUSY_MOST_S);
		return;
	}
	if (error == -ENOBUFS) {
		problem_set(&request->problem, MHD_HTTP_SERVICE_UNAVAILABLE, "busy",
			    "The collector receives as much as it can hold; try again.");
		problem_retry(&request->problem, BUSY_LEAST_S, BUSY_MOST_S);
		return;
	}
	if (room_is_lacking(error)) {
		disk_watch_note(&request->collector->disk, strerror(-error));
		disk_watch_count(&request->collector->disk);
		problem_full(&request->problem);
		return;
	}
	problem_set(&request->problem, MHD_HTTP_SERVICE_UNAVAILABLE, "busy",
		    "The collector cannot take a body now: %s.", strerror(-error));
}

/* Judge Content-Encoding and Content-Length, and make ready for the body. */
static void expect_body(struct request *request)
{
	const struct route *route = request->route;
	const char *encoding = header(request, MHD_HTTP_HEADER_CONTENT_ENCODING);
	bool zstd = encoding && strcasecmp(encoding, "zstd") == 0;
	uint64_t length = announced(request);

	if (encoding && strcasecmp(encoding, "identity") != 0 && !(zstd && route->compressed)) {
		problem_set(&request->problem, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
			    "unsupported-encoding", "The body may be sent %s.",
			    route->compressed ? "plain or as zstd" : "plain only");
		return;
	}
	if (length != UINT64_MAX && length > body_max_received(route->body_max, zstd)) {
		refuse_large(request);
		return;
	}
	int r = body_init(&request->body, route->body, route->body_max, zstd,
			  request->collector->store);
	request->body.budget = &request->collector->budget;
	request->body.share = rates_share(request->rate);
	if (r < 0)
		refuse_for_now(request, r);
}

static void await(struct request *request, int64_t ms)
{
	struct peer *peer = peer_of(request->connection);

	if (peer)
		patience_await(&request->collector->patience, &peer->awaited, ms);
}

static void await_body(struct request *request)
{
	struct peer *peer = peer_of(request->connection);
	uint64_t max = request->route ? request->route->body_max : REQUEST_DRAIN_MAX;

	if (peer)
		patience_await_body(&request->collector->patience, &peer->awaited, max);
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* May this machine, or this address if it has shown no certificate yet, ask again already? */
static int ration(struct request *request)
{
	char key[RATES_KEY_SIZE];
	unsigned wait_s = 1;

	if (*request->host)
		snprintf(key, sizeof(key), "%s", request->host);
	else
		rates_address_key(request->address, key);
	int r = rates_begin(&request->collector->rates, key, now_ms(), &request->rate, &wait_s);
	if (r == 0)
		return 0;
	problem_set(&request->problem, MHD_HTTP_TOO_MANY_REQUESTS, "rate-limited",
		    "This machine asks or sends too much; try again later.");
	request->problem.retry_after_s = wait_s;
	return -EACCES;
}

static void read_address(struct MHD_Connection *connection, char ret[static HOST_ADDRESS_SIZE])
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *address = info ? info->client_addr : NULL;
	socklen_t size = address && address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
								   : sizeof(struct sockaddr_in);

	if (!address ||
	    getnameinfo(address, size, ret, HOST_ADDRESS_SIZE, NULL, 0, NI_NUMERICHOST) != 0)
		*ret = '\0';
}

static struct request *request_new(struct port *port, struct MHD_Connection *connection)
{
	struct request *request = calloc(1, sizeof(*request));

	if (request) {
		request->collector = port->collector;
		request->connection = connection;
		request->wait.connection = connection;
		request->body.section.fd = -1;
		read_address(connection, request->address);
		atomic_fetch_add(&port->collector->running, 1);
	}
	return request;
}

/* All that can be judged from the header. */
static void judge(struct request *request, struct port *port, const char *method, const char *path)
{
	request->route = route_find(port->routes, port->n_routes, method, path, request->segment,
				    &request->problem);
	enum access access = request->route ? request->route->access : port->otherwise;
	int r = authenticate(request, access);
	if (r == 0 && port->rationed)
		r = ration(request);
	if (r == 0 && request->route)
		expect_body(request);
	await_body(request);
}

static enum MHD_Result take_body(struct request *request, const char *bytes, size_t size)
{
	int r = request->problem.status ? 0 : body_add(&request->body, bytes, size);

	if (r == -E2BIG)
		refuse_large(request);
	else if (r == -EBADMSG)
		problem_set(&request->problem, MHD_HTTP_BAD_REQUEST, "bad-request",
			    "The body is not good zstd.");
	else if (r < 0)
		refuse_for_now(request, r);
	if (request->problem.status) {
		request->dropped += request->body.received + size;
		body_finish(&request->body);
	}
	return request->dropped > REQUEST_DRAIN_MAX ? MHD_NO : MHD_YES;
}

/* Before each call of the handler: what was allowed when the header came may have been revoked
 * while the body came, or during a wait.  Before the first one the body must be whole, too. */
static int admit(struct request *request)
{
	if (request->problem.status || authenticate(request, request->route->access) < 0)
		return -EACCES;
	int r = request->wait.deadline_ms == 0 ? body_end(&request->body) : 0;
	if (r == -EBADMSG)
		return problem_set(&request->problem, MHD_HTTP_BAD_REQUEST, "bad-request",
				   "The body ends in the middle of a zstd frame.");
	if (r < 0) {
		refuse_for_now(request, r);
		return -EACCES;
	}
	return 0;
}

enum MHD_Result request_on_call(void *context, struct MHD_Connection *connection, const char *path,
				const char *method, const char *version, const char *bytes,
				size_t *size, void **slot)
{
	struct port *port = context;
	struct request *request = *slot;

	(void)version;
	if (!request) {
		*slot = request = request_new(port, connection);
		if (!request)
			return MHD_NO;
		judge(request, port, method, path);
		uint64_t length = announced(request);
		bool endless = length > REQUEST_DRAIN_MAX && length != UINT64_MAX;
		return request->problem.status && endless ? reply_problem(request) : MHD_YES;
	}
	if (*size > 0) {
		enum MHD_Result result = take_body(request, bytes, *size);
		*size = 0;
		return result;
	}
	await(request, 0);
	return admit(request) < 0 ? reply_problem(request) : request->route->handle(request);
}

void request_on_completed(void *context, struct MHD_Connection *connection, void **slot,
			  enum MHD_RequestTerminationCode code)
{
	struct port *port = context;
	struct request *request = *slot;

	(void)connection;
	(void)code;
	if (!request)
		return;
	rates_spend(&port->collector->rates, request->rate, request->events,
		    request->body.size + request->dropped);
	body_finish(&request->body);
	rates_end(&port->collector->rates, request->rate);
	await(request, REQUEST_IDLE_S * 1000);
	free(request);
	*slot = NULL;
	atomic_fetch_sub(&port->collector->running, 1);
}

int request_json(struct request *request, json_t **ret)
{
	char error[JSON_BODY_ERROR_SIZE];
	int r = json_body_parse(request->body.bytes, request->body.size, ret, error);

	if (r == -EBADMSG)
		return problem_set(&request->problem, MHD_HTTP_BAD_REQUEST, "bad-request", "%s",
				   error);
	if (r < 0)
		refuse_for_now(request, r);
	return r < 0 ? -EACCES : 0;
}

int request_row(const struct request *request, int64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoll(request->segment, &end, 10);
	return errno || *end ? -ENOENT : 0;
}

const char *request_argument(struct request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

int request_number(struct request *request, const char *name, uint64_t max, uint64_t otherwise,
		   uint64_t *ret)
{
	const char *text = request_argument(request, name);
	char *end;

	if (!text) {
		*ret = otherwise;
		return 0;
	}
	errno = 0;
	uint64_t number = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || number > max)
		return problem_set(&request->problem, MHD_HTTP_BAD_REQUEST, "bad-request",
				   "%s must be a whole number from 0 to %llu.", name,
				   (unsigned long long)max);
	*ret = number;
	return 0;
}
