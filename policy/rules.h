/* rules - the rules document: what officers write, parsed into an ordered list.
 * Pure.  The document is JSON with // and block comments; unknown members are errors.  Its schema,
 * for editors, is schema/rules-1.schema.json.
 *
 * {
 *   "schema": "devgate-rules-1",
 *   "name": "strict-bureau",                    // shown in status and records
 *   "mode": "enforce",                          // or "audit": decide and record, permit all
 *   "rules": [ { "id": "keyboards",
 *                "match": { "function": ["keyboard", "pointer"],    // all members must hold;
 *                           "vendor": "046d",                       // a list holds if one does
 *                           "product": ["c31c"], "serial": ["..."],
 *                           "port": ["1-2"], "connect": ["hotplug"], "digest": ["<64 hex>"] },
 *                "verdict": "allow",
 *                "reason": { "en": "...", "zh-TW": "..." } } ],
 *   "defaults": { "hub": "allow", "*": "deny" } // by function; "*" absent means deny
 * }
 *
 * "schema", "name", "mode" and "rules" must be there, and "id", "match" and "verdict" of each rule.
 * A match without members holds for every device.  Ids are hexadecimal digits of either case, and
 * "product" wants "vendor" beside it; serials are compared byte for byte.
 *
 * "read-only" is accepted only in a rule whose match names function storage alone, or a default for
 * storage, since nothing else can be read-only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "circumstances.h"
#include "device.h"
#include "rules_error.h"
#include "verdict.h"

enum {
	RULES_MAX_BYTES = 8 * 1024 * 1024,
	RULES_MAX_RULES = 20000,
	RULES_ID_SIZE = 64,
	RULES_NAME_SIZE = 128,
	RULES_REASON_SIZE = 512,
};

struct rules;

struct rule {
	const char *id;
	struct outcome outcome;
	const char *reason_en, *reason_zh; /* NULL for none */
	/* the match conditions are private to rules_*.c */
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

enum { RULES_QUERY_LISTS = 6 };

/* A search for the rules that speak of a device, in order.  On the caller's stack; private to
 * rules_*.c; borrows all that rules_query_init() was given. */
struct rules_query {
	const struct rules *rules;
	const struct device *device;
	const struct circumstances *circumstances;
	enum function function;
	struct {
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
