/* endings - whether the workstations' agents run, as their own records and their silence tell. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "batch.h"
#include "hosts.h"

/* What is known of the agent of a host.  The first is how it should be. */
enum host_state {
	HOST_REPORTING,
	HOST_OFF,     /* the machine was shut down, and said so */
	HOST_STOPPED, /* its agent was, and the machine not */
	HOST_REMOVED, /* its agent was taken away */
	HOST_SILENT,  /* it has not said that it would end, and nothing is heard of it */
	HOST_REVOKED,
	_HOST_STATE_MAX,
};

/* "reporting", "off" ... */
const char *host_state_to_text(enum host_state state);

/* The state at @now of a host that counts as silent after @silent_after_s. */
enum host_state host_state(const struct host *host, int64_t now, int64_t silent_after_s);

/* Keep what @n lines of host row @host say of its agent's end, if they do.  0 or -errno. */
int endings_note(struct connection *connection, int64_t host, const struct batch_line *lines,
		 size_t n) __attribute__((warn_unused_result));

/* Add a finding "silent" for each host that has become so: one for each time.  Gives *@ret_silent,
 * how many hosts are silent now, and calls @on_silent with the name of each that has become so.
 * Returns 0 or -errno. */
int endings_find_silent(struct store *store, int64_t now, int64_t silent_after_s,
			void (*on_silent)(void *context, const char *hostname, int64_t last_seen),
			void *context, uint64_t *ret_silent) __attribute__((warn_unused_result));
