/* Numbers between two bounds, either of which may be absent. */
#include "shapes.h"

#include <errno.h>
#include <string.h>

#include "internal.h"
#include "policy/circumstances_json.h"
#include "policy/text.h"
#include "reader.h"

static int read_bound(struct rules_reader *reader, const char *path, json_t *value,
		      const struct condition_type *type, int64_t *ret)
{
	if (type->numbers.sizes && json_is_string(value)) {
		const char *text = json_string_value(value);
		char shown[60];

		if (circumstances_size_parse(text, ret) == 0)
			return 0;
		text_sanitise(text, strlen(text), shown, sizeof(shown));
		return rules_fail(reader, path,
				  "\"%s\" is not a size, like 4096, \"500MB\" or \"32GiB\".",
				  shown);
	}
	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    json_integer_value(value) > type->numbers.max)
		return rules_fail(reader, path, "A whole number from 0 to %lld is wanted here%s.",
				  (long long)type->numbers.max,
				  type->numbers.sizes ? ", or a size like \"32GiB\"" : "");
	*ret = json_integer_value(value);
	return 0;
}

static int read_bounds(struct rules_reader *reader, const char *path, json_t *object,
		       const struct condition_type *type, struct number_range *ret)
{
	static const char *const names[] = { "min", "max" };
	int64_t *const bounds[] = { &ret->min, &ret->max };
	int r = rules_check_members(reader, path, object, names, 2);

	*ret = (struct number_range){ 0, type->numbers.max };
	for (int i = 0; r == 0 && i < 2; i++) {
		json_t *value = json_object_get(object, names[i]);
		char member[RULES_PATH_SIZE];

		rules_path_member(member, path, names[i]);
		if (value != NULL)
			r = read_bound(reader, member, value, type, bounds[i]);
	}
	if (r < 0)
		return r;
	if (json_object_size(object) == 0)
		return rules_fail(reader, path, "\"min\" is wanted here, or \"max\", or both.");
	if (ret->min > ret->max)
		return rules_fail(reader, path,
				  "\"min\" is more than \"max\": no number is between.");
	return 0;
}

static int read_word(struct rules_reader *reader, const char *path, const char *word,
		     const struct number_word *words, struct number_range *ret)
{
	const char *known[8];
	size_t n = 0;

	for (; words->word != NULL; words++) {
		if (strcmp(words->word, word) == 0) {
			*ret = words->range;
			return 0;
		}
		known[n++] = words->word;
	}
	return rules_fail_word(reader, path, word, known, n);
}

static int read_range(struct rules_reader *reader, const char *path, json_t *value,
		      const struct condition_type *type, struct number_range *ret)
{
	const bool words = type->numbers.words != NULL;

	if (words && json_is_string(value))
		return read_word(reader, path, json_string_value(value), type->numbers.words, ret);
	if (json_is_object(value))
		return read_bounds(reader, path, value, type, ret);
	return rules_fail(reader, path,
			  "%sn object like { \"min\": 1, \"max\": 7 } is wanted here, or a list of "
			  "them.",
			  words ? "A word or a" : "A");
}

int numbers_parse(struct rules_reader *reader, const char *path, json_t *value,
		  struct condition *condition)
{
	const size_t n = rules_values(value);
	struct number_range *ranges = arena_take(reader->arena, n * sizeof(*ranges));

	if (ranges == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		char element[RULES_PATH_SIZE];

		rules_path_value(element, path, value, i);
		int r = read_range(reader, element, rules_value_at(value, i),
				   &condition_types[condition->kind], &ranges[i]);
		if (r < 0)
			return r;
	}
	condition->n = (uint32_t)n;
	condition->values = ranges;
	return 0;
}

enum rules_truth numbers_holds(const struct condition *condition, const struct question *question)
{
	const struct number_range *ranges = condition->values;
	const int64_t number = condition_types[condition->kind].numbers.number(question);

	if (number < 0)
		return number == NUMBER_NONE ? RULES_FAILS : RULES_UNKNOWN;
	for (uint32_t i = 0; i < condition->n; i++)
		if (ranges[i].min <= number && number <= ranges[i].max)
			return RULES_HOLDS;
	return RULES_FAILS;
}
