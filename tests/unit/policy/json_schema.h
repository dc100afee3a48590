/* json_schema - judge a document by a JSON Schema (draft 2020-12), as far as this tree's schemas
 * go: a keyword that is not known here fails the test.  Patterns are read as POSIX extended ones.
 */
#pragma once

#include "cmocka_test.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

struct json_schema {
	json_t *root;
};

static inline bool schema_accepts(const struct json_schema *schema, json_t *rule, json_t *value);

static inline bool schema_type_is(const char *type, json_t *value)
{
	return (strcmp(type, "object") == 0 && json_is_object(value)) ||
	       (strcmp(type, "array") == 0 && json_is_array(value)) ||
	       (strcmp(type, "string") == 0 && json_is_string(value)) ||
	       (strcmp(type, "integer") == 0 && json_is_integer(value)) ||
	       (strcmp(type, "boolean") == 0 && json_is_boolean(value));
}

static inline size_t schema_characters(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static inline bool schema_pattern_holds(const char *pattern, json_t *value)
{
	regex_t regex;

	if (!json_is_string(value))
		return true;
	assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	const bool holds = regexec(&regex, json_string_value(value), 0, NULL, 0) == 0;
	regfree(&regex);
	return holds;
}

/* How many of @rules accept @value. */
static inline size_t schema_count(const struct json_schema *schema, json_t *rules, json_t *value)
{
	size_t n = 0, i;
	json_t *rule;

	json_array_foreach (rules, i, rule)
		n += schema_accepts(schema, rule, value);
	return n;
}

static inline bool schema_members_hold(const struct json_schema *schema, json_t *rule,
				       json_t *value)
{
	json_t *properties = json_object_get(rule, "properties");
	json_t *others = json_object_get(rule, "additionalProperties");
	json_t *names = json_object_get(rule, "propertyNames"), *member;
	const char *name;

	json_object_foreach (value, name, member) {
		json_t *known = json_object_get(properties, name), *text = json_string(name);
		const bool good_name = names == NULL || schema_accepts(schema, names, text);

		json_decref(text);
		if (!good_name || (known == NULL && json_is_false(others)))
			return false;
		known = known == NULL ? others : known;
		if (json_is_object(known) && !schema_accepts(schema, known, member))
			return false;
	}
	return true;
}

/* Whether each name of @list is a member of @object. */
static inline bool schema_has_all(json_t *list, json_t *object)
{
	json_t *name;
	size_t i;

	json_array_foreach (list, i, name)
		if (json_object_get(object, json_string_value(name)) == NULL)
			return false;
	return true;
}

static inline bool schema_dependents_hold(json_t *dependents, json_t *value)
{
	const char *name;
	json_t *list;

	json_object_foreach (dependents, name, list)
		if (json_object_get(value, name) != NULL && !schema_has_all(list, value))
			return false;
	return true;
}

static inline bool schema_elements_hold(const struct json_schema *schema, json_t *rule,
					json_t *value, bool all)
{
	json_t *element;
	size_t i;

	json_array_foreach (value, i, element)
		if (schema_accepts(schema, rule, element) != all)
			return !all;
	return all;
}

/* One keyword against @value, which has the type that it is for. */
static inline bool schema_keyword_holds(const struct json_schema *schema, json_t *rule,
					const char *keyword, json_t *value)
{
	json_t *wanted = json_object_get(rule, keyword);
	const json_int_t number = json_integer_value(wanted);
	const json_int_t size = json_is_string(value)
					? (json_int_t)schema_characters(json_string_value(value))
				: json_is_array(value)	? (json_int_t)json_array_size(value)
				: json_is_object(value) ? (json_int_t)json_object_size(value)
							: json_integer_value(value);

	if (strncmp(keyword, "min", 3) == 0)
		return size >= number;
	if (strncmp(keyword, "max", 3) == 0)
		return size <= number;
	if (strcmp(keyword, "required") == 0)
		return schema_has_all(wanted, value);
	if (strcmp(keyword, "dependentRequired") == 0)
		return schema_dependents_hold(wanted, value);
	if (strcmp(keyword, "items") == 0)
		return schema_elements_hold(schema, wanted, value, true);
	if (strcmp(keyword, "contains") == 0)
		return schema_elements_hold(schema, wanted, value, false);
	return schema_members_hold(schema, rule, value);
}

static inline bool schema_applies(const char *keyword, json_t *value, bool *ret_known)
{
	static const struct {
		const char *keyword, *type;
	} table[] = {
		{ "minLength", "string" },
		{ "maxLength", "string" },
		{ "minItems", "array" },
		{ "maxItems", "array" },
		{ "minimum", "integer" },
		{ "maximum", "integer" },
		{ "minProperties", "object" },
		{ "required", "object" },
		{ "dependentRequired", "object" },
		{ "items", "array" },
		{ "contains", "array" },
		{ "properties", "object" },
		{ "additionalProperties", "object" },
		{ "propertyNames", "object" },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		if (strcmp(table[i].keyword, keyword) != 0)
			continue;
		*ret_known = true;
		return schema_type_is(table[i].type, value);
	}
	return false;
}

/* The keywords that hold for a value of any type. */
static inline bool schema_general_holds(const struct json_schema *schema, const char *keyword,
					json_t *wanted, json_t *value, bool *ret_known)
{
	json_t *choice;
	size_t i;

	*ret_known = true;
	if (strcmp(keyword, "type") == 0)
		return schema_type_is(json_string_value(wanted), value);
	if (strcmp(keyword, "const") == 0)
		return json_equal(wanted, value);
	if (strcmp(keyword, "pattern") == 0)
		return schema_pattern_holds(json_string_value(wanted), value);
	if (strcmp(keyword, "anyOf") == 0)
		return schema_count(schema, wanted, value) > 0;
	if (strcmp(keyword, "allOf") == 0)
		return schema_count(schema, wanted, value) == json_array_size(wanted);
	if (strcmp(keyword, "not") == 0)
		return !schema_accepts(schema, wanted, value);
	if (strcmp(keyword, "enum") == 0) {
		json_array_foreach (wanted, i, choice)
			if (json_equal(choice, value))
				return true;
		return false;
	}
	if (strcmp(keyword, "$ref") == 0) {
		json_t *definitions = json_object_get(schema->root, "$defs");
		json_t *rule =
			json_object_get(definitions, strrchr(json_string_value(wanted), '/') + 1);

		assert_non_null(rule);
		return schema_accepts(schema, rule, value);
	}
	*ret_known = false;
	return true;
}

static inline bool schema_accepts(const struct json_schema *schema, json_t *rule, json_t *value)
{
	json_t *wanted, *condition = json_object_get(rule, "if");
	const char *keyword;

	json_object_foreach (rule, keyword, wanted) {
		bool known;

		if (strchr("$dt", keyword[0]) != NULL && strcmp(keyword, "$ref") != 0 &&
		    strcmp(keyword, "type") != 0 && strcmp(keyword, "dependentRequired") != 0)
			continue; /* $schema, $id, $defs, description, title, then */
		if (strcmp(keyword, "if") == 0)
			continue;
		if (!schema_general_holds(schema, keyword, wanted, value, &known))
			return false;
		if (known)
			continue;
		if (schema_applies(keyword, value, &known) &&
		    !schema_keyword_holds(schema, rule, keyword, value))
			return false;
		if (!known)
			fail_msg("the keyword \"%s\" is not known here", keyword);
	}
	return condition == NULL || !schema_accepts(schema, condition, value) ||
	       schema_accepts(schema, json_object_get(rule, "then"), value);
}
