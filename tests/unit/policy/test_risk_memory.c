/* When memory runs out while a risk model is read or merged: the n-th allocation fails for n = 1,
 * 2, 3 ... until all succeed.  Each failure must be an ordinary error that leaks nothing and gives
 * nothing.
 *
 * The sources that allocate are compiled in here with an allocator that fails on demand; Jansson
 * gets the same one. */
#include "cmocka_test.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static size_t countdown; /* allocations until one fails; 0: none does */

static bool fails(void)
{
	return countdown > 0 && --countdown == 0;
}

static void *failing_malloc(size_t size)
{
	return fails() ? NULL : malloc(size);
}

static void *failing_calloc(size_t n, size_t size)
{
	return fails() ? NULL : calloc(n, size);
}

static void *failing_realloc(void *old, size_t size)
{
	return fails() ? NULL : realloc(old, size);
}

static char *failing_strdup(const char *text)
{
	return fails() ? NULL : strdup(text);
}

/* Jansson 2.14 does not look whether its token buffer could grow (lex_save() in load.c) and goes on
 * with less than it read.  That is not for these tests to find: the buffer, and whatever else is
 * 32, 64, 128 ... bytes, is always had. */
static void *failing_malloc_for_jansson(size_t size)
{
	return size >= 32 && (size & (size - 1)) == 0 ? malloc(size) : failing_malloc(size);
}

#define malloc	failing_malloc
#define calloc	failing_calloc
#define realloc failing_realloc
#define strdup	failing_strdup
#include "policy/risk/risk_diff.c"
#include "policy/risk/risk_factors.c"
#undef SCHEMA
#include "policy/json_document.c"
#include "policy/risk/risk_parse.c"
#include "policy/risk/risk_vendors.c"
#undef malloc
#undef calloc
#undef realloc
#undef strdup

static const char model[] =
	"// a comment\n{\"schema\":\"devgate-risk-1\",\"name\":\"n\",\"base\":{\"likelihood\":1,"
	"\"impact\":1},\"factors\":{\"function\":{\"*\":{\"impact\":1}},\"classification\":["
	"{\"is\":\"a\"}],\"history\":[{\"from\":0}]},\"thresholds\":[{\"from\":1,\"verdict\":"
	"\"allow\",\"modifiers\":[\"notify\"]}],\"restricted\":[{\"vendor\":\"0001\","
	"\"brand\":\"b\",\"origin\":\"o\",\"ground\":\"g\"}]}";
static const char bare[] =
	"{\"schema\":\"devgate-risk-1\",\"name\":\"n\",\"base\":{\"likelihood\":1,"
	"\"impact\":1},\"factors\":{},\"thresholds\":[{\"from\":1,\"verdict\":\"allow\"}]}";
static const char list[] =
	"{\"schema\":\"devgate-restricted-1\",\"restricted\":[{\"vendor\":\"0002\","
	"\"brand\":\"b\",\"origin\":\"o\",\"ground\":\"g\"}]}";

static int parse_model(void)
{
	struct risk *risk = NULL;
	struct rules_error error;
	int r = risk_parse(model, sizeof(model) - 1, &risk, &error);

	assert_int_equal(risk != NULL, r == 0);
	risk_free(risk);
	return r;
}

static int merge(const char *into)
{
	struct rules_error error;
	char *merged = NULL;
	int r = risk_merge(into, list, &merged, &error);

	assert_int_equal(merged != NULL, r == 0);
	free(merged);
	return r;
}

static int merge_into_some(void)
{
	return merge(model);
}

static int merge_into_none(void)
{
	return merge(bare);
}

static int diff(void)
{
	struct risk_changes changes = { 0 };
	int r = risk_diff(model, bare, &changes);

	assert_int_equal(changes.n > 3, r == 0);
	risk_changes_finish(&changes);
	return r;
}

static void each_allocation_fails_once(void **state)
{
	(void)state;
	static int (*const tasks[])(void) = { parse_model, merge_into_some, merge_into_none, diff };

	for (size_t i = 0; i < COUNT(tasks); i++) {
		size_t n = 0;
		int r;

		do {
			countdown = ++n;
			r = tasks[i]();
			/* Jansson calls a token without memory an invalid one. */
			if (r != 0 && r != -ENOMEM && r != -EBADMSG)
				fail_msg("task %zu, allocation %zu: %d", i, n, r);
			/* It failed because an allocation did, and not for another reason. */
			if (r != 0)
				assert_int_equal(countdown, 0);
		} while (r != 0);
		assert_in_range(n, 10, 1000);
		assert_true(countdown > 0);
		countdown = 0;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_allocation_fails_once) };

	json_set_alloc_funcs(failing_malloc_for_jansson, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
