/* failing_arena - an arena that allocates each value for itself, so that each fails once; the real
 * one is tested in test_arena.c.  After failing_memory.h. */
#pragma once

#include "policy/arena.h"

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
