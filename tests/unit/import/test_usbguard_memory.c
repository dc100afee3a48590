/* When memory runs out while USBGuard rules are imported: the n-th allocation fails for n = 1, 2, 3
 * ... until all succeed.  Each failure must be -ENOMEM that leaks nothing and gives nothing.
 *
 * The source that allocates is compiled in here with an allocator that fails on demand; Jansson
 * gets the same one, and so does each piece of an arena. */
#include "../policy/cmocka_test.h"

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

static void *failing_reallocarray(void *items, size_t n, size_t size)
{
	return fails() ? NULL : reallocarray(items, n, size);
}

static char *failing_strdup(const char *text)
{
	return fails() ? NULL : strdup(text);
}

#define malloc	     failing_malloc
#define calloc	     failing_calloc
#define reallocarray failing_reallocarray
#define strdup	     failing_strdup
#include "policy/import/import.c"
#undef malloc
#undef reallocarray
#undef strdup

#include "policy/arena.h"

struct arena_block {
	struct arena_block *next;
	char bytes[];
};

void *arena_take(struct arena *arena, size_t size)
{
	struct arena_block *block = failing_malloc(sizeof(*block) + size);

	if (block == NULL)
		return NULL;
	memset(block->bytes, 0, size);
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
		struct arena_block *next = arena->blocks->next;

		free(arena->blocks);
		arena->blocks = next;
	}
}

#define HASH "9/PE5i2HDlW98nioOitxPz7Q8l1H89DADQAu2DZ1bds="

/* One for each place that allocates. */
static const char source[] =
	"# comment\n"
	"allow id one-of { 1234:5678 1234:5679 2222:* } name \"a\" serial one-of { \"\" \"s\" }\n"
	"block id none-of { 1234:5678 1234:5680 2222:* } label \"l\"\n"
	"allow name none-of { \"a\" \"b\" } serial none-of { \"\" } hash \"" HASH "\"\n"
	"reject via-port \"1-2\" with-connect-type \"hotplug\" if localtime(08:00-12:00)\n"
	"block with-connect-type none-of { \"\" } hash \"old\" id match-all { AAAA:* }\n"
	"allow with-interface { 08:06:50 08:*:* } if allowed-matches(id one-of { 1111:* })\n";

static void each_allocation_fails_once(void **state)
{
	(void)state;
	static const struct import_options options = { "memory", false };
	const struct import_file file = { "rules.conf", source, sizeof(source) - 1 };
	size_t n = 0;
	int r;

	do {
		struct import import = { .n_media = 7 };
		struct rules_error error;

		countdown = ++n;
		r = import_usbguard(&file, 1, &options, &import, &error);
		if (r == 0) {
			import_finish(&import);
			break;
		}
		if (r != -ENOMEM)
			fail_msg("allocation %zu: %d", n, r);
		/* It failed because an allocation did, and not for another reason. */
		assert_int_equal(countdown, 0);
		assert_int_equal(import.n_media, 7);
	} while (r != 0);
	assert_in_range(n, 50, 2000);
	assert_true(countdown > 0);
	countdown = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_allocation_fails_once) };

	json_set_alloc_funcs(failing_malloc, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
