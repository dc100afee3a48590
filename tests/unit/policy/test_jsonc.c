#include "cmocka_test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "policy/jsonc.h"

static void comments_become_spaces(void **state)
{
	(void)state;
	static const struct {
		const char *text, *wanted;
	} table[] = {
		{ "", "" },
		{ "{}", "{}" },
		{ "{} // x", "{}     " },
		{ "{ // x\n}", "{     \n}" },
		{ "{ /* x */ }", "{         }" },
		{ "/* a\nb */{}", "    \n    {}" },
		{ "/**/{}", "    {}" },
		{ "/*/*/{}", "     {}" },
		{ "// 註解\n{}", "     \n{}" }, /* one space a character */
		{ "/* 註解 */{}", "        {}" },
		{ "\"// no\" // yes", "\"// no\"       " },
		{ "\"/* no */\"", "\"/* no */\"" },
		{ "\"a\\\"// no\"", "\"a\\\"// no\"" },
		{ "\"a\\\\\"// yes", "\"a\\\\\"      " },
		{ "\"never ends // no", "\"never ends // no" },
		{ "\"ends in a backslash\\", "\"ends in a backslash\\" },
		{ "1 / 2", "1 / 2" },
		{ "/", "/" },
		{ "\xef\xbb\xbf{}", "{}" },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		const size_t size = strlen(table[i].text);
		char *copy = malloc(size + 1), *ret = malloc(size + 1);
		size_t ret_size = 777;
		struct jsonc_place place;

		assert_non_null(copy);
		assert_non_null(ret);
		memcpy(copy, table[i].text, size);
		assert_int_equal(jsonc_strip(copy, size, ret, &ret_size, &place), 0);
		assert_int_equal(ret_size, strlen(table[i].wanted));
		assert_memory_equal(ret, table[i].wanted, ret_size);
		free(copy);
		free(ret);
	}
}

static void a_comment_that_does_not_end(void **state)
{
	(void)state;
	static const char *const table[] = { "{}\n 註 /* x", "{}\n 註 /*/", "{}\n 註 /*" };

	for (size_t i = 0; i < COUNT(table); i++) {
		char ret[32];
		size_t size;
		struct jsonc_place place = { 0, 0 };

		assert_int_equal(jsonc_strip(table[i], strlen(table[i]), ret, &size, &place),
				 -EBADMSG);
		assert_int_equal(place.line, 2);
		assert_int_equal(place.column, 4);
	}
}

static const char document[] = "\n{ \"a\" : [ 1, -2.5e3 ,true,\n"
			       "  {\"b\":\"x]\\\"}\", \"c-d\": [[],{}], \"e\" :null } ],\n"
			       " \"*\": {\"鍵\": 0, \"f\":false}}";

static void finds_members_and_elements(void **state)
{
	(void)state;
	static const struct {
		const char *path;
		int line, column;
	} table[] = {
		{ "", 2, 1 },	     { "a", 2, 3 },	    { "a[0]", 2, 11 },
		{ "a[1]", 2, 14 },   { "a[2]", 2, 22 },	    { "a[3]", 3, 3 },
		{ "a[3].b", 3, 4 },  { "a[3].c-d", 3, 17 }, { "a[3].c-d[1]", 3, 28 },
		{ "a[3].e", 3, 33 }, { "*", 4, 2 },	    { "*.f", 4, 16 },
	};

	json_t *root = json_loads(document, 0, NULL);
	assert_non_null(root);
	json_decref(root);
	for (size_t i = 0; i < COUNT(table); i++) {
		struct jsonc_place place = { 0, 0 };

		if (!jsonc_locate(document, sizeof(document) - 1, table[i].path, &place) ||
		    place.line != table[i].line || place.column != table[i].column)
			fail_msg("%s: %d:%d", table[i].path, place.line, place.column);
	}
}

static void says_when_it_finds_nothing(void **state)
{
	(void)state;
	static const char *const paths[] = { "b",	 "a.b",	    "a[4]", "a[3].x",
					     "a[3].b.c", "a[0][0]", "*.鍵", "a[x]",
					     "a[3",	 "a..b",    "*.f.", "." };
	struct jsonc_place place = { 7, 7 };

	for (size_t i = 0; i < COUNT(paths); i++)
		assert_false(jsonc_locate(document, sizeof(document) - 1, paths[i], &place));
	assert_int_equal(place.line, 7);
}

/* It is for good JSON; on other text it may find anything, and must end within it. */
static void ends_on_any_text(void **state)
{
	(void)state;
	static const char *const paths[] = { "a[3].c-d[1]", "*.f", "zzz", "a[9999999]" };

	for (size_t size = 0; size < sizeof(document); size++) {
		char *copy = malloc(size + 1);

		assert_non_null(copy);
		memcpy(copy, document, size);
		for (size_t i = 0; i < COUNT(paths); i++) {
			struct jsonc_place place;
			bool found = jsonc_locate(copy, size, paths[i], &place);

			assert_true(!found || (i < 2 && place.line >= 2));
		}
		free(copy);
	}
	static const char *const odd[] = {
		"}",	   "]",	       "{]",	"[}",	     "{\"a\"",
		"{\"a\":", "{\"a\":}", "[,,,]", "{\"a\" 1}", "{\"b\":1]"
	};
	for (size_t i = 0; i < COUNT(odd); i++) {
		struct jsonc_place place;

		(void)jsonc_locate(odd[i], strlen(odd[i]), "a[1]", &place);
		assert_false(jsonc_locate(odd[i], strlen(odd[i]), "[3].x", &place));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comments_become_spaces),
		cmocka_unit_test(a_comment_that_does_not_end),
		cmocka_unit_test(finds_members_and_elements),
		cmocka_unit_test(says_when_it_finds_nothing),
		cmocka_unit_test(ends_on_any_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
