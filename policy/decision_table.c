#include "decision_table.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decision_table_internal.h"
#include "jsonc.h"

enum { WORDS_SIZE = 256 };

void decision_table_free(struct decision_table *table)
{
	if (table == NULL)
		return;
	rules_free(table->rules);
	risk_free(table->risk);
	free(table->registered.bytes);
	free(table->revoked.bytes);
	free(table->grants.grants);
	free(table->grants.views);
	free(table->devices);
	for (size_t i = 0; i < table->n_rows; i++)
		json_decref(table->rows[i].circumstances);
	free(table->rows);
	json_decref(table->resolved);
	json_document_finish(&table->document);
	free(table);
}

const char *decision_table_name(const struct decision_table *table)
{
	return table->name;
}

size_t decision_table_count(const struct decision_table *table)
{
	return table->n_rows;
}

bool decision_table_has_rules(const struct decision_table *table)
{
	return table->has_rules;
}

const struct rules *decision_table_rules(const struct decision_table *table)
{
	return table->rules;
}

/* Add a difference to those there are; what does not fit is cut off. */
static void differ(struct decision_table_result *result, const char *what, const char *wanted,
		   const char *is)
{
	const size_t length = strlen(result->difference);

	result->passed = false;
	snprintf(result->difference + length, sizeof(result->difference) - length,
		 "%s%s: wanted \"%s\", is \"%s\"", length == 0 ? "" : "; ", what, wanted, is);
}

static void compare(struct decision_table_result *result, const char *what, const char *wanted,
		    const char *is)
{
	if (wanted != NULL && strcmp(wanted, is) != 0)
		differ(result, what, wanted, is);
}

static void compare_number(struct decision_table_result *result, const char *what, long long wanted,
			   long long is)
{
	char wanted_text[24], is_text[24];

	snprintf(wanted_text, sizeof(wanted_text), "%lld", wanted);
	snprintf(is_text, sizeof(is_text), "%lld", is);
	compare(result, what, wanted_text, is_text);
}

static const char *modifier_word(uint32_t bit)
{
	return modifier_to_text((enum modifier)bit);
}

static const char *fact_word(uint32_t bit)
{
	return fact_to_text((enum fact)bit);
}

/* The words of @set, with spaces between. */
static const char *words_of(uint32_t set, const char *(*word)(uint32_t bit),
			    char ret[static WORDS_SIZE])
{
	size_t length = 0;

	ret[0] = '\0';
	for (; set != 0 && length < WORDS_SIZE; set &= set - 1)
		length += (size_t)snprintf(ret + length, WORDS_SIZE - length, "%s%s",
					   length == 0 ? "" : " ", word(set & -set));
	return ret;
}

static void compare_sets(struct decision_table_result *result, json_t *more)
{
	struct rules_error ignored; /* they were read before */
	struct rules_reader reader = { .text = "", .error = &ignored };
	char wanted[WORDS_SIZE], is[WORDS_SIZE];
	uint32_t set = 0;

	if (json_object_get(more, "modifiers") != NULL &&
	    decision_table_modifiers(&reader, "", json_object_get(more, "modifiers"), &set) == 0)
		compare(result, "modifiers", words_of(set, modifier_word, wanted),
			words_of(result->decision.modifiers, modifier_word, is));
	set = 0;
	if (json_object_get(more, "unknown") != NULL &&
	    decision_table_facts(&reader, "", json_object_get(more, "unknown"), &set) == 0)
		compare(result, "unknown", words_of(set, fact_word, wanted),
			words_of(result->decision.unknown, fact_word, is));
}

static void compare_interfaces(struct decision_table_result *result, json_t *more)
{
	const struct decision *decision = &result->decision;
	json_t *interfaces = json_object_get(more, "interfaces");
	json_t *effects = json_object_get(more, "effects");
	char what[32], is[RULES_ID_SIZE + 32];

	if (interfaces != NULL)
		compare_number(result, "interfaces", (long long)json_array_size(interfaces),
			       (long long)decision->n);
	if (effects != NULL)
		compare_number(result, "effects", (long long)json_array_size(effects),
			       (long long)decision->n);
	for (size_t i = 0; i < decision->n; i++) {
		const struct interface_decision *interface = &decision->interfaces[i];

		snprintf(what, sizeof(what), "interface %zu", i);
		snprintf(is, sizeof(is), "%s %s %s", verdict_to_text(interface->verdict),
			 decide_step_to_text(interface->step), interface->rule);
		compare(result, what, json_string_value(json_array_get(interfaces, i)), is);
		snprintf(what, sizeof(what), "effect %zu", i);
		compare(result, what, json_string_value(json_array_get(effects, i)),
			verdict_to_text(decision_effect(decision, i)));
	}
}

static void compare_row(struct decision_table_result *result, const struct table_row *row)
{
	const struct decision *decision = &result->decision;
	json_t *risk = json_object_get(row->more, "risk");
	json_t *audit = json_object_get(row->more, "audit");
	char is[RULES_ID_SIZE + 32];

	snprintf(is, sizeof(is), "%s%s", decision->partial ? "partial " : "",
		 verdict_to_text(decision->verdict));
	compare(result, "verdict", row->verdict, is);
	snprintf(is, sizeof(is), "%s%s%s", decide_step_to_text(decision->step),
		 decision->rule[0] == '\0' ? "" : " ", decision->rule);
	compare(result, "by", row->by, is);
	if (risk != NULL)
		compare_number(result, "risk", json_integer_value(risk), decision->risk);
	if (audit != NULL)
		compare(result, "audit", json_is_true(audit) ? "true" : "false",
			decision->audit_only ? "true" : "false");
	compare_sets(result, row->more);
	compare_interfaces(result, row->more);
}

/* The policy of the document, and of @policy what the document does not have. */
static struct policy_view view_of(const struct decision_table *table,
				  const struct policy_view *policy)
{
	struct policy_view view = { 0 };

	if (policy != NULL)
		view = *policy;
	if (table->has_rules)
		view.rules = table->rules;
	if (table->risk != NULL)
		view.risk = table->risk;
	if (table->registered.given)
		view.registered = &table->registered.view;
	if (table->revoked.given)
		view.revoked = &table->revoked.view;
	if (table->grants.given) {
		view.grants = table->grants.views;
		view.n_grants = table->grants.n;
	}
	return view;
}

/* Which were read before, and can be again. */
static void read_circumstances(const struct decision_table *table, const struct table_row *row,
			       struct circumstances_given *ret)
{
	struct rules_error ignored;
	struct rules_reader reader = { .text = "", .error = &ignored };

	ret->facts = circumstances_unknown;
	ret->facts.identity = table->devices[row->device].given.identity;
	if (row->circumstances != NULL &&
	    circumstances_json_read(&reader, "", row->circumstances, ret) < 0)
		ret->facts = circumstances_unknown;
}

static int line_of(const struct decision_table *table, size_t i)
{
	struct jsonc_place place = { 0, 0 };
	char path[RULES_PATH_SIZE];

	rules_path_element(path, "rows", i);
	(void)jsonc_locate(table->document.text, table->document.size, path, &place);
	return place.line;
}

void decision_table_run(const struct decision_table *table, size_t i,
			const struct policy_view *policy, struct decision_table_result *ret)
{
	assert(i < table->n_rows);
	const struct table_row *row = &table->rows[i];
	const struct table_device *device = &table->devices[row->device];
	const struct policy_view view = view_of(table, policy);
	struct circumstances_given circumstances;

	read_circumstances(table, row, &circumstances);
	ret->passed = true;
	ret->line = 0;
	ret->device = device->name;
	ret->difference[0] = '\0';
	decide(&view, &device->given.device, &circumstances.facts, device->given.present,
	       &ret->decision);
	decide_explain(&view, &ret->decision);
	compare_row(ret, row);
	if (!ret->passed)
		ret->line = line_of(table, i);
}
