/* A decision table: each row of one that is taken can be run, and says how it differs if it does.
 */
#include "fuzz.h"

#include <errno.h>

#include <sodium.h>

#include "policy/decision_table.h"
#include "policy/text.h"

enum { RUN_MAX = 20 }; /* rows of one table: many tables tell more than many rows */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return sodium_init() < 0;
}

static void run_rows(const struct decision_table *table)
{
	static const struct policy_view none;
	static struct decision_table_result result;
	const size_t n = decision_table_count(table);

	assert(decision_table_name(table) != NULL);
	assert(decision_table_has_rules(table) || decision_table_rules(table) == NULL);
	for (size_t i = 0; i < n && i < RUN_MAX; i++) {
		decision_table_run(table, i, &none, &result);
		assert(result.passed == (result.difference[0] == '\0'));
		assert((result.line >= 1) == !result.passed);
		assert(result.device != NULL);
		assert(result.decision.reason_en[0] != '\0');
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct decision_table *table = NULL;
	struct rules_error error;
	const int r = decision_table_parse((const char *)data, size, &table, &error);

	assert((r == 0) == (table != NULL));
	if (r == 0)
		run_rows(table);
	else if (r == -EBADMSG)
		assert(error.message[0] != '\0' &&
		       text_is_clean(error.message, strlen(error.message)));
	decision_table_free(table);
	return 0;
}
