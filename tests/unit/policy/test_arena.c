/* The arena: values do not overlap, are aligned and zeroed, and go together. */
#include "cmocka_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t countdown; /* allocations until one fails; 0: none does */
static size_t allocations;

static void *failing_calloc(size_t n, size_t size)
{
	allocations++;
	return countdown > 0 && --countdown == 0 ? NULL : calloc(n, size);
}

#define calloc failing_calloc
#include "policy/arena.c"
#undef calloc

static bool is_all(const char *bytes, size_t size, char value)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != value)
			return false;
	return true;
}

static void values_and_texts(void **state)
{
	(void)state;
	enum { N = 3000 };
	static struct {
		char *value, *text;
		size_t size;
	} taken[N];
	struct arena arena = { 0 };
	size_t wanted = 0;

	for (size_t i = 0; i < N; i++) {
		char text[300];

		snprintf(text, sizeof(text), "%0*zu", (int)(i % 250) + 1, i);
		taken[i].size = 1 + i * 7 % 500;
		taken[i].value = arena_take(&arena, taken[i].size);
		taken[i].text = arena_text(&arena, text);
		assert_non_null(taken[i].value);
		assert_non_null(taken[i].text);
		assert_int_equal((uintptr_t)taken[i].value % sizeof(void *), 0);
		assert_true(is_all(taken[i].value, taken[i].size, 0));
		memset(taken[i].value, (char)(1 + i % 100), taken[i].size);
		wanted += taken[i].size + strlen(text) + 1;
	}
	for (size_t i = 0; i < N; i++) {
		assert_true(is_all(taken[i].value, taken[i].size, (char)(1 + i % 100)));
		assert_int_equal(strtoul(taken[i].text, NULL, 10), i);
	}
	/* What it takes is little more than what was asked for. */
	assert_in_range(arena.bytes, wanted, wanted + wanted / 20);
	arena_finish(&arena);
	assert_null(arena.blocks);
	assert_int_equal(arena.bytes, 0);
}

static void larger_than_a_block(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	char *large = arena_take(&arena, 1000000), *text = malloc(200001);

	assert_non_null(large);
	assert_non_null(text);
	memset(large, 1, 1000000);
	memset(text, 'x', 200000);
	text[200000] = '\0';
	assert_string_equal(arena_text(&arena, text), text);
	assert_true(is_all(large, 1000000, 1));
	free(text);
	arena_finish(&arena);
}

static void small_documents_take_little(void **state)
{
	(void)state;
	struct arena arena = { 0 };

	assert_non_null(arena_text(&arena, "id"));
	assert_in_range(arena.bytes, 3, 1024);
	allocations = 0;
	for (int i = 0; i < 10000; i++)
		assert_non_null(arena_take(&arena, 100));
	assert_in_range(allocations, 1, 30);
	arena_finish(&arena);
}

static void without_memory(void **state)
{
	(void)state;
	struct arena arena = { 0 };

	countdown = 1;
	assert_null(arena_take(&arena, 8));
	countdown = 1;
	assert_null(arena_text(&arena, "text"));
	assert_non_null(arena_take(&arena, 8));
	/* What was taken stays. */
	char *text = arena_text(&arena, "kept");
	countdown = 1;
	assert_null(arena_take(&arena, 100000));
	countdown = 0;
	assert_string_equal(text, "kept");
	arena_finish(&arena);
	arena_finish(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_and_texts),
		cmocka_unit_test(larger_than_a_block),
		cmocka_unit_test(small_documents_take_little),
		cmocka_unit_test(without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
