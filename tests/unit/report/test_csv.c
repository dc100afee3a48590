/* A cell is what it was, and never a formula. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/report/csv.h"
#include "tests/unit/policy/cmocka_test.h"

#define BOM "\xef\xbb\xbf"

static void check(const char *cell, const char *want)
{
	struct csv csv;
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	csv_init(&csv, stream);
	csv_text(&csv, cell);
	csv_number(&csv, 18446744073709551615u);
	csv_end_line(&csv);
	fclose(stream);
	char line[256];
	snprintf(line, sizeof(line), BOM "%s,18446744073709551615\r\n", want);
	assert_string_equal(text, line);
	free(text);
}

static void test_cells(void **state)
{
	static const struct {
		const char *cell, *want;
	} cases[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "隨身碟", "隨身碟" },
		{ "a,b", "\"a,b\"" },
		{ "a\"b", "\"a\"\"b\"" },
		{ "a\r\nb", "\"a\r\nb\"" },
		{ "=1+1", "'=1+1" },
		{ "+1", "'+1" },
		{ "-1", "'-1" },
		{ "@SUM(A1)", "'@SUM(A1)" },
		{ "\tx", "\"'\tx\"" },
		{ "\rx", "\"'\rx\"" },
		{ "=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"" },
		{ "a=b", "a=b" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		check(cases[i].cell, cases[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_cells) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
