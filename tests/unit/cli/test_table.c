/* Tables line up on a terminal, also where a character takes two columns. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/language.h"
#include "agent/cli/table.h"
#include "agent/cli/text.h"
#include "tests/unit/policy/cmocka_test.h"

static void check(const struct table *table, const char *wanted)
{
	char *text;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	table_print(table, to);
	fclose(to);
	assert_string_equal(text, wanted);
	free(text);
}

static void add(struct table *table, const char *a, const char *b, const char *c)
{
	const char *const cells[] = { a, b, c };

	assert_int_equal(table_add(table, cells), 0);
}

static void test_columns(void **state)
{
	struct table table;

	(void)state;
	table_init(&table, 3);
	add(&table, "PORT", "NAME", "VERDICT");
	add(&table, "1-2.3.4", "DT", "deny");
	check(&table, "PORT     NAME  VERDICT\n"
		      "1-2.3.4  DT    deny\n");
	table_finish(&table);
}

static void test_wide_characters(void **state)
{
	struct table table;

	(void)state;
	table_init(&table, 3);
	add(&table, "隨身碟", "x", "y");
	add(&table, "abcdef", "x", "y");
	add(&table, "é", "x", "y");
	check(&table, "隨身碟  x  y\n"
		      "abcdef  x  y\n"
		      "é       x  y\n");
	table_finish(&table);
}

static void test_no_space_at_the_end(void **state)
{
	struct table table;

	(void)state;
	table_init(&table, 3);
	add(&table, "aaaa", "b", "cc");
	add(&table, "a", "", "");
	add(&table, "", "", "");
	check(&table, "aaaa  b  cc\na\n\n");
	table_finish(&table);
}

static void test_empty(void **state)
{
	struct table table;

	(void)state;
	table_init(&table, 1);
	check(&table, "");
	table_finish(&table);
}

static void test_many_rows(void **state)
{
	static const char *const cell[] = { "x" };
	struct table table;

	(void)state;
	table_init(&table, 1);
	for (int i = 0; i < TABLE_MAX_ROWS; i++)
		assert_int_equal(table_add(&table, cell), 0);
	assert_int_equal(table_add(&table, cell), -E2BIG);
	table_finish(&table);
}

static void test_width(void **state)
{
	(void)state;
	assert_int_equal(text_width(""), 0);
	assert_int_equal(text_width("abc"), 3);
	assert_int_equal(text_width("唯讀"), 4);
	assert_int_equal(text_width("a\xff"), 2);
	assert_int_equal(text_width("e\xcc\x81"), 1); /* a combining accent takes none */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_wide_characters),
		cmocka_unit_test(test_no_space_at_the_end),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_many_rows),
		cmocka_unit_test(test_width),
	};

	language_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
