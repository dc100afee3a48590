#include "budget.h"

#include <assert.h>
#include <errno.h>

void budget_init(struct budget *budget, size_t max)
{
	atomic_init(&budget->max, max);
	atomic_init(&budget->used, 0);
}

void budget_change(struct budget *budget, size_t max)
{
	atomic_store(&budget->max, max);
}

int budget_take(struct budget *budget, size_t size)
{
	if (!budget)
		return 0;
	size_t used = atomic_load(&budget->used), max = atomic_load(&budget->max);
	do {
		if (used > max || size > max - used)
			return -ENOBUFS;
	} while (!atomic_compare_exchange_weak(&budget->used, &used, used + size));
	return 0;
}

void budget_give(struct budget *budget, size_t size)
{
	if (!budget)
		return;
	size_t before = atomic_fetch_sub(&budget->used, size);
	assert(before >= size);
}
