/* findings - what is wrong with the records themselves (gaps, forks, broken chains), with the
 * machines that send them (two with one identity, a wrong clock), and with the agents that make
 * them. Those of a ledger are written by batch.h, in the transaction that found them.
 *
 * A finding is open until an officer closes it, saying why.  It is kept all the same; and what is
 * found again after that is another one. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "store.h"

enum {
	FINDINGS_OF_HOST_MAX = 100, /* of one kind that are open */
	FINDING_REASON_MAX = 500,   /* bytes */
};

/* Texts are borrowed for the call. */
struct finding {
	int64_t id, time;
	const char *host, *ledger, *text;
	const char *kind; /* "gap", "fork", "chain-broken", "unreadable", "time-ahead", "time-back",
			     "stopped", "removed", "pre-agent", "silent"; of a host, with ledger "":
			     "cloned", "clock-skew" */
	uint64_t seq;
	int64_t closed;			       /* 0: it is open */
	const char *closed_by, *closed_reason; /* "" if it is */
};

/* Of a host; one that is open for each (host, kind, subject).  Texts are borrowed. */
struct host_finding {
	const char *kind, *subject, *text;
	int64_t time;
};

/* Texts are borrowed. */
struct finding_closing {
	int64_t id, time;
	const char *by, *reason;
};

struct connection;

/* Record a finding of the host of row @host, within a transaction; above FINDINGS_OF_HOST_MAX it is
 * left out.  -errno. */
int findings_add(struct connection *connection, int64_t host, const struct host_finding *finding)
	__attribute__((warn_unused_result));

/* Call @on_finding for each that is open, oldest first; @all: also for those that were closed.  A
 * negative return ends it and is returned. */
int findings_each(struct store *store, bool all,
		  int (*on_finding)(void *context, const struct finding *row), void *context)
	__attribute__((warn_unused_result));

/* How many are open.  0 or -errno. */
int findings_count(struct store *store, uint64_t *ret) __attribute__((warn_unused_result));

/* Close one, and record it in the audit log.  Returns 0; -ENOENT if no open one has this number;
 * -errno. */
int findings_close(struct store *store, const struct finding_closing *closing)
	__attribute__((warn_unused_result));
