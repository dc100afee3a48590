/* rules_condition - the conditions of a rule's "match": each has a name, a way to parse it, a way
 * to tell whether it holds, and the facts that it asks for.  One table in condition.c; the
 * shapes that several share (words, texts, numbers ...) each in a file.  Internal to policy/. */
#pragma once

#include <jansson.h>

#include "policy/rules.h"

struct rules_reader;

/* In the order in which they are asked: what is cheap and tells most, first. */
enum condition_kind {
	CONDITION_FUNCTION,
	CONDITION_BUS,
	CONDITION_CONNECT,
	CONDITION_VENDOR,
	CONDITION_PRODUCT,
	CONDITION_SERIAL,
	CONDITION_DIGEST,
	CONDITION_USBGUARD_HASH,
	CONDITION_USBGUARD_PARENT_HASH,
	CONDITION_PORT,
	CONDITION_NAME,
	CONDITION_MANUFACTURER,
	CONDITION_INTERFACES,
	CONDITION_SPEED,
	CONDITION_IDENTITY,
	CONDITION_USER,
	CONDITION_GROUP,
	CONDITION_HOST,
	CONDITION_UNIT,
	CONDITION_CLASSIFICATION,
	CONDITION_TIME,
	CONDITION_SESSION,
	CONDITION_SITE,
	CONDITION_FIRST_SEEN_DAYS,
	CONDITION_COUNT,
	CONDITION_ENCRYPTION,
	CONDITION_SIZE,
	CONDITION_LABEL,
	CONDITION_VIOLATIONS,
	CONDITION_HOSTS_SEEN,
	CONDITION_HISTORY,
	_CONDITION_MAX,
};

/* Vendor or product ids. */
struct id_range {
	uint16_t from, to;
};

struct condition {
	uint32_t kind : 8;  /* enum condition_kind */
	uint32_t n : 24;    /* of @values, of which no document has 2^24; of words, their bits */
	struct id_range id; /* where @values points to, if they are one id */
	const void
		*values; /* in the document's arena; what they are is the kind's; none of words */
};

/* What is asked of a condition. */
struct question {
	const struct device *device;
	const struct circumstances *circumstances;
	enum function function;
};

/* What a number is that no bound can hold for, and one that is not known. */
enum { NUMBER_NONE = -2, NUMBER_UNKNOWN = -1 };

/* How a text may be written beside an exact one and a glob. */
enum {
	TEXT_EMPTY = 1 << 0, /* also without a character */
	TEXT_RANGE = 1 << 1, /* { "from", "to" } */
	TEXT_PORT = 1 << 2,  /* exact only as the kernel calls ports */
};

struct condition_type {
	const char *name;
	/* Read @value, which is no empty list; @condition has its kind. */
	int (*parse)(struct rules_reader *reader, const char *path, json_t *value,
		     struct condition *condition);
	enum rules_truth (*holds)(const struct condition *condition,
				  const struct question *question);
	fact_set facts;
	bool media; /* fails for what is no storage */
	/* What conditions of one shape differ in: what of the question they are about. */
	union {
		struct {
			int n, first; /* words from @first on can be asked for; before: unknown */
			const char *(*word)(int i);
			int (*value)(const struct question *question);
		} words;
		struct {
			unsigned forms; /* TEXT_... */
			/* The @i-th text; NULL: no more, and *@ret_known unless nothing is known.
			 */
			const char *(*text)(const struct question *question, size_t i,
					    bool *ret_known);
		} texts;
		struct {
			int64_t max;			 /* that a bound can be */
			bool sizes;			 /* a bound may be "32GiB" */
			const struct number_word *words; /* for { "min", "max" }; or NULL */
			/* 0 or more, NUMBER_NONE or NUMBER_UNKNOWN. */
			int64_t (*number)(const struct question *question);
		} numbers;
		struct {
			uint16_t (*id)(const struct question *question);
		} ids;
		struct {
			bool base64; /* or hexadecimal */
			/* NULL: it has none. */
			const uint8_t *(*digest)(const struct question *question);
		} digests;
	};
};

extern const struct condition_type condition_types[_CONDITION_MAX];

/* Parse "match" into an array of conditions in the arena, in the order of the table. */
int rules_match_read(struct rules_reader *reader, const char *path, json_t *object,
		     const struct condition **ret, uint32_t *ret_n)
	__attribute__((warn_unused_result));

struct match_rule;

/* Whether all conditions of @rule hold; see rules_why_not(). */
enum rules_truth match_holds(const struct match_rule *rule, const struct question *question,
			     const char **ret_condition, fact_set *ret_unknown);

/* The condition of @kind, or NULL. */
const struct condition *match_condition(const struct match_rule *rule, enum condition_kind kind);
