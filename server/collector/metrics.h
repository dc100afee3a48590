/* metrics - what the collector counts of itself, in Prometheus's text format (version 0.0.4).
 * Counters are from the program's start.  Safe from any thread. */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct collector;

struct metrics {
	int64_t started;	  /* since 1970 */
	atomic_ullong answers[6]; /* by hundreds of their status: 2xx at 2 */
	atomic_ullong uploads, upload_bytes, refused_uploads;
	atomic_ullong store_failures;
	atomic_ullong silent_hosts; /* now */
};

void metrics_init(struct metrics *metrics);

/* An answer of this HTTP status is given. */
void metrics_answered(struct metrics *metrics, unsigned status);

/* Write all, beside what can be asked now: who waits, what runs, whether the store answers.  Gives
 * *@ret, to be freed.  0 or -ENOMEM. */
int metrics_write(struct collector *collector, char **ret, size_t *ret_size)
	__attribute__((warn_unused_result));
