/* Sets of interfaces, told by their class codes: true sets, over every alternate setting of every
 * configuration. */
#include "shapes.h"

#include <errno.h>
#include <string.h>

#include "internal.h"
#include "policy/text.h"
#include "reader.h"

static const char *const set_names[_SET_MAX] = { "all-of", "one-of", "none-of", "only", "exactly" };

/* Read "ss" or "*" of a pattern up to @after.  Returns where it goes on, or NULL. */
static const char *read_code(const char *text, char after, uint8_t *ret, bool *ret_any)
{
	char hex[3] = { 0 };

	if (ret_any != NULL && text[0] == '*') {
		*ret_any = true;
		return text[1] == after ? text + 2 : NULL;
	}
	memcpy(hex, text, strnlen(text, 2));
	if (text_unhex(hex, ret, 1) < 0)
		return NULL;
	return text[2] == after ? text + 3 : NULL;
}

static int pattern_parse(const char *text, struct pattern *ret)
{
	struct pattern pattern = { 0 };
	const char *at = read_code(text, ':', &pattern.class, NULL);

	if (at != NULL)
		at = read_code(at, ':', &pattern.subclass, &pattern.any_subclass);
	if (at != NULL)
		at = read_code(at, '\0', &pattern.protocol, &pattern.any_protocol);
	if (at == NULL)
		return -EINVAL;
	*ret = pattern;
	return 0;
}

static int read_set(struct rules_reader *reader, const char *path, json_t *list,
		    struct pattern *ret)
{
	char element[RULES_PATH_SIZE], shown[60];
	json_t *value;
	size_t i;

	json_array_foreach (list, i, value) {
		const char *text = json_string_value(value);

		if (text != NULL && pattern_parse(text, &ret[i]) == 0)
			continue;
		rules_path_element(element, path, i);
		if (text == NULL)
			return rules_fail(reader, element,
					  "A text like \"08:06:*\" is wanted here.");
		text_sanitise(text, strlen(text), shown, sizeof(shown));
		return rules_fail(
			reader, element,
			"\"%s\" is not class, subclass and protocol, like \"08:06:50\" or "
			"\"03:*:*\".",
			shown);
	}
	return 0;
}

/* Each member must be a list that says something; *@ret gets how many patterns there are. */
static int check_sets(struct rules_reader *reader, const char *path, json_t *object, size_t *ret)
{
	const char *name;
	json_t *list;
	int r = rules_check_members(reader, path, object, set_names, _SET_MAX);

	if (r < 0)
		return r;
	if (json_object_size(object) == 0)
		return rules_fail(reader, path,
				  "One of all-of, one-of, none-of, only and exactly is "
				  "wanted here, or several.");
	*ret = 0;
	json_object_foreach (object, name, list) {
		char member[RULES_PATH_SIZE];

		*ret += json_array_size(list);
		if (json_array_size(list) > 0)
			continue;
		rules_path_member(member, path, name);
		return rules_fail(reader, member, "A list like [\"08:06:50\"] is wanted here%s.",
				  json_is_array(list) ? ", not an empty one" : "");
	}
	return 0;
}

static int read_sets(struct rules_reader *reader, const char *path, json_t *object,
		     struct interfaces *ret)
{
	size_t n = 0;
	int r = check_sets(reader, path, object, &n);
	if (r < 0)
		return r;
	struct pattern *patterns = arena_take(reader->arena, n * sizeof(*patterns));
	if (patterns == NULL)
		return -ENOMEM;
	ret->patterns = patterns;
	for (int set = 0; r == 0 && set < _SET_MAX; set++) {
		json_t *list = json_object_get(object, set_names[set]);
		char member[RULES_PATH_SIZE];

		rules_path_member(member, path, set_names[set]);
		ret->n[set] = (uint32_t)json_array_size(list);
		r = read_set(reader, member, list, patterns);
		patterns += ret->n[set];
	}
	return r;
}

const char *interfaces_set_to_text(int set)
{
	return set_names[set];
}

int interfaces_parse(struct rules_reader *reader, const char *path, json_t *value,
		     struct condition *condition)
{
	const size_t n = rules_values(value);
	struct interfaces *interfaces = arena_take(reader->arena, n * sizeof(*interfaces));

	if (interfaces == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		char element[RULES_PATH_SIZE];

		rules_path_value(element, path, value, i);
		int r = read_sets(reader, element, rules_value_at(value, i), &interfaces[i]);
		if (r < 0)
			return r;
	}
	condition->n = (uint32_t)n;
	condition->values = interfaces;
	return 0;
}

static bool pattern_holds(const struct pattern *pattern, const struct device_triple *triple)
{
	return pattern->class == triple->class &&
	       (pattern->any_subclass || pattern->subclass == triple->subclass) &&
	       (pattern->any_protocol || pattern->protocol == triple->protocol);
}

/* Whether some interface of @device matches @pattern. */
static bool device_has(const struct device *device, const struct pattern *pattern)
{
	for (size_t i = 0; i < device->n_triples; i++)
		if (pattern_holds(pattern, &device->triples[i]))
			return true;
	return false;
}

/* How many of the @n patterns some interface matches. */
static uint32_t count_had(const struct device *device, const struct pattern *patterns, uint32_t n)
{
	uint32_t had = 0;

	for (uint32_t i = 0; i < n; i++)
		had += device_has(device, &patterns[i]);
	return had;
}

/* Whether every interface matches one of the @n patterns. */
static bool device_has_only(const struct device *device, const struct pattern *patterns, uint32_t n)
{
	for (size_t t = 0; t < device->n_triples; t++) {
		uint32_t i = 0;

		while (i < n && !pattern_holds(&patterns[i], &device->triples[t]))
			i++;
		if (i == n)
			return false;
	}
	return true;
}

static bool set_holds(int set, const struct device *device, const struct pattern *patterns,
		      uint32_t n)
{
	switch (set) {
	case SET_ALL_OF:
		return count_had(device, patterns, n) == n;
	case SET_ONE_OF:
		return count_had(device, patterns, n) > 0;
	case SET_NONE_OF:
		return count_had(device, patterns, n) == 0;
	case SET_ONLY:
		return device_has_only(device, patterns, n);
	default:
		return count_had(device, patterns, n) == n && device_has_only(device, patterns, n);
	}
}

static bool sets_hold(const struct interfaces *interfaces, const struct device *device)
{
	const struct pattern *patterns = interfaces->patterns;

	for (int set = 0; set < _SET_MAX; set++) {
		const uint32_t n = interfaces->n[set];

		if (n > 0 && !set_holds(set, device, patterns, n))
			return false;
		patterns += n;
	}
	return true;
}

enum rules_truth interfaces_holds(const struct condition *condition,
				  const struct question *question)
{
	const struct interfaces *interfaces = condition->values;

	for (uint32_t i = 0; i < condition->n; i++)
		if (sets_hold(&interfaces[i], question->device))
			return RULES_HOLDS;
	return RULES_FAILS;
}
