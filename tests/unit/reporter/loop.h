/* loop - run the event loop of a test until something is so, or for five seconds. */
#pragma once

#include <stdbool.h>
#include <time.h>

#include <systemd/sd-event.h>

#include "tests/unit/policy/cmocka_test.h"

static inline uint64_t loop_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Returns whether @condition(@userdata) came true. */
static inline bool loop_until(sd_event *event, bool (*condition)(void *userdata), void *userdata)
{
	uint64_t end = loop_now_ms() + 5000;

	while (!condition(userdata) && loop_now_ms() < end)
		assert_true(sd_event_run(event, 50000) >= 0);
	return condition(userdata);
}
