/* A rule's "match": some of the conditions, all of which must hold. */
#include <errno.h>
#include <string.h>

#include "internal.h"
#include "reader.h"

static int kind_of(const char *name)
{
	for (int kind = 0; kind < _CONDITION_MAX; kind++)
		if (strcmp(condition_types[kind].name, name) == 0)
			return kind;
	return -EINVAL;
}

static int fail_name(struct rules_reader *reader, const char *path, const char *name)
{
	const char *names[_CONDITION_MAX];

	for (int kind = 0; kind < _CONDITION_MAX; kind++)
		names[kind] = condition_types[kind].name;
	return rules_fail_word(reader, path, name, names, _CONDITION_MAX);
}

static int read_condition(struct rules_reader *reader, const char *path, json_t *value,
			  struct condition *condition)
{
	if (json_is_array(value) && json_array_size(value) == 0)
		return rules_fail(reader, path, "An empty list holds for no device.");
	return condition_types[condition->kind].parse(reader, path, value, condition);
}

/* Read the members in the order of the document, so that the first mistake is the one told. */
static int read_members(struct rules_reader *reader, const char *path, json_t *object,
			struct condition by_kind[static _CONDITION_MAX])
{
	const char *name;
	json_t *value;

	json_object_foreach (object, name, value) {
		char member[RULES_PATH_SIZE];
		const int kind = kind_of(name);

		rules_path_member(member, path, name);
		if (kind < 0)
			return fail_name(reader, member, name);
		by_kind[kind].kind = (unsigned)kind & 0xff;
		int r = read_condition(reader, member, value, &by_kind[kind]);
		if (r < 0)
			return r;
	}
	return 0;
}

int rules_match_read(struct rules_reader *reader, const char *path, json_t *object,
		     const struct condition **ret, uint32_t *ret_n)
{
	struct condition by_kind[_CONDITION_MAX] = { 0 };
	const size_t n = json_object_size(object);
	uint32_t at = 0;

	if (!json_is_object(object))
		return rules_fail(reader, path, "An object { ... } is wanted here.");
	int r = read_members(reader, path, object, by_kind);
	if (r < 0 || n == 0)
		return r;
	if (json_object_get(object, "product") != NULL &&
	    json_object_get(object, "vendor") == NULL) {
		char member[RULES_PATH_SIZE];

		rules_path_member(member, path, "product");
		return rules_fail(reader, member, "A product id says nothing without \"vendor\".");
	}
	struct condition *conditions = arena_take(reader->arena, n * sizeof(*conditions));
	if (conditions == NULL)
		return -ENOMEM;
	for (int kind = 0; kind < _CONDITION_MAX; kind++) {
		if (by_kind[kind].n == 0)
			continue;
		conditions[at] = by_kind[kind];
		if (by_kind[kind].values == &by_kind[kind].id)
			conditions[at].values = &conditions[at].id;
		at++;
	}
	*ret = conditions;
	*ret_n = at;
	return 0;
}

enum rules_truth match_holds(const struct match_rule *rule, const struct question *question,
			     const char **ret_condition, fact_set *ret_unknown)
{
	const char *unknown = NULL;
	fact_set facts = 0;

	for (uint32_t i = 0; i < rule->n; i++) {
		const struct condition *condition = &rule->conditions[i];
		const struct condition_type *type = &condition_types[condition->kind];
		const enum rules_truth truth = type->media && question->function != FUNCTION_STORAGE
						       ? RULES_FAILS
						       : type->holds(condition, question);

		if (truth == RULES_FAILS) {
			*ret_condition = type->name;
			*ret_unknown = 0;
			return RULES_FAILS;
		}
		if (truth == RULES_UNKNOWN) {
			unknown = unknown == NULL ? type->name : unknown;
			facts |= type->facts;
		}
	}
	*ret_condition = unknown;
	*ret_unknown = facts;
	return unknown == NULL ? RULES_HOLDS : RULES_UNKNOWN;
}

const struct condition *match_condition(const struct match_rule *rule, enum condition_kind kind)
{
	for (uint32_t i = 0; i < rule->n; i++)
		if (rule->conditions[i].kind == kind)
			return &rule->conditions[i];
	return NULL;
}
