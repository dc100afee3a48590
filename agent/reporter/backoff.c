#include "backoff.h"

#include <assert.h>

enum { FLOOR_MS = 100, DOUBLINGS_MAX = 20 };

void backoff_init(struct backoff *backoff, uint32_t max_ms)
{
	assert(max_ms >= BACKOFF_BASE_MS);
	*backoff = (struct backoff){ .max_ms = max_ms };
}

void backoff_reset(struct backoff *backoff)
{
	backoff->attempts = 0;
}

/* @random scaled to low … high, both included, without the bias of a remainder. */
static uint32_t scale(uint32_t random, uint32_t low, uint32_t high)
{
	uint64_t span = (uint64_t)high - low + 1;

	return low + (uint32_t)((uint64_t)random * span >> 32);
}

uint32_t backoff_next(struct backoff *backoff, uint32_t random)
{
	uint64_t ceiling = (uint64_t)BACKOFF_BASE_MS << backoff->attempts;

	if (backoff->attempts < DOUBLINGS_MAX)
		backoff->attempts++;
	if (ceiling > backoff->max_ms)
		ceiling = backoff->max_ms;
	return scale(random, FLOOR_MS, (uint32_t)ceiling);
}

uint32_t backoff_most(struct backoff *backoff, uint32_t random)
{
	backoff->attempts = DOUBLINGS_MAX;
	return scale(random, backoff->max_ms / 2, backoff->max_ms);
}
