/* route - a table of what a port answers: method, path, who may ask, how large the body may be. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <microhttpd.h>

#include "body.h"
#include "problem.h"

enum { ROUTE_SEGMENT_SIZE = 128 };

struct request;

enum access {
	ACCESS_OPEN,	/* anybody */
	ACCESS_HOST,	/* an enrolled machine, by its client certificate */
	ACCESS_AUDITOR, /* a person with a token: auditor or officer */
	ACCESS_OFFICER,
};

struct route {
	const char *method;
	const char *pattern; /* a segment "*" matches one segment, which is kept */
	enum access access;
	enum body_kind body;
	size_t body_max; /* bytes, decompressed */
	bool compressed; /* Content-Encoding: zstd is understood */
	/* Answer the request, or suspend it; called again after a suspension. */
	enum MHD_Result (*handle)(struct request *request);
};

/* The route for @method and @path; @ret_segment gets what "*" stands for.  NULL: *@ret_problem says
 * why (404, 405 with the methods that there are). */
const struct route *route_find(const struct route *routes, size_t n, const char *method,
			       const char *path, char ret_segment[static ROUTE_SEGMENT_SIZE],
			       struct problem *ret_problem);
