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

#include "device.h"

enum {
	RULES_MAX_BYTES = 8 * 1024 * 1024,
	RULES_MAX_RULES = 20000,
	RULES_ID_SIZE = 64,
	RULES_NAME_SIZE = 128,
	RULES_REASON_SIZE = 512,
};

struct rules;

/* Where and why a document was refused. */
struct rules_error {
	int line, column;  /* 1-based; 0 where not known */
	char path[128];	   /* "rules[3].match.vendor" */
	char message[256]; /* English, one sentence, with a suggestion where there is one */
};

struct rule {
	char id[RULES_ID_SIZE];
	enum verdict verdict;
	char reason_en[RULES_REASON_SIZE], reason_zh[RULES_REASON_SIZE]; /* may be empty */
	/* the match conditions are private to rules.c */
};

/* Gives *@ret, freed with rules_free.  Returns 0; -EBADMSG with *@error filled; -E2BIG; -ENOMEM. */
int rules_parse(const char *text, size_t size, struct rules **ret, struct rules_error *error)
	__attribute__((warn_unused_result));
void rules_free(struct rules *rules);

const char *rules_name(const struct rules *rules);
bool rules_audit_only(const struct rules *rules);
size_t rules_count(const struct rules *rules);

/* The first rule that matches one @function of @device, or NULL.  Owned by @rules. */
const struct rule *rules_first_match(const struct rules *rules, const struct device *device,
				     enum function function);

/* The default for @function. */
enum verdict rules_default(const struct rules *rules, enum function function);
