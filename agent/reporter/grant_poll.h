/* grant_poll - wait at the collector for the officers' grants for this machine, and offer each to
 * the enforcer.  They are bytes here; the enforcer judges them. */
#pragma once

#include <systemd/sd-event.h>

#include "http.h"

struct grant_poll;

/* Begin.  @event, @http and @socket_path, the enforcer's control socket, are borrowed until
 * grant_poll_free.  Gives *@ret.  Returns 0; -ENOMEM. */
int grant_poll_new(struct grant_poll **ret, sd_event *event, struct http *http,
		   const char *socket_path, uint32_t retry_max_ms)
	__attribute__((warn_unused_result));
struct grant_poll *grant_poll_free(struct grant_poll *poll);

/* The enforcer is another than before, or has another policy: offer all again. */
void grant_poll_again(struct grant_poll *poll);
