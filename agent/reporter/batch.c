#include "batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int batch_init(struct batch *batch)
{
	char *bytes = malloc(BATCH_MAX_BYTES);

	if (bytes == NULL)
		return -ENOMEM;
	*batch = (struct batch){
		.bytes = bytes,
		.max_lines = BATCH_MAX_LINES,
		.max_bytes = BATCH_MAX_BYTES,
	};
	return 0;
}

void batch_finish(struct batch *batch)
{
	free(batch->bytes);
	batch->bytes = NULL;
}

int batch_add(struct batch *batch, uint64_t seq, const char *line, size_t size)
{
	size_t limit = batch->lines == 0 ? BATCH_MAX_BYTES : batch->max_bytes;

	if (batch->lines >= batch->max_lines || size >= limit || size + 1 > limit - batch->size)
		return -ENOSPC;
	if (batch->lines > 0 && seq != batch->last + 1)
		return -ENOSPC;
	memcpy(batch->bytes + batch->size, line, size);
	batch->bytes[batch->size + size] = '\n';
	batch->size += size + 1;
	if (batch->lines++ == 0)
		batch->first = seq;
	batch->last = seq;
	return 0;
}

void batch_clear(struct batch *batch)
{
	batch->size = batch->lines = 0;
}

int batch_halve(struct batch *batch)
{
	if (batch->lines <= 1)
		return -ERANGE;
	batch->max_lines = batch->lines / 2;
	batch->max_bytes = batch->size / 2;
	return 0;
}

void batch_grow(struct batch *batch)
{
	batch->max_lines *= 2;
	batch->max_bytes *= 2;
	if (batch->max_lines > BATCH_MAX_LINES)
		batch->max_lines = BATCH_MAX_LINES;
	if (batch->max_bytes > BATCH_MAX_BYTES)
		batch->max_bytes = BATCH_MAX_BYTES;
}
