#include "failing_memory.h"

#include <stdio.h>

#include "failing_memory_begin.h"
#include "policy/json_document.c"
#include "policy/jsonc_tree.c"
#include "policy/rules/format.c"
#include "failing_memory_end.h"

#include "generate.h"

static char *formatted(const char *text)
{
	struct rules_error error;
	size_t size;
	char *ret;

	if (rules_format(text, strlen(text), &ret, &size, &error) < 0)
		fail_msg("%d:%d: %s\n%s", error.line, error.column, error.message, text);
	assert_int_equal(strlen(ret), size);
	return ret;
}

/* The result is as wanted, and is left alone when it is formatted again. */
static void expect(const char *text, const char *wanted)
{
	char *once = formatted(text), *twice = formatted(once);

	assert_string_equal(once, wanted);
	assert_string_equal(twice, once);
	free(once);
	free(twice);
}

static void layout(void **state)
{
	(void)state;
	static const struct {
		const char *text, *wanted;
	} table[] = {
		{ "{}", "{}\n" },
		{ " [ ]\n\n", "[]\n" },
		{ "\xef\xbb\xbf{}", "{}\n" },
		{ "{\"a\":1,\"b\":[1,2 , {}]}", "{\n  \"a\": 1,\n  \"b\": [1, 2, {}]\n}\n" },
		/* Members in the order of the manual, and others after them in their own. */
		{ "{\"zeta\":1,\"rules\":[],\"alpha\":2,\"schema\":\"x\"}",
		  "{\n  \"schema\": \"x\",\n  \"rules\": [],\n  \"zeta\": 1,\n  \"alpha\": "
		  "2\n}\n" },
		{ "{\"rules\":[{\"verdict\":\"deny\",\"match\":{\"label\":{\"max\":1,\"min\":0},"
		  "\"function\":\"storage\"},\"id\":\"a\",\"reason\":{\"zh-TW\":\"不\",\"en\":"
		  "\"no\"}}]}",
		  "{\n"
		  "  \"rules\": [\n"
		  "    {\n"
		  "      \"id\": \"a\",\n"
		  "      \"match\": { \"function\": \"storage\", \"label\": { \"min\": 0, \"max\": "
		  "1 } "
		  "},\n"
		  "      \"verdict\": \"deny\",\n"
		  "      \"reason\": {\n"
		  "        \"en\": \"no\",\n"
		  "        \"zh-TW\": \"不\"\n"
		  "      }\n"
		  "    }\n"
		  "  ]\n"
		  "}\n" },
		{ "{\"defaults\":{\"*\":\"deny\",\"storage\":{\"modifiers\":[],\"verdict\":"
		  "\"allow\"}}}",
		  "{\n"
		  "  \"defaults\": {\n"
		  "    \"storage\": { \"verdict\": \"allow\", \"modifiers\": [] },\n"
		  "    \"*\": \"deny\"\n"
		  "  }\n"
		  "}\n" },
		/* A risk model. */
		{ "{\"thresholds\":[{\"verdict\":\"allow\",\"from\":1}],\"factors\":{\"history\":"
		  "[{\"likelihood\":1,\"from\":0}],\"function\":{\"*\":{\"impact\":1,"
		  "\"likelihood\":2}}}}",
		  "{\n"
		  "  \"factors\": {\n"
		  "    \"function\": { \"*\": { \"likelihood\": 2, \"impact\": 1 } },\n"
		  "    \"history\": [{ \"from\": 0, \"likelihood\": 1 }]\n"
		  "  },\n"
		  "  \"thresholds\": [\n"
		  "    { \"from\": 1, \"verdict\": \"allow\" }\n"
		  "  ]\n"
		  "}\n" },
		/* Strings and numbers stay as they were written. */
		{ "[\"\\u4e2d\\/\\\"]\", 1.50e+2, -0, true, null]",
		  "[\n  \"\\u4e2d\\/\\\"]\",\n  1.50e+2,\n  -0,\n  true,\n  null\n]\n" },
	};

	for (size_t i = 0; i < COUNT(table); i++)
		expect(table[i].text, table[i].wanted);
}

static void comments_stay(void **state)
{
	(void)state;
	static const struct {
		const char *text, *wanted;
	} table[] = {
		{ "// a\n{}// b\n// c", "// a\n{} // b\n// c\n" },
		{ "\n\n/* a */\n\n// b\n{}\n\n\n// c\n", "/* a */\n\n// b\n{}\n\n// c\n" },
		{ "// a\n\n{}", "// a\n\n{}\n" },
		{ "/* a\n   b \t\r\n */{}", "/* a\n   b\n */\n{}\n" },
		/* Each moves with its member. */
		{ "{ // head\n  // of b\n  \"b\": 1, // at b\n\n  // of name\n  \"name\": 2 // at "
		  "name\n  // foot\n}",
		  "{ // head\n  // of name\n  \"name\": 2, // at name\n  // of b\n  \"b\": 1 // at "
		  "b\n "
		  " // foot\n}\n" },
		/* On one line with what is before and after: it belongs to what is after. */
		{ "{\"a\":[/* x */ 1, /* y */ 2 /* z */]}",
		  "{\n  \"a\": [\n    /* x */\n    1,\n    /* y */\n    2 /* z */\n  ]\n}\n" },
		{ "[ /* x */ ]", "[\n  /* x */\n]\n" },
		{ "[ // x\n ]", "[ // x\n]\n" },
		{ "[1 // x\n , /* y */ // z\n 2]", "[\n  1, // x\n  /* y */\n  // z\n  2\n]\n" },
		{ "[1 // x\n , // y\n 2]", "[\n  1, // x\n  // y\n  2\n]\n" },
		{ "[1 // x\n , /* y */ // z\n 2]", "[\n  1, // x\n  /* y */\n  // z\n  2\n]\n" },
		{ "[1\n // x\n , /* y */\n\n 2]", "[\n  1, /* y */\n  // x\n\n  2\n]\n" },
		{ "{\"a\" /* x */ : /* y */ 1, \"b\": // z\n 2}",
		  "{\n  \"a\": /* x */ /* y */ 1,\n  \"b\": // z\n    2\n}\n" },
		{ "{ /* a */ // b\n \"x\":1}", "{ /* a */ // b\n  \"x\": 1\n}\n" },
		/* No blank line at the beginning or the end, and one at most. */
		{ "{\n\n \"a\": 1,\n\n\n\n \"b\": 2\n\n}", "{\n  \"a\": 1,\n\n  \"b\": 2\n}\n" },
		{ "[\n\n // x\n\n 1,\n\n // y\n 2\n\n // z\n\n]",
		  "[\n  // x\n\n  1,\n\n  // y\n  2\n\n  // z\n]\n" },
	};

	for (size_t i = 0; i < COUNT(table); i++)
		expect(table[i].text, table[i].wanted);
}

/* {"rules":[{"match":{"serial":[...]}}]} with a list of @n characters in all. */
static char *with_list(size_t n, const char *before, const char *between, const char *after)
{
	char *text = malloc(n + 200);
	char *end = stpcpy(stpcpy(text, before), "[\"");

	memset(end, 'x', n - 6);
	end += n - 6;
	stpcpy(stpcpy(stpcpy(stpcpy(end, "\","), between), "1]"), after);
	return text;
}

static void a_line_has_100_columns(void **state)
{
	(void)state;
	static const char open[] = "{\n  \"serial\": ";

	/* 12 before the list; a comma after it counts. */
	for (size_t n = 84; n <= 90; n++) {
		for (int more = 0; more < 2; more++) {
			char *text = with_list(n - 1, open, "", more ? ",\n\"b\":1}" : "\n}");
			char *ret = formatted(text);
			const bool one_line = strstr(ret, "\", 1]") != NULL;

			assert_int_equal(one_line, n + 12 + (size_t)more <= 100);
			free(text);
			free(ret);
		}
	}
	/* Characters count, not bytes. */
	expect("{\"serial\":["
	       "\"備備備備備備備備備備備備備備備備備備備備備備備備備備備備備備備備備備備備"
	       "備備\",1]}",
	       "{\n  \"serial\": "
	       "[\"備備備備備備備備備備備備備備備備備備備備備備備備備備備備備備備備備備備備備備\", "
	       "1]\n}\n");
}

static void says_what_is_wrong(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int line;
	} table[] = {
		{ "", 1 },
		{ "{", 1 },
		{ "{}\n{}", 2 },
		{ "{\n\"a\":1,}", 2 },
		{ "[\n\n1 // x", 3 },
		{ "{}\n/* x", 2 },
		{ "7", 1 },
		{ "{\"a\":1,\n\"a\":2}", 2 },
	};
	char deep[80];

	for (size_t i = 0; i < COUNT(table); i++) {
		struct rules_error error;
		char *ret = NULL;
		size_t size = 7;

		assert_int_equal(
			rules_format(table[i].text, strlen(table[i].text), &ret, &size, &error),
			-EBADMSG);
		assert_int_equal(error.line, table[i].line);
		assert_true(error.message[0] != '\0');
		assert_null(ret);
		assert_int_equal(size, 7);
	}
	struct rules_error error;
	char *ret;
	size_t size;
	memset(deep, '[', 40);
	memset(deep + 40, ']', 40);
	assert_int_equal(rules_format(deep, sizeof(deep), &ret, &size, &error), -EBADMSG);
	assert_non_null(strstr(error.message, "inside each other"));
}

static void too_large_before_or_after(void **state)
{
	(void)state;
	const size_t n = RULES_MAX_BYTES;
	struct rules_error error;
	size_t size;
	char *ret, *text = malloc(n + 1);

	assert_non_null(text);
	memset(text, ' ', n + 1);
	assert_int_equal(rules_format(text, n + 1, &ret, &size, &error), -E2BIG);
	assert_true(error.message[0] != '\0');
	/* [1,1,1 ...] becomes three times as large. */
	for (size_t i = 0; i < n; i++)
		text[i] = i % 2 == 0 ? '1' : ',';
	text[0] = '[';
	text[1] = '1';
	text[n - 1] = ']';
	text[2] = ',';
	for (size_t i = 3; i < n - 1; i++)
		text[i] = i % 2 == 1 ? '1' : ',';
	text[n - 2] = ' ';
	text[n - 3] = ' ';
	if (text[n - 4] == ',')
		text[n - 4] = ' ';
	assert_int_equal(rules_format(text, n, &ret, &size, &error), -E2BIG);
	free(text);
}

/* Room of its own, so that a read behind the end is seen. */
static void every_truncation_ends_well(void **state)
{
	(void)state;
	static const char text[] =
		"// a\n{ /* b */ \"rules\": [ // c\n { \"id\": /* d */ \"x\\\"\" } "
		"/* e */, {} ]\n // f\n } // g";

	for (size_t size = 0; size < sizeof(text); size++) {
		char *copy = malloc(size + 1), *ret;
		struct rules_error error;
		size_t ret_size;

		memcpy(copy, text, size);
		int r = rules_format(copy, size, &ret, &ret_size, &error);
		if (r == 0)
			free(ret);
		/* Good from the last brace on; a lone slash is not. */
		const size_t good = sizeof(text) - 1 - strlen(" // g");
		assert_int_equal(r == 0, size >= good && size != good + 2 && size < sizeof(text));
		free(copy);
	}
}

/* The tree is for text that was found to be JSON; on any other it ends, within the text. */
static void the_tree_ends_on_any_text(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",	     "{",	    "{1",     "{\"a\"", "{\"a\" 1}", "{\"a\":",
		"{\"a\":}",  "[1,]",	    "[1}",    "{}{}",	"{\"a\":1]", "[/* x]",
		"{\"a\" /*", "{\"a\":1 /*", "[1, /*", "{} /*",	"/*",	     "]"
	};
	struct jsonc_tree tree;

	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(jsonc_tree_parse(&tree, bad[i], strlen(bad[i])), -EBADMSG);
}

static void the_tree_finds_members(void **state)
{
	(void)state;
	static const char text[] = "{\"ab\": 1, \"a\": [2, {}], \"abc\": 3}";
	struct jsonc_tree tree;

	assert_int_equal(jsonc_tree_parse(&tree, text, sizeof(text) - 1), 0);
	const struct jsonc_node *root = jsonc_tree_first(&tree, &tree.nodes[0]);
	const struct jsonc_node *a = jsonc_tree_member(&tree, root, "a");
	assert_non_null(a);
	assert_int_equal(text[a->at], '[');
	assert_int_equal(text[jsonc_tree_first(&tree, a)->at], '2');
	assert_null(jsonc_tree_member(&tree, root, "abcd"));
	assert_null(jsonc_tree_member(&tree, root, "b"));
	assert_null(jsonc_tree_member(&tree, a, "a"));
	assert_null(jsonc_tree_next(&tree, root));
	jsonc_tree_finish(&tree);
}

/* White space, and now and then a comment that has a number of its own. */
static size_t put_noise(struct generator *generator, char *ret, int *n_comments)
{
	static const char *const spaces[] = { "", " ", "\n", "\n\n\n", "\t \r\n" };
	size_t n = 0;

	for (int i = 0; i < 2; i++) {
		n += (size_t)sprintf(ret + n, "%s", spaces[generate_below(generator, 5)]);
		if (!generate_once_in(generator, 6))
			continue;
		const int comment = ++*n_comments;
		n += (size_t)(generate_once_in(generator, 2)
				      ? sprintf(ret + n, "// <%d>\n", comment)
				      : sprintf(ret + n, "/* <%d>\n*/", comment));
	}
	return n;
}

/* @json with white space and comments between all its tokens.  Gives it. */
static char *roughened(struct generator *generator, const char *json, int *n_comments)
{
	char *text = malloc(strlen(json) * 60 + 1000);
	size_t n = put_noise(generator, text, n_comments);

	while (*json != '\0') {
		size_t size = strcspn(json, "{}[]:,\"");

		if (*json == '"')
			size = jsonc_string_end(json, strlen(json), 0);
		size += size == 0;
		memcpy(text + n, json, size);
		n += size;
		n += put_noise(generator, text + n, n_comments);
		json += size;
	}
	text[n] = '\0';
	return text;
}

static json_t *meaning(const char *text)
{
	char *stripped = malloc(strlen(text) + 1);
	struct jsonc_place place;
	size_t size;

	assert_int_equal(jsonc_strip(text, strlen(text), stripped, &size, &place), 0);
	json_t *json = json_loadb(stripped, size, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	free(stripped);
	return json;
}

/* Every comment is there, once. */
static void assert_comments(const char *text, int n)
{
	for (int i = 1; i <= n; i++) {
		char comment[20];

		snprintf(comment, sizeof(comment), "<%d>", i);
		const char *found = strstr(text, comment);
		assert_non_null(found);
		assert_null(strstr(found + 1, comment));
	}
}

static void the_meaning_stays(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 500; seed++) {
		struct generator generator = { seed };
		json_t *rules = generate_rules(&generator, 1 + generate_below(&generator, 5), true);
		char *compact = json_dumps(rules, JSON_COMPACT);
		int n_comments = 0;
		char *rough = roughened(&generator, compact, &n_comments);
		char *once = formatted(rough), *twice = formatted(once);
		json_t *again = meaning(once);

		if (!json_equal(rules, again) || strcmp(once, twice) != 0)
			fail_msg("seed %d:\n%s\n-----\n%s\n-----\n%s", (int)seed, rough, once,
				 twice);
		assert_comments(once, n_comments);
		json_decref(rules);
		json_decref(again);
		free(compact);
		free(rough);
		free(once);
		free(twice);
	}
}

static int format_one(void)
{
	static const char text[] = "// a\n{\"rules\": [1, // b\n {\"b\": 1, \"a\": [2]}]} // c";
	struct rules_error error;
	char *ret = NULL;
	size_t size;
	const int r = rules_format(text, sizeof(text) - 1, &ret, &size, &error);

	assert_int_equal(ret != NULL, r == 0);
	free(ret);
	return r;
}

static void each_allocation_fails_once(void **state)
{
	(void)state;
	json_set_alloc_funcs(failing_malloc_for_jansson, free);
	fail_each_allocation("format", format_one, 10);
	json_set_alloc_funcs(malloc, free);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layout),
		cmocka_unit_test(comments_stay),
		cmocka_unit_test(a_line_has_100_columns),
		cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(too_large_before_or_after),
		cmocka_unit_test(every_truncation_ends_well),
		cmocka_unit_test(the_tree_ends_on_any_text),
		cmocka_unit_test(the_tree_finds_members),
		cmocka_unit_test(the_meaning_stays),
		cmocka_unit_test(each_allocation_fails_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
