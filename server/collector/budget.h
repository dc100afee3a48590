/* budget - the memory that all bodies which are being received may take together.
 * Asked before memory grows: what does not fit is told to come again, and what is under way goes
 * on. Safe from any thread. */
#pragma once

#include <stdatomic.h>
#include <stddef.h>

struct budget {
	size_t max; /* bytes */
	atomic_size_t used;
};

void budget_init(struct budget *budget, size_t max);

/* Take @size bytes.  0; -ENOBUFS if they are not there.  NULL @budget has no end. */
int budget_take(struct budget *budget, size_t size) __attribute__((warn_unused_result));
void budget_give(struct budget *budget, size_t size);
