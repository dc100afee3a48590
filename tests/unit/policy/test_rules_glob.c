/* Globs: what they hold for, and how many steps it takes at worst. */
#include "cmocka_test.h"

#include <stdlib.h>
#include <string.h>

#include "policy/rules/glob.h"

static void holds_or_not(void **state)
{
	(void)state;
	static const struct {
		const char *glob, *text;
		bool holds;
	} table[] = {
		{ "", "", true },
		{ "", "a", false },
		{ "abc", "abc", true },
		{ "abc", "abcd", false },
		{ "abc", "ab", false },
		{ "abc", "ABC", false },
		{ "*", "", true },
		{ "*", "anything", true },
		{ "**", "", true },
		{ "AB*", "AB", true },
		{ "AB*", "ABC", true },
		{ "AB*", "A", false },
		{ "*AB", "xxAB", true },
		{ "*AB", "ABAB", true },
		{ "*AB", "ABx", false },
		{ "*a*b*", "xxaxxbxx", true },
		{ "*a*b*", "xxbxxaxx", false },
		{ "a*a", "a", false },
		{ "a*a", "aa", true },
		{ "a*b*c", "abbbc", true },
		{ "a*bc*d", "abbcbcxd", true },
		{ "a*bc*d", "abbcbcxe", false },
		{ "?", "", false },
		{ "?", "a", true },
		{ "?", "ab", false },
		{ "a?c", "abc", true },
		{ "a?c", "ac", false },
		{ "*?", "", false },
		{ "*?", "x", true },
		{ "?*?", "x", false },
		{ "?*?", "xy", true },
		/* One character, however many bytes it has; one byte where it is none. */
		{ "?", "é", true },
		{ "??", "é", false },
		{ "?", "中", true },
		{ "*??", "中", false },
		{ "*??*中", "中中", false },
		{ "*??*中", "中中中", true },
		{ "*??中", "中中中", true },
		{ "?", "𠀀", true },
		{ "a?b",
		  "a\xff"
		  "b",
		  true },
		{ "??", "\xe4\xb8", true },
		{ "?", "\xe4\xb8", false },
		{ "*中?", "xx中文", true },
		{ "*é", "\xc3\xc3\xa9", true },
		/* Taken as itself. */
		{ "\\*", "*", true },
		{ "\\*", "x", false },
		{ "\\?", "?", true },
		{ "\\?", "x", false },
		{ "\\\\", "\\", true },
		{ "\\a", "a", true },
		{ "a\\**", "a*b", true },
		{ "a\\**", "ab", false },
		{ "*\\?", "who?", true },
		{ "[ab]", "a", false },
		{ "[ab]", "[ab]", true },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		assert_true(rules_glob_is_good(table[i].glob));
		if (rules_glob_holds(table[i].glob, table[i].text) != table[i].holds)
			fail_msg("'%s' '%s'", table[i].glob, table[i].text);
	}
}

static void a_backslash_wants_a_character(void **state)
{
	(void)state;
	assert_false(rules_glob_is_good("\\"));
	assert_false(rules_glob_is_good("ab*\\"));
	assert_false(rules_glob_is_good("\\\\\\"));
	assert_true(rules_glob_is_good("\\\\"));
	assert_true(rules_glob_is_good(""));
}

/* The plain meaning of a glob over one-byte characters, exponential in the worst case. */
static bool plainly(const char *glob, const char *text)
{
	if (*glob == '*')
		return plainly(glob + 1, text) || (*text != '\0' && plainly(glob, text + 1));
	if (*glob == '\0' || *text == '\0')
		return *glob == *text;
	return (*glob == '?' || *glob == *text) && plainly(glob + 1, text + 1);
}

static void every_short_glob_on_every_short_text(void **state)
{
	(void)state;
	static const char in_glob[] = "ab?*", in_text[] = "ab";
	char glob[6], text[7];
	int held = 0;

	for (int g = 0; g < 4 * 4 * 4 * 4 * 4; g++) {
		int n = 0;

		for (int left = g; left > 0; left /= 4)
			glob[n++] = in_glob[left % 4];
		glob[n] = '\0';
		for (int t = 1; t < 1 << 7; t++) { /* the highest bit tells the length */
			n = 0;
			for (int left = t; left > 1; left /= 2)
				text[n++] = in_text[left % 2];
			text[n] = '\0';
			if (rules_glob_holds(glob, text) != plainly(glob, text))
				fail_msg("'%s' '%s'", glob, text);
			held += plainly(glob, text);
		}
	}
	assert_true(held > 10000);
}

/* The steps that @glob takes on @n characters 'a', without one that ends it. */
static size_t steps_on(const char *glob, size_t n)
{
	char *text = calloc(n + 1, 1);
	size_t steps = 0;

	assert_non_null(text);
	memset(text, 'a', n);
	assert_false(rules_glob_count(glob, text, &steps));
	free(text);
	return steps;
}

static void linear_at_worst(void **state)
{
	(void)state;
	static const char *const globs[] = {
		"*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b",
		"*aaaaaaaaaaaaaaaaaaaaaaaab",
		"a*a*a*a*a*a*a*a*a*a*b*",
		"*?*?*?*?*?*?*?*?*?*?*b",
		"*????????????????????b",
		"************************b",
	};

	for (size_t i = 0; i < COUNT(globs); i++) {
		const size_t length = strlen(globs[i]);

		for (size_t n = 64; n <= 65536; n *= 4) {
			const size_t steps = steps_on(globs[i], n);

			assert_true(steps <= (n + 1) * (length + 1));
			/* Four times the text, four times the steps, and what it takes to begin. */
			assert_true(steps_on(globs[i], 4 * n) <= 4 * steps + 4 * length * length);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_or_not),
		cmocka_unit_test(a_backslash_wants_a_character),
		cmocka_unit_test(every_short_glob_on_every_short_text),
		cmocka_unit_test(linear_at_worst),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
