/* The rules that speak of a device, in order: a merge of the few lists that may have some. */
#include <string.h>

#include "internal.h"

/* Add the rules that @device has the key of, if there are any. */
static void add(struct rules_query *query, enum rules_key kind, const void *key, size_t size)
{
	const struct rules_query_list list =
		rules_index_find(&query->rules->index, kind, key, size);

	if (list.n > 0)
		query->lists[query->n_fixed++] = list;
}

void rules_query_init(struct rules_query *query, const struct rules *rules,
		      const struct device *device, const struct circumstances *circumstances)
{
	const uint16_t ids[] = { device->vendor, device->product };

	query->rules = rules;
	query->device = device;
	query->circumstances = circumstances;
	query->n_fixed = 0;
	add(query, RULES_KEY_DIGEST, device->digest, sizeof(device->digest));
	if (device->has_usbguard_hash)
		add(query, RULES_KEY_USBGUARD_HASH, device->usbguard_hash,
		    sizeof(device->usbguard_hash));
	if (device->has_serial)
		add(query, RULES_KEY_SERIAL, device->serial, strlen(device->serial));
	add(query, RULES_KEY_PRODUCT, ids, sizeof(ids));
	add(query, RULES_KEY_PORT, device->port, strlen(device->port));
	add(query, RULES_KEY_VENDOR, &device->vendor, sizeof(device->vendor));
	add(query, RULES_KEY_NAME, device->name, strlen(device->name));
	rules_query_begin(query, FUNCTION_OTHER);
}

void rules_query_begin(struct rules_query *query, enum function function)
{
	const struct rules_index *index = &query->rules->index;

	query->function = function;
	query->n = query->n_fixed;
	query->lists[query->n++] = index->by_function[function];
	query->lists[query->n++] = index->any;
	for (uint32_t i = 0; i < query->n; i++)
		query->lists[i].at = 0;
}

/* Take the first place that is left in any list from all that begin with it. */
static bool take(struct rules_query *query, uint32_t *ret)
{
	uint32_t first = UINT32_MAX;

	for (uint32_t i = 0; i < query->n; i++) {
		const struct rules_query_list *list = &query->lists[i];

		if (list->at < list->n && list->rules[list->at] < first)
			first = list->rules[list->at];
	}
	for (uint32_t i = 0; i < query->n; i++) {
		struct rules_query_list *list = &query->lists[i];

		if (list->at < list->n && list->rules[list->at] == first)
			list->at++;
	}
	*ret = first;
	return first != UINT32_MAX;
}

static enum rules_truth ask(const struct rules_query *query, size_t i, const char **ret_condition,
			    fact_set *ret_unknown)
{
	const struct question question = { query->device, query->circumstances, query->function };

	return match_holds(&query->rules->rules[i], &question, ret_condition, ret_unknown);
}

const struct rule *rules_query_next(struct rules_query *query, fact_set *ret_unknown)
{
	const char *condition;
	uint32_t place;

	while (take(query, &place))
		if (ask(query, place, &condition, ret_unknown) != RULES_FAILS)
			return &query->rules->rules[place].rule;
	*ret_unknown = 0;
	return NULL;
}

enum rules_truth rules_why_not(const struct rules_query *query, size_t i,
			       const char **ret_condition, fact_set *ret_unknown)
{
	return ask(query, i, ret_condition, ret_unknown);
}
