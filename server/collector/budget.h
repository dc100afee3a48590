/* budget - the memory that all bodies which are being received may take together.
 * Asked before memory grows: what does not fit is told to come again, and what is under way goes
 * on. Safe from any thread. */
#pragma once

#include <stdatomic.h>
#include <stddef.h>

struct budget {
	atomic_size_t max, used; /* bytes */
};

void budget_init(struct budget *budget, size_t max);
/* What is taken already stays so, also if it is more. */
void budget_change(struct budget *budget, size_t max);

/* Take @size bytes.  0; -ENOBUFS if they are not there.  NULL @budget has no end. */
int budget_take(struct budget *budget, size_t size) __attribute__((warn_unused_result));
void budget_give(struct budget *budget, size_t size);
