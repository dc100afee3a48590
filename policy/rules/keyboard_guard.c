#include "keyboard_guard.h"

const struct keyboard_guard rules_keyboard_guard_usual = {
	.typing = { TYPING_SECONDS, TYPING_PER_SECOND },
	.code_digits = 0,
	.code_seconds = KEYBOARD_CODE_SECONDS,
};

/* A number that may be given, and what it may be. */
struct number {
	const char *name;
	uint32_t min, max;
	bool or_zero;
	uint32_t *ret;
};

static int read_number(struct rules_reader *reader, const char *path, json_t *object,
		       const struct number *number)
{
	json_t *value = json_object_get(object, number->name);
	const json_int_t given = json_integer_value(value);
	char member[RULES_PATH_SIZE];

	if (value == NULL)
		return 0;
	rules_path_member(member, path, number->name);
	if (!json_is_integer(value) || given > number->max ||
	    (given < number->min && !(number->or_zero && given == 0)))
		return rules_fail(reader, member, "A number from %u to %u%s is wanted here.",
				  number->min, number->max, number->or_zero ? ", or 0," : "");
	*number->ret = (uint32_t)given;
	return 0;
}

int rules_keyboard_guard_read(struct rules_reader *reader, const char *path, json_t *object,
			      struct keyboard_guard *ret)
{
	static const char *const names[] = { "seconds", "keys-per-second", "code-digits",
					     "code-seconds" };
	struct keyboard_guard guard = *ret;
	const struct number numbers[] = {
		{ names[0], 1, TYPING_SECONDS_MAX, true, &guard.typing.seconds },
		{ names[1], TYPING_PER_SECOND_MIN, TYPING_PER_SECOND_MAX, false,
		  &guard.typing.per_second },
		{ names[2], KEYBOARD_CODE_MIN, KEYBOARD_CODE_MAX, true, &guard.code_digits },
		{ names[3], KEYBOARD_CODE_SECONDS_MIN, KEYBOARD_CODE_SECONDS_MAX, false,
		  &guard.code_seconds },
	};
	int r = rules_check_members(reader, path, object, names, sizeof(names) / sizeof(names[0]));

	for (size_t i = 0; r == 0 && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		r = read_number(reader, path, object, &numbers[i]);
	if (r == 0)
		*ret = guard;
	return r;
}
