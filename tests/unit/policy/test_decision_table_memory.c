/* When memory runs out while a decision table is read: the n-th allocation fails for n = 1, 2, 3
 * ... until all succeed.  Each failure is an ordinary error that leaks nothing and gives nothing.
 *
 * The sources that allocate are compiled in here with an allocator that fails on demand; Jansson
 * gets the same one. */
#include "cmocka_test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <sodium.h>

#include "decision_tables.h"

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

static void *failing_realloc(void *memory, size_t size)
{
	return fails() ? NULL : realloc(memory, size);
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
#include "policy/decision_table_parse.c"
#include "policy/decision_table_register.c"
#include "policy/decision_table_row.c"
#include "policy/json_document.c"
#include "policy/json_fields.c"
#undef malloc
#undef calloc
#undef realloc

static void each_allocation_fails_once(void **state)
{
	size_t n = 0;
	int r;

	(void)state;
	do {
		struct decision_table *table = NULL;
		struct rules_error error;

		countdown = ++n;
		r = decision_table_parse(full, strlen(full), &table, &error);
		if (r == 0) {
			decision_table_free(table);
			break;
		}
		/* A string without memory Jansson may call an invalid token. */
		assert_true(r == -ENOMEM || r == -EBADMSG);
		assert_null(table);
	} while (n < 100000);
	assert_true(countdown > 0); /* the last time, none failed */
	countdown = 0;
	assert_true(n > 100);
	assert_int_equal(r, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_fails_once),
	};

	if (sodium_init() < 0)
		return 1;
	json_set_alloc_funcs(failing_malloc_for_jansson, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
