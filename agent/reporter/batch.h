/* batch - the ledger lines that go to the collector in one request.
 * Bounded by lines and by bytes; a request that was too large (413) makes later ones smaller, each
 * success lets them grow again.  Pure but for the allocation of its one buffer. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { BATCH_MAX_LINES = 500, BATCH_MAX_BYTES = 1024 * 1024 };

struct batch {
	char *bytes; /* lines, each with its '\n'; BATCH_MAX_BYTES allocated */
	size_t size, lines;
	uint64_t first, last; /* seqs; of no meaning when lines is 0 */
	size_t max_lines, max_bytes;
};

/* Returns 0 or -ENOMEM. */
int batch_init(struct batch *batch) __attribute__((warn_unused_result));
void batch_finish(struct batch *batch);

/* Add @line (without '\n'), whose place is @seq.  Returns 0; -ENOSPC if the batch is full, or @seq
 * does not follow the last.  An empty batch takes any line that fits BATCH_MAX_BYTES. */
int batch_add(struct batch *batch, uint64_t seq, const char *line, size_t size)
	__attribute__((warn_unused_result));

/* Forget the lines; the limits stay. */
void batch_clear(struct batch *batch);

/* The last batch was too large: half as many lines and bytes from now on.  Returns 0, or -ERANGE if
 * it was a single line already. */
int batch_halve(struct batch *batch) __attribute__((warn_unused_result));

/* The last batch was taken: let the next be twice as large, up to the maximum. */
void batch_grow(struct batch *batch);
