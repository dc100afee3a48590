/* policy explain - each rule in order, and why it does or does not speak for a device. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "ask.h"
#include "commands.h"
#include "policy.h"
#include "policy_decision.h"
#include "table.h"
#include "text.h"

#define N_(text) text

enum { CELL_SIZE = 256 };

/* The steps of one function's judgement, for people and for programs. */
struct steps {
	struct table table;
	json_t *list;
	int r; /* the first failure */
};

/* One step: its name, what it says, and how it went, a stable word with what it is about. */
struct step {
	const char *name, *outcome;
	const char *result; /* "matches", "fails", "unknown", "no-entry", "not-reached" */
	const char *about;  /* condition or facts; "" for none */
};

static const char *result_word(const char *result)
{
	static const struct {
		const char *result, *word;
	} words[] = {
		{ "matches", N_("matches") },	      { "fails", N_("does not match") },
		{ "unknown", N_("not known") },	      { "no-entry", N_("no entry") },
		{ "not-reached", N_("not reached") },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].result, result) == 0)
			return _(words[i].word);
	return result;
}

static void add_step(struct steps *steps, const struct step *step)
{
	char result[CELL_SIZE];
	const char *const cells[] = { step->name, step->outcome, result };
	json_t *object = json_pack("{s:s, s:s, s:s, s:s}", "step", step->name, "outcome",
				   step->outcome, "result", step->result, "about", step->about);

	snprintf(result, sizeof(result), "%s%s%s", result_word(step->result),
		 step->about[0] == '\0' ? "" : ": ", step->about);
	if (json_array_append_new(steps->list, object) < 0 || table_add(&steps->table, cells) < 0)
		steps->r = -1;
}

/* Returns true if the register speaks for @function: then nothing after it counts. */
static bool add_register(struct steps *steps, const char *name, const struct registered *table,
			 const struct device *device, enum function function)
{
	struct registered_entry entry;
	char step[CELL_SIZE], text[CELL_SIZE];
	const int found = table == NULL ? 0 : registered_find(table, device, &entry);
	const bool speaks = found > 0 && (entry.functions & FUNCTION_BIT(function)) != 0;

	if (!speaks) {
		add_step(steps, &(struct step){ name, "", "no-entry", "" });
		return false;
	}
	snprintf(step, sizeof(step), "%s %s", name, entry.tag);
	policy_outcome_text(&(struct outcome){ entry.verdict, entry.modifiers, false }, text,
			    sizeof(text));
	add_step(steps, &(struct step){ step, text, "matches", "" });
	return true;
}

static bool add_rule(struct steps *steps, const struct rules *rules,
		     const struct rules_query *query, size_t i)
{
	const struct rule *rule = rules_at(rules, i);
	const char *condition = NULL;
	char name[CELL_SIZE], text[CELL_SIZE], facts[CELL_SIZE];
	fact_set unknown = 0;
	struct step step = { name, text, "matches", "" };

	snprintf(name, sizeof(name), "rule %s", rule->id);
	policy_outcome_text(&rule->outcome, text, sizeof(text));
	switch (rules_why_not(query, i, &condition, &unknown)) {
	case RULES_HOLDS:
		add_step(steps, &step);
		return true;
	case RULES_FAILS:
		step.result = "fails";
		step.about = condition;
		break;
	case RULES_UNKNOWN:
		step.result = "unknown";
		step.about = policy_facts_text(unknown, facts, sizeof(facts));
		break;
	}
	add_step(steps, &step);
	return false;
}

static void add_rules(struct steps *steps, const struct policy_case *policy_case,
		      enum function function, bool settled)
{
	const struct rules *rules = policy_case->rules.rules;
	const struct outcome standard = rules_default(rules, function);
	struct circumstances given;
	struct rules_query query;
	char name[CELL_SIZE], text[CELL_SIZE];

	rules_query_init(&query, rules, &policy_case->device.device,
			 decide_circumstances(&policy_case->view, &policy_case->circumstances.facts,
					      &given));
	rules_query_begin(&query, function);
	for (size_t i = 0; i < rules_count(rules); i++) {
		if (!settled) {
			settled = add_rule(steps, rules, &query, i);
			continue;
		}
		snprintf(name, sizeof(name), "rule %s", rules_at(rules, i)->id);
		policy_outcome_text(&rules_at(rules, i)->outcome, text, sizeof(text));
		add_step(steps, &(struct step){ name, text, "not-reached", "" });
	}
	snprintf(name, sizeof(name), "default %s", function_to_text(function));
	policy_outcome_text(&standard, text, sizeof(text));
	add_step(steps, &(struct step){ name, text, settled ? "not-reached" : "matches", "" });
}

static void add_factors(struct steps *steps, const struct risk_assessment *assessment)
{
	char text[CELL_SIZE], total[CELL_SIZE];

	for (size_t i = 0; i < assessment->n_factors; i++) {
		const struct risk_factor *factor = &assessment->factors[i];
		char name[CELL_SIZE];

		snprintf(name, sizeof(name), "risk %s %s", factor->name, factor->value);
		snprintf(text, sizeof(text), "%+d %+d", factor->likelihood, factor->impact);
		add_step(steps, &(struct step){ name, text, "", "" });
	}
	policy_outcome_text(&assessment->outcome, text, sizeof(text));
	snprintf(total, sizeof(total), "risk %d x %d = %d", assessment->likelihood,
		 assessment->impact, assessment->score);
	add_step(steps, &(struct step){ total, text, "", "" });
}

/* The verdict on @function, from an interface that has it. */
static const struct interface_decision *decided(const struct policy_case *policy_case,
						const struct decision *decision,
						enum function function)
{
	const struct device *device = &policy_case->device.device;

	for (size_t i = 0; i < decision->n; i++)
		if (device->interfaces[i].functions & FUNCTION_BIT(function))
			return &decision->interfaces[i];
	return NULL;
}

static int explain_function(const struct policy_case *policy_case, const struct decision *decision,
			    enum function function, json_t *functions)
{
	const struct policy_view *view = &policy_case->view;
	const struct device *device = &policy_case->device.device;
	const struct interface_decision *interface = decided(policy_case, decision, function);
	struct steps steps = { .list = json_array() };
	struct risk_assessment assessment;
	bool settled;

	table_init(&steps.table, 3);
	settled = add_register(&steps, "revoked", view->revoked, device, function);
	if (!settled)
		settled = add_register(&steps, "registered", view->registered, device, function);
	add_rules(&steps, policy_case, function, settled);
	if (interface != NULL && interface->step == STEP_RISK &&
	    decide_assess(view, device, &policy_case->circumstances.facts, function, &assessment))
		add_factors(&steps, &assessment);
	if (functions == NULL && steps.r == 0) {
		printf("\n%s\n", function_to_text(function));
		table_print(&steps.table, stdout);
	}
	table_finish(&steps.table);
	if (functions == NULL)
		json_decref(steps.list);
	else if (json_object_set_new(functions, function_to_text(function), steps.list) < 0)
		steps.r = -1;
	return steps.r;
}

static int explain(const struct policy_arguments *arguments, const struct policy_case *policy_case)
{
	_cleanup_json_ json_t *packet = NULL;
	json_t *functions = NULL;
	struct decision decision;
	int r;

	decide(&policy_case->view, &policy_case->device.device, &policy_case->circumstances.facts,
	       policy_case->device.present, &decision);
	decide_explain(&policy_case->view, &decision);
	packet = policy_decision_json(policy_case, &decision);
	r = packet == NULL ? -1 : 0;
	if (r == 0 && arguments->json) {
		functions = json_object();
		r = json_object_set_new(packet, "order", functions);
	} else if (r == 0) {
		r = policy_decision_print(packet);
	}
	for (function_set left = device_functions(&policy_case->device.device); r == 0 && left != 0;
	     left &= left - 1)
		r = explain_function(policy_case, &decision, (enum function)__builtin_ctz(left),
				     functions);
	if (r < 0)
		fputs(_("devgate: out of memory\n"), stderr);
	else if (arguments->json)
		ask_print_json(packet);
	return r;
}

int policy_explain(const struct policy_arguments *arguments)
{
	struct policy_case policy_case;
	int r;

	if (arguments->policy == NULL || arguments->device == NULL) {
		fputs(_("devgate: give --policy and --device\n"
			"Try devgate policy explain --help.\n"),
		      stderr);
		return EXIT_USAGE;
	}
	r = policy_case_read_policy(arguments, &policy_case);
	if (r == 0)
		r = policy_case_read_device(arguments, &policy_case);
	if (r == 0)
		r = explain(arguments, &policy_case);
	policy_case_finish(&policy_case);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
