#include "tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int64_t tally_now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void durations_add(struct durations *durations, int64_t us)
{
	if (durations->n == durations->capacity) {
		durations->capacity = durations->capacity == 0 ? 1024 : 2 * durations->capacity;
		durations->values = reallocarray(durations->values, durations->capacity,
						 sizeof(*durations->values));
		if (durations->values == NULL)
			abort();
	}
	durations->values[durations->n++] = us < 0	      ? 0
					    : us > UINT32_MAX ? UINT32_MAX
							      : (uint32_t)us;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* In milliseconds; null if there are none. */
static json_t *summary(struct durations *durations)
{
	size_t n = durations->n;
	uint32_t *values = durations->values;

	if (n == 0)
		return json_null();
	qsort(values, n, sizeof(*values), compare);
	json_t *json =
		json_pack("{s:I, s:f, s:f, s:f}", "n", (json_int_t)n, "p50", values[n / 2] / 1000.0,
			  "p99", values[n - 1 - n / 100] / 1000.0, "max", values[n - 1] / 1000.0);
	free(values);
	return json;
}

static json_t *statuses(const struct tally *tally)
{
	json_t *json = json_object();
	char name[8];

	for (int i = 0; i < TALLY_STATUS_MAX; i++) {
		if (tally->by_status[i] == 0)
			continue;
		snprintf(name, sizeof(name), "%d", i);
		json_object_set_new(json, name, json_integer((json_int_t)tally->by_status[i]));
	}
	return json;
}

json_t *tally_finish(struct tally *tally)
{
	double seconds = (double)(tally->ended_us - tally->began_us) / 1e6;

	return json_pack(
		"{s:f, s:I, s:I, s:f, s:I, s:I, s:f, s:o, s:o, s:o, s:o, s:s?}", "seconds", seconds,
		"events", (json_int_t)tally->events, "bytes", (json_int_t)tally->bytes,
		"events_per_s", (double)tally->events / seconds, "connected",
		(json_int_t)tally->connected, "failed", (json_int_t)tally->failed,
		"connections_per_s", (double)tally->connected / seconds, "statuses",
		statuses(tally), "handshake_ms", summary(&tally->handshakes), "answer_ms",
		summary(&tally->answers), "news_ms", summary(&tally->news), "wrong", tally->wrong);
}
