/* pace - when a client of the collector takes its next step: at once, when it was told to, or,
 * after a failure, ever later (backoff.h); and what is said of its failures (trouble.h). */
#pragma once

#include <stdint.h>

#include <systemd/sd-event.h>

#include "backoff.h"
#include "http.h"
#include "trouble.h"

struct pace {
	sd_event_source *timer; /* of the next step */
	struct backoff backoff;
	struct trouble trouble;
};

/* The first step is taken as soon as the loop runs.  @id and @what: as in struct trouble, static
 * storage.  @retry_max_ms: the longest wait after a failure.  Zeroed memory may be finished.
 * Returns 0 or what sd_event_add_time_relative(3) gives: then there is nothing to finish. */
int pace_init(struct pace *pace, sd_event *event, const char *id, const char *what,
	      uint32_t retry_max_ms, sd_event_time_handler_t step, void *userdata)
	__attribute__((warn_unused_result));
void pace_finish(struct pace *pace);

/* Is a step due at some time? */
bool pace_waits(const struct pace *pace);

void pace_in(struct pace *pace, uint64_t wait_ms);
void pace_at_once(struct pace *pace);

/* As pace_in(), after a success: the next failure waits as the first. */
void pace_success_in(struct pace *pace, uint64_t wait_ms);

/* After a failure: longer each time; or, if only a person can put it right, long. */
void pace_later(struct pace *pace);
void pace_much_later(struct pace *pace);

/* After @seconds, which the collector asked for, and not all machines at once. */
void pace_as_told(struct pace *pace, unsigned seconds);

/* The next step could not be begun: say so, and try later.  @r: -errno. */
void pace_error(struct pace *pace, int r);

/* An answer that is none: say so, and ask again as it says or later; much later if this machine is
 * refused, or the collector does not know the question. */
void pace_bad_answer(struct pace *pace, const struct http_answer *answer);
