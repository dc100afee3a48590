/* When memory runs out while rules are looked over: -ENOMEM, which leaks nothing. */
#include "failing_memory.h"

#include "linted.h"

#include "failing_memory_begin.h"
#include "policy/jsonc_tree.c"
#define compare compare_findings
#include "policy/rules/lint.c"
#undef compare
#include "failing_memory_end.h"

static int lint_many(void)
{
	struct document document = document_of_many(40, "\"bus\":\"usb\"", NULL);
	struct rules_findings findings;
	const int r = rules_lint(&document.source, &findings);

	assert_true(r == 0 || r == -ENOMEM);
	if (r == 0)
		rules_findings_finish(&findings);
	document_finish(&document);
	return r;
}

static void each_allocation_fails_once(void **state)
{
	(void)state;
	fail_each_allocation("lint", lint_many, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_fails_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
