/* record_clock - does a ledger's time of day make sense?  Each record is taken as it is, and
 * reports count it on the day that it says; a time that cannot be is a finding beside it. */
#pragma once

#include <stdint.h>

#include "policy/event.h"
#include "server/store/batch.h"

enum {
	RECORD_CLOCK_AHEAD_S = 300, /* of the collector's clock */
	RECORD_CLOCK_BACK_S = 300,  /* behind the record before */
};

struct record_clock {
	int64_t previous; /* the record before; 0: not known */
};

/* Begin with the record that @batch's ledger ended with.  0 or -errno. */
int record_clock_init(struct record_clock *clock, struct batch *batch)
	__attribute__((warn_unused_result));

/* Judge the next record of @batch, at @now; "time-ahead" and "time-back" are its findings.  -errno.
 */
int record_clock_judge(struct record_clock *clock, struct batch *batch,
		       const struct event_columns *columns, int64_t now)
	__attribute__((warn_unused_result));
