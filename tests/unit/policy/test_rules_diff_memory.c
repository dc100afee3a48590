/* When memory runs out while two documents are compared: -ENOMEM, which leaks nothing. */
#include "failing_memory.h"

#include "compared.h"

#include "failing_memory_begin.h"
#include "policy/jsonc_tree.c"
#include "policy/rules/diff.c"
#include "failing_memory_end.h"

#define V1		 "\"vendor\":\"0001\""
#define STORAGE		 "\"function\":\"storage\""
#define ALLOW(id, match) RULE(id, match, "allow")
#define DENY(id, match)	 RULE(id, match, "deny")
#define HEAD(name, mode, rest)                                                                     \
	"{\"schema\":\"devgate-rules-1\",\"name\":\"" name "\",\"mode\":\"" mode                   \
	"\",\"rules\":[]" rest "}"

static int compare_with(const char *text)
{
	struct document before = document_of(DOCUMENT(DENY("a", "") "," DENY("b", "") "," DENY(
				"c", "") "," DENY("d", ""))),
			after = document_of(text);
	struct rules_changes changes;
	const int r = rules_diff(&before.source, &after.source, &changes);

	assert_true(r == 0 || r == -ENOMEM);
	if (r == 0)
		rules_changes_finish(&changes);
	document_finish(&before);
	document_finish(&after);
	return r;
}

static int compare_documents(void)
{
	return compare_with(HEAD("m", "audit", ",\"defaults\":{\"*\":\"allow\"}"));
}

static int compare_rules(void)
{
	return compare_with(DOCUMENT(
		ALLOW("d", STORAGE) "," DENY("b", V1) "," DENY("e", "") "," DENY("a", "")));
}

static void each_allocation_fails_once(void **state)
{
	(void)state;
	fail_each_allocation("documents", compare_documents, 8);
	fail_each_allocation("rules", compare_rules, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_fails_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
