/* decision_table - what a policy is to decide, written down row by row, and the rows run.
 * Pure.  The document is JSON with comments, schema devgate-table-1 (schema/table-1.schema.json):
 *
 * { "schema": "devgate-table-1",
 *   "name": "office hours",
 *   "rules": { ... },                // a rules document; null: the built-in policy; absent: the
 *                                    // caller gives one
 *   "risk": { ... },                 // a risk model; may be absent
 *   "registered": [ { "device": "stick", "verdict": "read-only", "tag": "A-001" } ],
 *   "revoked": [ { "device": "lost", "tag": "A-002" } ],
 *   "devices": {                     // by name, as device_json.h has them
 *     "stick": { "vendor": "0951", "product": "1666", "serial": "S", "interfaces": ["080650"] },
 *     "other": { "like": "stick", "serial": "T" } },   // "stick" but for what is said here
 *   "circumstances": { "unit": "lab" },  // of every row that does not say otherwise
 *   "rows": [
 *     ["stick", { "time": "mon 09:00" }, "allow", "rule office-hours"],
 *     ["combo", {}, "partial allow", "default keyboard",
 *       { "interfaces": ["allow rule sticks", "deny default keyboard"], "modifiers": ["trail"],
 *         "risk": 12, "unknown": ["time"], "audit": false }]
 *   ] }
 *
 * A row is: a device, by name or in full; circumstances; the device's verdict, "partial" before it
 * where some interfaces are denied and others are not; the step and the rule that decided, with a
 * space between; and what else is to hold: "interfaces" in order, each its verdict, step and rule;
 * "effects", what is written to the kernel for each; "modifiers" of the device; "risk", the score,
 * or -1 where the model was not asked; "unknown", the facts that could have permitted more;
 * "audit". What a row does not name is not compared.  A row may also be an object with the members
 * "device", "circumstances", "verdict", "by" and those.
 *
 * A registered medium is { "device", "verdict" (allow), "modifiers" (none), "functions" (storage;
 * "*" for all), "tag" (the device's name), "digest" (true: only with these descriptors) }, a
 * revoked device { "device", "tag" }. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "decide.h"
#include "rules_error.h"

enum {
	DECISION_TABLE_MAX_BYTES = 16 * 1024 * 1024,
	DECISION_TABLE_MAX_ROWS = 100000,
	DECISION_TABLE_NAME_SIZE = 128,
	DECISION_TABLE_DIFFERENCE_SIZE = 512,
};

struct decision_table;

/* How one row went. */
struct decision_table_result {
	bool passed;
	int line;		  /* of the row in the document; 0 if passed */
	const char *device;	  /* its name, "" for one in full; owned by the table */
	struct decision decision; /* what was decided, reasons included */
	/* "verdict: wanted allow, is deny; ..."; empty if passed */
	char difference[DECISION_TABLE_DIFFERENCE_SIZE];
};

/* Gives *@ret, freed with decision_table_free().  Returns 0; -EBADMSG with *@error filled; -E2BIG;
 * -ENOMEM. */
int decision_table_parse(const char *text, size_t size, struct decision_table **ret,
			 struct rules_error *error) __attribute__((warn_unused_result));
void decision_table_free(struct decision_table *table);

const char *decision_table_name(const struct decision_table *table);
size_t decision_table_count(const struct decision_table *table);

/* True if the document says which rules it is for: then the caller gives none. */
bool decision_table_has_rules(const struct decision_table *table);

/* The rules of the document, or NULL.  Owned by @table. */
const struct rules *decision_table_rules(const struct decision_table *table);

/* Judge the row at @i, less than decision_table_count().  @policy: for what the document does not
 * have itself; may be NULL if decision_table_has_rules(). */
void decision_table_run(const struct decision_table *table, size_t i,
			const struct policy_view *policy, struct decision_table_result *ret);
