/* backoff - how long to wait before trying again: full jitter, doubling to a ceiling.
 * Pure: the caller brings the randomness.  Source: "Exponential Backoff And Jitter", AWS
 * Architecture Blog, 2015: sleep = random between 0 and min(cap, base * 2^attempt). */
#pragma once

#include <stdint.h>

enum {
	BACKOFF_BASE_MS = 1000,
	BACKOFF_RARELY_MS = 300 * 1000, /* for what only a person can put right */
};

struct backoff {
	uint32_t max_ms;   /* the ceiling, BACKOFF_BASE_MS or more */
	unsigned attempts; /* failures since the last success */
};

void backoff_init(struct backoff *backoff, uint32_t max_ms);

/* A success: the next failure starts again at the base. */
void backoff_reset(struct backoff *backoff);

/* Count a failure.  @random: any 32 bits, evenly distributed.  Returns the milliseconds to wait:
 * at least a tenth of a second, at most min(max_ms, BACKOFF_BASE_MS * 2^failures before). */
uint32_t backoff_next(struct backoff *backoff, uint32_t random);

/* Count a failure that is not expected to go away by itself: the next wait is drawn from the upper
 * half of 0 … max_ms.  Returns the milliseconds. */
uint32_t backoff_most(struct backoff *backoff, uint32_t random);
