/* request - one request from its header to its answer.
 * The gauntlet: route, who asks, length, encoding - each with its own refusal - before the first
 * byte of the body is kept; then the body, bounded while it comes; then the handler.  A refused
 * request's body is read and dropped, up to a bound, so that the client gets to read why. */
#pragma once

#include <stdint.h>

#include <jansson.h>
#include <microhttpd.h>

#include "body.h"
#include "problem.h"
#include "route.h"
#include "server/store/hosts.h"
#include "server/store/tokens.h"
#include "uploads.h"
#include "waiters.h"

struct collector;
struct rate;

enum {
	REQUEST_DRAIN_MAX = 8 * 1024 * 1024, /* bytes of a refused body that are read */
	REQUEST_IDLE_S = 120,		     /* from an answer to the end of the next header */
};

/* A port: its routes, and the program they work on.  Both borrowed. */
struct port {
	struct collector *collector;
	const struct route *routes;
	size_t n_routes;
	bool rationed;	       /* what each may ask is counted: rates.h */
	enum access otherwise; /* who may know that there is nothing at an address */
};

struct request {
	struct collector *collector; /* borrowed */
	struct MHD_Connection *connection;
	const struct route *route; /* NULL: none fits, and problem says so */
	char segment[ROUTE_SEGMENT_SIZE];
	char host[STORE_UUID_SIZE];	 /* ACCESS_HOST */
	char address[HOST_ADDRESS_SIZE]; /* whom the connection is from; "" if not known */
	struct api_identity person;	 /* ACCESS_AUDITOR, ACCESS_OFFICER */
	struct body body;
	struct problem problem; /* status not 0: the request is refused */
	uint64_t dropped;	/* bytes of a refused body */
	struct wait wait;
	struct upload upload;
	uint64_t events;   /* that it brought */
	struct rate *rate; /* agents' port: what this machine or address uses */
};

/* MHD_AccessHandlerCallback and MHD_OPTION_NOTIFY_COMPLETED; the context is the struct port. */
enum MHD_Result request_on_call(void *context, struct MHD_Connection *connection, const char *path,
				const char *method, const char *version, const char *bytes,
				size_t *size, void **slot);
void request_on_completed(void *context, struct MHD_Connection *connection, void **slot,
			  enum MHD_RequestTerminationCode code);

/* The body as a JSON object: json_body.h.  Gives *@ret.  -EACCES: refused;
 * request->problem says why. */
int request_json(struct request *request, json_t **ret) __attribute__((warn_unused_result));

/* The number of a row that the path names.  Returns 0; -ENOENT: it is none. */
int request_row(const struct request *request, int64_t *ret) __attribute__((warn_unused_result));

/* An argument of the query; NULL if it is not there.  Owned by the connection. */
const char *request_argument(struct request *request, const char *name);

/* A whole number of the query, 0 to @max, or @otherwise if it is not there.  -EACCES: refused. */
int request_number(struct request *request, const char *name, uint64_t max, uint64_t otherwise,
		   uint64_t *ret) __attribute__((warn_unused_result));
