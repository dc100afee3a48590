#include "cmocka_test.h"

#include <string.h>

#include "policy/suggest.h"

static void suggests_the_nearest(void **state)
{
	(void)state;
	static const char *const words[] = { "function", "vendor", "product", "serial",
					     "port",	 "id",	   "*" };
	static const struct {
		const char *word, *wanted;
	} table[] = {
		{ "vender", "vendor" },
		{ "Vendor", "vendor" },
		{ "vednor", "vendor" },
		{ "vendors", "vendor" },
		{ "fucntion", "function" },
		{ "funtcion", "function" },
		{ "products", "product" },
		{ "prot", "port" },
		{ "ports", "port" },
		{ "is", "id" },
		{ "ID", NULL },
		{ "seriel", "serial" },
		{ "colour", NULL },
		{ "", NULL },
		{ "x", NULL },
		{ "vendorvendorvendorvendorvendorve", NULL }, /* longer than any word can be */
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		const char *got = suggest(table[i].word, words, COUNT(words));

		if (table[i].wanted == NULL)
			assert_null(got);
		else
			assert_string_equal(got, table[i].wanted);
	}
	assert_null(suggest("vendor", words, 0));
}

/* Words may come from a document, and be as long as it likes. */
static void is_not_led_astray_by_long_words(void **state)
{
	(void)state;
	char longest[65], longer[66], near[65];
	const char *const words[] = { longer, longest };

	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	strcpy(near, longest);
	near[30] = 'b';
	assert_ptr_equal(suggest(near, words, COUNT(words)), longest);
	assert_null(suggest(longer, words, COUNT(words)));
	assert_null(suggest(near, words, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(suggests_the_nearest),
		cmocka_unit_test(is_not_led_astray_by_long_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
