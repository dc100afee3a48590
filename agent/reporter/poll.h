/* poll - wait at the collector for one role's signed envelope, fetch the sections it names, and
 * offer all to the enforcer.  The envelope is untrusted here: it is read only to learn what to
 * fetch, within bounds. */
#pragma once

#include <systemd/sd-event.h>

#include "http.h"
#include "policy/trust.h"

struct poll;

/* Called when something new is in force. */
typedef void (*poll_on_applied)(void *userdata);

struct poll_options {
	enum trust_role role;
	const char *socket_path; /* the enforcer's control socket */
	uint32_t retry_max_ms;
	poll_on_applied on_applied;
	void *userdata;
};

/* Begin.  @event, @http and the texts of @options are borrowed until poll_free.  Gives *@ret.
 * Returns 0; -ENOMEM. */
int poll_new(struct poll **ret, sd_event *event, struct http *http,
	     const struct poll_options *options) __attribute__((warn_unused_result));
struct poll *poll_free(struct poll *poll);

/* The enforcer is another than before, or trusts other keys: what it refused may be offered again.
 */
void poll_forget(struct poll *poll);

/* The same of what was applied: the enforcer took it back, and takes it again. */
void poll_again(struct poll *poll);
