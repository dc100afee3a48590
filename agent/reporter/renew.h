/* renew - the certificate in use gets its successor before it expires: POST /v1/renew with a new
 * key, then one request with the new certificate.  Only when the collector has answered that one
 * well are the two put in use; until then nothing is changed, and what fails is tried again. */
#pragma once

#include <systemd/sd-event.h>

#include "http.h"
#include "identity.h"

struct renew;

/* Called when a new certificate is in use.  May not free the renew. */
typedef void (*renew_on_renewed)(void *userdata);

struct renew_options {
	struct http *http;	      /* that shows the certificate in use */
	const struct http_peer *peer; /* the same collector; its certificate is not looked at */
	const char *state_dir;
	int state_fd;
	const struct identity *identity; /* in use */
	renew_on_renewed on_renewed;
	void *userdata;
};

/* Begin.  All is borrowed until renew_free.  Gives *@ret.  Returns 0; -ENOMEM. */
int renew_new(struct renew **ret, sd_event *event, const struct renew_options *options)
	__attribute__((warn_unused_result));
struct renew *renew_free(struct renew *renew);
