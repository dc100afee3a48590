/* What a rules document gives beside its rules: how units' data are classified, what is assumed of
 * facts that only the collector can tell, and what a grant may give. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/json_fields.h"
#include "policy/text.h"
#include "reader.h"

static int read_unit(struct rules_reader *reader, const char *path, json_t *object,
		     struct rules_unit *ret)
{
	static const char *const names[] = { "classification" };
	char member[RULES_PATH_SIZE], text[RULES_WORD_SIZE];
	json_t *value = NULL;

	int r = rules_check_members(reader, path, object, names, 1);
	if (r == 0)
		r = rules_need(reader, path, object, names[0], &value, member);
	if (r == 0)
		r = rules_read_text(reader, member, value, text, sizeof(text));
	if (r < 0)
		return r;
	ret->classification = arena_text(reader->arena, text);
	return ret->classification == NULL ? -ENOMEM : 0;
}

static int read_units(struct rules_reader *reader, const char *path, json_t *object,
		      struct rules *rules)
{
	const size_t n = json_object_size(object);
	struct rules_unit *units;
	const char *name;
	json_t *value;

	if (!json_is_object(object) || n > RULES_MAX_UNITS)
		return rules_fail(reader, path,
				  "An object { ... } of at most %d units is wanted here.",
				  RULES_MAX_UNITS);
	if (n == 0)
		return 0;
	units = arena_take(reader->arena, n * sizeof(*units));
	if (units == NULL)
		return -ENOMEM;
	json_object_foreach (object, name, value) {
		struct rules_unit *unit = &units[rules->n_units];
		char member[RULES_PATH_SIZE];

		rules_path_member(member, path, name);
		if (name[0] == '\0' || strlen(name) >= RULES_WORD_SIZE ||
		    !text_is_clean(name, strlen(name)))
			return rules_fail(reader, path,
					  "A unit's name has 1 to %d bytes, and no control "
					  "characters.",
					  RULES_WORD_SIZE - 1);
		unit->name = arena_text(reader->arena, name);
		if (unit->name == NULL)
			return -ENOMEM;
		int r = read_unit(reader, member, value, unit);
		if (r < 0)
			return r;
		rules->n_units++;
	}
	rules->units = units;
	return 0;
}

static int read_number(struct rules_reader *reader, const char *path, json_t *object,
		       const char *name, int32_t *ret)
{
	json_t *value = json_object_get(object, name);
	char member[RULES_PATH_SIZE];
	int64_t number;

	if (value == NULL)
		return 0;
	rules_path_member(member, path, name);
	int r = json_fields_number(reader, member, value, INT32_MAX, &number);
	if (r == 0)
		*ret = (int32_t)number;
	return r;
}

static int read_assumed(struct rules_reader *reader, const char *path, json_t *object,
			struct rules_assumed *ret)
{
	static const char *const names[] = { "violations", "hosts-seen" };

	int r = rules_check_members(reader, path, object, names, 2);
	if (r == 0)
		r = read_number(reader, path, object, names[0], &ret->violations);
	return r < 0 ? r : read_number(reader, path, object, names[1], &ret->hosts_seen);
}

static int read_functions(struct rules_reader *reader, const char *path, json_t *value,
			  function_set *ret)
{
	for (size_t i = 0; i < rules_values(value); i++) {
		json_t *word = rules_value_at(value, i);
		const char *words[_FUNCTION_MAX];
		char element[RULES_PATH_SIZE];
		int function;

		rules_path_value(element, path, value, i);
		if (!json_is_string(word))
			return rules_fail(reader, element, "A function is wanted here, as a text.");
		function = function_from_text(json_string_value(word));
		rules_function_words(words);
		if (function < 0)
			return rules_fail_word(reader, element, json_string_value(word), words,
					       _FUNCTION_MAX);
		*ret |= FUNCTION_BIT(function);
	}
	return *ret == 0 ? rules_fail(reader, path, "At least one function is wanted here.") : 0;
}

static int read_longest(struct rules_reader *reader, const char *path, json_t *value, uint32_t *ret)
{
	int64_t minutes = 0;

	int r = json_fields_number(reader, path, value, RULES_MAX_GRANT_MINUTES, &minutes);
	if (r == 0 && minutes == 0)
		r = rules_fail(reader, path, "A grant lasts at least one minute.");
	if (r == 0)
		*ret = (uint32_t)minutes;
	return r;
}

static int read_strongest(struct rules_reader *reader, const char *path, json_t *value,
			  struct grant_limits *limits)
{
	const bool storage_alone = limits->functions == FUNCTION_BIT(FUNCTION_STORAGE);

	int r = rules_read_verdict(reader, path, value, &limits->strongest);
	if (r == 0 && limits->strongest == VERDICT_DENY)
		r = rules_fail(
			reader, path,
			"A grant permits: leave \"grants\" out where nothing may be granted.");
	if (r == 0 && !storage_alone &&
	    (limits->strongest == VERDICT_READ_ONLY || limits->strongest == VERDICT_ENCRYPTED_ONLY))
		r = rules_fail(reader, path,
			       "Only storage can be \"read-only\" or \"encrypted-only\".");
	return r;
}

static int read_grants(struct rules_reader *reader, const char *path, json_t *object,
		       struct grant_limits *ret)
{
	static const char *const names[] = { "functions", "strongest", "longest-minutes" };
	char member[RULES_PATH_SIZE];
	json_t *value = NULL;

	int r = rules_check_members(reader, path, object, names, 3);
	if (r == 0)
		r = rules_need(reader, path, object, "functions", &value, member);
	if (r == 0)
		r = read_functions(reader, member, value, &ret->functions);
	if (r == 0)
		r = rules_need(reader, path, object, "strongest", &value, member);
	if (r == 0)
		r = read_strongest(reader, member, value, ret);
	if (r == 0)
		r = rules_need(reader, path, object, "longest-minutes", &value, member);
	return r < 0 ? r : read_longest(reader, member, value, &ret->minutes);
}

int rules_read_givens(struct rules_reader *reader, json_t *root, struct rules *rules)
{
	json_t *units = json_object_get(root, "units"), *assume = json_object_get(root, "assume"),
	       *grants = json_object_get(root, "grants");
	int r = 0;

	rules->assumed = (struct rules_assumed){ -1, -1 };
	if (units != NULL)
		r = read_units(reader, "units", units, rules);
	if (r == 0 && assume != NULL)
		r = read_assumed(reader, "assume", assume, &rules->assumed);
	if (r == 0 && grants != NULL)
		r = read_grants(reader, "grants", grants, &rules->grants);
	return r;
}
