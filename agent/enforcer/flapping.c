#include "flapping.h"

#include <stdio.h>
#include <string.h>

static void refill(struct allowance *allowance, uint32_t burst, uint64_t each_us, uint64_t now_us)
{
	uint64_t more;

	if (allowance->at_us == 0) {
		*allowance = (struct allowance){ .left = burst, .at_us = now_us };
		return;
	}
	more = (now_us - allowance->at_us) / each_us;
	allowance->at_us += more * each_us;
	allowance->left =
		more >= burst - allowance->left ? burst : allowance->left + (uint32_t)more;
}

bool allowance_take(struct allowance *allowance, uint32_t burst, uint64_t each_us, uint64_t now_us)
{
	refill(allowance, burst, each_us, now_us);
	if (allowance->left == 0)
		return false;
	allowance->left--;
	return true;
}

/* One that has its whole allowance, and nothing to tell, may be forgotten. */
static bool is_spent(const struct flapping_port *port, uint64_t now_us)
{
	return port->told_us == 0 &&
	       now_us - port->used_us >= (uint64_t)FLAPPING_PORT_BURST * FLAPPING_PORT_US;
}

static struct flapping_port *find(struct flapping *flapping, const char *port, uint64_t now_us)
{
	struct flapping_port *free = NULL;

	for (size_t i = 0; i < flapping->n; i++) {
		if (strcmp(flapping->ports[i].port, port) == 0)
			return &flapping->ports[i];
		if (free == NULL && is_spent(&flapping->ports[i], now_us))
			free = &flapping->ports[i];
	}
	if (free == NULL && flapping->n < FLAPPING_PORTS)
		free = &flapping->ports[flapping->n++];
	if (free == NULL)
		return &flapping->others;
	*free = (struct flapping_port){ .used_us = now_us };
	snprintf(free->port, sizeof(free->port), "%s", port);
	return free;
}

enum flapping_answer flapping_arrived(struct flapping *flapping, const char *name, uint64_t now_us)
{
	struct flapping_port *port = find(flapping, name, now_us);

	port->used_us = now_us;
	refill(&port->allowance, FLAPPING_PORT_BURST, FLAPPING_PORT_US, now_us);
	refill(&flapping->all, FLAPPING_ALL_BURST, FLAPPING_ALL_US, now_us);
	if (port->allowance.left > 0 && flapping->all.left > 0) {
		port->allowance.left--;
		flapping->all.left--;
		return FLAPPING_RECORD;
	}
	port->arrived++;
	if (port->told_us != 0)
		return FLAPPING_COUNT;
	port->told_us = now_us;
	return FLAPPING_BEGINS;
}

void flapping_left(struct flapping *flapping, const char *name, uint64_t now_us)
{
	struct flapping_port *port = find(flapping, name, now_us);

	port->used_us = now_us;
	port->left++;
	if (port->told_us == 0)
		port->told_us = now_us; /* it came before the last of them was told */
}

static bool take(struct flapping_port *port, uint64_t now_us, bool all, struct flapping_port *ret)
{
	if (port->told_us == 0 || (!all && now_us - port->told_us < FLAPPING_TELL_US))
		return false;
	*ret = *port;
	port->told_us = port->arrived + port->left > 0 && !all ? now_us : 0;
	port->arrived = port->left = 0;
	return ret->arrived + ret->left > 0;
}

bool flapping_due(struct flapping *flapping, uint64_t now_us, bool all, struct flapping_port *ret)
{
	for (size_t i = 0; i < flapping->n; i++) {
		if (take(&flapping->ports[i], now_us, all, ret))
			return true;
	}
	return take(&flapping->others, now_us, all, ret);
}
