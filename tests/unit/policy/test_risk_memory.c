/* When memory runs out while a risk model is read or merged: each failure is an ordinary error that
 * leaks nothing and gives nothing. */
#include "failing_memory.h"

#include "failing_memory_begin.h"
#include "policy/risk/diff.c"
#include "policy/risk/factors.c"
#undef SCHEMA
#include "policy/json_document.c"
#include "policy/risk/parse.c"
#include "policy/risk/vendors.c"
#include "failing_memory_end.h"

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
	fail_each_allocation("parse", parse_model, 10);
	fail_each_allocation("merge", merge_into_some, 10);
	fail_each_allocation("merge into none", merge_into_none, 10);
	fail_each_allocation("diff", diff, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_allocation_fails_once) };

	json_set_alloc_funcs(failing_malloc_for_jansson, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
