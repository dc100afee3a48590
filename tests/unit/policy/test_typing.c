/* Who types: programs are told by their timings, and people are not taken for them.
 *
 * The people are modelled.  A key is struck when its turn has come, and a little before or after,
 * which the next one does not follow (Wing and Kristofferson 1973; so successive intervals of the
 * skilled are correlated negatively: Gentner 1983).  Turns are log-normal about a mean that depends
 * on the pair of letters (the other hand is faster, the same finger slower: Gentner 1983; Dhakal et
 * al. 2018), on the place in the word (its first letter is slower: Ostry 1983), on whether it is a
 * frequent one (a tenth faster: Gentner, Larochelle and Grudin 1988), and on a speed that drifts;
 * one key is often pressed before the last is released, and some pairs are hit nearly together;
 * there are pauses, doubled letters and corrections.  The whole is scaled so that the mean of the
 * intervals, pauses left out, is that of the speed asked for. */
#include "cmocka_test.h"

#include <math.h>

#include "policy/typing.h"

enum { MS = 1000, MINUTE_US = 60 * 1000 * 1000, CALIBRATION = 200000 };

static const struct typing_limits usual = { TYPING_SECONDS, TYPING_PER_SECOND };
/* Never done, so that every key is held against the limits. */
static const struct typing_limits endless = { TYPING_SECONDS_MAX, TYPING_PER_SECOND };

/* Of a turn: how far from it a key is struck; and of the speed's logarithm, how it drifts from key
 * to key, which is 7 % about its mean.  With a spread of 0.18, strokes on the same pair vary by a
 * quarter, and all intervals by 40 %. */
#define MOTOR 0.12
#define DRIFT 0.014

/* xorshift64*, so that each run is the same. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(0x2545f4914f6cdd1d);
}

static double uniform(uint64_t *state)
{
	return ((double)(next_random(state) >> 11) + 0.5) / (double)(UINT64_C(1) << 53);
}

static double normal(uint64_t *state)
{
	return sqrt(-2 * log(uniform(state))) * cos(6.283185307179586 * uniform(state));
}

struct person {
	uint64_t random;
	double scale_us;	  /* of the intervals */
	double spread;		  /* of the logarithm of an interval like others */
	double drift;		  /* of the logarithm of the speed */
	unsigned poll_us;	  /* a keyboard tells so often */
	int letters;		  /* left in the word */
	int burst;		  /* and in a word that the fingers know */
	double turn_us, press_us; /* of the last key */
};

/* The pair's share of an interval: by its fingers, and its place in the word. */
static double factor_of_pair(struct person *person, bool *ret_same)
{
	const double kind = uniform(&person->random);
	double factor = kind < 0.50 ? 0.85 : kind < 0.85 ? 1.05 : kind < 0.95 ? 1.30 : 1.15;

	*ret_same = kind >= 0.95;
	if (person->letters-- == 0) {
		person->letters = 2 + (int)(uniform(&person->random) * 7);
		person->burst = uniform(&person->random) < 0.25 ? person->letters : 0;
		factor *= 1.25;
	}
	if (person->burst > 0) {
		person->burst--;
		factor *= 0.88;
	}
	return factor;
}

/* From one key's turn to the next one's, without a pause. */
static double turn_of(struct person *person, bool *ret_same)
{
	const double factor = factor_of_pair(person, ret_same);

	person->drift = 0.98 * person->drift + DRIFT * normal(&person->random);
	return person->scale_us * factor *
	       exp(person->drift + person->spread * normal(&person->random));
}

/* A person who types @words a minute (of five characters) while not pausing. */
static struct person person_of(unsigned words, double spread, unsigned poll_us, uint64_t seed)
{
	struct person person = {
		.random = seed, .scale_us = 1, .spread = spread, .poll_us = poll_us
	};
	double sum = 0;
	bool same;

	for (int i = 0; i < CALIBRATION; i++)
		sum += turn_of(&person, &same);
	person.scale_us = (double)MINUTE_US / 5 / words / (sum / CALIBRATION);
	return person;
}

/* When the next key is pressed, as the keyboard tells it. */
static uint64_t press_of(struct person *person, bool *ret_same)
{
	const double turn_us = turn_of(person, ret_same);
	const bool together = !*ret_same && uniform(&person->random) < 0.05;
	double early_us = together ? (0.4 + 0.5 * uniform(&person->random)) * turn_us
				   : MOTOR * person->scale_us * normal(&person->random);

	person->turn_us += turn_us;
	if (uniform(&person->random) < 0.01)
		person->turn_us += 1e6 * (0.3 + 2 * uniform(&person->random));
	person->press_us = fmax(person->press_us, person->turn_us - early_us);
	return (uint64_t)(ceil(person->press_us / person->poll_us) * person->poll_us);
}

/* Type for @minutes, each a watch of its own; the mean interval seen, without pauses. */
static double type_for(struct person *person, unsigned minutes)
{
	uint64_t typed_us = 0, n = 0;

	for (unsigned minute = 0; minute < minutes; minute++) {
		struct typing_watch watch = { .limits = endless };
		struct typing_figures figures;
		bool same;

		person->turn_us = person->press_us = 0;
		for (; person->turn_us < MINUTE_US; n++) {
			const uint64_t at_us = press_of(person, &same);
			const enum typing_verdict verdict =
				typing_press(&watch, at_us, same, &figures);

			if (verdict != TYPING_WATCHED)
				fail_msg("minute %u, key %u: %d (%u us, %u us)", minute,
					 figures.keys, verdict, figures.interval_us,
					 figures.spread_us);
		}
		typed_us += watch.typed_us;
	}
	return (double)typed_us / (double)n;
}

/* 10,000 minutes of people from 20 to 120 words a minute, most at the fastest. */
static void people_never_trip_it(void **state)
{
	(void)state;
	static const struct {
		unsigned words, poll_us, minutes;
		double spread;
	} people[] = {
		{ 120, 1000, 2500, 0.18 }, { 120, 8000, 2500, 0.18 }, { 120, 10000, 1000, 0.12 },
		{ 110, 8000, 1000, 0.18 }, { 100, 8000, 1000, 0.20 }, { 80, 8000, 1000, 0.25 },
		{ 50, 8000, 500, 0.35 },   { 20, 10000, 500, 0.50 },
	};
	unsigned minutes = 0;

	for (size_t i = 0; i < COUNT(people); i++) {
		struct person person =
			person_of(people[i].words, people[i].spread, people[i].poll_us, 2018 + i);
		const double mean_us = type_for(&person, people[i].minutes);

		minutes += people[i].minutes;
		/* It was that fast indeed: pauses add a little. */
		if (people[i].words >= 100)
			assert_in_range(mean_us, 11.5 * MS * MS / people[i].words,
					13.5 * MS * MS / people[i].words);
	}
	assert_int_equal(minutes, 10000);
}

/* Press keys at the intervals that @interval gives, until the watch says something; how many. */
static unsigned press_until(const struct typing_limits *limits,
			    uint64_t (*interval_us)(unsigned i, uint64_t *random), unsigned max,
			    enum typing_verdict *ret)
{
	struct typing_watch watch = { .limits = *limits };
	struct typing_figures figures;
	uint64_t at_us = 123456789, random = 7;

	for (unsigned i = 1; i <= max; i++) {
		*ret = typing_press(&watch, at_us, false, &figures);
		if (*ret != TYPING_WATCHED)
			return i;
		at_us += interval_us(i, &random);
	}
	return max + 1;
}

static unsigned rate; /* keys a second */

static uint64_t evenly(unsigned i, uint64_t *random)
{
	(void)i;
	(void)random;
	return 1000 * 1000 / rate;
}

static uint64_t all_at_once(unsigned i, uint64_t *random)
{
	(void)i;
	(void)random;
	return 0;
}

/* By halves longer and shorter, and not one rate that is below. */
static uint64_t unevenly(unsigned i, uint64_t *random)
{
	const uint64_t mean_us = 1000 * 1000 / rate;

	(void)random;
	return i % 2 == 1 ? mean_us / 2 : mean_us * 3 / 2;
}

/* As the host polls it. */
static uint64_t polled(unsigned i, uint64_t *random)
{
	const uint64_t now = (uint64_t)i * 1000 * 1000 / rate;
	const uint64_t next = (uint64_t)(i + 1) * 1000 * 1000 / rate;

	(void)random;
	return next / 8000 * 8000 - now / 8000 * 8000;
}

static void twenty_a_second_trip_it_within_ten(void **state)
{
	(void)state;
	uint64_t (*const ways[])(unsigned, uint64_t *) = { evenly, unevenly, polled, all_at_once };
	enum typing_verdict verdict;

	for (uint32_t limit = TYPING_PER_SECOND_MIN; limit <= TYPING_PER_SECOND; limit++) {
		const struct typing_limits limits = { TYPING_SECONDS, limit };

		for (rate = 20; rate <= 10000; rate++) {
			for (size_t i = 0; i < COUNT(ways); i++) {
				const unsigned keys = press_until(&limits, ways[i], 10, &verdict);

				if (keys > 10 || verdict != TYPING_TOO_FAST)
					fail_msg("%u a second, way %zu: %u keys, %d", rate, i, keys,
						 verdict);
			}
		}
	}
}

static uint64_t every_80_ms(unsigned i, uint64_t *random)
{
	(void)i;
	(void)random;
	return 80 * MS;
}

static uint64_t nearly_every_80_ms(unsigned i, uint64_t *random)
{
	(void)i;
	return 78 * MS + next_random(random) % (4 * MS);
}

/* A program that waits at each space. */
static uint64_t word_by_word(unsigned i, uint64_t *random)
{
	(void)random;
	return i % 6 == 0 ? 400 * MS : 120 * MS;
}

/* One that believes in pauses. */
static uint64_t with_pauses(unsigned i, uint64_t *random)
{
	(void)random;
	return i % 5 == 0 ? 3000 * MS : 300 * MS;
}

static void what_is_even_trips_it(void **state)
{
	(void)state;
	static const struct {
		uint64_t (*interval_us)(unsigned, uint64_t *);
		unsigned within;
	} cases[] = {
		{ every_80_ms, 25 },
		{ nearly_every_80_ms, 25 },
		{ word_by_word, 25 },
		{ with_pauses, 31 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		enum typing_verdict verdict;
		const unsigned keys =
			press_until(&usual, cases[i].interval_us, cases[i].within, &verdict);

		if (keys > cases[i].within || verdict != TYPING_TOO_REGULAR)
			fail_msg("case %zu: %u keys, %d", i, keys, verdict);
	}
}

/* A finger on one key, evenly: backspace, an arrow, a game. */
static void one_key_again_and_again_is_no_program(void **state)
{
	(void)state;
	struct typing_watch watch = { .limits = usual };
	struct typing_figures figures;
	enum typing_verdict verdict = TYPING_WATCHED;
	unsigned keys = 0;

	for (uint64_t at_us = 0; verdict == TYPING_WATCHED; at_us += 125 * MS, keys++)
		verdict = typing_press(&watch, at_us, keys > 0, &figures);
	assert_int_equal(verdict, TYPING_PASSED);
	assert_int_equal(keys, TYPING_SECONDS * 8 + 1);
}

static uint64_t one_a_minute(unsigned i, uint64_t *random)
{
	(void)i;
	(void)random;
	return MINUTE_US;
}

/* Whoever waits is watched as long as whoever types. */
static void waiting_is_not_typing(void **state)
{
	(void)state;
	enum typing_verdict verdict;

	assert_int_equal(press_until(&usual, one_a_minute, 1000, &verdict),
			 TYPING_SECONDS * 1000 / TYPING_PAUSE_MS + 1);
	assert_int_equal(verdict, TYPING_PASSED);
}

static void figures_are_what_was_seen(void **state)
{
	(void)state;
	struct typing_watch watch = { .limits = usual };
	struct typing_figures figures = { 0 };
	enum typing_verdict verdict = TYPING_WATCHED;

	for (uint64_t at_us = 5; verdict == TYPING_WATCHED; at_us += 40 * MS)
		verdict = typing_press(&watch, at_us, false, &figures);
	assert_int_equal(figures.keys, 10);
	assert_int_equal(figures.interval_us, 40 * MS);
	assert_int_equal(figures.spread_us, 0);
	watch = (struct typing_watch){ .limits = usual };
	verdict = TYPING_WATCHED;
	for (uint64_t i = 0; verdict == TYPING_WATCHED; i++)
		verdict = typing_press(&watch, i * 100 * MS + i % 2 * MS, false, &figures);
	assert_int_equal(figures.keys, TYPING_REGULAR_INTERVALS + 1);
	assert_in_range(figures.interval_us, 99 * MS, 101 * MS);
	assert_int_equal(figures.spread_us, 2 * MS);
}

static void a_clock_that_goes_back_stands_still(void **state)
{
	(void)state;
	struct typing_watch watch = { .limits = usual };
	struct typing_figures figures;

	for (unsigned i = 0; i < 9; i++)
		assert_int_equal(typing_press(&watch, 1000000 - i * 1000, false, &figures),
				 TYPING_WATCHED);
	assert_int_equal(typing_press(&watch, 0, false, &figures), TYPING_TOO_FAST);
	assert_int_equal(figures.interval_us, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(people_never_trip_it),
		cmocka_unit_test(twenty_a_second_trip_it_within_ten),
		cmocka_unit_test(what_is_even_trips_it),
		cmocka_unit_test(one_key_again_and_again_is_no_program),
		cmocka_unit_test(waiting_is_not_typing),
		cmocka_unit_test(figures_are_what_was_seen),
		cmocka_unit_test(a_clock_that_goes_back_stands_still),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
