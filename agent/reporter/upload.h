/* upload - bring the ledger's lines to the collector, each once, in order, as they are.
 * One batch is in flight at a time; the collector says what it has durably (POST /v1/events), and
 * that is the only position there is: nothing is kept here, so nothing here can be wrong. */
#pragma once

#include <systemd/sd-event.h>

#include "http.h"

struct upload;

/* Begin.  All is borrowed until upload_free.  @retry_max_ms: the ceiling of the back-off.
 * Gives *@ret.  Returns 0; -ENOMEM. */
int upload_new(struct upload **ret, sd_event *event, struct http *http, const char *ledger_dir,
	       uint32_t retry_max_ms) __attribute__((warn_unused_result));

/* Call @on_ended once when the collector has the enforcer's last word, agent.stopping or
 * agent.stopped, with no agent.started after it; at once if it has it already.  What is gathered
 * goes without delay from now on. */
void upload_await_end(struct upload *upload, void (*on_ended)(void *userdata), void *userdata);

struct upload *upload_free(struct upload *upload);
