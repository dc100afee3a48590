/* rules_shapes - how the values of conditions are read, held and asked, for each shape that they
 * come in.  Internal to policy/.
 *
 * Each x_parse() fills the condition's n and values; each x_holds() answers.  Both are for the
 * table in condition.c, which says what of the device or circumstances a condition is about.
 */
#pragma once

#include "condition.h"

/* Words of a fixed choice, as bits of the condition's n (words.c). */
int words_parse(struct rules_reader *reader, const char *path, json_t *value,
		struct condition *condition);
enum rules_truth words_holds(const struct condition *condition, const struct question *question);

/* Texts (texts.c): exact ones in order of strcmp(), then globs, then the two ends of each
 * range. */
struct texts {
	uint32_t n_exact, n_globs, n_ranges;
	const char *texts[];
};
int texts_parse(struct rules_reader *reader, const char *path, json_t *value,
		struct condition *condition);
enum rules_truth texts_holds(const struct condition *condition, const struct question *question);
/* The exact texts, *@ret_n of them; NULL if there are others, too. */
const char *const *texts_exact(const struct condition *condition, uint32_t *ret_n);

/* Vendor and product ids (ids.c): struct id_range, in order, no two overlapping. */
int ids_parse(struct rules_reader *reader, const char *path, json_t *value,
	      struct condition *condition);
enum rules_truth ids_holds(const struct condition *condition, const struct question *question);

/* SHA-256 digests (ids.c), DEVICE_DIGEST_SIZE bytes each, in order. */
int digests_parse(struct rules_reader *reader, const char *path, json_t *value,
		  struct condition *condition);
enum rules_truth digests_holds(const struct condition *condition, const struct question *question);

/* Numbers (numbers.c). */
struct number_range {
	int64_t min, max; /* inclusive */
};
struct number_word { /* a list of these ends with one without a word */
	const char *word;
	struct number_range range;
};
int numbers_parse(struct rules_reader *reader, const char *path, json_t *value,
		  struct condition *condition);
enum rules_truth numbers_holds(const struct condition *condition, const struct question *question);

/* Sets of interfaces (interfaces.c). */
enum { SET_ALL_OF, SET_ONE_OF, SET_NONE_OF, SET_ONLY, SET_EXACTLY, _SET_MAX };

/* "cc:ss:pp", where "*" stands for any subclass or protocol. */
struct pattern {
	uint8_t class, subclass, protocol;
	bool any_subclass, any_protocol;
};

/* One object: the patterns of its sets, one after the other. */
struct interfaces {
	uint32_t n[_SET_MAX];
	const struct pattern *patterns;
};

/* "all-of", "one-of", "none-of", "only", "exactly".  Static storage. */
const char *interfaces_set_to_text(int set);
int interfaces_parse(struct rules_reader *reader, const char *path, json_t *value,
		     struct condition *condition);
enum rules_truth interfaces_holds(const struct condition *condition,
				  const struct question *question);

/* Hours of the week (time.c). */
struct time_window {
	uint8_t days;	   /* bit 0 is Monday */
	uint16_t from, to; /* minutes of the day; @to is at most @from across midnight */
};
int times_parse(struct rules_reader *reader, const char *path, json_t *value,
		struct condition *condition);
enum rules_truth times_holds(const struct condition *condition, const struct question *question);
enum { TIMES_WORDS = (MINUTES_OF_WEEK + 63) / 64 };
/* Set the bits of the minutes of the week at which @condition holds. */
void times_fill(const struct condition *condition, uint64_t week[static TIMES_WORDS]);
