/* typing - does a person type this?  Told from when keys are pressed, and nothing else: which keys
 * they are is not asked, but for whether a key is the same as the one before.  Pure: no clock.
 *
 * Too fast.  TYPING_FAST_KEYS keys in a row at a rate that nobody keeps up.  People type at 238 ms
 * from key to key on average and the fast at 120 ms (Dhakal, Feit, Kristensson and Oulasvirta,
 * "Observations on Typing from 136 Million Keystrokes", CHI 2018); the champion of 1946 did 216
 * words a minute, 18 keys a second or 55 ms (Long, Nimmo-Smith and Whitefield, "Skilled Typing", in
 * Cognitive Aspects of Skilled Typewriting, 1983).  Two or three keys often come much closer, where
 * one is pressed before the last is released: a quarter of all, and up to 70 % with the fastest
 * (Dhakal et al.).  So one short interval says nothing, and nine together do.
 *
 * Too regular.  Intervals spread log-normally, differ by which fingers and hands a pair of letters
 * takes and by the place in the word, and are seldom the same twice; those of a program are.  Of
 * TYPING_REGULAR_INTERVALS, TYPING_REGULAR_ALIKE lie within TYPING_REGULAR_PERCENT of each other.
 * Pauses do not count, and neither do repeated strokes on one key: a finger taps as evenly as 4 %
 * (Wing and Kristofferson, Perception & Psychophysics 14, 1973). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TYPING_FAST_KEYS = 10,
	TYPING_REGULAR_INTERVALS = 24,
	TYPING_REGULAR_ALIKE = 18,
	TYPING_REGULAR_PERCENT = 6,
	TYPING_PAUSE_MS = 500, /* an interval above it is a pause */

	TYPING_SECONDS = 30,
	TYPING_SECONDS_MAX = 3600,
	TYPING_PER_SECOND = 20,
	TYPING_PER_SECOND_MIN = 15,
	TYPING_PER_SECOND_MAX = 50,
	TYPING_POLL_MS = 10, /* a keyboard is asked so often (HID 1.11, appendix E.5) */
};

struct typing_limits {
	uint32_t seconds; /* of typing to be watched: pauses count for TYPING_PAUSE_MS.  0: none */
	uint32_t per_second; /* keys a second that nobody types: TYPING_PER_SECOND_MIN to _MAX */
};

enum typing_verdict {
	TYPING_WATCHED, /* nothing to say yet */
	TYPING_PASSED,	/* it has been watched for long enough */
	TYPING_TOO_FAST,
	TYPING_TOO_REGULAR,
};

/* What was seen when it was told. */
struct typing_figures {
	uint32_t keys;	      /* pressed since the beginning */
	uint32_t interval_us; /* too fast: the mean of the last; too regular: the usual one */
	uint32_t spread_us;   /* too regular: within what those alike lie; else 0 */
};

/* Private, on the caller's memory.  All zero but for the limits is a watch that begins. */
struct typing_watch {
	struct typing_limits limits;
	uint32_t keys, n_intervals;
	uint64_t typed_us;
	uint64_t pressed_us[TYPING_FAST_KEYS];		 /* the last, in a ring */
	uint32_t intervals_us[TYPING_REGULAR_INTERVALS]; /* the same */
};

/* A key that writes a character was pressed at @at_us, of a clock that does not go back (an earlier
 * time counts as the last).  Not for modifiers, for what repeats itself while it is held, nor for
 * releases.  @same: it is the key that was pressed last.  @ret_figures is filled but for
 * TYPING_WATCHED and TYPING_PASSED.  After anything but TYPING_WATCHED the watch is over. */
enum typing_verdict typing_press(struct typing_watch *watch, uint64_t at_us, bool same,
				 struct typing_figures *ret_figures);
