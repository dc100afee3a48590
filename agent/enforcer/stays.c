#include "stays.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "marks.h"
#include "record.h"

static struct stay *find_instance(struct stays *stays, const char *instance)
{
	for (size_t i = 0; i < STAYS_MAX; i++) {
		if (stays->items[i].number != 0 && strcmp(stays->items[i].instance, instance) == 0)
			return &stays->items[i];
	}
	return NULL;
}

void stays_finish(struct stays *stays)
{
	for (size_t i = 0; i < STAYS_MAX; i++)
		json_decref(stays->items[i].device);
	*stays = (struct stays){ 0 };
}

uint32_t stays_number(struct stays *stays, const struct usbdev *dev)
{
	struct stay *stay = find_instance(stays, dev->instance);
	json_t *device;

	if (stay != NULL)
		return stay->number;
	device = record_device(dev);
	if (device == NULL)
		return 0;
	if (stays->next == 0)
		stays->next = randombytes_uniform(MARKS_STAY_MAX);
	stays->next = stays->next >= MARKS_STAY_MAX ? 1 : stays->next + 1;
	stay = &stays->items[stays->at];
	stays->at = (stays->at + 1) % STAYS_MAX;
	json_decref(stay->device);
	*stay = (struct stay){ .number = stays->next, .device = device };
	snprintf(stay->instance, sizeof(stay->instance), "%s", dev->instance);
	return stay->number;
}

void stays_end(struct stays *stays, const char *instance)
{
	struct stay *stay = find_instance(stays, instance);

	if (stay != NULL)
		stay->ended = true;
}

const struct stay *stays_find(const struct stays *stays, uint32_t number)
{
	for (size_t i = 0; number != 0 && i < STAYS_MAX; i++) {
		if (stays->items[i].number == number)
			return &stays->items[i];
	}
	return NULL;
}
