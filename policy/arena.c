#include "arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
	struct arena_block *next;
	char bytes[];
};

/* A block is as large as all before it, between these: little is wasted on a small document, and
 * little time on a large one. */
enum { BLOCK_MIN = 1024, BLOCK_MAX = 64 * 1024, ALIGNMENT = sizeof(void *) };

/* Make a block with @size free bytes or more the newest one. */
static int add_block(struct arena *arena, size_t size)
{
	size_t wanted = arena->bytes < BLOCK_MIN ? BLOCK_MIN : arena->bytes;

	if (wanted > BLOCK_MAX)
		wanted = BLOCK_MAX;
	if (wanted < size + sizeof(struct arena_block))
		wanted = size + sizeof(struct arena_block);
	struct arena_block *block = calloc(1, wanted);
	if (block == NULL)
		return -1;
	block->next = arena->blocks;
	arena->blocks = block;
	arena->begin = block->bytes;
	arena->end = (char *)block + wanted;
	arena->bytes += wanted;
	return 0;
}

static size_t left(const struct arena *arena)
{
	return (size_t)(arena->end - arena->begin);
}

void *arena_take(struct arena *arena, size_t size)
{
	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (left(arena) < size && add_block(arena, size) < 0)
		return NULL;
	char *taken = arena->begin;
	arena->begin += size;
	return taken;
}

/* Texts fill a block from its end, values from its beginning. */
char *arena_text(struct arena *arena, const char *text)
{
	const size_t size = strlen(text) + 1;

	if (left(arena) < size &&
	    add_block(arena, (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT) < 0)
		return NULL;
	arena->end -= size;
	return memcpy(arena->end, text, size);
}

void arena_finish(struct arena *arena)
{
	while (arena->blocks != NULL) {
		struct arena_block *block = arena->blocks;

		arena->blocks = block->next;
		free(block);
	}
	*arena = (struct arena){ 0 };
}
