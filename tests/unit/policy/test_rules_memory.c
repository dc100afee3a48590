/* When memory runs out while a rules document is read: each failure is an ordinary error that leaks
 * nothing and gives nothing. */
#include "rules_test.h"

#include "failing_memory.h"

#include "failing_memory_begin.h"
#include "policy/json_document.c"
#include "policy/rules/index.c"
#include "policy/rules/parse.c"
#include "failing_memory_end.h"

#include "failing_arena.h"

static int parse_rules(void)
{
	struct rules *rules = NULL;
	struct rules_error error;
	const int r = rules_parse(EVERYTHING, strlen(EVERYTHING), &rules, &error);

	assert_int_equal(rules != NULL, r == 0);
	rules_free(rules);
	return r;
}

static void each_allocation_fails_once(void **state)
{
	(void)state;
	fail_each_allocation("parse", parse_rules, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_allocation_fails_once) };

	json_set_alloc_funcs(failing_malloc_for_jansson, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
