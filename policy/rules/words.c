#include "shapes.h"

#include <string.h>

#include "reader.h"

enum { WORDS_MAX = 32 };

static int bit_of(const struct condition_type *type, const char *word)
{
	for (int i = type->words.first; i < type->words.n; i++)
		if (strcmp(word, type->words.word(i)) == 0)
			return i;
	return -1;
}

static int fail_word(struct rules_reader *reader, const char *path, const char *word,
		     const struct condition_type *type)
{
	const char *words[WORDS_MAX];

	for (int i = type->words.first; i < type->words.n; i++)
		words[i - type->words.first] = type->words.word(i);
	return rules_fail_word(reader, path, word, words,
			       (size_t)(type->words.n - type->words.first));
}

int words_parse(struct rules_reader *reader, const char *path, json_t *value,
		struct condition *condition)
{
	const struct condition_type *type = &condition_types[condition->kind];

	for (size_t i = 0; i < rules_values(value); i++) {
		const char *word = json_string_value(rules_value_at(value, i));
		const int bit = word == NULL ? -1 : bit_of(type, word);
		char element[RULES_PATH_SIZE];

		if (bit >= 0) {
			condition->n |= 1U << bit;
			continue;
		}
		rules_path_value(element, path, value, i);
		return word == NULL ? rules_fail(reader, element,
						 "A text is wanted here, or a list of texts.")
				    : fail_word(reader, element, word, type);
	}
	return 0;
}

enum rules_truth words_holds(const struct condition *condition, const struct question *question)
{
	const struct condition_type *type = &condition_types[condition->kind];
	const int value = type->words.value(question);

	if (value < type->words.first)
		return RULES_UNKNOWN;
	return condition->n >> value & 1 ? RULES_HOLDS : RULES_FAILS;
}
