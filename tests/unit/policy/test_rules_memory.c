/* When memory runs out while a rules document is read: the n-th allocation fails for n = 1, 2, 3
 * ... until all succeed.  Each failure is an ordinary error that leaks nothing and gives nothing.
 *
 * The sources that allocate are compiled in here with an allocator that fails on demand; Jansson
 * gets the same one.  The arena is one that allocates each value for itself, so that each fails
 * once; the real one is tested in test_arena.c. */
#include "rules_test.h"

#include <errno.h>

#include <jansson.h>

static size_t countdown; /* allocations until one fails; 0: none does */

static void *failing_malloc(size_t size)
{
	return countdown > 0 && --countdown == 0 ? NULL : malloc(size);
}

static void *failing_calloc(size_t n, size_t size)
{
	return countdown > 0 && --countdown == 0 ? NULL : calloc(n, size);
}

/* Jansson 2.14 does not look whether its token buffer could grow (lex_save() in load.c) and goes on
 * with less than it read.  That is not for these tests to find: the buffer, and whatever else is
 * 32, 64, 128 ... bytes, is always had. */
static void *failing_malloc_for_jansson(size_t size)
{
	return size >= 32 && (size & (size - 1)) == 0 ? malloc(size) : failing_malloc(size);
}

#define malloc failing_malloc
#define calloc failing_calloc
#include "policy/json_document.c"
#include "policy/rules_index.c"
#include "policy/rules_parse.c"
#undef malloc
#undef calloc

struct arena_block {
	struct arena_block *next;
	max_align_t bytes[];
};

void *arena_take(struct arena *arena, size_t size)
{
	struct arena_block *block = failing_calloc(1, sizeof(*block) + size);

	if (block == NULL)
		return NULL;
	block->next = arena->blocks;
	arena->blocks = block;
	return block->bytes;
}

char *arena_text(struct arena *arena, const char *text)
{
	char *copy = arena_take(arena, strlen(text) + 1);

	return copy == NULL ? NULL : strcpy(copy, text);
}

void arena_finish(struct arena *arena)
{
	while (arena->blocks != NULL) {
		struct arena_block *block = arena->blocks;

		arena->blocks = block->next;
		free(block);
	}
}

static void each_allocation_fails_once(void **state)
{
	(void)state;
	size_t n = 0;
	int r;

	do {
		struct rules *rules = NULL;
		struct rules_error error;

		countdown = ++n;
		r = rules_parse(EVERYTHING, strlen(EVERYTHING), &rules, &error);
		/* Jansson calls a token without memory an invalid one. */
		if (r != 0 && r != -ENOMEM && r != -EBADMSG)
			fail_msg("allocation %zu: %d", n, r);
		if (r != 0)
			assert_int_equal(countdown, 0);
		assert_int_equal(rules != NULL, r == 0);
		rules_free(rules);
	} while (r != 0);
	assert_in_range(n, 100, 2000);
	countdown = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_fails_once),
	};

	json_set_alloc_funcs(failing_malloc_for_jansson, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
