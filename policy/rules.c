#include "rules_internal.h"

#include <stdlib.h>
#include <string.h>

void rules_free(struct rules *rules)
{
	if (rules == NULL)
		return;
	for (size_t i = 0; i < rules->n; i++) {
		struct match *match = &rules->rules[i].match;

		free(match->vendors.values);
		free(match->products.values);
		free(match->digests.values);
		free(match->serials.values);
		free(match->ports.values);
		free((char *)rules->rules[i].rule.id);
		free((char *)rules->rules[i].rule.reason_en);
		free((char *)rules->rules[i].rule.reason_zh);
	}
	free(rules->rules);
	free(rules->places);
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

struct outcome rules_default(const struct rules *rules, enum function function)
{
	return rules->defaults[function];
}

static bool id_holds(const struct match_list *list, uint16_t id)
{
	const uint16_t *values = list->values;

	for (size_t i = 0; i < list->n; i++)
		if (values[i] == id)
			return true;
	return list->n == 0;
}

static bool digest_holds(const struct match_list *list, const uint8_t *digest)
{
	const uint8_t *values = list->values;

	for (size_t i = 0; i < list->n; i++)
		if (memcmp(values + i * DEVICE_DIGEST_SIZE, digest, DEVICE_DIGEST_SIZE) == 0)
			return true;
	return list->n == 0;
}

static bool text_holds(const struct match_list *list, const char *text)
{
	const char *value = list->values;

	for (size_t i = 0; i < list->n; i++, value += strlen(value) + 1)
		if (strcmp(value, text) == 0)
			return true;
	return list->n == 0;
}

static bool match_holds(const struct match *match, const struct device *device,
			enum function function)
{
	if (match->functions != 0 && !(match->functions & FUNCTION_BIT(function)))
		return false;
	if (match->connects != 0 && !(match->connects & (1U << device->connect)))
		return false;
	if (match->serials.n > 0 && !device->has_serial)
		return false;
	return id_holds(&match->vendors, device->vendor) &&
	       id_holds(&match->products, device->product) &&
	       digest_holds(&match->digests, device->digest) &&
	       text_holds(&match->serials, device->serial) &&
	       text_holds(&match->ports, device->port);
}

const struct rule *rules_at(const struct rules *rules, size_t i)
{
	return &rules->rules[i].rule;
}

const struct rule *rules_find(const struct rules *rules, const char *id)
{
	for (size_t i = 0; i < rules->n; i++)
		if (strcmp(rules->rules[i].rule.id, id) == 0)
			return &rules->rules[i].rule;
	return NULL;
}

void rules_query_init(struct rules_query *query, const struct rules *rules,
		      const struct device *device, const struct circumstances *circumstances)
{
	*query = (struct rules_query){ rules, device, circumstances, .lists = { { rules->places, (uint32_t)rules->n, 0 } } };
}

void rules_query_begin(struct rules_query *query, enum function function)
{
	query->function = function;
	query->lists[0].at = 0;
}

const struct rule *rules_query_next(struct rules_query *query, fact_set *ret_unknown)
{
	*ret_unknown = 0;
	while (query->lists[0].at < query->lists[0].n) {
		const struct match_rule *rule = &query->rules->rules[query->lists[0].at++];

		if (match_holds(&rule->match, query->device, query->function))
			return &rule->rule;
	}
	return NULL;
}
