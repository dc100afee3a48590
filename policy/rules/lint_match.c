/* What can be said of one rule, whatever the others say. */
#include <stdio.h>
#include <string.h>

#include "lint_internal.h"
#include "policy/text.h"
#include "shapes.h"

/* What a workstation does not know when a device is plugged in: what is on the medium, and what
 * only the collector knows. */
static const fact_set not_known = FACT_ENCRYPTION | FACT_SIZE | FACT_LABEL | FACT_CLASSIFICATION |
				  FACT_VIOLATIONS | FACT_HOSTS_SEEN;

static bool has(const struct lint_rule *rule, enum condition_kind kind)
{
	return match_condition(rule->match, kind) != NULL;
}

/* The words of a condition, as bits; all if it is not there. */
static uint32_t words_of(const struct lint_rule *rule, enum condition_kind kind)
{
	const struct condition *condition = match_condition(rule->match, kind);

	return condition == NULL ? ~0U : condition->n;
}

static bool permits(const struct outcome *outcome)
{
	return outcome->by_risk || outcome->verdict > VERDICT_CHARGE_ONLY;
}

/* Add a finding about the condition of @kind, with its name as the detail. */
static void add(struct lint *lint, enum rules_finding_kind finding_kind,
		enum rules_severity severity, const struct lint_rule *rule,
		enum condition_kind kind)
{
	const char *name = condition_types[kind].name;
	struct rules_finding *finding = lint_add(lint, finding_kind, severity, rule, name);

	if (finding != NULL)
		snprintf(finding->detail, sizeof(finding->detail), "%s", name);
}

/* The first condition about media, or _CONDITION_MAX. */
static enum condition_kind media_kind(const struct lint_rule *rule)
{
	for (uint32_t i = 0; i < rule->match->n; i++)
		if (condition_types[rule->match->conditions[i].kind].media)
			return (enum condition_kind)rule->match->conditions[i].kind;
	return _CONDITION_MAX;
}

static void lint_interfaces(struct lint *lint, const struct lint_rule *rule)
{
	const struct condition *condition = match_condition(rule->match, CONDITION_INTERFACES);
	const char *a, *b;

	if (condition == NULL || !interfaces_impossible(condition, &a, &b))
		return;
	struct rules_finding *finding =
		lint_add(lint, RULES_NO_INTERFACES, RULES_ERROR, rule, "interfaces");
	if (finding != NULL)
		snprintf(finding->detail, sizeof(finding->detail), "\"%s\" and \"%s\"", a, b);
}

/* The highest number that a condition holds for. */
static int64_t highest(const struct condition *condition)
{
	const struct number_range *ranges = condition->values;
	int64_t max = 0;

	for (uint32_t i = 0; i < condition->n; i++)
		max = ranges[i].max > max ? ranges[i].max : max;
	return max;
}

/* A match that can hold for no device. */
static void lint_contradictions(struct lint *lint, const struct lint_rule *rule)
{
	static const enum condition_kind people[] = { CONDITION_USER, CONDITION_GROUP };
	static const enum condition_kind hashes[] = { CONDITION_USBGUARD_HASH,
						      CONDITION_USBGUARD_PARENT_HASH };
	const struct condition *count = match_condition(rule->match, CONDITION_COUNT);

	if (match_functions(rule->match) == 0)
		add(lint, RULES_NO_MEDIUM, RULES_ERROR, rule, media_kind(rule));
	if (words_of(rule, CONDITION_SESSION) == 1U << SESSION_NONE)
		for (int i = 0; i < 2; i++)
			if (has(rule, people[i]))
				add(lint, RULES_NO_PERSON, RULES_ERROR, rule, people[i]);
	if (words_of(rule, CONDITION_IDENTITY) == 1U << IDENTITY_NONE &&
	    has(rule, CONDITION_SERIAL))
		add(lint, RULES_NO_SERIAL, RULES_ERROR, rule, CONDITION_IDENTITY);
	if (count != NULL && highest(count) == 0)
		add(lint, RULES_NO_COUNT, RULES_ERROR, rule, CONDITION_COUNT);
	if (!(words_of(rule, CONDITION_BUS) & 1U << BUS_USB))
		for (int i = 0; i < 2; i++)
			if (has(rule, hashes[i]))
				add(lint, RULES_NO_USB, RULES_ERROR, rule, hashes[i]);
	lint_interfaces(lint, rule);
}

/* Whether @rule speaks of storage and of nothing that tells one device, person, place or time from
 * another. */
static bool is_for_all_storage(const struct lint_rule *rule)
{
	static const uint64_t broad = 1ULL << CONDITION_BUS | 1ULL << CONDITION_CONNECT |
				      1ULL << CONDITION_SPEED | 1ULL << CONDITION_INTERFACES;

	return match_functions(rule->match) & FUNCTION_BIT(FUNCTION_STORAGE) &&
	       (match_kinds(rule->match) & ~broad) == 0;
}

/* What permits more than it seems to. */
static void lint_outcome(struct lint *lint, const struct lint_rule *rule)
{
	const struct outcome *outcome = &rule->match->rule.outcome;
	const function_set phone = FUNCTION_BIT(FUNCTION_PHONE);

	if (!outcome->by_risk && outcome->verdict == VERDICT_ALLOW && is_for_all_storage(rule))
		(void)lint_add(lint, RULES_STORAGE_FOR_ALL, RULES_WARNING, rule, NULL);
	if (permits(outcome) && has(rule, CONDITION_SERIAL) && !has(rule, CONDITION_VENDOR) &&
	    !has(rule, CONDITION_DIGEST) && !has(rule, CONDITION_USBGUARD_HASH))
		add(lint, RULES_SERIAL_ALONE, RULES_WARNING, rule, CONDITION_SERIAL);
	if (!outcome->by_risk && outcome->verdict == VERDICT_CHARGE_ONLY &&
	    !(match_functions(rule->match) & phone))
		(void)lint_add(lint, RULES_CHARGE_ALONE, RULES_NOTE, rule, NULL);
}

/* The names of the conditions that are not known when a device comes, in one finding. */
static void lint_knowledge(struct lint *lint, const struct lint_rule *rule)
{
	const enum rules_severity severity =
		permits(&rule->match->rule.outcome) ? RULES_WARNING : RULES_NOTE;
	struct rules_finding *finding = NULL;
	size_t networks;

	for (uint32_t i = 0; i < rule->match->n; i++) {
		const struct condition_type *type =
			&condition_types[rule->match->conditions[i].kind];

		if (!(type->facts & not_known))
			continue;
		if (finding == NULL)
			finding = lint_add(lint, RULES_NOT_KNOWN, severity, rule, type->name);
		if (finding == NULL)
			return;
		const size_t size = strlen(finding->detail);
		snprintf(finding->detail + size, sizeof(finding->detail) - size, "%s\"%s\"",
			 size == 0 ? "" : ", ", type->name);
	}
	if (has(rule, CONDITION_SITE) &&
	    rules_site_networks(lint->source->rules, &networks) == NULL)
		add(lint, RULES_NO_SITE, RULES_WARNING, rule, CONDITION_SITE);
}

static void lint_time(struct lint *lint, const struct lint_rule *rule)
{
	const struct condition *condition = match_condition(rule->match, CONDITION_TIME);
	const struct time_window *windows = condition == NULL ? NULL : condition->values;

	for (uint32_t i = 0; windows != NULL && i < condition->n; i++) {
		if (windows[i].from != windows[i].to)
			continue;
		add(lint, RULES_WHOLE_DAY, RULES_NOTE, rule, CONDITION_TIME);
		return;
	}
}

/* The first exact text that looks like a glob, or NULL. */
static const char *glob_like(const struct condition *condition)
{
	const struct texts_view texts = texts_view(condition);

	for (uint32_t i = 0; i < texts.n_exact; i++)
		if (strpbrk(texts.exact[i], "*?") != NULL)
			return texts.exact[i];
	return NULL;
}

static void lint_texts(struct lint *lint, const struct lint_rule *rule)
{
	char shown[100];

	for (uint32_t i = 0; i < rule->match->n; i++) {
		const struct condition *condition = &rule->match->conditions[i];
		const struct condition_type *type = &condition_types[condition->kind];
		const char *text = type->holds == texts_holds ? glob_like(condition) : NULL;

		if (text == NULL)
			continue;
		struct rules_finding *finding =
			lint_add(lint, RULES_LITERAL_GLOB, RULES_WARNING, rule, type->name);
		if (finding == NULL)
			return;
		text_sanitise(text, strlen(text), shown, sizeof(shown));
		snprintf(finding->detail, sizeof(finding->detail), "%s \"%s\"", type->name, shown);
	}
}

void lint_match(struct lint *lint, const struct lint_rule *rule)
{
	lint_contradictions(lint, rule);
	lint_outcome(lint, rule);
	lint_knowledge(lint, rule);
	lint_time(lint, rule);
	lint_texts(lint, rule);
}
