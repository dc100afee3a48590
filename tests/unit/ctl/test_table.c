/* Tables line up on a terminal, whatever a cell holds. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/ctl/table.h"

static void width_is_that_of_the_terminal(void **state)
{
	static const struct {
		const char *text;
		size_t width;
	} rows[] = {
		{ "", 0 },
		{ "abc", 3 },
		{ "隨身碟", 6 },
		{ "財務 A-001", 10 },
		{ "e\u0301", 1 },
		{ "é", 1 },
		{ "ＡＢ", 4 },
		{ "한글", 4 },
		{ "\U0001f4be x", 4 },
		{ "\U00020000", 2 },
		{ "\xff\xfe", 2 },
		{ "\xe9\x9a", 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(table_text_width(rows[i].text), rows[i].width);
}

static char *print(const struct table *table)
{
	char *text;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	assert_int_equal(table_print(table, stream), 0);
	fclose(stream);
	return text;
}

static void columns_line_up(void **state)
{
	struct table *table = table_new(3);
	char *text;

	(void)state;
	table_align_right(table, 1);
	table_add(table, "單位");
	table_add(table, "N");
	table_add(table, "END");
	table_add(table, "abcdef");
	table_addf(table, "%d", 1234);
	table_add(table, NULL);
	text = print(table);
	assert_string_equal(text, "單位       N  END\n"
				  "abcdef  1234  -\n");
	free(text);
	table_free(table);
}

static void a_row_that_is_not_whole_is_not_printed(void **state)
{
	struct table *table = table_new(2);
	char *text;

	(void)state;
	table_add(table, "a");
	table_add(table, "b");
	table_add(table, "c");
	text = print(table);
	assert_string_equal(text, "a  b\n");
	free(text);
	table_free(table);
}

static void hostile_cells_are_cleaned(void **state)
{
	struct table *table = table_new(1);
	char *text, longest[4 * TABLE_CELL_MAX];

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	table_add(table, "\x1b[31mred\n\xe2\x80\xae");
	table_add(table, "a\\b");
	table_add(table, longest);
	text = print(table);
	assert_null(strchr(text, '\x1b'));
	assert_null(strstr(text, "\xe2\x80\xae"));
	assert_non_null(strstr(text, "\na\\b\n")); /* a backslash is no danger to a terminal */
	assert_true(strlen(text) < 3 * TABLE_CELL_MAX);
	free(text);
	table_free(table);
}

static void members_are_texts_or_numbers(void **state)
{
	json_t *json = json_pack("{ss si sn}", "text", "t", "number", 7, "null");
	struct table *table = table_new(4);
	char *text;

	(void)state;
	table_add_member(table, json, "text");
	table_add_member(table, json, "number");
	table_add_member(table, json, "null");
	table_add_member(table, json, "absent");
	text = print(table);
	assert_string_equal(text, "t  7  -  -\n");
	free(text);
	table_free(table);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(width_is_that_of_the_terminal),
		cmocka_unit_test(columns_line_up),
		cmocka_unit_test(a_row_that_is_not_whole_is_not_printed),
		cmocka_unit_test(hostile_cells_are_cleaned),
		cmocka_unit_test(members_are_texts_or_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
