/* When memory runs out while a decision table is read: each failure is an ordinary error that leaks
 * nothing and gives nothing. */
#include "failing_memory.h"

#include <sodium.h>

#include "decision_tables.h"

#include "failing_memory_begin.h"
#include "policy/decision_table_parse.c"
#include "policy/decision_table_register.c"
#include "policy/decision_table_row.c"
#include "policy/json_document.c"
#include "policy/json_fields.c"
#include "failing_memory_end.h"

static int parse_table(void)
{
	struct decision_table *table = NULL;
	struct rules_error error;
	const int r = decision_table_parse(full, strlen(full), &table, &error);

	assert_int_equal(table != NULL, r == 0);
	decision_table_free(table);
	return r;
}

static void each_allocation_fails_once(void **state)
{
	(void)state;
	fail_each_allocation("parse", parse_table, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_allocation_fails_once) };

	if (sodium_init() < 0)
		return 1;
	json_set_alloc_funcs(failing_malloc_for_jansson, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
