/* The lines that speak of more than one device, as a rules document.  The stricter come first, so
 * that where two speak of one device the stricter holds. */
#include "csv_row.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/device.h"
#include "policy/rules.h"
#include "policy/verdict_json.h"

#define STORAGE FUNCTION_BIT(FUNCTION_STORAGE)
#define HUB	FUNCTION_BIT(FUNCTION_HUB)
#define EACH	(FUNCTION_BIT(_FUNCTION_MAX) - 1)

/* What one rule says: a part of a row, since not every function can have every verdict. */
struct part {
	const char *suffix; /* of the rule's id */
	function_set functions;
	enum verdict verdict;
	modifier_set modifiers;
};

static json_t *function_words(function_set functions)
{
	json_t *words = json_array();

	for (int f = 0; f < _FUNCTION_MAX; f++)
		if ((functions & FUNCTION_BIT(f)) &&
		    json_array_append_new(words, json_string(function_to_text(f))) < 0) {
			json_decref(words);
			return NULL;
		}
	return words;
}

/* ManageEngine's pattern as a glob.  Its '*' is for "more than one" character; what is denied is
 * denied for fewer, too. */
static json_t *glob_of(const char *pattern, enum verdict verdict)
{
	const char *many = verdict == VERDICT_DENY ? "*" : "??*";
	char glob[DEVICE_TEXT_SIZE]; /* csv_row.c has counted */
	size_t n = 0;

	for (; *pattern != '\0'; pattern++) {
		if (*pattern == '*') {
			for (const char *c = many; *c != '\0'; c++)
				glob[n++] = *c;
			continue;
		}
		if (*pattern == '\\')
			glob[n++] = '\\';
		glob[n++] = *pattern;
	}
	return json_pack("{s:s%}", "glob", glob, n);
}

static json_t *match_of(const struct csv_row *row, function_set functions)
{
	char vendor[5], product[5];
	json_t *match;
	int r = 0;

	snprintf(vendor, sizeof(vendor), "%04x", row->medium.vendor);
	snprintf(product, sizeof(product), "%04x", row->medium.product);
	match = json_pack("{s:s}", "vendor", vendor);
	if (row->kind != CSV_ROW_VENDOR)
		r = json_object_set_new(match, "product", json_string(product));
	if (r == 0 && row->kind == CSV_ROW_PATTERN)
		r = json_object_set_new(match, "serial",
					glob_of(row->medium.serial, row->medium.verdict));
	if (r == 0 && (functions & EACH) != EACH)
		r = json_object_set_new(match, "function", function_words(functions));
	if (r == 0)
		return match;
	json_decref(match);
	return NULL;
}

static int add_rule(json_t *rules, const struct csv_row *row, const struct part *part)
{
	char id[RULES_ID_SIZE];
	json_t *rule;
	int r;

	if (part->functions == 0)
		return 0;
	snprintf(id, sizeof(id), "csv-%zu%s", row->order + 1, part->suffix);
	rule = json_pack("{s:s, s:o, s:s}", "id", id, "match", match_of(row, part->functions),
			 "verdict", verdict_to_text(part->verdict));
	r = rule == NULL ? -1 : 0;
	if (r == 0 && part->modifiers != 0 && part->verdict != VERDICT_DENY)
		r = json_object_set_new(rule, "modifiers", modifiers_to_json(part->modifiers));
	if (r == 0)
		r = json_array_append(rules, rule);
	json_decref(rule);
	return r < 0 ? -ENOMEM : 0;
}

/* Storage alone can be read-only or encrypted-only, and have noexec and trail; a hub cannot be
 * charged from. */
static int add_row(json_t *rules, const struct csv_row *row)
{
	const struct import_medium *medium = &row->medium;
	const function_set functions = medium->functions & EACH;
	const bool storage_only =
		medium->verdict == VERDICT_READ_ONLY || medium->verdict == VERDICT_ENCRYPTED_ONLY;
	const bool charge = medium->verdict == VERDICT_CHARGE_ONLY;
	const struct part parts[] = {
		{ "", functions & STORAGE, medium->verdict, medium->modifiers },
		{ "-other", functions & ~STORAGE & (charge ? ~HUB : ~0U),
		  storage_only ? VERDICT_DENY : medium->verdict,
		  medium->modifiers & (MODIFIER_NOTIFY | MODIFIER_JUSTIFY) },
		{ "-hub", charge ? functions & HUB : 0, VERDICT_DENY, 0 },
	};
	const struct part whole = { "", functions, medium->verdict, medium->modifiers };
	int r = 0;

	if (!storage_only && !parts[2].functions && parts[1].modifiers == whole.modifiers)
		return add_rule(rules, row, &whole);
	for (size_t i = 0; r == 0 && i < sizeof(parts) / sizeof(parts[0]); i++)
		r = add_rule(rules, row, &parts[i]);
	return r;
}

static int by_strictness(const void *a, const void *b)
{
	const struct csv_row *x = a, *y = b;

	if (x->medium.verdict != y->medium.verdict)
		return x->medium.verdict < y->medium.verdict ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

int csv_rules_make(const struct csv_context *context, struct csv_row *rows, size_t n)
{
	json_t *rules, *document;
	int r = 0;

	if (n == 0)
		return 0;
	qsort(rows, n, sizeof(*rows), by_strictness);
	rules = json_array();
	for (size_t i = 0; r == 0 && i < n; i++)
		r = add_row(rules, &rows[i]);
	if (r == 0 && json_array_size(rules) > RULES_MAX_RULES) {
		(void)csv_fail(context, "The lines without a serial make more than %d rules.",
			       RULES_MAX_RULES);
		r = -E2BIG;
	}
	if (r < 0) {
		json_decref(rules);
		return r;
	}
	document = json_pack("{s:s, s:s, s:s, s:o}", "schema", "devgate-rules-1", "name",
			     context->options->name, "mode", "enforce", "rules", rules);
	context->import->rules = document;
	return document == NULL ? -ENOMEM : 0;
}
