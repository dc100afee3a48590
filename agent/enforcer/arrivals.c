#include "arrivals.h"

#include <errno.h>

static struct arrival *find(struct arrivals *arrivals, uint16_t bus, uint16_t number)
{
	for (size_t i = 0; i < arrivals->n; i++) {
		if (arrivals->items[i].bus == bus && arrivals->items[i].number == number)
			return &arrivals->items[i];
	}
	return NULL;
}

int arrivals_saw(struct arrivals *arrivals, enum witness_id witness, uint16_t bus, uint16_t number,
		 uint64_t now_us)
{
	struct arrival *arrival = find(arrivals, bus, number);

	if (arrival == NULL) {
		if (arrivals->n == ARRIVALS_MAX)
			return -E2BIG;
		arrival = &arrivals->items[arrivals->n++];
		*arrival = (struct arrival){ .bus = bus,
					     .number = number,
					     .deadline_us = now_us + ARRIVAL_DEADLINE_US };
	}
	arrival->seen |= witness;
	return 0;
}

void arrivals_left(struct arrivals *arrivals, uint16_t bus, uint16_t number)
{
	struct arrival *arrival = find(arrivals, bus, number);

	if (arrival != NULL)
		*arrival = arrivals->items[--arrivals->n];
}

static bool is_open(const struct arrival *arrival)
{
	return arrival->seen != WITNESS_BOTH && !arrival->told;
}

bool arrivals_overdue(struct arrivals *arrivals, uint64_t now_us, struct arrival *ret)
{
	for (size_t i = 0; i < arrivals->n; i++) {
		struct arrival *arrival = &arrivals->items[i];

		if (is_open(arrival) && arrival->deadline_us <= now_us) {
			arrival->told = true;
			*ret = *arrival;
			return true;
		}
	}
	return false;
}

uint64_t arrivals_deadline(const struct arrivals *arrivals)
{
	uint64_t deadline = UINT64_MAX;

	for (size_t i = 0; i < arrivals->n; i++) {
		const struct arrival *arrival = &arrivals->items[i];

		if (is_open(arrival) && arrival->deadline_us < deadline)
			deadline = arrival->deadline_us;
	}
	return deadline;
}
