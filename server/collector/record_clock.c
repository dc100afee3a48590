#include "record_clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "policy/text.h"

enum { SECONDS_SIZE = 19 }; /* "2026-11-22T22:36:19" */

/* -EINVAL for a time before 1970 and the like. */
static int seconds_of(const char *time, int64_t *ret)
{
	char whole[SECONDS_SIZE + 2];

	if (strlen(time) < SECONDS_SIZE)
		return -EINVAL;
	snprintf(whole, sizeof(whole), "%.*sZ", SECONDS_SIZE, time);
	return text_time_parse(whole, ret);
}

static void on_last_line(void *context, const char *line, size_t size)
{
	struct record_clock *clock = context;
	struct event_columns columns;

	if (event_parse(&columns, line, size) < 0 || seconds_of(columns.time, &clock->previous) < 0)
		clock->previous = 0;
}

int record_clock_init(struct record_clock *clock, struct batch *batch)
{
	*clock = (struct record_clock){ 0 };
	return batch_last_line(batch, on_last_line, clock);
}

int record_clock_judge(struct record_clock *clock, struct batch *batch,
		       const struct event_columns *columns, int64_t now)
{
	int64_t at, previous = clock->previous;
	char text[160];
	int r = 0;

	if (seconds_of(columns->time, &at) < 0)
		return 0;
	if (at > now + RECORD_CLOCK_AHEAD_S) {
		snprintf(text, sizeof(text),
			 "the record says %s, %" PRId64 " s ahead of the collector's clock",
			 columns->time, at - now);
		r = batch_add_daily_finding(batch, columns->seq, "time-ahead", text, now);
	}
	if (r == 0 && previous > 0 && at < previous - RECORD_CLOCK_BACK_S) {
		snprintf(text, sizeof(text),
			 "the record says %s, %" PRId64 " s before the record before it",
			 columns->time, previous - at);
		r = batch_add_daily_finding(batch, columns->seq, "time-back", text, now);
	}
	clock->previous = at;
	return r;
}
