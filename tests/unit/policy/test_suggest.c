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

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(suggests_the_nearest) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
