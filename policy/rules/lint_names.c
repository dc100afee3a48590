/* Names of people, groups, workstations, units and classifications. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lint_internal.h"
#include "shapes.h"

static const enum condition_kind kinds[] = {
	CONDITION_USER, CONDITION_GROUP, CONDITION_HOST, CONDITION_UNIT, CONDITION_CLASSIFICATION,
};

static const char more[] = ", …";

/* Whether @list, "unit: a, b", has @name. */
static bool has(const char *list, const char *name)
{
	const size_t size = strlen(name);

	for (const char *at = list; (at = strstr(at, name)) != NULL; at++)
		if (at - list >= 2 && at[-1] == ' ' && (at[size] == ',' || at[size] == '\0'))
			return true;
	return false;
}

/* Add @name, or "…" where there is no room for it. */
static void append(char list[static RULES_DETAIL_SIZE], const char *name)
{
	const size_t size = strlen(list), wanted = strlen(", ") + strlen(name) + sizeof(more);
	const char *comma = list[size - 1] == ' ' ? "" : ", ";

	if (has(list, name) || has(list, more + 2))
		return;
	if (size + wanted <= RULES_DETAIL_SIZE)
		snprintf(list + size, RULES_DETAIL_SIZE - size, "%s%s", comma, name);
	else if (size + sizeof(more) <= RULES_DETAIL_SIZE)
		strcpy(list + size, more);
}

static void collect(struct lint *lint, const struct lint_rule *rule,
		    const struct condition *condition)
{
	const char *kind = condition_types[condition->kind].name;
	const struct texts_view texts = texts_view(condition);
	size_t *index = &lint->names[condition->kind];

	if (*index == 0) {
		struct rules_finding *finding = lint_add(lint, RULES_NAMES, RULES_NOTE, rule, kind);

		if (finding == NULL)
			return;
		finding->rule[0] = '\0';
		snprintf(finding->detail, sizeof(finding->detail), "%s: ", kind);
		*index = lint->findings.n;
	}
	char *list = lint->findings.list[*index - 1].detail;
	for (uint32_t i = 0; i < texts.n_exact; i++)
		append(list, texts.exact[i]);
	for (uint32_t i = 0; i < texts.n_globs; i++)
		append(list, texts.globs[i]);
}

void lint_names(struct lint *lint, const struct lint_rule *rule)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct condition *condition = match_condition(rule->match, kinds[i]);

		if (condition != NULL)
			collect(lint, rule, condition);
	}
}
