/* api - calls to the collector's people's port: HTTPS by libcurl, bearer token, bounded answers.
 * TLS 1.3, and no authority but the profile's: CURLOPT_CAINFO is the pinned certificate and
 * CURLOPT_CAPATH is NULL, since Debian's libcurl trusts /etc/ssl/certs beside CAINFO otherwise.
 * Each function complains of its failures once, in a sentence that says what to do. */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "api_path.h"
#include "ctl.h"
#include "policy/trust.h"

enum {
	API_MAX_JSON = 256 * 1024 * 1024, /* the register of a million media */
	API_MAX_SECTION = 160 * 1024 * 1024,
	API_WAIT_S = 60, /* of a long-poll */
};

struct api;
struct profile;

/* One request.  All borrowed for the call. */
struct api_request {
	const char *method; /* "GET", "POST", "PUT", "DELETE" */
	const struct api_path *path;
	const char *type; /* of the body; NULL: none */
	const void *body;
	size_t body_size;
	size_t max_reply; /* bytes; more is a failure */
	/* Takes a 2xx answer's bytes as they come, instead of the reply.  Returns 0 to go on. */
	int (*on_bytes)(void *userdata, const char *bytes, size_t size);
	void *userdata;
};

struct api_reply {
	long status;
	char *body; /* owned; NUL-terminated; "" when on_bytes took it */
	size_t size;
};

void api_reply_finish(struct api_reply *reply);

/* Load the profile and make a client.  Gives *@ret, freed with api_free.  0 or -errno, told. */
int api_open(struct api **ret, const struct ctl *ctl) __attribute__((warn_unused_result));
void api_free(struct api *api);
#define _cleanup_api_ __attribute__((cleanup(api_freep)))
void api_freep(struct api **api);

/* The trust root that the profile pins.  Owned by @api.  NULL, told, if the profile has none. */
const struct trust *api_trust(const struct api *api);

/* The profile that the collector is asked by.  Owned by @api. */
const struct profile *api_profile(const struct api *api);

/* Perform @request.  Any HTTP status is success here: fills *@ret.  Returns -EAGAIN if the
 * collector could not be reached or the connection broke (told; a later try may do), -EPROTO if it
 * is not the pinned one or does not speak as it should, -EFBIG, -ECANCELED when on_bytes refused,
 * -ENOMEM. */
int api_request(struct api *api, const struct api_request *request, struct api_reply *ret)
	__attribute__((warn_unused_result));

/* Complain of a reply whose status is not 2xx: its problem (RFC 9457) and what to do about it. */
void api_complain(const struct api *api, const struct api_reply *reply);

/* GET @path as JSON.  Gives *@ret.  When refused, told: -EAGAIN if a later try may do, else
 * -EREMOTEIO; otherwise as api_request. */
int api_get(struct api *api, const struct api_path *path, json_t **ret)
	__attribute__((warn_unused_result));

/* Send @body (JSON; NULL: none) by @method.  @ret, if not NULL, gets the answer's JSON.  As
 * api_get. */
int api_send(struct api *api, const char *method, const struct api_path *path, const json_t *body,
	     json_t **ret) __attribute__((warn_unused_result));
