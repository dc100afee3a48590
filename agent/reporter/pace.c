#include "pace.h"

#include <string.h>

#include <sodium.h>

int pace_init(struct pace *pace, sd_event *event, const char *id, const char *what,
	      uint32_t retry_max_ms, sd_event_time_handler_t step, void *userdata)
{
	*pace = (struct pace){ .trouble = { .id = id, .what = what } };
	backoff_init(&pace->backoff, retry_max_ms);
	return sd_event_add_time_relative(event, &pace->timer, CLOCK_MONOTONIC, 0, 1, step,
					  userdata);
}

void pace_finish(struct pace *pace)
{
	pace->timer = sd_event_source_disable_unref(pace->timer);
}

bool pace_waits(const struct pace *pace)
{
	return sd_event_source_get_enabled(pace->timer, NULL) > 0;
}

void pace_in(struct pace *pace, uint64_t wait_ms)
{
	sd_event_source_set_time_relative(pace->timer, wait_ms * 1000);
	sd_event_source_set_enabled(pace->timer, SD_EVENT_ONESHOT);
}

void pace_at_once(struct pace *pace)
{
	pace_in(pace, 0);
}

void pace_success_in(struct pace *pace, uint64_t wait_ms)
{
	backoff_reset(&pace->backoff);
	pace_in(pace, wait_ms);
}

void pace_later(struct pace *pace)
{
	pace_in(pace, backoff_next(&pace->backoff, randombytes_random()));
}

void pace_much_later(struct pace *pace)
{
	pace_in(pace, backoff_most(&pace->backoff, randombytes_random()));
}

void pace_as_told(struct pace *pace, unsigned seconds)
{
	pace_in(pace, seconds * 1000ULL + randombytes_uniform(1000));
}

void pace_error(struct pace *pace, int r)
{
	trouble_note(&pace->trouble, "%s", strerror(-r));
	pace_later(pace);
}

void pace_bad_answer(struct pace *pace, const struct http_answer *answer)
{
	char text[HTTP_TEXT_SIZE];

	http_describe(answer, text);
	trouble_note(&pace->trouble, "%s", text);
	if (answer->status == 401 || answer->status == 403 || answer->status == 404)
		pace_much_later(pace);
	else if (answer->retry_after_s > 0)
		pace_as_told(pace, answer->retry_after_s);
	else
		pace_later(pace);
}
