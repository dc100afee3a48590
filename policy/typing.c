#include "typing.h"

#include <stdlib.h>
#include <string.h>

enum {
	SECOND_US = 1000 * 1000,
	PAUSE_US = TYPING_PAUSE_MS * 1000,
	POLL_US = TYPING_POLL_MS * 1000
};

static bool is_too_fast(const struct typing_watch *watch, struct typing_figures *ret)
{
	const uint32_t oldest = watch->keys % TYPING_FAST_KEYS;
	const uint32_t newest = (watch->keys - 1) % TYPING_FAST_KEYS;
	uint64_t span_us, limit_us;

	if (watch->keys < TYPING_FAST_KEYS)
		return false;
	span_us = watch->pressed_us[newest] - watch->pressed_us[oldest];
	limit_us = (uint64_t)(TYPING_FAST_KEYS - 1) * SECOND_US / watch->limits.per_second;
	if (span_us > limit_us + POLL_US)
		return false;
	*ret = (struct typing_figures){
		.keys = watch->keys,
		.interval_us = (uint32_t)(span_us / (TYPING_FAST_KEYS - 1)),
	};
	return true;
}

static int compare(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Are there TYPING_REGULAR_ALIKE that lie close together, wherever the others are? */
static bool is_too_regular(const struct typing_watch *watch, struct typing_figures *ret)
{
	uint32_t sorted[TYPING_REGULAR_INTERVALS];

	if (watch->n_intervals < TYPING_REGULAR_INTERVALS)
		return false;
	memcpy(sorted, watch->intervals_us, sizeof(sorted));
	qsort(sorted, TYPING_REGULAR_INTERVALS, sizeof(sorted[0]), compare);
	for (size_t i = 0; i + TYPING_REGULAR_ALIKE <= TYPING_REGULAR_INTERVALS; i++) {
		const uint32_t spread_us = sorted[i + TYPING_REGULAR_ALIKE - 1] - sorted[i];
		const uint32_t middle_us = sorted[i + TYPING_REGULAR_ALIKE / 2];

		if ((uint64_t)spread_us * 100 > (uint64_t)middle_us * TYPING_REGULAR_PERCENT)
			continue;
		*ret = (struct typing_figures){ watch->keys, middle_us, spread_us };
		return true;
	}
	return false;
}

/* Returns true if an interval that may be too regular has been added. */
static bool add(struct typing_watch *watch, uint64_t at_us, bool same)
{
	const uint64_t last_us =
		watch->pressed_us[(watch->keys + TYPING_FAST_KEYS - 1) % TYPING_FAST_KEYS];
	const bool first = watch->keys == 0;
	uint64_t interval_us;

	if (!first && at_us < last_us)
		at_us = last_us;
	watch->pressed_us[watch->keys++ % TYPING_FAST_KEYS] = at_us;
	if (first)
		return false;
	interval_us = at_us - last_us;
	watch->typed_us += interval_us < PAUSE_US ? interval_us : PAUSE_US;
	if (same || interval_us > PAUSE_US)
		return false;
	watch->intervals_us[watch->n_intervals++ % TYPING_REGULAR_INTERVALS] =
		(uint32_t)interval_us;
	return true;
}

enum typing_verdict typing_press(struct typing_watch *watch, uint64_t at_us, bool same,
				 struct typing_figures *ret_figures)
{
	const bool added = add(watch, at_us, same);

	if (is_too_fast(watch, ret_figures))
		return TYPING_TOO_FAST;
	if (added && is_too_regular(watch, ret_figures))
		return TYPING_TOO_REGULAR;
	if (watch->typed_us >= (uint64_t)watch->limits.seconds * SECOND_US)
		return TYPING_PASSED;
	return TYPING_WATCHED;
}
