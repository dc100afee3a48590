#include "fuzz.h"

#include "policy/typing.h"

enum { BYTES_A_KEY = 3, KEYS_MAX = 4096 };

/* Each three bytes are a key: how many tenths of a millisecond after the last, and whether it is
 * the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct typing_watch watch = { .limits = { TYPING_SECONDS, TYPING_PER_SECOND } };
	uint64_t pressed_us[KEYS_MAX] = { 0 }, at_us = 1;

	for (size_t i = 0; i < KEYS_MAX && (i + 1) * BYTES_A_KEY <= size; i++) {
		const uint8_t *key = data + i * BYTES_A_KEY;
		struct typing_figures figures = { 0 };
		enum typing_verdict verdict;
		uint64_t span_us = UINT64_MAX;

		at_us += ((uint64_t)key[0] << 8 | key[1]) * 100;
		pressed_us[i] = at_us;
		if (i + 1 >= TYPING_FAST_KEYS)
			span_us = at_us - pressed_us[i + 1 - TYPING_FAST_KEYS];
		verdict = typing_press(&watch, at_us, (key[2] & 1) != 0, &figures);
		/* Twenty a second are never taken for a person's. */
		assert((span_us <= 460000) == (verdict == TYPING_TOO_FAST));
		if (verdict == TYPING_TOO_FAST || verdict == TYPING_TOO_REGULAR) {
			assert(figures.keys == i + 1);
			assert(figures.interval_us <= TYPING_PAUSE_MS * 1000);
			assert(figures.spread_us <= figures.interval_us);
		}
		if (verdict != TYPING_WATCHED)
			break;
	}
	return 0;
}
