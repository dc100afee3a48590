/* rules - the rules document: what officers write, parsed into an ordered list and searched.
 * Pure.  The document is JSON with // and block comments; unknown members are errors.  Its schema,
 * for editors, is schema/rules-1.schema.json; its manual is devgate-policy(5).
 *
 * {
 *   "schema": "devgate-rules-1",
 *   "name": "strict-bureau",                    // shown in status and records
 *   "mode": "enforce",                          // or "audit": decide and record, permit all
 *   "site": { "networks": ["10.1.0.0/16"] },    // where an address means that it is on site
 *   "keyboard-guard": { "code-digits": 4 },     // how new keyboards are watched
 *   "units": { "accounting": { "classification": "confidential" } },    // of each unit's data
 *   "assume": { "violations": 0, "hosts-seen": 1 },  // until the collector tells of worse
 *   "grants": { "functions": ["storage"], "strongest": "read-only",     // what a grant may give,
 *               "longest-minutes": 480 },                               // at most (grant.h)
 *   "rules": [ { "id": "backup-sticks",
 *                "match": { "function": "storage",                  // all members must hold;
 *                           "vendor": ["0951", "0781"],             // a list holds if one does
 *                           "serial": { "from": "A001", "to": "A250" },
 *                           "time": { "from": "22:00", "to": "04:00" } },
 *                "verdict": "read-only",
 *                "modifiers": ["noexec", "trail"],
 *                "reason": { "en": "...", "zh-TW": "..." } } ],
 *   "defaults": { "hub": "allow",               // by function; "*" absent means deny
 *                 "storage": { "verdict": "by-risk", "modifiers": ["trail"] }, "*": "deny" }
 * }
 *
 * "schema", "name", "mode" and "rules" must be there, and "id", "match" and "verdict" of each rule.
 * A match without members holds for every device.  What a match may hold is a table of conditions,
 * rules/condition.c.  Each of them holds, fails, or is unknown for want of a fact; media conditions
 * (encryption, size, label) fail for what is no storage.
 *
 * "read-only", "encrypted-only", "noexec" and "trail" are accepted only in a rule whose match names
 * function storage alone, or a default for storage, since they are done to file systems.
 * "charge-only" is refused for a hub that is named. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "circumstances.h"
#include "device.h"
#include "network.h"
#include "rules_error.h"
#include "typing.h"
#include "verdict.h"

enum {
	RULES_MAX_BYTES = 8 * 1024 * 1024,
	RULES_MAX_RULES = 20000,
	RULES_ID_SIZE = 64,
	RULES_NAME_SIZE = 128,
	RULES_REASON_SIZE = 512,
	RULES_MAX_NETWORKS = 256,
	RULES_MAX_UNITS = 1024,
	RULES_WORD_SIZE = 128, /* of a unit and a classification */
	RULES_MAX_GRANT_MINUTES = 366 * 24 * 60,
};

/* How new keyboards are watched: by how they type, and whether a code is to be typed first. */
enum {
	KEYBOARD_CODE_MIN = 4,
	KEYBOARD_CODE_MAX = 6,
	KEYBOARD_CODE_SECONDS = 60,
	KEYBOARD_CODE_SECONDS_MIN = 10,
	KEYBOARD_CODE_SECONDS_MAX = 600,
};

struct keyboard_guard {
	struct typing_limits typing;
	uint32_t code_digits; /* 0: none is asked for */
	uint32_t code_seconds;
};

struct rules;

/* What a rule says; what it matches is private to rules_*.c. */
struct rule {
	const char *id;
	struct outcome outcome;
	const char *reason_en, *reason_zh; /* NULL for none */
};

/* What an officer's grant may give at most.  Without functions: nothing. */
struct grant_limits {
	function_set functions;
	enum verdict strongest;
	uint32_t minutes;
};

/* What is taken for known of the facts that only the collector can tell, as long as it tells
 * nothing worse (decide.h); -1: not said, so it stays unknown. */
struct rules_assumed {
	int32_t violations, hosts_seen;
};

/* Gives *@ret, freed with rules_free.  Returns 0; -EBADMSG with *@error filled; -E2BIG; -ENOMEM. */
int rules_parse(const char *text, size_t size, struct rules **ret, struct rules_error *error)
	__attribute__((warn_unused_result));
void rules_free(struct rules *rules);

const char *rules_name(const struct rules *rules);
bool rules_audit_only(const struct rules *rules);
size_t rules_count(const struct rules *rules);

/* The rule at @i, less than rules_count(), in order.  Owned by @rules. */
const struct rule *rules_at(const struct rules *rules, size_t i);

/* The rule with @id, or NULL.  Owned by @rules. */
const struct rule *rules_find(const struct rules *rules, const char *id);

/* The facts that the document's conditions ask for. */
fact_set rules_facts(const struct rules *rules);

/* Minutes from @minute of the week until some time condition may change, 1 to MINUTES_OF_WEEK; -1
 * if there is none.  @minute: 0 to MINUTES_OF_WEEK - 1. */
int rules_next_change(const struct rules *rules, int minute);

/* The default for @function. */
struct outcome rules_default(const struct rules *rules, enum function function);

/* The networks of the document's "site", *@ret_n of them; the machine is on site when an address of
 * an interface that is up lies in one.  NULL and 0 if it has none.  Owned by @rules. */
const struct network *rules_site_networks(const struct rules *rules, size_t *ret_n);

/* The document's "keyboard-guard"; what it does not say is as usual. */
struct keyboard_guard rules_keyboard_guard(const struct rules *rules);

/* How @unit's data are classified; NULL if the document does not say.  Owned by @rules. */
const char *rules_classification(const struct rules *rules, const char *unit);

/* Does the document say anything of units' data or of what is assumed? */
bool rules_gives(const struct rules *rules);

struct rules_assumed rules_assumed(const struct rules *rules);

/* Owned by @rules. */
const struct grant_limits *rules_grant_limits(const struct rules *rules);

/* Bytes that @rules takes, itself too, without what malloc() adds. */
size_t rules_memory(const struct rules *rules);

/* Seven kinds of exact key, the rest that speaks of a function, and the rest. */
enum { RULES_QUERY_LISTS = 9 };

/* A search for the rules that speak of a device, in order.  On the caller's stack; private to
 * rules_*.c; borrows all that rules_query_init() was given. */
struct rules_query {
	const struct rules *rules;
	const struct device *device;
	const struct circumstances *circumstances;
	enum function function;
	uint32_t n_fixed, n; /* lists that are the device's, and with those that are @function's */
	struct rules_query_list {
		const uint32_t *rules; /* ascending places in the document */
		uint32_t n, at;
	} lists[RULES_QUERY_LISTS];
};

/* Look up once what of @rules may match @device at all. */
void rules_query_init(struct rules_query *query, const struct rules *rules,
		      const struct device *device, const struct circumstances *circumstances);

/* Begin at the first rule, for @function of the device. */
void rules_query_begin(struct rules_query *query, enum function function);

/* The next rule that matches, or may match: then *@ret_unknown has the facts that would tell, else
 * it is 0 and no later rule counts.  NULL: no more. */
const struct rule *rules_query_next(struct rules_query *query, fact_set *ret_unknown);

enum rules_truth { RULES_FAILS, RULES_UNKNOWN, RULES_HOLDS };

/* Whether the rule at @i, less than rules_count(), matches by itself, whatever comes before it, for
 * the function that rules_query_begin() was last given.  *@ret_condition: the name of the first
 * condition that fails or, if none does, is unknown ("vendor", "first-seen-days", static storage);
 * NULL if all hold.  *@ret_unknown: the facts that would tell, if it is unknown; else 0. */
enum rules_truth rules_why_not(const struct rules_query *query, size_t i,
			       const char **ret_condition, fact_set *ret_unknown);
