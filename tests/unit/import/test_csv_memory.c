/* When memory runs out while a list of devices is imported: -ENOMEM that leaks nothing and gives
 * nothing.  libcsv asks for less after a failure: there, each one fails. */
#include "../policy/failing_memory.h"

#include <csv.h>

static bool parser_fails;

static void *failing_realloc_for_csv(void *memory, size_t size)
{
	return parser_fails ? NULL : realloc(memory, size);
}

static int failing_csv_init(struct csv_parser *parser, unsigned char options)
{
	const int r = csv_init(parser, options);

	if (r == 0)
		csv_set_realloc_func(parser, failing_realloc_for_csv);
	return r;
}

#include "../policy/failing_memory_begin.h"
#define csv_init failing_csv_init
#include "policy/import/csv.c"
#include "policy/import/csv_row.c"
#include "policy/import/csv_rules.c"
#include "policy/import/import.c"
#undef csv_init
#include "../policy/failing_memory_end.h"

#include "csv_text.h"

static int import_each_kind(void)
{
	static const char text[] = EACH_KIND;
	struct import import = { .n_media = 77 };
	struct rules_error error;
	const int r = import_text(text, sizeof(text) - 1, &lax, &import, &error);

	if (r == 0) {
		import_finish(&import);
		return r;
	}
	assert_int_equal(r, -ENOMEM);
	assert_int_equal(import.n_media, 77);
	return r;
}

static void each_allocation_fails_once(void **state)
{
	(void)state;
	fail_each_allocation("import", import_each_kind, 50);
}

static void the_parser_runs_out_of_memory(void **state)
{
	(void)state;
	struct rules_error error;
	struct import import;

	parser_fails = true;
	assert_int_equal(import_text(IDS, strlen(IDS), &lax, &import, &error), -ENOMEM);
	parser_fails = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_fails_once),
		cmocka_unit_test(the_parser_runs_out_of_memory),
	};

	json_set_alloc_funcs(failing_malloc, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
