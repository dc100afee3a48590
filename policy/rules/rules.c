#include "internal.h"

#include <stdlib.h>
#include <string.h>

void rules_free(struct rules *rules)
{
	if (rules == NULL)
		return;
	arena_finish(&rules->arena);
	free(rules);
}

const char *rules_name(const struct rules *rules)
{
	return rules->name;
}

bool rules_audit_only(const struct rules *rules)
{
	return rules->audit_only;
}

size_t rules_count(const struct rules *rules)
{
	return rules->n;
}

const struct rule *rules_at(const struct rules *rules, size_t i)
{
	return &rules->rules[i].rule;
}

const struct rule *rules_find(const struct rules *rules, const char *id)
{
	const size_t length = strlen(id);

	if (length >= RULES_ID_SIZE)
		return NULL;
	const struct rules_query_list list =
		rules_index_find(&rules->index, RULES_KEY_ID, id, length);
	for (uint32_t i = 0; i < list.n; i++)
		if (strcmp(rules->rules[list.rules[i]].rule.id, id) == 0)
			return &rules->rules[list.rules[i]].rule;
	return NULL;
}

fact_set rules_facts(const struct rules *rules)
{
	return rules->facts;
}

struct outcome rules_default(const struct rules *rules, enum function function)
{
	return rules->defaults[function];
}

const struct network *rules_site_networks(const struct rules *rules, size_t *ret_n)
{
	*ret_n = rules->n_networks;
	return rules->networks;
}

struct keyboard_guard rules_keyboard_guard(const struct rules *rules)
{
	return rules->keyboard_guard;
}

const char *rules_classification(const struct rules *rules, const char *unit)
{
	for (size_t i = 0; i < rules->n_units; i++)
		if (strcmp(rules->units[i].name, unit) == 0)
			return rules->units[i].classification;
	return NULL;
}

bool rules_gives(const struct rules *rules)
{
	return rules->n_units > 0 || rules->assumed.violations >= 0 ||
	       rules->assumed.hosts_seen >= 0;
}

struct rules_assumed rules_assumed(const struct rules *rules)
{
	return rules->assumed;
}

const struct grant_limits *rules_grant_limits(const struct rules *rules)
{
	return &rules->grants;
}

size_t rules_memory(const struct rules *rules)
{
	return sizeof(*rules) + rules->arena.bytes;
}
