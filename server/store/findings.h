/* findings - what is wrong with the records themselves (gaps, forks, broken chains), with the
 * machines that send them (two with one identity, a wrong clock), and with the agents that make
 * them. Those of a ledger are written by batch.h, in the transaction that found them. */
#pragma once

#include <stdint.h>

#include "store.h"

enum { FINDINGS_OF_HOST_MAX = 100 }; /* of one kind */

/* Texts are borrowed for the call. */
struct finding {
	int64_t time;
	const char *host, *ledger, *text;
	const char *kind; /* "gap", "fork", "chain-broken", "unreadable", "time-ahead", "time-back",
			     "stopped", "removed", "pre-agent", "silent"; of a host, with ledger "":
			     "cloned", "clock-skew" */
	uint64_t seq;
};

/* Of a host; one for each (host, kind, subject).  Texts are borrowed. */
struct host_finding {
	const char *kind, *subject, *text;
	int64_t time;
};

struct connection;

/* Record a finding of the host of row @host, within a transaction; above FINDINGS_OF_HOST_MAX it is
 * left out.  -errno. */
int findings_add(struct connection *connection, int64_t host, const struct host_finding *finding)
	__attribute__((warn_unused_result));

/* Call @on_finding for each, oldest first; a negative return ends it and is returned. */
int findings_each(struct store *store, int (*on_finding)(void *context, const struct finding *row),
		  void *context) __attribute__((warn_unused_result));
