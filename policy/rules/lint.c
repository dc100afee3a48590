#include "lint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lint_internal.h"
#include "policy/jsonc.h"
#include "shapes.h"

/* Comparisons for all rules together: about a second. */
enum { BUDGET = 250 * 1000 * 1000 };

void rules_findings_finish(struct rules_findings *findings)
{
	free(findings->list);
	*findings = (struct rules_findings){ 0 };
}

enum rules_severity rules_findings_worst(const struct rules_findings *findings)
{
	enum rules_severity worst = RULES_NOTE;

	for (size_t i = 0; i < findings->n; i++)
		if (findings->list[i].severity > worst)
			worst = findings->list[i].severity;
	return worst;
}

static struct rules_finding *take_room(struct lint *lint)
{
	struct rules_findings *findings = &lint->findings;

	if (findings->n == RULES_MAX_FINDINGS) {
		findings->left_out++;
		return NULL;
	}
	if (findings->n == lint->room) {
		const size_t room = lint->room == 0 ? 16 : lint->room * 2;
		struct rules_finding *list = realloc(findings->list, room * sizeof(*list));

		if (list == NULL) {
			lint->failed = true;
			return NULL;
		}
		findings->list = list;
		lint->room = room;
	}
	return &findings->list[findings->n++];
}

/* Where a finding points to: a member where its key is, an element where it begins. */
static size_t place_of(const struct jsonc_node *node)
{
	return node->key_end > 0 ? node->key_at : node->at;
}

struct rules_finding *lint_add(struct lint *lint, enum rules_finding_kind kind,
			       enum rules_severity severity, const struct lint_rule *rule,
			       const char *condition)
{
	struct rules_finding *finding = take_room(lint);
	const struct jsonc_node *match, *member;

	if (finding == NULL)
		return NULL;
	*finding = (struct rules_finding){ .kind = kind, .severity = severity };
	if (rule == NULL)
		return finding;
	snprintf(finding->rule, sizeof(finding->rule), "%s", rule->match->rule.id);
	snprintf(finding->path, sizeof(finding->path), "rules[%zu]%s%s", rule->place,
		 condition == NULL ? "" : ".match.", condition == NULL ? "" : condition);
	finding->at = place_of(rule->node);
	match = condition == NULL ? NULL : jsonc_tree_member(&lint->tree, rule->node, "match");
	member = match == NULL ? NULL : jsonc_tree_member(&lint->tree, match, condition);
	if (member != NULL)
		finding->at = place_of(member);
	return finding;
}

/* The functions that @rule's condition names, or all: what is asked of media is not looked at. */
static function_set named_functions(const struct match_rule *rule)
{
	const struct condition *condition = match_condition(rule, CONDITION_FUNCTION);

	return condition == NULL ? FUNCTION_BIT(_FUNCTION_MAX) - 1 : condition->n;
}

static void add_shade(struct lint *lint, const struct match_rule *rule,
		      const struct match_rule *before, struct shade *shade)
{
	const function_set functions = match_functions(before) & match_functions(rule);
	const bool certain = match_facts(before) == 0;
	const function_set known = certain ? shade->certain : shade->functions;

	if ((functions & ~known) == 0 || !match_covers(before, rule, &lint->budget))
		return;
	shade->functions |= functions;
	shade->certain |= certain ? functions : 0;
	if (shade->last == NULL || before > shade->last)
		shade->last = before;
	if (named_functions(before) == named_functions(rule) &&
	    match_covers(rule, before, &lint->budget))
		shade->same = before;
}

static struct lint_filter filter_of(const struct match_rule *rule)
{
	struct lint_filter filter = { .kinds = match_kinds(rule) };

	for (uint32_t i = 0; i < rule->n && filter.mask == 0; i++) {
		const struct condition *condition = &rule->conditions[i];

		if (condition_types[condition->kind].holds != texts_holds || condition->n != 1)
			continue;
		filter.text_kind = (enum condition_kind)condition->kind;
		filter.begin = texts_begin(condition, &filter.mask);
	}
	return filter;
}

/* What every condition on texts of a rule begins with, by kind. */
static void begins_of(const struct match_rule *rule, uint64_t ret[static _CONDITION_MAX])
{
	uint64_t mask;

	for (uint32_t i = 0; i < rule->n; i++) {
		const struct condition *condition = &rule->conditions[i];

		if (condition_types[condition->kind].holds == texts_holds)
			ret[condition->kind] = texts_begin(condition, &mask);
	}
}

/* Look at the rules of @list that come before @rule. */
static void find_shade(struct lint *lint, const struct lint_rule *rule,
		       const struct rules_query_list *list, struct shade *shade)
{
	const struct match_rule *rules = lint->source->rules->rules;
	const uint64_t other_kinds = ~lint->filters[rule->place].kinds;
	const function_set functions = match_functions(rule->match);
	uint64_t begins[_CONDITION_MAX] = { 0 };

	begins_of(rule->match, begins);
	for (uint32_t i = 0; i < list->n && list->rules[i] < rule->place; i++) {
		const struct lint_filter *filter = &lint->filters[list->rules[i]];

		if (shade->certain == functions || !cover_spend(&lint->budget, 1))
			return;
		const uint64_t extra = filter->kinds & other_kinds;

		if ((extra & ~lint_part_kinds()) != 0 || (extra & (extra - 1)) != 0 ||
		    ((begins[filter->text_kind] ^ filter->begin) & filter->mask) != 0)
			continue;
		if (extra == 0)
			add_shade(lint, rule->match, &rules[list->rules[i]], shade);
		lint_add_part(lint, rule->match, &rules[list->rules[i]], extra, shade);
	}
}

/* The rules of the index that have the same value as @rule in what they are found by.  One that
 * covers it and is found by exact values has each of its own, so the first tells. */
static void find_by_digest(struct lint *lint, const struct lint_rule *rule,
			   enum condition_kind kind, enum rules_key key, struct shade *shade)
{
	const struct condition *condition = match_condition(rule->match, kind);

	if (condition == NULL)
		return;
	const struct rules_query_list list = rules_index_find(
		&lint->source->rules->index, key, condition->values, DEVICE_DIGEST_SIZE);
	find_shade(lint, rule, &list, shade);
}

static void find_by_text(struct lint *lint, const struct lint_rule *rule, enum condition_kind kind,
			 enum rules_key key, struct shade *shade)
{
	const struct condition *condition = match_condition(rule->match, kind);

	if (condition == NULL)
		return;
	const struct texts_view texts = texts_view(condition);
	if (texts.n_exact == 0)
		return;
	const struct rules_query_list list = rules_index_find(
		&lint->source->rules->index, key, texts.exact[0], strlen(texts.exact[0]));
	find_shade(lint, rule, &list, shade);
}

static void find_by_ids(struct lint *lint, const struct lint_rule *rule, struct shade *shade)
{
	const struct rules_index *index = &lint->source->rules->index;
	const struct condition *vendor = match_condition(rule->match, CONDITION_VENDOR);
	const struct condition *product = match_condition(rule->match, CONDITION_PRODUCT);

	if (vendor == NULL)
		return;
	const struct id_range *vendors = vendor->values;
	struct rules_query_list list = rules_index_find(index, RULES_KEY_VENDOR, &vendors[0].from,
							sizeof(vendors[0].from));
	find_shade(lint, rule, &list, shade);
	if (product == NULL)
		return;
	const struct id_range *products = product->values;
	const uint16_t ids[] = { vendors[0].from, products[0].from };
	list = rules_index_find(index, RULES_KEY_PRODUCT, ids, sizeof(ids));
	find_shade(lint, rule, &list, shade);
}

static struct shade shade_of(struct lint *lint, const struct lint_rule *rule)
{
	const struct rules_index *index = &lint->source->rules->index;
	struct shade shade = { 0 };

	find_by_digest(lint, rule, CONDITION_DIGEST, RULES_KEY_DIGEST, &shade);
	find_by_digest(lint, rule, CONDITION_USBGUARD_HASH, RULES_KEY_USBGUARD_HASH, &shade);
	find_by_text(lint, rule, CONDITION_SERIAL, RULES_KEY_SERIAL, &shade);
	find_by_text(lint, rule, CONDITION_PORT, RULES_KEY_PORT, &shade);
	find_by_text(lint, rule, CONDITION_NAME, RULES_KEY_NAME, &shade);
	find_by_ids(lint, rule, &shade);
	for (int f = 0; f < _FUNCTION_MAX; f++)
		if (match_functions(rule->match) & FUNCTION_BIT(f))
			find_shade(lint, rule, &index->by_function[f], &shade);
	find_shade(lint, rule, &index->any, &shade);
	lint_join_parts(rule->match, &shade);
	return shade;
}

static void lint_reach(struct lint *lint, const struct lint_rule *rule)
{
	const function_set functions = match_functions(rule->match);
	const struct shade shade = shade_of(lint, rule);
	const struct match_rule *other = shade.same != NULL ? shade.same : shade.last;
	enum rules_finding_kind kind = RULES_SHADOWED;
	enum rules_severity severity = RULES_WARNING;

	if (functions == 0 || shade.functions != functions)
		return;
	if (shade.certain == functions)
		kind = RULES_UNREACHABLE;
	if (shade.same != NULL) {
		kind = RULES_DUPLICATE;
		if (!outcome_same(&other->rule.outcome, &rule->match->rule.outcome))
			severity = RULES_ERROR;
	}
	struct rules_finding *finding = lint_add(lint, kind, severity, rule, NULL);
	if (finding != NULL)
		snprintf(finding->other, sizeof(finding->other), "%s", other->rule.id);
}

/* Whether some rule lets hubs, whichever they are, do their work. */
static bool permits_hubs(const struct rules *rules)
{
	for (size_t i = 0; i < rules->n; i++) {
		const struct outcome *outcome = &rules->rules[i].rule.outcome;

		if (match_functions(&rules->rules[i]) & FUNCTION_BIT(FUNCTION_HUB) &&
		    (outcome->by_risk || outcome->verdict > VERDICT_CHARGE_ONLY))
			return true;
	}
	return false;
}

/* Add a finding about member @name of @object, or about the object itself if it has none.  @path is
 * the object's. */
static void add_member(struct lint *lint, enum rules_finding_kind kind,
		       const struct jsonc_node *object, const char *path, const char *name)
{
	const struct jsonc_node *member = jsonc_tree_member(&lint->tree, object, name);
	struct rules_finding *finding = lint_add(lint, kind, RULES_WARNING, NULL, NULL);

	if (finding == NULL)
		return;
	finding->at = place_of(member != NULL ? member : object);
	snprintf(finding->path, sizeof(finding->path), "%s%s%s", path,
		 member != NULL && *path != '\0' ? "." : "", member != NULL ? name : "");
}

/* Add a finding about the default for @function. */
static void add_default(struct lint *lint, enum rules_finding_kind kind, enum function function)
{
	const struct jsonc_node *root = &lint->tree.nodes[1];
	const struct jsonc_node *defaults = jsonc_tree_member(&lint->tree, root, "defaults");
	const char *name = function_to_text(function);

	if (defaults == NULL)
		add_member(lint, kind, root, "", "defaults");
	else if (jsonc_tree_member(&lint->tree, defaults, name) != NULL)
		add_member(lint, kind, defaults, "defaults", name);
	else
		add_member(lint, kind, defaults, "defaults", "*");
}

static void lint_document(struct lint *lint)
{
	const struct rules *rules = lint->source->rules;
	const struct outcome *storage = &rules->defaults[FUNCTION_STORAGE];
	const struct outcome *hub = &rules->defaults[FUNCTION_HUB];

	if (rules->audit_only)
		add_member(lint, RULES_AUDIT_MODE, &lint->tree.nodes[1], "", "mode");
	if (!storage->by_risk && storage->verdict == VERDICT_ALLOW)
		add_default(lint, RULES_STORAGE_FOR_ALL, FUNCTION_STORAGE);
	if (!hub->by_risk && hub->verdict == VERDICT_DENY && !permits_hubs(rules))
		add_default(lint, RULES_NO_HUB, FUNCTION_HUB);
}

static void lint_rules(struct lint *lint)
{
	const struct rules *rules = lint->source->rules;
	const struct jsonc_node *list =
		jsonc_tree_member(&lint->tree, &lint->tree.nodes[1], "rules");
	struct lint_rule rule = { .node = list == NULL ? NULL
						       : jsonc_tree_first(&lint->tree, list) };

	for (size_t i = 0; i < rules->n; i++)
		lint->filters[i] = filter_of(&rules->rules[i]);
	for (; rule.place < rules->n && rule.node != NULL; rule.place++) {
		rule.match = &rules->rules[rule.place];
		lint_match(lint, &rule);
		lint_reach(lint, &rule);
		lint_names(lint, &rule);
		rule.node = jsonc_tree_next(&lint->tree, rule.node);
	}
	if (lint->budget.spent)
		(void)lint_add(lint, RULES_NOT_ALL, RULES_NOTE, NULL, NULL);
}

static int compare(const void *a, const void *b)
{
	const struct rules_finding *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (int)x->kind - (int)y->kind;
}

/* Put the findings in order of place, and tell line and column, in one walk through the text. */
static void settle(struct lint *lint)
{
	struct rules_findings *findings = &lint->findings;
	const char *text = lint->source->text;
	size_t at = 0;
	int line = 1;

	if (findings->n > 0)
		qsort(findings->list, findings->n, sizeof(findings->list[0]), compare);
	for (size_t i = 0; i < findings->n; i++) {
		struct rules_finding *finding = &findings->list[i];
		const char *newline;

		while ((newline = memchr(text + at, '\n', finding->at - at)) != NULL) {
			at = (size_t)(newline - text) + 1;
			line++;
		}
		finding->line = line;
		finding->column = jsonc_place_of(text + at, finding->at - at).column;
	}
}

static int look_through(struct lint *lint)
{
	const struct rules_source *source = lint->source;

	lint->filters = calloc(source->rules->n + 1, sizeof(*lint->filters));
	if (lint->filters == NULL)
		return -ENOMEM;
	lint_document(lint);
	lint_rules(lint);
	settle(lint);
	return lint->failed ? -ENOMEM : 0;
}

int rules_lint(const struct rules_source *source, struct rules_findings *ret)
{
	struct lint lint = { .source = source, .budget = { .left = BUDGET } };
	int r = jsonc_tree_parse(&lint.tree, source->text, source->size);

	if (r < 0)
		return r;
	r = look_through(&lint);
	jsonc_tree_finish(&lint.tree);
	free(lint.filters);
	if (r < 0)
		rules_findings_finish(&lint.findings);
	else
		*ret = lint.findings;
	return r;
}
