/* The collector's list of grants: what is taken, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/reporter/grants_answer.h"
#include "policy/grant.h"

static int parse(const char *text, size_t *ret_n)
{
	json_t *list = NULL;
	int r = grants_answer_parse(text, strlen(text), &list);

	*ret_n = json_array_size(list);
	json_decref(list);
	return r;
}

static void test_answers(void **state)
{
	static const struct {
		const char *text;
		int wanted;
		size_t n;
	} table[] = {
		{ "{\"grants\":[]}", 0, 0 },
		{ "{\"grants\":[\"{}\",\"x\"]}", 0, 2 },
		{ "{\"grants\":[\"x\"],\"more\":1}", 0, 1 },
		{ "", -EBADMSG, 0 },
		{ "[]", -EBADMSG, 0 },
		{ "{}", -EBADMSG, 0 },
		{ "{\"grants\":{}}", -EBADMSG, 0 },
		{ "{\"grants\":[{}]}", -EBADMSG, 0 },
		{ "{\"grants\":[\"\"]}", -EBADMSG, 0 },
		{ "{\"grants\":[],\"grants\":[]}", -EBADMSG, 0 },
	};
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(parse(table[i].text, &n), table[i].wanted);
		assert_int_equal(n, table[i].n);
	}
}

/* Of @n texts of @size bytes each. */
static int parse_many(size_t n, size_t size)
{
	json_t *list = json_array(), *root, *parsed = NULL;
	char *bytes = malloc(size), *text;
	int r;

	memset(bytes, 'x', size);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_stringn(bytes, size));
	root = json_pack("{s:o}", "grants", list);
	text = json_dumps(root, 0);
	r = grants_answer_parse(text, strlen(text), &parsed);
	json_decref(parsed);
	json_decref(root);
	free(bytes);
	free(text);
	return r;
}

static void test_limits(void **state)
{
	(void)state;
	assert_int_equal(parse_many(GRANTS_ANSWER_MAX, 10), 0);
	assert_int_equal(parse_many(GRANTS_ANSWER_MAX + 1, 10), -EBADMSG);
	assert_int_equal(parse_many(1, GRANT_MAX_BYTES), 0);
	assert_int_equal(parse_many(1, GRANT_MAX_BYTES + 1), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
