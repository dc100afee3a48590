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
	}
	free(rules->rules);
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

enum verdict rules_default(const struct rules *rules, enum function function)
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

const struct rule *rules_first_match(const struct rules *rules, const struct device *device,
				     enum function function)
{
	for (size_t i = 0; i < rules->n; i++)
		if (match_holds(&rules->rules[i].match, device, function))
			return &rules->rules[i].rule;
	return NULL;
}
