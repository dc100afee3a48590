/* rules_internal - how a rules document is held in memory.  Between the files of rules_*.c.
 *
 * All that a document says lies in one arena.  A rule has its outcome and an array of conditions,
 * as many as it was given; a condition that is not asked costs nothing. */
#pragma once

#include <sodium.h>

#include "condition.h"
#include "policy/arena.h"
#include "policy/rules.h"

struct match_rule {
	struct rule rule;
	const struct condition *conditions; /* in the order of the table */
	uint32_t n;
};

/* Which rules may match a device, by the keys that it has (index.c).  The places of a key are
 * the run of those at its hash: ascending, none twice. */
struct rules_index {
	uint8_t secret[crypto_shorthash_siphash24_KEYBYTES];
	uint32_t kinds; /* bits of enum rules_key: those that some rule is found by */
	uint32_t n;
	unsigned shift; /* the directory is by the hash's highest bits, 64 - shift of them */
	const uint64_t *hashes;	   /* ascending */
	const uint32_t *places;	   /* the rule at each hash */
	const uint32_t *directory; /* where the hashes of each begin, and the end */
	struct rules_query_list any, by_function[_FUNCTION_MAX];
};

enum rules_key {
	RULES_KEY_ID, /* every rule, once */
	/* A rule has keys of one kind, the first of these that its conditions give. */
	RULES_KEY_DIGEST,
	RULES_KEY_USBGUARD_HASH,
	RULES_KEY_SERIAL,
	RULES_KEY_PRODUCT,
	RULES_KEY_PORT,
	RULES_KEY_VENDOR,
	RULES_KEY_NAME,
	RULES_KEY_FUNCTION,
	RULES_KEY_ANY,
	_RULES_KEY_MAX,
};

struct rules_unit {
	const char *name, *classification;
};

struct rules {
	char name[RULES_NAME_SIZE];
	bool audit_only;
	struct outcome defaults[_FUNCTION_MAX];
	struct arena arena;
	size_t n;
	const struct match_rule *rules;
	size_t n_networks;
	const struct network *networks;
	struct keyboard_guard keyboard_guard;
	size_t n_units;
	const struct rules_unit *units;
	struct rules_assumed assumed;
	struct grant_limits grants;
	fact_set facts;
	const uint64_t *changes; /* one bit a minute of the week; NULL: nothing asks for the time */
	struct rules_index index;
};

/* Build the index of @rules, which are complete but for it; @text is the document, of which the
 * hashes' key is made.  0 or -ENOMEM. */
int rules_index_build(struct rules *rules, const char *text, size_t size)
	__attribute__((warn_unused_result));

/* The rules that have the key of @size bytes, at most DEVICE_TEXT_SIZE; and, as likely as two equal
 * hashes, others. */
struct rules_query_list rules_index_find(const struct rules_index *index, enum rules_key kind,
					 const void *key, size_t size);

/* Note when the rules' time conditions may change.  0 or -ENOMEM. */
int rules_changes_build(struct rules *rules) __attribute__((warn_unused_result));
