/* shutdown - the machine is being shut down: recorded while the reporter can still carry it.
 * systemd stops the enforcer among the last, long after the network and the reporter.  So the
 * reporter, when it is stopped, has the enforcer ask systemd (the verb "stopping"); what it answers
 * is recorded as agent.stopping, once.  Nothing is taken from the reporter's word. */
#pragma once

#include <stdbool.h>

#include <systemd/sd-bus.h>

#include "control.h"
#include "recorder.h"

enum { SHUTDOWN_TIMEOUT_MS = 1000 };

struct shutdown {
	sd_bus *bus; /* NULL: not asking */
	sd_bus_slot *call;
	struct recorder *recorder; /* borrowed while it is asking */
	bool told;
};

/* Ask systemd at @address, unless that is under way, or was told.  Returns 0; what sd-bus gives. */
int shutdown_ask(struct shutdown *shutdown, sd_event *loop, struct recorder *recorder,
		 const char *address) __attribute__((warn_unused_result));
void shutdown_finish(struct shutdown *shutdown);

/* The verb "stopping"; @userdata is the enforcer. */
int shutdown_on_request(void *userdata, const struct control_request *request);
