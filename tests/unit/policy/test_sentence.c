#include "cmocka_test.h"

#include <string.h>

#include "policy/sentence.h"

static const struct sentence_blank blanks[] = {
	{ "rule", "r-1" },	  { "r", "{rule}" }, { "none", NULL },
	{ "bad", "a\x1b\xff b" }, { "name", "王" },  { NULL, NULL },
};

static void blanks_are_filled(void **state)
{
	(void)state;
	static const struct {
		const char *sentence, *wanted;
	} table[] = {
		{ "", "" },
		{ "no blank", "no blank" },
		{ "{rule}", "r-1" },
		{ "Rule \"{rule}\": {rule}.", "Rule \"r-1\": r-1." },
		/* What a value says is not filled in again. */
		{ "{r}{none}!", "{rule}!" },
		{ "{bad}", "a\\x1B\\xFF b" },
		{ "規則「{name}」", "規則「王」" },
		/* What is no blank stays. */
		{ "{other} { \"site\": {} } {rule", "{other} { \"site\": {} } {rule" },
		{ "{ {rule}", "{ r-1" },
		{ "{rul} {rules} {{rule}}", "{rul} {rules} {r-1}" },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		char ret[200];

		sentence_fill(table[i].sentence, blanks, ret, sizeof(ret));
		assert_string_equal(ret, table[i].wanted);
	}
}

static void cuts_at_a_whole_character(void **state)
{
	(void)state;
	static const char *const wanted[] = { "", "", "", "規", "規", "規", "規王", "規王r" };

	for (size_t size = 1; size <= 8; size++) {
		char ret[9] = "xxxxxxxx";

		sentence_fill("規{name}{rule}", blanks, ret, size);
		assert_string_equal(ret, wanted[size - 1]);
		assert_true(size == 8 || ret[size] == 'x');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blanks_are_filled),
		cmocka_unit_test(cuts_at_a_whole_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
