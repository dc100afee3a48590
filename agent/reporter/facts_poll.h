/* facts_poll - fetch what the collector tells of people and devices, now and then, and offer it to
 * the enforcer.  It is bytes here; the enforcer reads it (policy/facts.h), and lets it only
 * tighten. */
#pragma once

#include <systemd/sd-event.h>

#include "http.h"

struct facts_poll;

/* Begin.  @event, @http and @socket_path, the enforcer's control socket, are borrowed until
 * facts_poll_free.  Gives *@ret.  Returns 0; -ENOMEM. */
int facts_poll_new(struct facts_poll **ret, sd_event *event, struct http *http,
		   const char *socket_path, uint32_t retry_max_ms)
	__attribute__((warn_unused_result));
struct facts_poll *facts_poll_free(struct facts_poll *poll);

/* The enforcer is another than before: it has heard nothing yet. */
void facts_poll_again(struct facts_poll *poll);
